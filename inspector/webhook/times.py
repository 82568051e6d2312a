"""Times as the service writes them: RFC 3339 in UTC with `Z`, at most three decimals, trailing zeros dropped.

Such times do not sort as text (`…11.55Z` comes after `…11.504Z`), so they are always parsed (contract.md §2).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from inspector.errors import EventError
from inspector.webhook.event import Event

_EPOCH = datetime(1970, 1, 1)  # in UTC, like all that is written here
_DECIMALS = tuple(f".{milliseconds:03}".rstrip("0").rstrip(".") for milliseconds in range(1000))


def utc(seconds: float) -> str:
    """Unix seconds as our own JSON has them: RFC 3339 in UTC, always with three decimals."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_time(seconds: float) -> str:
    """Unix seconds, rounded to the millisecond, as on the wire: 1732736033.5 → `"2024-11-27T19:33:53.5Z"`."""
    second, milliseconds = divmod(round(seconds * 1000), 1000)
    return _to_the_second(second) + _DECIMALS[milliseconds] + "Z"


@lru_cache(1024)
def _to_the_second(second: int) -> str:
    # The times of one event, and of those around it, share their second; writing that out is most of the work.
    return (_EPOCH + timedelta(seconds=second)).isoformat()


def parse_time(text: str) -> float:
    """A time from the wire as Unix seconds. Raises EventError for text that is no time or names no zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise EventError(f"{text!r} is not a time. Write RFC 3339 with a zone, such as 2024-11-27T19:33:53.515Z.")
    return time.timestamp()


def event_time(event: Event) -> float:
    """When an event happened, in Unix seconds: its `updatedAt`. In whole seconds it is the timestamp that is signed.

    Raises EventError when the payload has no such time.
    """
    updated_at = event.payload.get("updatedAt")
    if not isinstance(updated_at, str):
        raise EventError(f"The event has no time: updatedAt is {updated_at!r}, a text was expected.")
    return parse_time(updated_at)
