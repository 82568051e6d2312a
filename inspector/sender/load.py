"""Many webhooks at once: at an even rate, or as fast as the target takes them.

With a rate the loop is open: each send is due at its place in time whatever became of those before it, and latency
counts from there, so that a slow target cannot hide by slowing the sender down.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from inspector.errors import ConfigError
from inspector.sender.clock import steady_time
from inspector.sender.collection import seldom_collected
from inspector.sender.record import Delivery, interrupted_by
from inspector.sender.response import Response

T = TypeVar("T")

PROGRESS_INTERVAL = 0.05
"""Seconds between two reports of progress, at least."""

MAX_WAITING = 10_000
"""Sends under way at one time in an open loop; beyond it the next ones wait, and the rate falls."""


PERCENTILES = {"p50": 50, "p90": 90, "p99": 99, "max": 100}
"""The latencies that are told."""


@dataclass(slots=True)
class LoadSummary:
    """What a load came to. `seconds` from its beginning to the last answer.

    `statuses` counts deliveries by the HTTP status of their last attempt, `errors` those without an answer by kind.
    `stopped` is set when the load was cancelled before its end; `interrupted` are those that were sent by then, and
    still awaited an answer or their next attempt.
    """

    sent: int = 0
    accepted: int = 0
    interrupted: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stopped: bool = False
    latencies: array[float] = field(default_factory=lambda: array("d"), repr=False)
    """Milliseconds from when each was due until it was done; in order of completion."""

    @property
    def failed(self) -> int:
        """Deliveries that came to their end and were not accepted."""
        return self.sent - self.accepted - self.interrupted

    @property
    def rate(self) -> float:
        """Deliveries per second."""
        return self.sent / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """The latency in milliseconds that so many percent of the deliveries did not exceed; 0 without any."""
        return _at(sorted(self.latencies), percent)

    def percentiles(self) -> dict[str, float]:
        """The latencies that are told, in milliseconds, by name."""
        ordered = sorted(self.latencies)
        return {name: _at(ordered, percent) for name, percent in PERCENTILES.items()}

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "sent": self.sent,
            "accepted": self.accepted,
            "failed": self.failed,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "rate": round(self.rate, 1),
            "latency_ms": {name: round(ms, 3) for name, ms in self.percentiles().items()},
            "statuses": {str(status): number for status, number in sorted(self.statuses.items())},
            "errors": dict(self.errors.most_common()),
            "stopped": self.stopped,
        }


async def run_load(
    send: Callable[[T], Awaitable[Delivery]],
    events: Iterable[T],
    *,
    count: int | None = None,
    rate: float | None = None,
    concurrency: int = 16,
    on_progress: Callable[[LoadSummary], None] | None = None,
) -> LoadSummary:
    """Call `send` with each of the events, or the first `count`, and sum up what came of it.

    With `rate` (events per second) each is sent at its place in time; without, `concurrency` of them are under way at
    any time. `on_progress` gets the summary so far, at most 20 times a second and at the end. Cancelling the task that
    runs this stops the load: it returns the summary of what was done, with `stopped` set. Raises ConfigError, and
    whatever `send` raises.
    """
    if concurrency < 1 or (rate is not None and not rate > 0):
        raise ConfigError(f"Cannot send at rate {rate} with concurrency {concurrency}. Both must be above 0.")
    events = islice(events, count)
    # The first takes as long as a thousand others (names are drawn in store): that is ours, and no latency of an app.
    load = _Load(send, chain(list(islice(events, 1)), events), on_progress)
    try:
        with seldom_collected:
            await (load.flat_out(concurrency) if rate is None else load.at_rate(rate))
    except asyncio.CancelledError:
        load.summary.stopped = True
        if task := asyncio.current_task():
            task.uncancel()
    finally:
        await load.finish()
    return load.summary


class _Load(Generic[T]):
    def __init__(
        self,
        send: Callable[[T], Awaitable[Delivery]],
        events: Iterator[T],
        on_progress: Callable[[LoadSummary], None] | None,
    ) -> None:
        self.summary = LoadSummary()
        self._send = send
        self._events = events
        self._on_progress = on_progress
        self._reported = self._start = steady_time()
        self._tasks: set[asyncio.Task[None]] = set()
        self._task_ended = asyncio.Event()
        self._error: BaseException | None = None

    async def flat_out(self, concurrency: int) -> None:
        """As many as asked for at any time, each followed by the next."""
        for _ in range(concurrency):
            self._spawn(self._send_one_after_another())
        await self._until_under_way(0)

    async def at_rate(self, rate: float) -> None:
        """Each when it is due, counted from the start, so that no delay adds up."""
        for number, event in enumerate(self._events):
            due = self._start + number / rate
            await asyncio.sleep(0)
            while (left := due - steady_time()) > 0:  # noqa: ASYNC110 - nobody sets an event; a timer may ring early
                await asyncio.sleep(left)
            if len(self._tasks) >= MAX_WAITING or self._error:
                await self._until_under_way(MAX_WAITING - 1)
            self._spawn(self._send_one(event, due))
        await self._until_under_way(0)

    async def finish(self) -> None:
        """Cancel what is still under way, and report for the last time."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.summary.stopped:
            self.summary.seconds = steady_time() - self._start
        if self._on_progress:
            self._on_progress(self.summary)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._take_off)

    def _take_off(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._task_ended.set()
        if not task.cancelled():
            self._error = self._error or task.exception()

    async def _until_under_way(self, number: int) -> None:
        while len(self._tasks) > number and not self._error:
            self._task_ended.clear()
            await self._task_ended.wait()
        if self._error:
            raise self._error

    async def _send_one_after_another(self) -> None:
        for event in self._events:
            await self._send_one(event, steady_time())

    async def _send_one(self, event: T, due: float) -> None:
        try:
            delivery = await self._send(event)
        except asyncio.CancelledError as error:
            if stopped := interrupted_by(error):
                self._take_interrupted(stopped)
            raise
        now = steady_time()
        summary, outcome = self.summary, delivery.outcome
        summary.sent += 1
        summary.accepted += delivery.accepted
        summary.seconds = now - self._start
        summary.latencies.append((now - due) * 1000)
        if isinstance(outcome, Response):
            summary.statuses[outcome.status] += 1
        elif outcome:
            summary.errors[outcome.kind] += 1
        if self._on_progress and now - self._reported >= PROGRESS_INTERVAL:
            self._reported = now
            self._on_progress(summary)

    def _take_interrupted(self, delivery: Delivery) -> None:
        self.summary.sent += 1
        self.summary.interrupted += 1
        if delivery.status is not None:
            self.summary.statuses[delivery.status] += 1
        elif delivery.error:
            self.summary.errors[delivery.error.kind] += 1


def _at(ordered: list[float], percent: float) -> float:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0
