"""Time for the sending half: real, scaled, or virtual, where eight hours of retries pass in milliseconds.

Whoever waits between attempts waits on a Clock. A virtual clock stands still while work goes on (signing, sending,
reading the answer) and moves only when it is told to, from one sleeper to the next, in order.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from functools import partial
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import NamedTuple, Protocol

from inspector.errors import ConfigError

# freezegun and time-machine replace time.monotonic and time.perf_counter, but not this one, nor what is held in a
# partial. Windows has no clock_gettime.
steady_time = (
    partial(time.clock_gettime, time.CLOCK_MONOTONIC) if hasattr(time, "clock_gettime") else partial(time.perf_counter)
)
"""Seconds from an arbitrary start that only go forward, in microsecond steps, out of reach of time-freezing tools."""

_NOTHING = nullcontext()

_TURNS = 8
"""Turns of the event loop without any work after which a virtual clock believes that all is quiet: enough for a task
that has just ended to wake whoever awaits it through a gather and a wrapper or two, and for that one to go on."""


class Clock(Protocol):
    """What the sender asks of time."""

    def now(self) -> float:
        """Unix time in seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock."""

    def working(self) -> AbstractContextManager[None]:
        """Surrounds work between the sleeps, such as a delivery: a virtual clock does not move while it goes on.

        May be nested: work that has other work within it waits for that.
        """


class RealClock:
    """The machine's own time; when a test freezes it, what is sent carries the frozen time."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(seconds)

    def working(self) -> AbstractContextManager[None]:
        """Real time waits for nobody."""
        return _NOTHING


class ScaledClock:
    """Real time made faster or slower: at scale 60 a minute passes in a second.

    `start` is the Unix time it begins at, by default now. Raises ConfigError unless `scale` is above 0.
    """

    def __init__(self, scale: float, start: float | None = None) -> None:
        if not scale > 0:
            raise ConfigError(f"A clock cannot run at scale {scale}. Give a number above 0, such as 60.")
        self.scale = scale
        self._start = time.time() if start is None else start
        self._origin = steady_time()

    def now(self) -> float:
        """Unix time in seconds, as this clock has it."""
        return self._start + (steady_time() - self._origin) * self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds / scale` real seconds."""
        await asyncio.sleep(seconds / self.scale)

    def working(self) -> AbstractContextManager[None]:
        """Scaled time waits for nobody."""
        return _NOTHING


class _Sleeper(NamedTuple):
    due: float
    order: int
    wake: asyncio.Future[None]
    work: _Work | None


class VirtualClock:
    """Time that stands still until it is moved, by `advance`, `step` or `drain`.

    `start` is Unix time in seconds. Moving wakes the sleepers in the order in which they fall due; before each move all
    work under way (`working`) reaches its next sleep or its end, however long its network takes. Belongs to one event
    loop; from another thread move it with `asyncio.run_coroutine_threadsafe(clock.drain(), loop)`.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._sleepers: list[_Sleeper] = []
        self._order = count()
        self._busy = 0
        self._idle = asyncio.Event()
        self._moving = asyncio.Lock()

    def now(self) -> float:
        """Unix time in seconds, as this clock has it."""
        return self._now

    @property
    def next_due(self) -> float | None:
        """When the next sleeper falls due, in Unix seconds; None while nobody sleeps."""
        while self._sleepers and self._sleepers[0].wake.done():
            heappop(self._sleepers)
        return self._sleepers[0].due if self._sleepers else None

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved by so many seconds."""
        if seconds <= 0:
            return await asyncio.sleep(0)
        work = _current_work.get()
        wake = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, _Sleeper(self._now + seconds, next(self._order), wake, work))
        if work:
            work.pause()
        try:
            await wake
        finally:
            if work and wake.cancelled():
                work.resume()

    def working(self) -> AbstractContextManager[None]:
        """Surrounds work that the clock waits for before it moves."""
        return _Work(self)

    async def advance(self, seconds: float) -> None:
        """Move on by so many seconds, stopping wherever somebody falls due. Raises ConfigError when negative."""
        if not seconds >= 0:
            raise ConfigError(f"A clock cannot go back by {seconds} seconds. Give 0 or more.")
        async with self._moving:
            end = self._now + seconds
            await self._settle()
            while (due := self.next_due) is not None and due <= end:
                await self._move_to(due)
            self._now = max(self._now, end)

    async def step(self) -> bool:
        """Move to the next moment at which somebody falls due, and let that run; False when nobody sleeps."""
        async with self._moving:
            await self._settle()
            due = self.next_due
            if due is not None:
                await self._move_to(due)
            return due is not None

    async def drain(self) -> None:
        """Move on until nobody sleeps and no work is under way."""
        while await self.step():
            pass

    def wake_due(self, now: float) -> None:
        """It has become `now`: wake, in order, whoever falls due by then, without waiting for what they do.

        For a clock whose time goes on by itself. It never goes back.
        """
        self._now = max(self._now, now)
        while (due := self.next_due) is not None and due <= self._now:
            sleeper = heappop(self._sleepers)
            if sleeper.work:  # busy from now on, not only once its task gets its turn
                sleeper.work.resume()
            sleeper.wake.set_result(None)

    def note_work(self, change: int) -> None:
        """Count work that becomes busy (1) or stops being so (-1)."""
        self._busy += change
        if self._busy == 0:
            self._idle.set()
        else:
            self._idle.clear()

    async def _move_to(self, due: float) -> None:
        self.wake_due(due)
        await self._settle()

    async def _settle(self) -> None:
        quiet_turns = 0
        while quiet_turns < _TURNS:
            if self._busy:
                await self._idle.wait()
                quiet_turns = 0
            await asyncio.sleep(0)
            quiet_turns += 1


class _Work:
    """One piece of work on a virtual clock: busy unless it sleeps or has other work within it.

    Before its beginning and after its end it counts as paused once, so that what it leaves running changes nothing.
    """

    __slots__ = ("_clock", "_outer", "_pauses", "_token")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._pauses = 1

    def __enter__(self) -> None:
        self._outer = _current_work.get()
        self._token: Token[_Work | None] = _current_work.set(self)
        self.resume()
        if self._outer:
            self._outer.pause()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._outer:
            self._outer.resume()
        self.pause()
        _current_work.reset(self._token)

    def pause(self) -> None:
        self._pauses += 1
        if self._pauses == 1:
            self._clock.note_work(-1)

    def resume(self) -> None:
        self._pauses -= 1
        if self._pauses == 0:
            self._clock.note_work(1)


_current_work: ContextVar[_Work | None] = ContextVar("work on a virtual clock", default=None)
