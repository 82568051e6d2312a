"""How a place in JSON is written: `payload.featuredParticipants[0].id`, and `attributes["a.b"]` for odd keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import orjson

Step: TypeAlias = str | int

_PLAIN_NAME = re.compile(r'[^.\[\]="\s+][^.\[\]="\s]*')


def walk(value: Any, *steps: Step) -> Iterator[tuple[str, Any]]:
    """Every leaf of parsed JSON with its path, in order; empty arrays and objects are leaves. `steps` lead to `value`.

    >>> list(walk({"a": [{"b": 1}], "c": []}, "payload"))
    [('payload.a[0].b', 1), ('payload.c', [])]
    """
    waiting: list[tuple[tuple[Step, ...], Any]] = [(steps, value)]  # no recursion: depth is up to who sent the JSON
    while waiting:
        here, value = waiting.pop()
        parts = _parts(value)
        if parts:
            waiting.extend(((*here, step), part) for step, part in reversed(parts))
        else:
            yield format_path(here), value


def format_path(steps: Iterable[Step]) -> str:
    """`("payload", "featuredParticipants", 0, "id")` → `"payload.featuredParticipants[0].id"`."""
    return "".join(_format_step(step) for step in steps).removeprefix(".")


def _format_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{orjson.dumps(step).decode()}]"


def _parts(value: Any) -> list[tuple[Step, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []
