"""The time axis of deliveries: attempts that were made and those still planned, on one scale for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inspector.units import format_duration
from inspector.webhook.times import parse_time

SHORTEST = 10.0
"""Seconds that the axis shows at least."""

TICKS = (1.0, 10.0, 60.0, 600.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0)
TICK_ROOM = 9.0
"""Per cent of the axis that a label needs for itself."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One attempt: its place in per cent, `accepted`, `refused` or `planned`, and words for who points at it."""

    x: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Track:
    """The attempts at one delivery; `words` says the same."""

    marks: tuple[Mark, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds since an event was fired, from 0 to `horizon`.

    Places are cube roots: waits that double at first and are equal later then lie about equally far apart.
    """

    horizon: float

    @classmethod
    def of(cls, deliveries: Iterable[Mapping[str, Any]], waits: Iterable[float]) -> Axis:
        """Long enough for the whole plan, and for whatever took longer. `deliveries` are those of the overview."""
        return cls(max(SHORTEST, sum(waits), *map(_end, deliveries)))

    def x(self, seconds: float) -> float:
        """The place of a moment, in per cent."""
        part = min(max(seconds, 0.0) / self.horizon, 1.0)
        return round(100 * float(part ** (1 / 3)), 2)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels that do not overlap."""
        found: list[tuple[float, str]] = []
        for seconds in TICKS:
            place = self.x(seconds)
            if seconds <= self.horizon * 1.01 and (not found or place - found[-1][0] >= TICK_ROOM):
                found.append((place, format_duration(seconds)))
        return found

    def until(self, delivery: Mapping[str, Any], now: float) -> float:
        """Where a delivery is now, or where it ended, in per cent. `now` is Unix time by the service's clock."""
        if delivery["planned_at"]:
            return round(self.x(now - parse_time(delivery["fired_at"])), 1)
        return self.x(_end(delivery)) if delivery["attempts"] else 0.0

    def track(self, delivery: Mapping[str, Any]) -> Track:
        """The attempts at one delivery."""
        fired, attempts, planned = parse_time(delivery["fired_at"]), delivery["attempts"], delivery["planned_at"]
        made = [self._made(attempt, parse_time(attempt["started_at"]) - fired) for attempt in attempts]
        first = len(attempts) + 1
        coming = [self._planned(first + place, parse_time(time) - fired) for place, time in enumerate(planned)]
        return Track((*made, *coming), _words(attempts, len(coming)))

    def _made(self, attempt: Mapping[str, Any], seconds: float) -> Mark:
        kind = "accepted" if 200 <= (attempt["status"] or 0) < 300 else "refused"
        outcome = attempt["status"] or "no answer"
        return Mark(self.x(seconds), kind, f"Attempt {attempt['number']} after {format_duration(seconds)}: {outcome}")

    def _planned(self, number: int, seconds: float) -> Mark:
        return Mark(self.x(seconds), "planned", f"Attempt {number} planned after {format_duration(seconds)}")


def _end(delivery: Mapping[str, Any]) -> float:
    """Seconds from its beginning to the last attempt that was made or is planned."""
    times = delivery["planned_at"] or [attempt["started_at"] for attempt in delivery["attempts"][-1:]]
    return parse_time(times[-1]) - parse_time(delivery["fired_at"]) if times else 0.0


def _words(attempts: Iterable[Mapping[str, Any]], planned: int) -> str:
    outcomes = [str(attempt["status"] or "no answer") for attempt in attempts]
    made = f"Attempts: {', '.join(outcomes)}" if outcomes else "Not tried yet"
    return f"{made}; {planned} more planned" if planned else made
