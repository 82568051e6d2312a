"""The commands that pages show: run through a real shell they say what the page says."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

import click
import pytest

from inspector.cli.send import send as command
from inspector.recorder.replay import Replay
from inspector.web.send_line import curl_line, replay_line, send_line, tail_line, verify_line

ORDER = {"event": "created", "url": "http://127.0.0.1:8000/hook?a=1&b=2"}


def read(line: str) -> dict[str, Any]:
    """The options as `inspector send` reads them, after the shell has taken the line apart."""
    words = shlex.split(line)
    assert words[:2] == ["inspector", "send"]
    return command.make_context("send", words[2:], parent=click.Context(click.Group("inspector"))).params


@pytest.mark.parametrize(
    ("query", "origin", "line"),
    [
        ("", "http://127.0.0.1:4747", "inspector tail"),
        ("-path:/a", "http://127.0.0.1:4747", "inspector tail -path:/a"),
        ("status:500 x", "http://h:1", "inspector tail 'status:500 x' --inspector http://h:1"),
    ],
)
def test_the_line_of_a_search(query: str, origin: str, line: str) -> None:
    assert tail_line(query, origin) == line


def test_the_line_of_an_explanation_explains_the_same() -> None:
    asked = {"url": "http://app.example/hook", "timestamp": "1700000000", "signature": "x", "signing_keys": ["hush"]}
    line = verify_line(asked, b'{"it": "is"}\n')
    assert "hush" not in line
    script = line.replace("inspector ", f"{sys.executable} -m inspector ", 1).replace("@key.txt", "k")
    told = subprocess.run(["sh", "-c", f"{script} --json"], capture_output=True, timeout=60, check=False)
    assert json.loads(told.stdout)["received"] == "x"
    assert told.returncode == 1


def test_the_shortest_line() -> None:
    assert send_line(ORDER) == "inspector send created --to 'http://127.0.0.1:8000/hook?a=1&b=2'"


def test_what_is_usual_is_left_out() -> None:
    usual = {**ORDER, "count": 1, "concurrency": 1, "retry": "none", "fault": "", "rate": None, "set": {}, "unset": []}
    assert send_line(usual) == send_line(ORDER)


@pytest.mark.parametrize("name", ["it's", '"$HOME" `id` \\', "two\nlines", "* ? ~ #", "-dash", "ünïcode ✓", "12"])
def test_values_survive_the_shell(name: str) -> None:
    line = send_line({**ORDER, "seed": name, "set": {"name": name}, "unset": ["description"]})
    spoken = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, timeout=20)
    words = spoken.stdout.decode().split("\0")[2:-1]
    options = command.make_context("send", words).params
    expected = f'name="{name}"' if name == "12" else f"name={name}"
    assert (options["seed"], options["set_"], options["unset"]) == (name, (expected,), ("description",))
    assert options["to"] == ORDER["url"]


def test_all_options_are_read_as_they_were_meant() -> None:
    order = {**ORDER, "count": 50, "rate": 2.5, "concurrency": 8, "seed": 7, "at": 1732736033.5, "timeout": 3.0}
    options = read(send_line({**order, "fault": "stale+duplicate", "retry": "1s,5s", "headers": [["X-A", "b c"]]}))
    given = ("count", "rate", "concurrency", "seed", "at", "timeout")
    assert [options[name] for name in given] == [50, 2.5, 8, "7", 1732736033.5, 3.0]
    assert {fault.name for fault in options["fault"]} == {"stale", "duplicate"}
    assert options["retry"].waits == (1.0, 5.0)
    assert options["headers"] == (("X-A", "b c"),)


def test_a_key_is_a_file_and_never_itself() -> None:
    line = send_line({**ORDER, "signing_key": "hush-hush"})
    assert "--signing-key @key.txt" in line
    assert "hush" not in line
    replay = Replay("http://a", "fresh", "hush-hush")
    assert "hush" not in replay_line("x-1", replay, "http://b", {}) + replay_line(
        "x-1", replay, "http://b", {"path": "/"}
    )


@pytest.mark.parametrize("body", ['{"a": "it\'s"}\n', "%s %d \\n", "\x1b[31m", ""])
def test_an_own_body_comes_through_a_pipe_to_the_byte(body: str) -> None:
    line = send_line({"url": "http://a/", "body": body})
    assert line.count("inspector send @/dev/stdin --to http://a/") == 1
    spoken = subprocess.run(
        ["bash", "-c", line.replace("inspector send @/dev/stdin --to http://a/", "cat")],
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert spoken.stdout == body.encode()


def test_a_replay_as_recorded_is_a_command_of_ours() -> None:
    line = replay_line("ab12-3", Replay("http://a/hook", "fresh", "k"), "http://127.0.0.1:4747", {})
    expected = "--to http://a/hook --sign fresh --signing-key @key.txt --inspector http://127.0.0.1:4747"
    assert line == f"inspector replay ab12-3 {expected}"


def test_an_edited_one_is_a_call_of_the_api() -> None:
    words = shlex.split(replay_line("ab12-3", Replay("http://a/hook"), "http://b", {"body": "it's"}))
    assert words[:4] == ["curl", "-X", "POST", "http://b/-/api/requests/ab12-3/replay"]
    assert json.loads(words[-1]) == {"url": "http://a/hook", "sign": "keep", "edit": {"body": "it's"}}


def test_a_call_carries_its_json() -> None:
    words = shlex.split(curl_line("PUT", "http://a/-/api/answers", [{"q": "'", "status": 500}]))
    assert json.loads(words[-1]) == [{"q": "'", "status": 500}]
