"""`inspector generate`: JSON Lines that a seed repeats."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]


def lines(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_events_are_printed_one_a_line(run: Run) -> None:
    events = lines(run("generate", "conversation.updated", "--count", "3"))
    assert [event["event"] for event in events] == ["conversation.updated"] * 3
    assert list(events[0]) == ["service", "event", "payload"]


def test_a_lifecycle_is_told_from_beginning_to_end(run: Run) -> None:
    events = [event["event"] for event in lines(run("generate", "lifecycle"))]
    assert (events[0], events[-1]) == ("conversation.created", "conversation.deleted")


def test_a_seed_alone_repeats(run: Run, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    arguments = ("generate", "lifecycle", "--seed", "seven")
    elsewhere, _ = start(*arguments).communicate(timeout=20)
    assert run(*arguments).stdout_bytes == elsewhere
    assert run(*arguments).stderr == ""


def test_a_random_seed_is_told(run: Run) -> None:
    result = run("generate", "created")
    told = re.search(r"--seed (\S+) --at (\S+)", result.stderr)
    assert told is not None
    assert run("generate", "created", "--seed", told[1], "--at", told[2]).stdout == result.stdout


def test_unix_seconds_and_rfc_3339_name_the_same_time(run: Run) -> None:
    by_number = run("generate", "created", "--seed", "1", "--at", "1732736033.504").stdout
    assert run("generate", "created", "--seed", "1", "--at", "2024-11-27T19:33:53.504Z").stdout == by_number
    assert '"2024-11-27T19:33:53.504Z"' in by_number


def test_values_are_set_and_unset(run: Run) -> None:
    (event,) = lines(run("generate", "created", "--set", "+new=1", "--unset", "name"))
    assert event["payload"]["new"] == 1
    assert "name" not in event["payload"]


def test_signed_wraps_each_event_with_its_headers(run: Run, is_signed: Callable[..., bool]) -> None:
    url = "https://app.example/hook?b=2&a=1"
    for wrapped in lines(run("generate", "lifecycle", "--seed", "7", "--signed", url, "--signing-key", "k")):
        assert wrapped["url"] == url
        request = SimpleNamespace(headers=wrapped["headers"], body=wrapped["body"].encode())
        assert is_signed(request, "k", url)


def test_signed_without_a_key_has_no_signature(run: Run) -> None:
    (wrapped,) = lines(run("generate", "created", "--signed", "https://app.example/"))
    assert "messagebird-signature" not in wrapped["headers"]
    assert json.loads(wrapped["body"])["event"] == "conversation.created"


def test_a_file_is_printed_on_one_line(run: Run, tmp_path: Path, seed_body: bytes) -> None:
    (tmp_path / "event.json").write_bytes(seed_body)
    (event,) = lines(run("generate", f"@{tmp_path / 'event.json'}"))
    assert event == json.loads(seed_body)


def test_nothing_is_nothing(run: Run) -> None:
    assert lines(run("generate", "created", "--count", "0")) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "There is no event 'nonsense'"),
        (("created", "--signed", "app.example"), "is not an http(s) URL"),
        (("created", "--set", "lastMesage.status=sent"), "lastMessage"),
        (("created", "--count", "-1"), "Invalid value for '--count'"),
        (("created", "--at", "1795372675000"), "not milliseconds"),
        (("created", "--signing-key", "k"), "Give --signed URL too"),
    ],
)
def test_what_cannot_be_made_ends_with_2(arguments: tuple[str, ...], message: str, run: Run) -> None:
    result = run("generate", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "To make the same" not in result.stderr


def test_a_key_from_the_environment_is_for_other_commands_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", "k")
    assert run("generate", "created").exit_code == 0


def test_a_reader_that_leaves_ends_it_quietly(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("generate", "created", "--count", "1000000", "--seed", "1")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "conversation.created"
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
