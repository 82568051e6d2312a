"""`inspector tail` and `inspector wait` on a running inspector."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable

import pytest
from click.testing import Result

from inspector import Inspector
from inspector.cli import tail as tail_module
from inspector.server import InspectorServer

Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[bytes]]


def first_line(process: subprocess.Popen[bytes], make: Callable[[], object]) -> str:
    """The first line of a process that follows: things are made until it has told of one."""
    assert process.stdout is not None
    told = threading.Event()

    def feed() -> None:
        for _ in range(400):
            if told.wait(0.05):
                return
            make()
        process.kill()  # its silence is the end of the line below

    feeding = threading.Thread(target=feed)
    feeding.start()
    line = process.stdout.readline().decode()
    told.set()
    feeding.join()
    return line


def test_tail_prints_a_line_for_each_request(inspector: Inspector, start: Start) -> None:
    process = start("tail", "--inspector", inspector.url)
    line = first_line(process, lambda: inspector.fire("created", to=f"{inspector.url}/hook"))
    assert re.fullmatch(
        r"\S+-\d+  \d\d:\d\d:\d\d  200  POST /hook  conversation\.created  signature missing  \S+ k?B\n", line
    )


def test_tail_takes_a_search_and_prints_json(inspector: Inspector, start: Start) -> None:
    process = start("tail", "event:conversation.deleted", "-path:/other", "--json", "--inspector", inspector.url)
    line = first_line(process, lambda: inspector.fire_many("lifecycle", to=inspector.url))
    assert json.loads(line)["event"]["name"] == "conversation.deleted"


def test_tail_prints_what_comes_to_match_later_once(inspector: Inspector, start: Start) -> None:
    process = start("tail", "pinned:true", "path:/kept", "--inspector", inspector.url)

    def record_then_pin() -> None:
        inspector.fire("created", to=f"{inspector.url}/kept")
        for change in (True, False, True):
            inspector.log.update(inspector.last.id, pinned=change)

    first = first_line(process, record_then_pin)
    assert process.stdout is not None
    record_then_pin()
    second = process.stdout.readline().decode()
    assert [line.split()[4] for line in (first, second)] == ["/kept", "/kept"]
    assert first.split()[0] != second.split()[0]


def test_ctrl_c_ends_tail_quietly(inspector: Inspector, start: Start) -> None:
    process = start("tail", "--inspector", inspector.url)
    first_line(process, lambda: inspector.fire("created", to=inspector.url))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")


def test_tail_ends_when_its_reader_leaves(inspector: Inspector, start: Start) -> None:
    process = start("tail", "--inspector", inspector.url)
    first_line(process, lambda: inspector.fire("created", to=inspector.url))
    assert process.stdout is not None
    process.stdout.close()
    inspector.fire_many("created", to=inspector.url, count=2)
    assert process.wait(20) == 0


def test_tail_without_an_inspector_ends_with_3(run: Run) -> None:
    result = run("tail", "--inspector", "http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "Start one with `inspector`" in result.stderr


def test_a_wrong_search_ends_with_2(inspector: Inspector, run: Run) -> None:
    for command in ("tail", "wait"):
        result = run(command, "path:/a", "evnt:x", "--inspector", inspector.url)
        assert result.exit_code == 2
        assert "Did you mean 'event'?" in result.stderr
        assert result.stderr.endswith("\n  path:/a evnt:x\n          ^^^^^^\n")


def test_an_export_points_at_a_wrong_search_too(inspector: Inspector, run: Run) -> None:
    result = run("export", "(event=created)", "--inspector", inspector.url)
    assert result.exit_code == 2
    assert "Did you mean event:created?" in result.stderr
    assert result.stderr.endswith("\n  (event=created)\n   ^^^^^^^^^^^^^\n")


def test_wait_finds_what_is_already_there(inspector: Inspector, run: Run) -> None:
    inspector.fire_many("lifecycle", to=inspector.url)
    result = run("wait", "event:conversation.deleted", "--inspector", inspector.url)
    assert result.exit_code == 0
    assert "conversation.deleted" in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_wait_ends_as_soon_as_there_are_enough(inspector: Inspector, start: Start) -> None:
    process = start("wait", "--count", "3", "--timeout", "20s", "--json", "--inspector", inspector.url)
    inspector.fire_many("created", to=inspector.url, count=3)
    told, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    requests = [json.loads(line) for line in told.splitlines()]
    assert len(requests) == 3
    assert all(request["body"]["text"] for request in requests)


def test_wait_ends_with_4_and_the_nearest_miss(inspector: Inspector, run: Run) -> None:
    inspector.fire("created", to=inspector.url)
    query = ("event:conversation.deleted", "-status:500")
    result = run("wait", *query, "--timeout", "10ms", "--inspector", inspector.url)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "0 of 1 matching requests came within 0.01 s" in result.stderr
    assert "Nearest miss, 0." in result.stderr
    assert "  event:conversation.deleted – was 'conversation.created'\n" in result.stderr


def test_wait_prints_what_did_arrive(inspector: Inspector, run: Run) -> None:
    inspector.fire("created", to=inspector.url)
    result = run("wait", "--count", "2", "--timeout", "0", "--inspector", inspector.url)
    assert result.exit_code == 4
    assert len(result.stdout.splitlines()) == 1
    assert "1 of 2 matching requests" in result.stderr


def test_wait_can_be_longer_than_one_call(inspector: Inspector, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "LONGEST_WAIT", 0.01)
    asked: list[str] = []
    inspector_get = tail_module.Inspector.get

    def get(self: tail_module.Inspector, path: str, query: dict[str, str], patience: float) -> object:
        asked.append(query["timeout"])
        return inspector_get(self, path, query, patience)

    monkeypatch.setattr(tail_module.Inspector, "get", get)
    assert run("wait", "--timeout", "25ms", "--inspector", inspector.url).exit_code == 4
    assert asked == ["0.010", "0.010", "0.005"]


def test_the_address_may_carry_the_token(
    serve: Callable[..., InspectorServer], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = serve(token="t o")
    refused = run("wait", "--timeout", "0", "--inspector", guarded.url)
    assert refused.exit_code == 2
    assert "A token is required" in refused.stderr
    assert run("wait", "--timeout", "0", "--inspector", f"{guarded.url}/?token=t+o").exit_code == 4
    monkeypatch.setenv("INSPECTOR_URL", guarded.url)
    monkeypatch.setenv("INSPECTOR_TOKEN", "t o")
    assert run("wait", "--timeout", "0").exit_code == 4


def test_the_port_of_the_environment_is_where_it_runs(
    inspector: Inspector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_PORT", inspector.url.rpartition(":")[2])
    assert run("wait", "--timeout", "0").exit_code == 4
