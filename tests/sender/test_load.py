from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sinks import OK, StartSink, reset

from inspector.errors import ConfigError, DeliveryError
from inspector.sender import load as module
from inspector.sender.clock import steady_time
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import LoadSummary, run_load
from inspector.sender.record import Failure
from inspector.sender.request import Request
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy

pytestmark = pytest.mark.anyio

PATIENCE = 20.0
REFUSAL = b"HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n"
REQUEST = Request.build("POST", "http://app.example/", (), b"{}")


def done(outcome: Response | Failure) -> Delivery:
    delivery = Delivery(REQUEST, created_at=0.0)
    delivery.state = "delivered" if delivery.add(0.0, outcome).accepted else "failed"
    return delivery


ACCEPTED = done(Response.build(200))


class Target:
    """Takes events and remembers when, and how many at one time; it answers when so many are here together."""

    def __init__(self, *outcomes: Response | Failure, together: int = 1) -> None:
        self.events: list[int] = []
        self.times: list[float] = []
        self.at_once = self.most_at_once = 0
        self._outcomes = outcomes or (Response.build(200),)
        self._together = asyncio.Barrier(together)

    async def send(self, event: int) -> Delivery:
        self.times.append(steady_time())
        self.events.append(event)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with asyncio.timeout(PATIENCE):
            await self._together.wait()
        self.at_once -= 1
        return done(self._outcomes[event % len(self._outcomes)])


async def test_so_many_are_under_way_at_any_time() -> None:
    target = Target(together=4)
    summary = await run_load(target.send, range(20), concurrency=4)
    assert target.most_at_once == 4
    assert sorted(target.events) == list(range(20))
    assert (summary.sent, summary.accepted, summary.failed, summary.stopped) == (20, 20, 0, False)


async def test_count_limits_endless_events() -> None:
    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    target = Target()
    assert (await run_load(target.send, endless(), count=7)).sent == 7
    assert (await run_load(target.send, endless(), count=7, rate=10_000)).sent == 7


async def test_what_came_of_it_is_counted() -> None:
    target = Target(Response.build(200), Response.build(500), Failure("refused", "", 1.0))
    summary = await run_load(target.send, range(30))
    assert summary.statuses == {200: 10, 500: 10}
    assert summary.errors == {"refused": 10}
    assert (summary.accepted, summary.failed) == (10, 20)
    assert summary.rate == pytest.approx(30 / summary.seconds)


async def test_nothing_is_sent_before_it_is_due() -> None:
    """That it is not late either depends on the machine: `benchmarks/pace.py` shows it."""
    target = Target()
    started = steady_time()
    summary = await run_load(target.send, range(100), rate=1000)
    assert summary.sent == 100
    assert all(at >= started + number / 1000 for number, at in enumerate(target.times))


async def test_rate_does_not_wait_for_answers() -> None:
    everything_sent = asyncio.Event()
    under_way = 0

    async def send(event: int) -> Delivery:
        nonlocal under_way
        under_way += 1
        if under_way == 20:
            everything_sent.set()
        await everything_sent.wait()
        return ACCEPTED

    summary = await run_load(send, range(20), rate=2000)
    assert summary.accepted == 20
    assert summary.percentile(100) >= 19 / 2000 * 1000


async def test_too_many_waiting_hold_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    target = Target(together=3)
    summary = await run_load(target.send, range(21), rate=1_000_000)
    assert target.most_at_once == 3
    assert summary.sent == 21


@pytest.mark.parametrize("rate", [None, 2000])
async def test_cancelling_gives_the_summary_of_what_was_done(rate: float | None) -> None:
    five = asyncio.Event()
    sent = 0

    async def send(event: int) -> Delivery:
        nonlocal sent
        if sent == 5:
            five.set()
            await asyncio.get_running_loop().create_future()
        sent += 1
        return ACCEPTED

    task = asyncio.create_task(run_load(send, range(1000), rate=rate, concurrency=1))
    await five.wait()
    task.cancel()
    summary = await task
    assert summary.stopped
    assert summary.sent == 5


