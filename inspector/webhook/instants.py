"""Other times that a receiver may have signed in place of the header: its own clock, a rounded or a shifted one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.units import format_duration

NEAR = 15 * 60
"""Seconds around the header and around now in which every time is tried."""

_OFFSETS = sorted(range(-NEAR, NEAR + 1), key=abs)
_USUAL = [offset for offset in _OFFSETS if abs(offset) <= 10 or offset % 30 == 0]
_ZONES = [half_hours * 1800 for half_hours in range(-28, 29) if half_hours]
_OTHERS = [offset for offset in _OFFSETS if abs(offset) > 10 and offset % 30]
_BATCH = 60


def instants(header: str, now: float | None) -> Iterator[Sequence[int]]:
    """Unix times in seconds, in batches: usual offsets first, then shifts by time zones, then the rest, nearest first.

    `header` is the timestamp as received; one that is no number of seconds has no neighbours. None comes twice.
    """
    centres = [int(header)] if _is_seconds(header) else []
    seen = set(centres)
    centres += [] if now is None else [int(now)]
    batches = [_USUAL, _ZONES, *(_OTHERS[start : start + _BATCH] for start in range(0, len(_OTHERS), _BATCH))]
    for offsets in batches:
        moments = dict.fromkeys(centre + offset for offset in offsets for centre in centres)
        fresh = [moment for moment in moments if moment not in seen and moment >= 0]
        seen.update(fresh)
        yield fresh


def distance(moment: int, header: str) -> str:
    """In words, how far a time is from the header."""
    if not _is_seconds(header):
        return f"the time {moment} in place of the header"
    side = "later" if moment > int(header) else "earlier"
    return f"the time {moment}, {format_duration(moment - int(header))} {side} than the header,"


def _is_seconds(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 11
