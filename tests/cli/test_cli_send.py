"""`inspector send`: what arrives at an app, what is told about it, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from inspector import Inspector

Run = Callable[..., Result]
Start = Callable[..., subprocess.Popen[bytes]]
IsSigned = Callable[..., bool]

AT = "2024-11-27T19:33:53.504Z"
# No other test has this seed: events that the fixture once made from the same would count as late ones of that test.
SEEDED = ("--seed", "send", "--at", AT)


def test_a_lifecycle_arrives_in_order_signed_and_the_same_each_time(
    inspector: Inspector, start: Start, is_signed: IsSigned
) -> None:
    url = f"{inspector.url}/hook"
    for _ in range(2):
        process = start("send", "lifecycle", "--to", url, "--signing-key", "k", *SEEDED)
        process.communicate(timeout=20)
        assert process.returncode == 0
    half = len(inspector.requests) // 2
    first = inspector.requests[:half]
    raw = [(request.target, request.head, request.body) for request in inspector.requests]
    assert raw[:half] == raw[half:]
    assert all(is_signed(request, "k", url) for request in first)
    events = [request.event.name for request in first]
    assert (events[0], events[-1]) == ("conversation.created", "conversation.deleted")
    assert first[0].header("messagebird-request-timestamp") == "1732736033"
    assert len({request.request_id for request in first}) == half


def test_without_a_key_nothing_is_signed(inspector: Inspector, run: Run) -> None:
    assert run("send", "created", "--to", inspector.url).exit_code == 0
    names = dict(inspector.last.headers).keys()
    assert "messagebird-request-id" in names
    assert names.isdisjoint({"messagebird-signature", "messagebird-request-timestamp"})


def test_each_delivery_has_a_line(inspector: Inspector, run: Run) -> None:
    result = run("send", "updated", "--to", inspector.url, *SEEDED)
    assert re.fullmatch(rf"200 +conversation\.updated  \d+\.\d ms  {re.escape(inspector.url)}\n", result.stdout)


def test_many_deliveries_have_a_summary(inspector: Inspector, run: Run) -> None:
    result = run("send", "created", "--count", "30", "--concurrency", "4", "--to", inspector.url, *SEEDED)
    lines = result.stdout.splitlines()
    assert lines[0].startswith("30 sent, 30 accepted, 0 failed; ")
    assert re.fullmatch(r"latency  p50 .* ms  p90 .* ms  p99 .* ms  max .* ms", lines[1])
    assert lines[2:] == ["answers  200 × 30"]


def test_json_prints_a_line_for_each_delivery(inspector: Inspector, run: Run) -> None:
    result = run("send", "created", "--count", "2", "--to", inspector.url, "--json", *SEEDED)
    deliveries = [json.loads(line) for line in result.stdout.splitlines()]
    assert [delivery["status"] for delivery in deliveries] == [200, 200]
    assert deliveries[0]["attempts"][0]["request"]["body"]["text"] == inspector.requests[0].text


def test_a_random_seed_is_told_so_that_the_run_can_be_repeated(inspector: Inspector, run: Run) -> None:
    told = re.search(r"--seed (\S+) --at (\S+)", run("send", "created", "--to", inspector.url).stderr)
    assert told is not None
    run("send", "created", "--to", inspector.url, "--seed", told[1], "--at", told[2])
    assert inspector.requests[0].body == inspector.requests[1].body


def test_values_are_set_and_unset(inspector: Inspector, run: Run) -> None:
    changes = ("--set", "status=closed", "--set", "lastMessage.recipients=null", "--unset", "description")
    assert run("send", "updated", "--to", inspector.url, *changes, *SEEDED).exit_code == 0
    (request,) = inspector.requests
    assert request.payload["status"] == "closed"
    assert request.payload["lastMessage"]["recipients"] is None
    assert "description" not in request.payload


def test_several_values_can_come_from_the_environment(
    inspector: Inspector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_SET", "status=closed\nname=two words")
    run("send", "created", "--to", inspector.url)
    payload = inspector.wait_for("event:created").payload
    assert (payload["status"], payload["name"]) == ("closed", "two words")


def test_a_file_is_sent_as_it_stands(inspector: Inspector, run: Run, tmp_path: Path, is_signed: IsSigned) -> None:
    body = b'{ "service": "conversations",\n "event": "conversation.created", "payload": {} }\n'
    (tmp_path / "event.json").write_bytes(body)
    run("send", f"@{tmp_path / 'event.json'}", "--to", inspector.url, "--signing-key", "k", "--count", "2")
    assert [request.body for request in inspector.requests] == [body, body]
    assert all(is_signed(request, "k", inspector.url) for request in inspector.requests)


def test_another_url_can_be_signed(inspector: Inspector, run: Run, is_signed: IsSigned) -> None:
    public = "https://app.example/hook"
    run("send", "created", "--to", inspector.url, "--signing-key", "k", "--url-signed", public)
    assert is_signed(inspector.last, "k", public)


def test_a_key_comes_from_a_file_or_the_environment(
    inspector: Inspector, run: Run, is_signed: IsSigned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    run("send", "created", "--to", inspector.url, "--signing-key", f"@{tmp_path / 'key'}")
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", "from the environment")
    run("send", "created", "--to", inspector.url)
    first, second = inspector.requests
    assert is_signed(first, "from a file", inspector.url)
    assert is_signed(second, "from the environment", inspector.url)


def test_headers_are_added_and_replaced(inspector: Inspector, run: Run) -> None:
    run("send", "created", "--to", inspector.url, "--header", "X-Test: a:b", "--header", "user-agent: mine")
    assert {("x-test", "a:b"), ("user-agent", "mine")} <= set(inspector.last.headers)


def test_faults_count_from_a_given_start(inspector: Inspector, run: Run) -> None:
    run("send", "created", "--to", inspector.url, "--signing-key", "k", "--fault", "stale", *SEEDED)
    assert inspector.last.header("messagebird-request-timestamp") == str(1732736033 - 24 * 3600)


def test_reordered_neighbours_change_places(inspector: Inspector, run: Run) -> None:
    run("send", "created", "--count", "3", "--to", inspector.url, *SEEDED)
    run("send", "created", "--count", "3", "--to", inspector.url, "--fault", "reorder", *SEEDED)
    bodies = [request.body for request in inspector.requests]
    assert bodies[3:] == [bodies[1], bodies[0], bodies[2]]


def test_an_app_that_recovers_accepts_a_retry(inspector: Inspector, run: Run) -> None:
    inspector.answer_with([500, 500, 200])
    result = run("send", "created", "--to", inspector.url, "--retry", "2x1ms")
    assert result.exit_code == 0
    assert "3 attempts" in result.stdout
    assert len(inspector.requests) == 3


def test_a_refusal_ends_with_1(inspector: Inspector, run: Run) -> None:
    inspector.answer_with([200, 401, 200])
    result = run("send", "created", "--count", "3", "--to", inspector.url)
    assert result.exit_code == 1
    assert "3 sent, 2 accepted, 1 failed" in result.stdout


def test_the_first_of_many_failures_is_told(inspector: Inspector, run: Run) -> None:
    inspector.answer_with([200, 500, 200])
    result = run("send", "created", "--count", "21", "--to", inspector.url)
    assert result.stdout.startswith("First failure: 500 ")


def test_nobody_there_ends_with_3(run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1/hook")
    assert result.exit_code == 3
    assert "Nothing listens at 127.0.0.1:1" in result.stdout


def test_no_answer_in_time_ends_with_4(inspector: Inspector, run: Run) -> None:
    inspector.answer_with({"delay_ms": 2000})
    result = run("send", "created", "--to", inspector.url, "--timeout", "50ms")
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
        (("created", "--to", "http://127.0.0.1:1", "--at", "1795372675000"), "not milliseconds"),
        (("created", "--to", "http://127.0.0.1:1", "--at", "1e20"), "not milliseconds"),
        (("created", "--to", "http://127.0.0.1:1", "--at", "1950-01-01T00:00:00Z"), "is not a start time"),
        (("created", "--to", "http://127.0.0.1:1", "--timeout", "0"), "leaves no time for an answer"),
        (("created", "--to", "http://127.0.0.1:1", "--fault", "nonsense"), "There are bad-signature, wrong-key,"),
        (("@/no/such/file", "--to", "http://127.0.0.1:1"), "Cannot read the event from '/no/such/file'"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_says_what_to_do(
    arguments: tuple[str, ...], message: str, run: Run
) -> None:
    result = run("send", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_key_is_never_told(inspector: Inspector, run: Run) -> None:
    inspector.answer_with(500)
    for more in ([], ["--json"], ["--dry-run"], ["--fault", "nonsense"]):
        result = run("send", "created", "--to", inspector.url, "--signing-key", "a-secret-key", *more)
        assert "a-secret-key" not in result.output


def test_ctrl_c_ends_it_with_the_summary(inspector: Inspector, start: Start) -> None:
    process = start("send", "created", "--count", "1000000", "--to", inspector.url)
    inspector.wait_for(count=5, timeout=20)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert re.match(r"\d+ sent, \d+ accepted, 0 failed, (1 interrupted, )?stopped; ", told.decode())
    assert b"Traceback" not in errors


def test_ctrl_c_counts_what_was_still_being_retried(inspector: Inspector, start: Start) -> None:
    inspector.answer_with(500)
    process = start("send", "created", "--to", inspector.url, "--retry", "2x1ms,1h")
    inspector.wait_for(count=3, timeout=20)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=20)[0].decode()
    assert process.returncode == 130
    assert re.match(r"(500|interrupted) .*  3 attempts.*\n1 sent, 0 accepted, 0 failed, 1 interrupted, stopped; ", told)


def test_ctrl_c_counts_what_was_still_unanswered(inspector: Inspector, start: Start) -> None:
    inspector.answer_with({"delay_ms": 60_000})
    process = start("send", "created", "--to", inspector.url, "--count", "5", "--concurrency", "5", "--timeout", "1m")
    inspector.wait_for(count=5, timeout=20)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=20)[0].decode()
    assert "\n5 sent, 0 accepted, 0 failed, 5 interrupted, stopped; " in told


def test_a_paced_run_says_what_its_latency_counts_from(inspector: Inspector, run: Run) -> None:
    result = run("send", "created", "--count", "2", "--rate", "100", "--to", inspector.url, *SEEDED)
    assert "from when each was due, waiting for its turn included" in result.stdout


@pytest.mark.parametrize("name", ["Content-Length: 5", "transfer-encoding: chunked"])
def test_a_header_that_says_where_the_body_ends_is_warned_of(name: str, run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1/", "--header", name)
    assert f"Warning: {name.partition(':')[0]} is sent as given" in result.stderr


def test_what_cannot_be_sent_tells_of_no_way_to_repeat_it(run: Run) -> None:
    for wrong in (["--header", "x y: z"], ["--set", "staus=x"], ["--fault", "stale"], ["--timeout", "0"]):
        result = run("send", "created", "--to", "http://127.0.0.1:1/", *wrong)
        assert (result.exit_code, "To make the same" in result.stderr) == (2, False)


def test_a_dry_run_sends_nothing(inspector: Inspector, run: Run) -> None:
    result = run("send", "lifecycle", "--to", inspector.url, "--dry-run", *SEEDED)
    assert result.exit_code == 0
    assert all(line.startswith(f"curl -X POST {inspector.url} ") for line in result.stdout.splitlines())
    inspector.assert_none()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("fault", ["", "gzip", "chunked", "empty-body"])
def test_the_curl_line_of_a_dry_run_sends_the_same(
    fault: str, inspector: Inspector, run: Run, is_signed: IsSigned
) -> None:
    url = f"{inspector.url}/it's?b=2&a=[1]"
    arguments = ("send", "created", "--to", url, "--signing-key", "it's", "--set", 'name=it\'s "quoted" $HOME\n`x`')
    arguments += ("--header", "x-empty:", *(["--fault", fault] if fault else []), *SEEDED)
    assert run(*arguments).exit_code == 0
    command = run(*arguments, "--dry-run").stdout
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=20)
    sent, curled = inspector.requests
    assert is_signed(curled, "it's", url)
    assert (curled.target, curled.body) == (sent.target, sent.body)
    assert sorted(curled.headers) == sorted([*sent.headers, ("accept", "*/*")])


@pytest.mark.parametrize("fault", ["slow-body", "cut-connection", "concurrent-duplicate"])
def test_a_dry_run_refuses_what_curl_cannot_do(fault: str, run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1", "--dry-run", "--fault", fault)
    assert result.exit_code == 2
    assert "No curl line does what this fault does" in result.stderr


def test_a_dry_run_of_a_duplicate_is_the_line_twice(run: Run) -> None:
    result = run("send", "created", "--to", "http://127.0.0.1:1", "--dry-run", "--fault", "duplicate")
    first, second = result.stdout.splitlines()
    assert first == second
