"""`inspector send`: what arrives at an app, what is told about it, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[bytes]]
IsSigned = Callable[..., bool]

AT = "2024-11-27T19:33:53.504Z"
SEEDED = ("--seed", "7", "--at", AT)


def payloads(sink: Any) -> list[Any]:
    return [json.loads(request["body"])["payload"] for request in sink.requests]


@pytest.fixture
def silent_url() -> Iterator[str]:
    """An app that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


def test_a_lifecycle_arrives_in_order_signed_and_the_same_each_time(
    sink: Any, start: Start, is_signed: IsSigned
) -> None:
    lifecycle = ("send", "lifecycle", "--to", sink.url, "--signing-key", "k", *SEEDED)
    for _ in range(2):
        process = start(*lifecycle)
        process.communicate(timeout=20)
        assert process.returncode == 0
    half = len(sink.requests) // 2
    first, second = sink.requests[:half], sink.requests[half:]
    assert first == second
    assert all(is_signed(request, "k", sink.url) for request in first)
    events = [json.loads(request["body"])["event"] for request in first]
    assert (events[0], events[-1]) == ("conversation.created", "conversation.deleted")
    assert first[0]["headers"]["messagebird-request-timestamp"] == "1732736033"
    assert len({request["headers"]["messagebird-request-id"] for request in first}) == half


def test_without_a_key_nothing_is_signed(sink: Any, run: Run) -> None:
    assert run("send", "created", "--to", sink.url).exit_code == 0
    names = {name.lower() for name in sink.requests[0]["headers"]}
    assert "messagebird-request-id" in names
    assert names.isdisjoint({"messagebird-signature", "messagebird-request-timestamp"})


def test_each_delivery_has_a_line(sink: Any, run: Run) -> None:
    result = run("send", "updated", "--to", sink.url, *SEEDED)
    assert re.fullmatch(rf"200 +conversation\.updated  \d+\.\d ms  {re.escape(sink.url)}\n", result.stdout)


def test_many_deliveries_have_a_summary(sink: Any, run: Run) -> None:
    result = run("send", "created", "--count", "30", "--concurrency", "4", "--to", sink.url, *SEEDED)
    lines = result.stdout.splitlines()
    assert lines[0].startswith("30 sent, 30 accepted, 0 failed; ")
    assert re.fullmatch(r"latency  p50 .* ms  p90 .* ms  p99 .* ms  max .* ms", lines[1])
    assert lines[2:] == ["answers  200 × 30"]


def test_json_prints_a_line_for_each_delivery(sink: Any, run: Run) -> None:
    result = run("send", "created", "--count", "2", "--to", sink.url, "--json", *SEEDED)
    deliveries = [json.loads(line) for line in result.stdout.splitlines()]
    assert [delivery["status"] for delivery in deliveries] == [200, 200]
    assert deliveries[0]["attempts"][0]["request"]["body"]["text"].encode() == sink.requests[0]["body"]


def test_a_random_seed_is_told_so_that_the_run_can_be_repeated(sink: Any, run: Run) -> None:
    told = re.search(r"--seed (\S+) --at (\S+)", run("send", "created", "--to", sink.url).stderr)
    assert told is not None
    run("send", "created", "--to", sink.url, "--seed", told[1], "--at", told[2])
    assert sink.requests[0]["body"] == sink.requests[1]["body"]


def test_values_are_set_and_unset(sink: Any, run: Run) -> None:
    changes = ("--set", "status=closed", "--set", "lastMessage.recipients=null", "--unset", "description")
    assert run("send", "updated", "--to", sink.url, *changes, *SEEDED).exit_code == 0
    (payload,) = payloads(sink)
    assert payload["status"] == "closed"
    assert payload["lastMessage"]["recipients"] is None
    assert "description" not in payload


