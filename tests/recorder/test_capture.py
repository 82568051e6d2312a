"""Capture records whatever comes, before it answers."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import pytest

from inspector.recorder.analysis import Analyser
from inspector.recorder.capture import Capture
from inspector.recorder.log import RequestLog

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/hook",
    "raw_path": b"/h%6Fok",
    "query_string": b"b=2&a=1",
    "headers": [(b"host", b"app.example"), (b"x-twice", b"1"), (b"x-twice", b"2")],
    "http_version": "1.1",
    "client": ("10.0.0.9", 5000),
}
DISCONNECT = {"type": "http.disconnect"}


def chunk(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def capture(
    *messages: dict[str, Any], max_body: int = 100, scope: dict[str, Any] = SCOPE
) -> tuple[RequestLog, list[Any]]:
    """Run one request through a fresh capture: what is in the log then, and what was answered."""
    log = RequestLog(now=lambda: 0.0)
    sent: list[Any] = []
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: Any) -> None:
        sent.append(message)

    app = Capture(log, Analyser(), max_body=max_body, now=lambda: 1700000000.5)
    asyncio.run(app(scope, receive, send))
    return log, sent


def test_records_the_request_as_sent() -> None:
    log, _ = capture(chunk(b"{}"))
    recorded = log.snapshot()[0]
    assert recorded.url == "http://app.example/h%6Fok?b=2&a=1"
    assert (recorded.path, recorded.query) == ("/h%6Fok", "b=2&a=1")
    assert recorded.headers == [("host", "app.example"), ("x-twice", "1"), ("x-twice", "2")]
    assert (recorded.body, recorded.received_at, recorded.client) == (b"{}", 1700000000.5, "10.0.0.9:5000")


def test_answers_200_ok_by_default() -> None:
    log, sent = capture(chunk(b""))
    assert sent[0]["status"] == 200
    assert sent[1]["body"] == b'{"ok":true}'
    assert log.snapshot()[0].answer_status == 200


def test_chunks_are_joined() -> None:
    log, _ = capture(chunk(b"ab", True), chunk(b"", True), chunk(b"cd"))
    assert log.snapshot()[0].body == b"abcd"


def test_a_body_at_the_limit_is_kept_whole() -> None:
    log, sent = capture(chunk(b"x" * 100))
    assert not log.snapshot()[0].truncated
    assert sent[0]["status"] == 200


@pytest.mark.parametrize("messages", [[chunk(b"x" * 101)], [chunk(b"x" * 60, True), chunk(b"x" * 41)]])
def test_a_longer_body_is_cut_recorded_and_answered_413(messages: list[Any]) -> None:
    log, sent = capture(*messages)
    recorded = log.snapshot()[0]
    assert (recorded.size, len(recorded.body), recorded.truncated) == (101, 100, True)
    assert sent[0]["status"] == 413
    assert recorded.answer_status == 413


@pytest.mark.parametrize("sizes", [[250], [100, 150], [99, 1, 150], [60, 60, 130], [101, 149]])
def test_of_a_cut_body_the_digest_is_that_of_all_that_came(sizes: list[int]) -> None:
    body, messages, start = bytes(range(250)), [], 0
    for size in sizes:
        messages.append(chunk(body[start : start + size], start + size < len(body)))
        start += size
    recorded = capture(*messages)[0].snapshot()[0]
    assert recorded.body == body[:100]
    assert recorded.sha256 == sha256(body).hexdigest() == recorded.to_json()["body"]["sha256"]
    assert not recorded.incomplete


def test_a_whole_body_is_hashed_when_somebody_asks() -> None:
    recorded = capture(chunk(b"ab", True), chunk(b"cd"))[0].snapshot()[0]
    assert recorded.digest is None
    assert recorded.sha256 == sha256(b"abcd").hexdigest()


def test_an_endless_body_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.recorder.capture.DRAIN_FLOOR", 0)
    log, sent = capture(*[chunk(b"x" * 100, True)] * 50)
    recorded = log.snapshot()[0]
    assert (recorded.size, recorded.incomplete) == (500, True)
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_client_that_leaves_mid_body_is_recorded_as_incomplete() -> None:
    log, sent = capture(chunk(b"half", True), DISCONNECT)
    recorded = log.snapshot()[0]
    assert recorded.incomplete
    assert recorded.body == b"half"
    assert sent == []


def test_what_was_in_flight_when_the_server_stops_is_recorded() -> None:
    log = RequestLog()
    messages = iter([chunk(b"half", True)])

    async def scenario() -> None:
        waiting = asyncio.Event()

        async def receive() -> Any:
            for message in messages:
                return message
            waiting.set()
            return await asyncio.get_running_loop().create_future()

        async def send(_: Any) -> None:
            raise AssertionError("nothing is left to answer")

        task = asyncio.ensure_future(Capture(log, Analyser(), max_body=100)(SCOPE, receive, send))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    recorded = log.snapshot()[0]
    assert recorded.incomplete
    assert recorded.body == b"half"


def test_the_request_is_in_the_log_before_the_answer_leaves() -> None:
    log = RequestLog()
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        return chunk(b"{}")

    async def send(_: Any) -> None:
        seen.append(len(log))

    asyncio.run(Capture(log, Analyser(), max_body=100)(SCOPE, receive, send))
    assert seen == [1, 1]


def test_a_fault_of_ours_costs_neither_answer_nor_record() -> None:
    log = RequestLog()
    sent: list[Any] = []

    def broken(_: Any) -> None:
        raise RuntimeError("a listener with a bug")

    async def receive() -> dict[str, Any]:
        return chunk(b"{}")

    async def send(message: Any) -> None:
        sent.append(message)

    log.subscribe(broken)
    asyncio.run(Capture(log, Analyser(), max_body=100)(SCOPE, receive, send))
    assert sent[0]["status"] == 200
    assert len(log) == 1


def test_other_servers_do_not_hand_on_the_target() -> None:
    log, _ = capture(chunk(b""), scope={**SCOPE, "inspector.target": b"/as-sent?"})
    assert log.snapshot()[0].target == b"/as-sent?"


def test_malformed_http_is_recorded_as_far_as_it_can_be_read() -> None:
    log = RequestLog()
    data = b"POST /x HTTP/1.1\r\nHost: a\r\n\r\nabcdef"
    reason = Capture(log, Analyser(), max_body=4).record_malformed(data, "127.0.0.1:1", "bad Content-Length")
    recorded = log.snapshot()[0]
    assert recorded.malformed == reason == "This is no well-formed HTTP/1.1 request: bad Content-Length."
    assert (recorded.method, recorded.headers, recorded.body) == ("POST", [("host", "a")], b"abcd")
    assert (recorded.size, recorded.answer_status) == (6, 400)
