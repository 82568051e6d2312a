"""Reading ahead: nobody waits for it, and it finds what a list then shows."""

from __future__ import annotations

import threading

import pytest

from inspector.recorder import readahead
from inspector.recorder.analysis import Analyser
from inspector.recorder.log import LogChange, RequestLog
from inspector.recorder.readahead import ReadAhead
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import MOST, batches
from inspector.recorder.shredding import Shredded
from inspector.settings import SigningKey
from inspector.webhook.explanation import Explanation
from inspector.webhook.signature import sign

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "QUIET", 0.001)


def request(url: str, key: str = "k", body: bytes = b"{}") -> RecordedRequest:
    headers = [
        (b"host", b"app.example"),
        (b"messagebird-request-timestamp", b"1700000000"),
        (b"messagebird-signature", sign(key, 1700000000, url, body).encode()),
    ]
    return RecordedRequest(
        received_at=1700000000.0,
        method="POST",
        target=b"/hook",
        headers=headers,
        body=body,
        analyser=Analyser([SigningKey("k")]),
    )


def test_causes_are_found_and_told() -> None:
    log = RequestLog()
    told: list[LogChange] = []
    log.subscribe(told.append)
    reader = ReadAhead(log)
    wrong, right = request("https://app.example/hook"), request("http://app.example/hook")
    log.append(wrong)
    reader.start()
    log.append(right)
    assert reader.idle.wait(PATIENCE)
    reader.close()
    assert wrong.known_cause == "url-scheme"
    assert right.known_cause is None
    assert [change.request for change in told if change.kind == "updated"] == [wrong]


def test_it_goes_on_with_what_arrives_later() -> None:
    log = RequestLog()
    reader = ReadAhead(log)
    reader.start()
    assert reader.idle.wait(PATIENCE)
    told = threading.Event()
    log.subscribe(lambda change: told.set() if change.kind == "updated" else None)
    log.append(request("https://app.example/hook"))
    assert told.wait(PATIENCE)
    reader.close()


def test_it_waits_while_requests_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "QUIET", 3600.0)
    log = RequestLog()
    reader = ReadAhead(log)
    reader.start()
    log.append(request("https://app.example/hook"))
    assert not reader.idle.is_set()
    reader.close()
    assert log.snapshot()[0].known_cause is None


def test_a_trickle_does_not_keep_it_from_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "FLOOD", 10**9)
    log = RequestLog()
    reader = ReadAhead(log)
    wrong = request("https://app.example/hook")
    told = threading.Event()
    log.subscribe(lambda change: told.set() if change.kind == "updated" else None)
    log.append(wrong)
    monkeypatch.setattr(ReadAhead, "_is_busy", lambda _: True)
    reader.start()
    assert told.wait(PATIENCE)
    reader.close()
    assert wrong.known_cause == "url-scheme"


def test_many_are_read_in_several_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "AT_ONCE", 2)
    log = RequestLog()
    for _ in range(5):
        log.append(request("https://app.example/hook"))
    reader = ReadAhead(log)
    reader.start()
    assert reader.idle.wait(PATIENCE)
    reader.close()
    assert [one.known_cause for one in log.snapshot()] == ["url-scheme"] * 5


def test_what_is_removed_unread_is_not_waited_for() -> None:
    log = RequestLog()
    log.append(request("https://app.example/hook"))
    log.remove()
    reader = ReadAhead(log)
    asked: list[int] = []
    since = log.since
    reader._log = log
    log.since = lambda sequence: asked.append(sequence) or since(sequence)  # type: ignore[method-assign,func-returns-value]
    reader.start()
    assert reader.idle.wait(PATIENCE)
    log.append(request("http://app.example/hook"))
    log.append(request("https://app.example/hook"))
    while log.snapshot()[-1].known_cause is None:
        reader.idle.wait(PATIENCE)
    reader.close()
    assert len(asked) < 20


def test_bodies_are_shredded_before_causes_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    log = RequestLog()
    kept: list[type] = []
    body = b'{"service":"conversations","event":"conversation.created","payload":{"id":"%b"}}' % (b"x" * 99)
    for _ in range(3):
        log.append(request("https://app.example/hook", body=body))
    explain = Analyser.explain

    def noted(analyser: Analyser, one: RecordedRequest) -> Explanation:
        kept.extend(type(other.kept) for other in log.snapshot())
        return explain(analyser, one)

    monkeypatch.setattr(Analyser, "explain", noted)
    reader = ReadAhead(log)
    reader.start()
    assert reader.idle.wait(PATIENCE)
    reader.close()
    assert kept == [Shredded] * 9


def test_what_is_read_is_laid_together_and_again_when_some_are_removed() -> None:
    log = RequestLog()
    for _ in range(2 * MOST + 3):
        log.append(request("http://app.example/hook"))
    reader = ReadAhead(log)
    reader.start()
    assert reader.idle.wait(PATIENCE)
    assert laid_together(log) == [(MOST, True), (MOST, True), (3, False)]
    log.remove(lambda one: one.sequence in (5, 2 * MOST + 1))
    assert reader.idle.wait(PATIENCE)
    reader.close()
    assert laid_together(log) == [(MOST - 1, True), (MOST, True), (2, False)]


def laid_together(log: RequestLog) -> list[tuple[int, bool]]:
    return [(len(batch.requests), "values" in vars(batch)) for batch in batches(log.snapshot())]
