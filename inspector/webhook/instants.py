"""Other times that a receiver may have signed in place of the header: its own clock, a rounded or a shifted one."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.units import format_duration

NEAR = 15 * 60
"""Seconds around the header and around now in which every time is tried."""

LIKELY_BATCHES = 3
"""How many of the batches are likely enough to be tried before any two mistakes at once."""

_OFFSETS = sorted(range(-NEAR, NEAR + 1), key=abs)
_HALF_MINUTES = [offset for offset in _OFFSETS if offset % 30 == 0]
_ZONES = [half_hours * 1800 for half_hours in range(-28, 29) if half_hours]
_OTHERS = [offset for offset in _OFFSETS if abs(offset) > 10 and offset % 30]
_BATCHES = [
    [offset for offset in _OFFSETS if abs(offset) <= 10],
    [offset for offset in _HALF_MINUTES if offset % 60 == 0],
    [*_HALF_MINUTES, *_ZONES],
    *(_OTHERS[start : start + 60] for start in range(0, len(_OTHERS), 60)),
]


def instants(header: str, now: float | None) -> list[list[int]]:
    """Unix times in seconds, in batches: a few seconds off, whole minutes, half minutes and time zones, then the rest.

    `header` is the timestamp as received; one that is no number of seconds has no neighbours. None comes twice, nor
    does the header itself.
    """
    centres = [int(header)] if _is_seconds(header) else []
    seen = {-1, *centres}
    centres += [] if now is None else [int(now)]
    return [_fresh(centres, offsets, seen) for offsets in _BATCHES]


def milliseconds(header: str) -> range:
    """The Unix times in milliseconds within the header's own second; none where it is no time of today in seconds."""
    start = int(header) * 1000 if _is_seconds(header) and len(header) >= len("100000000") else 0
    return range(start, start + 1000 if start else 0)


def fault(moment: int, header: str) -> tuple[str, str]:
    """The slug, and the words, for a time in place of the header."""
    if moment in milliseconds(header):
        return "timestamp-milliseconds", "milliseconds"
    return "timestamp-mismatch", distance(moment, header)


def _fresh(centres: Sequence[int], offsets: Sequence[int], seen: set[int]) -> list[int]:
    moments = dict.fromkeys(centre + offset for offset in offsets for centre in centres if centre + offset >= 0)
    fresh = [moment for moment in moments if moment not in seen]
    seen.update(fresh)
    return fresh


def distance(moment: int, header: str) -> str:
    """In words, how far a time is from the header."""
    if not _is_seconds(header):
        return f"the time {moment} in place of the header"
    side = "later" if moment > int(header) else "earlier"
    return f"the time {moment}, {format_duration(moment - int(header))} {side} than the header,"


def _is_seconds(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 11
