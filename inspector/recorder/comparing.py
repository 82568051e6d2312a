"""What `<` and `>` compare: numbers with numbers, times with times."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inspector.recorder.values import is_number

EXACT = 18
"""Digits of an integer that is compared without rounding, as of one that is no text."""

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def number_in(value: Any) -> float | None:
    """A number, which may be written as text."""
    if not isinstance(value, str):
        return value if is_number(value) else None
    if value.isdecimal() and value.isascii() and len(value) <= EXACT:  # as most are
        return int(value)
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    return float(value) if found[1] or found[2] or len(value) > EXACT else int(value)


def time_in(value: Any) -> datetime | None:
    """A time written as text: a date alone is its beginning, and UTC is meant where no zone is named."""
    return _time(value) if isinstance(value, str) and value[4:5] == value[7:8] == "-" else None


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Comparison:
    """Whether a value is on one side of a limit, which is a time or a number; only like is compared with like.

    Raises ValueError for a limit that is neither.
    """

    def __init__(self, sign: str, limit: str) -> None:
        time, number = time_in(limit), number_in(limit)
        if time is None and number is None:
            raise ValueError(limit)
        self.of_times = time is not None
        self._limit: Any = number if time is None else time
        self._measure: Callable[[Any], Any] = number_in if time is None else time_in
        self._compare = COMPARE[sign]
        self._is_below = sign.startswith("<")
        self._bound = b"" if time is None else _day(time, 2 if self._is_below else -1)

    def __call__(self, value: Any) -> bool:
        """Whether a value meets it."""
        found = self._measure(value)
        return found is not None and self._compare(found, self._limit)

    def is_met_by_any(self, times: Sequence[bytes]) -> bool:
        """Whether any of some texts meets it that begin with a date. Most do not by that, whatever zone they name."""
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