@pytest.mark.parametrize("rate", [None, 2000])
async def test_what_was_under_way_when_it_was_stopped_is_counted(rate: float | None, sink: StartSink) -> None:
    """Three are retrying, two await an answer: none of them is lost, and none has failed."""
    awaited, under_way = 0, asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        note_one()
        await reader.read()

    def note_one() -> None:
        nonlocal awaited
        awaited += 1
        if awaited == 5:
            under_way.set()

    refusing, silent = await sink(REFUSAL), await sink(hang)
    urls = [silent.url, silent.url, refusing.url, refusing.url, refusing.url]
    async with Sender(retry=RetryPolicy((3600.0,))) as sender, asyncio.timeout(PATIENCE):
        load = run_load(lambda url: sender.deliver(b"{}", url), urls, rate=rate, concurrency=5)
        sender.log.subscribe(lambda delivery: note_one() if delivery.state == "retrying" else None)
        task = asyncio.create_task(load)
        await under_way.wait()
        task.cancel()
        summary = await task
    assert (summary.sent, summary.interrupted, summary.failed, summary.stopped) == (5, 5, 0, True)
    assert (summary.statuses, summary.errors) == ({503: 3}, {"interrupted": 2})
    assert summary.seconds > 0


async def test_making_the_first_event_is_no_latency_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are drawn in store for it, which takes as long as a thousand events."""
    now = 0.0

    def events() -> Iterator[int]:
        nonlocal now
        now += 0.3
        yield 1

    monkeypatch.setattr(module, "steady_time", lambda: now)
    summary = await run_load(Target().send, events(), rate=1000)
    assert (summary.sent, summary.seconds, summary.percentile(100)) == (1, 0.0, 0.0)


@pytest.mark.parametrize("rate", [None, 2000])
async def test_what_cannot_be_sent_ends_the_load(rate: float | None) -> None:
    async def send(event: int) -> Delivery:
        if event == 3:
            raise DeliveryError("not a URL")
        return ACCEPTED

    with pytest.raises(DeliveryError, match="not a URL"):
        await run_load(send, range(1000), rate=rate, concurrency=2)


async def test_progress_is_told_now_and_then_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    await run_load(Target().send, range(50), on_progress=lambda summary: told.append(summary.sent))
    assert told[-1] == 50
    assert len(told) < 50
    monkeypatch.setattr(module, "PROGRESS_INTERVAL", 0.0)
    told.clear()
    await run_load(Target().send, range(3), concurrency=1, on_progress=lambda summary: told.append(summary.sent))
    assert told == [1, 2, 3, 3]


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": -1}, {"concurrency": 0}])
async def test_impossible_rates_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="Both must be above 0"):
        await run_load(Target().send, [], **options)


async def test_load_on_real_connections(sink: StartSink) -> None:
    target = await sink(OK, OK, reset, OK)
    async with Sender() as sender:
        summary = await run_load(lambda body: sender.deliver(body, target.url), [b"{}"] * 40, concurrency=4)
    assert summary.sent == 40
    assert summary.statuses[200] >= 39
    assert len(sender.log) == 40


def test_summary_without_anything() -> None:
    summary = LoadSummary()
    assert (summary.rate, summary.percentile(50)) == (0.0, 0.0)


def test_summary_as_json() -> None:
    summary = LoadSummary(sent=100, accepted=98, seconds=2.0)
    summary.latencies.extend(range(100, 0, -1))
    summary.statuses.update({500: 1, 200: 98})
    summary.errors["timeout"] = 1
    assert summary.to_json() == {
        "sent": 100,
        "accepted": 98,
        "failed": 2,
        "interrupted": 0,
        "seconds": 2.0,
        "rate": 50.0,
        "latency_ms": {"p50": 50.0, "p90": 90.0, "p99": 99.0, "max": 100.0},
        "statuses": {"200": 98, "500": 1},
        "errors": {"timeout": 1},
        "stopped": False,
    }
