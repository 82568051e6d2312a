"""The service's clock: real, scaled or virtual, and changed from one to another while deliveries wait on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from inspector.errors import ConfigError
from inspector.sender.clock import VirtualClock, steady_time
from inspector.service.settings import ClockMode

LATEST = 250_000_000_000.0
"""Unix time in the year 9892, beyond which this clock does not go: what is planned then still has a date."""

FARTHEST = 100 * 366 * 86_400.0
"""Seconds that it can be advanced at once: a hundred years."""

FASTEST = 1_000_000.0
"""How many times as fast as the machine's it can run: eleven days in a second."""


class _Anchor(NamedTuple):
    """At `steady` on the machine's steady clock it was `time` here; since then it goes on at `rate`."""

    time: float
    steady: float
    rate: float


class ServiceClock(VirtualClock):
    """A virtual clock that can also run by itself: at the pace of the machine (`real`) or `scale` times as fast.

    All sleepers wait in one place whatever the mode, so it may be changed at any time. `advance` and `drain` work in
    every mode: a running clock stands still for them and then goes on from where they have brought it. `start` is Unix
    time in seconds, by default now, and none after `LATEST`, where a running clock stops. Raises ConfigError for
    another start, an unknown mode, or a scale that is not above 0 and at most `FASTEST`.
    """

    def __init__(self, mode: ClockMode = "real", scale: float = 60.0, start: float | None = None) -> None:
        super().__init__(_checked_start(time.time() if start is None else start))
        self._holds = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0
        self.mode, self.scale = _checked(mode, scale)
        self._anchor = _Anchor(super().now(), steady_time(), self._rate())

    def now(self) -> float:
        """Unix time in seconds, as this clock has it. May be asked from any thread."""
        anchor = self._anchor
        if not anchor.rate:
            return super().now()
        return max(anchor.time, min(LATEST, anchor.time + (steady_time() - anchor.steady) * anchor.rate))

    def set_mode(self, mode: ClockMode, scale: float | None = None) -> None:
        """Go on in another mode from the time it is now; in the clock's own event loop. Raises ConfigError."""
        mode, scale = _checked(mode, self.scale if scale is None else scale)
        self._catch_up()
        self.mode, self.scale = mode, scale
        self._go_on()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock."""
        self._catch_up()
        self._set_alarm(super().now() + seconds)
        await super().sleep(seconds)

    async def advance(self, seconds: float) -> None:
        """Move on by so many seconds at once, stopping wherever somebody falls due.

        Raises ConfigError for less than none, for more than `FARTHEST`, and for what would be after `LATEST`.
        """
        if not 0 <= seconds <= FARTHEST:
            raise ConfigError(f"A clock cannot be advanced by {seconds:g} s. Give 0 to {FARTHEST:.0f} (100 years).")
        if self.now() + seconds > LATEST:
            raise ConfigError("A clock does not go beyond the year 9892. Reset the service, or advance by less.")
        with self._held():
            await super().advance(seconds)

    async def step(self) -> bool:
        """Move to the next moment at which somebody falls due, and let that run; False when nobody sleeps."""
        with self._held():
            return await super().step()

    async def drain(self) -> None:
        """Move on until nobody sleeps and no work is under way."""
        with self._held():
            await super().drain()

    @property
    def pace(self) -> float:
        """How many seconds pass here in one of the machine's; 0 when the clock only moves when it is told to."""
        return {"real": 1.0, "scaled": self.scale, "virtual": 0.0}[self.mode]

    def _rate(self) -> float:
        return 0.0 if self._holds else self.pace

    def _catch_up(self) -> None:
        self.wake_due(self.now())
        self._anchor = _Anchor(super().now(), steady_time(), self._rate())

    def _go_on(self) -> None:
        """Begin again from the time it is, at the rate of now."""
        self._anchor = _Anchor(super().now(), steady_time(), self._rate())
        self._silence()
        if self.next_due is not None:
            self._set_alarm(self.next_due)

    @contextmanager
    def _held(self) -> Iterator[None]:
        self._catch_up()
        self._holds += 1
        self._go_on()
        try:
            yield
        finally:
            self._holds -= 1
            self._go_on()

    def _set_alarm(self, due: float) -> None:
        """Have the sleepers woken at `due`, unless that happens earlier anyway."""
        if not self._anchor.rate or due > LATEST:
            return
        loop = asyncio.get_running_loop()
        # Never at once: a timer may fire a little early, and would then be set again and again.
        at = loop.time() + max(0.001, (due - super().now()) / self._anchor.rate)
        if self._alarm is None or at < self._alarm_at:
            self._silence()
            self._alarm, self._alarm_at = loop.call_at(at, self._ring), at

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        self._catch_up()
        if self.next_due is not None:
            self._set_alarm(self.next_due)


def _checked(mode: ClockMode, scale: float) -> tuple[ClockMode, float]:
    if mode not in ("real", "scaled", "virtual"):
        raise ConfigError(f"There is no clock mode {mode!r}. Give real, scaled or virtual.")
    if not 0 < scale <= FASTEST:
        raise ConfigError(f"A clock cannot run at scale {scale:g}. Give a number above 0 and at most {FASTEST:.0f}.")
    return mode, scale


def _checked_start(start: float) -> float:
    if not 0 <= start <= LATEST:
        raise ConfigError(f"A clock cannot start at {start:g}. Give Unix time in seconds, up to the year 9892.")
    return start
