"""What `<` and `>` compare: numbers with numbers, times with times."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

EXACT = 18
"""Digits of an integer that is compared without rounding."""

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_SEPARATORS = ("", "T", "t", " ")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def number_in(text: str) -> float | None:
    """The number that a text is, in digits of ASCII."""
    if text.isdecimal() and text.isascii() and len(text) <= EXACT:  # as most are
        return int(text)
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    return float(text) if found[1] or found[2] or len(text) > EXACT else int(text)


def time_in(text: str) -> datetime | None:
    """The time that a text is, as in RFC 3339; a date alone is its beginning, and where no zone is named it is UTC."""
    return _time(text) if text[4:5] == text[7:8] == "-" else None


def _time(text: str) -> datetime | None:
    if text[10:11] not in _SEPARATORS or not text.isascii():  # Python takes any letter
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return _time(text.upper()) if text.endswith("z") else None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Comparison:
    """Whether a text is on one side of a limit, which is a time or a number; only like is compared with like.

    Raises ValueError for a limit that is neither.
    """

    def __init__(self, sign: str, limit: str) -> None:
        time, number = time_in(limit), number_in(limit)
        if time is None and number is None:
            raise ValueError(limit)
        self.of_times = time is not None
        self._limit: Any = number if time is None else time
        self._measure: Callable[[str], Any] = number_in if time is None else time_in
        self._compare = COMPARE[sign]
        self._is_below = sign.startswith("<")
        # Wherever they are, nobody's date is further off than that of the day before or after in UTC.
        self._bound = b"" if time is None else _day(time, 2 if self._is_below else -1)

    def __call__(self, text: str) -> bool:
        """Whether a text meets it."""
        found = self._measure(text)
        return found is not None and self._compare(found, self._limit)

    def is_met_by_any(self, times: Sequence[bytes]) -> bool:
        """Whether any of some texts that begin with a date meets it, a comparison of times."""
        if not times or (min(times) >= self._bound if self._is_below else max(times) < self._bound):
            return False
        for text in times:
            time = _time(text.decode("latin-1"))
            if time is not None and self._compare(time, self._limit):
                return True
        return False


def _day(time: datetime, days: int) -> bytes:
    """The date so many days later."""
    try:
        return (time.astimezone(UTC) + timedelta(days)).date().isoformat().encode()
    except OverflowError:
        return b"~" if days > 0 else b""
