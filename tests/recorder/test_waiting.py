from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from recordings import make_event, make_record, signed

from inspector.recorder.analysis import Analyser
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.waiting import wait_for, wait_for_async
from inspector.settings import SigningKey

PATIENCE = 20.0
Wait = Callable[..., list[RecordedRequest]]


def wait_in_a_loop(*arguments: Any, **options: Any) -> list[RecordedRequest]:
    return asyncio.run(wait_for_async(*arguments, **options))


@pytest.fixture(params=[wait_for, wait_in_a_loop], ids=["thread", "coroutine"])
def wait(request: pytest.FixtureRequest) -> Wait:
    """Both ways to wait."""
    return request.param  # type: ignore[no-any-return]


def anything(_: RecordedRequest) -> bool:
    return True


class WhenListening(RequestLog):
    """A log that does something, in another thread, as soon as somebody waits on it."""

    def __init__(self, act: Callable[[RequestLog], None]) -> None:
        super().__init__()
        self.actor = threading.Thread(target=act, args=(self,))

    def subscribe(self, listener: Any) -> Callable[[], None]:
        unsubscribe = super().subscribe(listener)
        self.actor.start()
        return unsubscribe


class Heard(RequestLog):
    """A log that tells when somebody waits on it."""

    def __init__(self) -> None:
        super().__init__()
        self.somebody_listens = asyncio.Event()

    def subscribe(self, listener: Any) -> Callable[[], None]:
        self.somebody_listens.set()
        return super().subscribe(listener)


def test_what_is_there_already_counts(wait: Wait) -> None:
    log = RequestLog()
    log.append(make_record(b"1"))
    log.append(make_record(b"2"))
    assert [request.body for request in wait(log, anything, count=2, timeout=0)] == [b"1", b"2"]


def test_what_arrives_ends_the_wait(wait: Wait) -> None:
    def arrive(log: RequestLog) -> None:
        for body in (b"one", b"two", b"three"):
            log.append(make_record(body))

    log = WhenListening(arrive)
    found = wait(log, parse_filter("body:~t"), count=2, timeout=PATIENCE)
    log.actor.join(PATIENCE)
    assert [request.body for request in found] == [b"two", b"three"]


def test_time_runs_out_with_what_did_arrive(wait: Wait) -> None:
    log = RequestLog()
    log.append(make_record(b"one"))
    started = time.monotonic()
    assert [request.body for request in wait(log, anything, count=2, timeout=0.05)] == [b"one"]
    assert time.monotonic() - started >= 0.04


def test_nothing_matches(wait: Wait) -> None:
    log = RequestLog()
    log.append(make_record(b"one"))
    assert wait(log, parse_filter("body:~two"), timeout=0) == []


def test_only_what_comes_after_counts(wait: Wait) -> None:
    log = RequestLog()
    for body in (b"1", b"2", b"3"):
        log.append(make_record(body))
    assert [request.body for request in wait(log, anything, count=9, timeout=0, after=2)] == [b"3"]


def test_closing_the_log_ends_the_wait(wait: Wait) -> None:
    log = WhenListening(RequestLog.close)
    assert wait(log, anything, timeout=PATIENCE) == []
    log.actor.join(PATIENCE)
    assert log.closed


def test_no_listener_is_left_behind(wait: Wait) -> None:
    log = RequestLog()
    wait(log, anything, timeout=0)
    assert log._listeners == []


def test_each_request_is_looked_at_once(wait: Wait) -> None:
    asked: list[int] = []

    def note(request: RecordedRequest) -> bool:
        asked.append(request.sequence)
        return False

    def arrive(log: RequestLog) -> None:
        for _ in range(50):
            log.append(make_record())
        log.close()

    log = WhenListening(arrive)
    wait(log, note, timeout=PATIENCE)
    log.actor.join(PATIENCE)
    assert asked == list(range(1, 51))


def test_what_comes_to_match_later_counts(wait: Wait) -> None:
    def answer(log: RequestLog) -> None:
        for number in range(3):
            log.append(make_record(str(number).encode()))
        for number, status in ((2, 500), (1, 200), (0, 500)):
            request = log.snapshot()[number]
            request.answer_status = status
            log.touch(request)

    log = WhenListening(answer)
    found = wait(log, parse_filter("status:500"), count=2, timeout=PATIENCE)
    log.actor.join(PATIENCE)
    assert [request.body for request in found] == [b"0", b"2"]


def test_what_no_longer_matches_does_not_count(wait: Wait) -> None:
    def edit(log: RequestLog) -> None:
        log.append(make_record())
        for note in ("x", "y"):
            log.update(log.snapshot()[0].id, note=note)
        log.close()

    log = WhenListening(edit)
    assert wait(log, parse_filter("note:x"), count=2, timeout=PATIENCE) == []
    log.actor.join(PATIENCE)


def test_an_update_of_what_came_before_does_not_count(wait: Wait) -> None:
    def edit(log: RequestLog) -> None:
        log.update(log.snapshot()[0].id, note="x")
        log.close()

    log = WhenListening(edit)
    log.append(make_record())
    assert wait(log, parse_filter("note:x"), timeout=PATIENCE, after=1) == []
    log.actor.join(PATIENCE)


@pytest.fixture
def explained_in(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads in which causes are searched for, one for each search."""
    threads: list[int] = []

    def note(self: Analyser, request: RecordedRequest) -> Any:
        threads.append(threading.get_ident())
        return explain(self, request)

    explain = Analyser.explain
    monkeypatch.setattr(Analyser, "explain", note)
    return threads


def test_a_cause_is_searched_for_beside_the_loop(explained_in: list[int]) -> None:
    body = make_event()
    log = RequestLog()
    log.append(make_record(body, headers=signed(body, key="k "), analyser=Analyser([SigningKey("k")])))
    found = wait_in_a_loop(log, parse_filter("cause:key-whitespace"), timeout=PATIENCE)
    assert len(found) == len(explained_in) == 1
    assert explained_in != [threading.get_ident()]


def test_a_search_for_a_cause_ends_in_time(monkeypatch: pytest.MonkeyPatch, explained_in: list[int]) -> None:
    monkeypatch.setattr("inspector.recorder.waiting.SLOW_LOOK", 0)
    log = RequestLog()
    for _ in range(9):
        log.append(make_record())
    assert wait_in_a_loop(log, parse_filter("cause:unknown"), timeout=0) == []
    assert len(explained_in) < len(log)


def test_the_loop_stays_free_while_a_coroutine_waits() -> None:
    async def both() -> list[bytes]:
        log = Heard()
        waiting = asyncio.create_task(wait_for_async(log, anything, timeout=PATIENCE))
        await log.somebody_listens.wait()
        log.append(make_record(b"1"))
        return [request.body for request in await waiting]

    assert asyncio.run(both()) == [b"1"]


def test_a_cancelled_wait_leaves_no_listener() -> None:
    async def cancelled() -> RequestLog:
        log = Heard()
        waiting = asyncio.create_task(wait_for_async(log, anything, timeout=PATIENCE))
        await log.somebody_listens.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return log

    assert asyncio.run(cancelled())._listeners == []
