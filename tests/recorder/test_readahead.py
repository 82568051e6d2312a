"""Reading ahead: nobody waits for it, and it finds what a list then shows."""

from __future__ import annotations

import threading

import pytest

from inspector.recorder import readahead
from inspector.recorder.analysis import Analyser
from inspector.recorder.log import LogChange, RequestLog
from inspector.recorder.readahead import ReadAhead
from inspector.recorder.request import RecordedRequest
from inspector.settings import SigningKey
from inspector.webhook.signature import sign

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "QUIET", 0.001)


def request(url: str, key: str = "k") -> RecordedRequest:
    headers = [
        (b"host", b"app.example"),
        (b"messagebird-request-timestamp", b"1700000000"),
        (b"messagebird-signature", sign(key, 1700000000, url, b"{}").encode()),
    ]
    return RecordedRequest(
        received_at=1700000000.0,
        method="POST",
        target=b"/hook",
        headers=headers,
        body=b"{}",
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
