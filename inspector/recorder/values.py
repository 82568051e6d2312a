"""Values inside an event's payload: what a path leads to, and how it reads as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from inspector.webhook.event import PAYLOAD_NAMES

_SPELLED = {name.lower(): name for name in PAYLOAD_NAMES}


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