def test_several_values_can_come_from_the_environment(sink: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTOR_SET", "status=closed\nname=two words")
    run("send", "created", "--to", sink.url)
    assert (payloads(sink)[0]["status"], payloads(sink)[0]["name"]) == ("closed", "two words")


def test_a_file_is_sent_as_it_stands(sink: Any, run: Run, tmp_path: Path, is_signed: IsSigned) -> None:
    body = b'{ "service": "conversations",\n "event": "conversation.created", "payload": {} }\n'
    (tmp_path / "event.json").write_bytes(body)
    run("send", f"@{tmp_path / 'event.json'}", "--to", sink.url, "--signing-key", "k", "--count", "2")
    assert [request["body"] for request in sink.requests] == [body, body]
    assert all(is_signed(request, "k", sink.url) for request in sink.requests)


def test_another_url_can_be_signed(sink: Any, run: Run, is_signed: IsSigned) -> None:
    public = "https://app.example/hook"
    run("send", "created", "--to", sink.url, "--signing-key", "k", "--url-signed", public)
    assert is_signed(sink.requests[0], "k", public)


def test_a_key_comes_from_a_file_or_the_environment(
    sink: Any, run: Run, is_signed: IsSigned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    run("send", "created", "--to", sink.url, "--signing-key", f"@{tmp_path / 'key'}")
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", "from the environment")
    run("send", "created", "--to", sink.url)
    assert is_signed(sink.requests[0], "from a file", sink.url)
    assert is_signed(sink.requests[1], "from the environment", sink.url)


def test_headers_are_added_and_replaced(sink: Any, run: Run) -> None:
    run("send", "created", "--to", sink.url, "--header", "X-Test: a:b", "--header", "user-agent: mine")
    headers = {name.lower(): value for name, value in sink.requests[0]["headers"].items()}
    assert (headers["x-test"], headers["user-agent"]) == ("a:b", "mine")


def test_faults_count_from_a_given_start(sink: Any, run: Run) -> None:
    run("send", "created", "--to", sink.url, "--signing-key", "k", "--fault", "stale", *SEEDED)
    assert sink.requests[0]["headers"]["messagebird-request-timestamp"] == str(1732736033 - 24 * 3600)


def test_reordered_neighbours_change_places(sink: Any, run: Run) -> None:
    run("send", "created", "--count", "3", "--to", sink.url, *SEEDED)
    run("send", "created", "--count", "3", "--to", sink.url, "--fault", "reorder", *SEEDED)
    bodies = [request["body"] for request in sink.requests]
    assert bodies[3:] == [bodies[1], bodies[0], bodies[2]]


def test_an_app_that_recovers_accepts_a_retry(sink: Any, run: Run) -> None:
    sink.statuses = [500, 500, 200]
    result = run("send", "created", "--to", sink.url, "--retry", "2x1ms")
    assert result.exit_code == 0
    assert "3 attempts" in result.stdout
    assert len(sink.requests) == 3


def test_a_refusal_ends_with_1(sink: Any, run: Run) -> None:
    sink.statuses = [200, 401, 200]
    result = run("send", "created", "--count", "3", "--to", sink.url)
    assert result.exit_code == 1
    assert "3 sent, 2 accepted, 1 failed" in result.stdout


def test_the_first_of_many_failures_is_told(sink: Any, run: Run) -> None:
    sink.statuses = [200, 500, 200]
    result = run("send", "created", "--count", "21", "--to", sink.url)
    assert result.stdout.startswith("First failure: 500 ")


def test_nobody_there_ends_with_3(run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1/hook")
    assert result.exit_code == 3
    assert "Nothing listens at 127.0.0.1:1" in result.stdout


def test_no_answer_in_time_ends_with_4(silent_url: str, run: Run) -> None:
    result = run("send", "created", "--to", silent_url, "--timeout", "50ms")
    assert result.exit_code == 4
    assert result.stdout.startswith("timeout ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("created",), "Missing option '--to'"),
        (("created", "--to", "localhost:8000"), "Did you mean 'http://localhost:8000'?"),
        (("craeted", "--to", "http://127.0.0.1:1"), "Did you mean conversation.created"),
        (("created", "--to", "http://127.0.0.1:1", "--set", "staus=closed"), "Did you mean status?"),
        (("created", "--to", "http://127.0.0.1:1", "--set", "status"), "Write PATH=VALUE"),
        (("created", "--to", "http://127.0.0.1:1", "--fault", "dupliate"), "Did you mean duplicate"),
        (("created", "--to", "http://127.0.0.1:1", "--fault", "reorder"), "reorder needs several events"),
        (("created", "--to", "http://127.0.0.1:1", "--fault", "stale"), "Give the signing key too"),
        (("created", "--to", "http://127.0.0.1:1", "--retry", "often"), "is not a retry policy"),
        (("created", "--to", "http://127.0.0.1:1", "--header", "x"), "Write 'Name: value'"),
        (("created", "--to", "http://127.0.0.1:1", "--at", "now"), "is not a time"),
        (("created", "--to", "http://127.0.0.1:1", "--at", "inf"), "is not a time"),
        (("@/no/such/file", "--to", "http://127.0.0.1:1"), "Cannot read the event from '/no/such/file'"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_says_what_to_do(
    arguments: tuple[str, ...], message: str, run: Run
) -> None:
    result = run("send", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_key_is_never_told(sink: Any, run: Run) -> None:
    sink.statuses = [500]
    for more in ([], ["--json"], ["--dry-run"], ["--fault", "nonsense"]):
        result = run("send", "created", "--to", sink.url, "--signing-key", "a-secret-key", *more)
        assert "a-secret-key" not in result.output


def test_ctrl_c_ends_it_with_the_summary(sink: Any, start: Start) -> None:
    process = start("send", "created", "--count", "1000000", "--to", sink.url)
    sink.wait_for(5)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert re.match(r"\d+ sent, \d+ accepted, 0 failed, stopped; ", told.decode())
    assert b"Traceback" not in errors


def test_a_dry_run_sends_nothing(sink: Any, run: Run) -> None:
    result = run("send", "lifecycle", "--to", sink.url, "--dry-run", *SEEDED)
    assert result.exit_code == 0
    assert all(line.startswith(f"curl -X POST {sink.url} ") for line in result.stdout.splitlines())
    assert not sink.requests


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("fault", ["", "gzip", "chunked", "empty-body"])
def test_the_curl_line_of_a_dry_run_sends_the_same(fault: str, sink: Any, run: Run, is_signed: IsSigned) -> None:
    url = f"{sink.url}/it's?b=2&a=[1]"
    arguments = ("send", "created", "--to", url, "--signing-key", "it's", "--set", 'name=it\'s "quoted" $HOME\n`x`')
    arguments += ("--header", "x-empty:", *(["--fault", fault] if fault else []), *SEEDED)
    assert run(*arguments).exit_code == 0
    command = run(*arguments, "--dry-run").stdout
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=20)
    sent, curled = sink.requests
    assert is_signed(curled, "it's", url)
    assert (curled["path"], curled["body"]) == (sent["path"], sent["body"])
    assert {name.lower(): value for name, value in curled["headers"].items() if name.lower() != "accept"} == {
        name.lower(): value for name, value in sent["headers"].items()
    }


@pytest.mark.parametrize("fault", ["slow-body", "cut-connection", "concurrent-duplicate"])
def test_a_dry_run_refuses_what_curl_cannot_do(fault: str, run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1", "--dry-run", "--fault", fault)
    assert result.exit_code == 2
    assert "No curl line does what this fault does" in result.stderr


def test_a_dry_run_of_a_duplicate_is_the_line_twice(run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1", "--dry-run", "--fault", "duplicate")
    first, second = result.stdout.splitlines()
    assert first == second
