"""Reads one path out of many payloads, and nothing else of them.

A search over thousands of events is mostly spent on making objects that nobody looks at. So the path is made into a
type, and the decoder passes over whatever is not on it. What does not have that shape is parsed whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from inspector.recorder.request import RecordedRequest
from inspector.recorder.values import values_at

_PLAIN = re.compile(r'[^\\"\x00-\x1f]+')
"""What msgspec takes for a field's name."""

DEEPEST = 20
"""Segments of a path that are made into a type."""

Read = Callable[[RecordedRequest], Sequence[Any]]
Lowered = Callable[[RecordedRequest], bytes]


def payload_reader(path: tuple[str, ...], lowered: Lowered) -> Read:
    """Reads what stands at a path in an event's payload, as `values_at` does; nothing if a request is no event.

    `lowered` gives a request's body in lower case.
    """
    if not all(map(_PLAIN.fullmatch, path)):
        return lambda request: values_at(_parse(request), path)
    decode = msgspec.json.Decoder(_level("payload", path[:DEEPEST])).decode

    def read(request: RecordedRequest) -> Sequence[Any]:
        if request.event is None:
            return ()
        try:
            found = [decode(request.body).value]
        except msgspec.DecodeError:  # an object where an array was thought to be, or the reverse
            return values_at(_parse(request), path)
        for segment in path[:DEEPEST]:
            parents, found = found, _follow(found, segment)
            if len(found) < len(parents) and may_be_written_otherwise(segment, request):
                return values_at(_parse(request), path)
        return found if len(path) <= DEEPEST else [leaf for value in found for leaf in values_at(value, path[DEEPEST:])]

    def may_be_written_otherwise(segment: str, request: RecordedRequest) -> bool:
        if _is_element(segment):
            return False
        return b"\\" in request.body or not segment.isascii() or f'"{segment.lower()}"'.encode() in lowered(request)

    return read


def _level(name: str, path: tuple[str, ...]) -> Any:
    """The type of an object of which only the member `name` is read, and of that only what is at `path`."""
    return msgspec.defstruct("Level", [("value", _content(path), UNSET)], rename={"value": name}, gc=False)


def _content(path: tuple[str, ...]) -> Any:
    if not path:
        return Any
    if _is_element(path[0]):
        return list[_content(path[1:])]  # type: ignore[misc]
    return _level(path[0], path[1:])


def _is_element(segment: str) -> bool:
    return segment == "*" or segment.isdecimal()


def _follow(parents: list[Any], segment: str) -> list[Any]:
    if not _is_element(segment):
        return [parent.value for parent in parents if parent.value is not UNSET]
    if segment == "*":
        return [child for parent in parents for child in parent]
    return [parent[int(segment)] for parent in parents if len(segment) < 10 and int(segment) < len(parent)]


def _parse(request: RecordedRequest) -> Any:
    return msgspec.json.decode(request.body)["payload"] if request.event else None
