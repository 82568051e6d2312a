"""Values inside an event's payload: what a path leads to, how it reads as text, and what can be compared with what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from inspector.errors import EventError
from inspector.webhook.event import PAYLOAD_NAMES
from inspector.webhook.times import parse_time

EXACT = 18
"""Digits of an integer that is compared without rounding, as of one that is no text."""

_SPELLED = {name.lower(): name for name in PAYLOAD_NAMES}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def values_at(value: Any, path: Sequence[str]) -> Sequence[Any]:
    """Everything at a path in parsed JSON: array elements by index, all of them (or all of an object's) by `*`.

    A name is taken as written, or else as the contract writes it, or else in any case.
    """
    for depth, segment in enumerate(path):
        if not isinstance(value, dict) or segment not in value:
            return _spread(value, path[depth:])
        value = value[segment]
    return (value,)


def _spread(value: Any, path: Sequence[str]) -> list[Any]:
    found = [value]
    for segment in path:
        found = [child for parent in found for child in children(parent, segment)]
    return found


def children(value: Any, segment: str) -> Sequence[Any]:
    """What one segment of a path leads to."""
    if isinstance(value, dict):
        for name in (segment, contract_spelling(segment)):
            if name in value:
                return (value[name],)
        wanted = segment.lower()
        return [child for name, child in value.items() if wanted in ("*", name.lower())]
    if not isinstance(value, list):
        return ()
    if segment == "*":
        return value
    return value[int(segment) :][:1] if segment.isdecimal() and len(segment) < 10 else ()


def contract_spelling(name: str) -> str | None:
    """How the contract writes a member's name that is given in any case; None if it has none of that name."""
    return _SPELLED.get(name.lower())


def json_text(value: Any) -> str:
    """A string as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # deeper than it writes, though not than it reads
        return "…"


def leaves(value: Any) -> Iterator[Any]:
    """Every value in parsed JSON that holds no other."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            yield value


def json_number(text: str) -> int | float | None:
    """The number that a text is in JSON, if it is one."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if is_number(value) else None


def is_number(value: Any) -> bool:
    """Whether parsed JSON is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_in(value: Any) -> float | None:
    """A number, which may be written as text."""
    if not isinstance(value, str):
        return value if is_number(value) else None
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    return float(value) if found[1] or found[2] or len(value) > EXACT else int(value)


def time_in(value: Any) -> float | None:
    """A time in Unix seconds: a date alone is its beginning, and UTC is meant where no zone is named."""
    if not isinstance(value, str) or value[4:5] != "-" or not value[:4].isdecimal():
        return None
    for completion in ("", "Z", "T00:00:00Z"):
        try:
            return parse_time(value + completion)
        except EventError:
            continue
    return None
