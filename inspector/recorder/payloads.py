"""Reads one path out of many payloads, and nothing else of them.

A search over thousands of events is mostly spent on making objects that nobody looks at. So the path is made into a
type, and the decoder passes over whatever is not on it. What does not have that shape is parsed whole.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from inspector.recorder.request import RecordedRequest
from inspector.recorder.values import spellings, values_at

_PLAIN = re.compile(r'[^\\"\x00-\x1f]+')
"""What msgspec takes for a field's name."""

DEEPEST = 20
"""Segments of a path that are made into a type."""

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Lowered = Callable[[RecordedRequest], bytes]
Step = Callable[[list[Any]], list[Any]]


class PayloadReader:
    """Reads what stands at a path in an event's payload, as `values_at` does; nothing if a request is no event.

    `lowered` gives a request's body in lower case. `parses_whole` tells whether some body had to be parsed whole.
    """

    __slots__ = ("_decode", "_far", "_lowered", "_path", "_steps", "parses_whole")

    def __init__(self, path: tuple[str, ...], lowered: Lowered) -> None:
        self._path, self._lowered = path, lowered
        self.parses_whole = not all(map(_PLAIN.fullmatch, path))
        near = () if self.parses_whole else path[:DEEPEST]
        self._decode = msgspec.json.Decoder(_level(("payload",), near)).decode
        self._steps = [(_step(segment), _quoted(segment)) for segment in near]
        self._far = path[len(near) :]

    def read(self, request: RecordedRequest) -> Sequence[Any]:
        """Every value there, in order."""
        if request.event is None:
            return ()
        try:
            found = [self._decode(request.body).value]
        except _UNREADABLE:  # an object where an array was thought to be, or the reverse; what only we read; gzip
            return self._parse(request)
        for step, quoted in self._steps:
            parents, found = found, step(found)
            if len(found) < len(parents) and quoted and self._may_be_written_otherwise(quoted, request):
                return self._parse(request)
        return [leaf for value in found for leaf in values_at(value, self._far)] if self._far else found

    def _may_be_written_otherwise(self, quoted: bytes, request: RecordedRequest) -> bool:
        return b"\\" in request.body or not quoted.isascii() or quoted in self._lowered(request)

    def _parse(self, request: RecordedRequest) -> Sequence[Any]:
        self.parses_whole = True
        return values_at(request.payload, self._path)


def _level(names: tuple[str, ...], path: tuple[str, ...]) -> Any:
    """The type of an object of which one member is read, under any of its names, and of that only what is at `path`."""
    content = _content(path)
    fields = dict(zip(("value", "known"), names, strict=False))
    return msgspec.defstruct("Level", [(field, content, UNSET) for field in fields], rename=fields, gc=False)


def _content(path: tuple[str, ...]) -> Any:
    if not path:
        return Any
    if path[0] == "*":
        content = _content(path[1:])
        return list[content] | dict[str, content]  # type: ignore[valid-type]
    if path[0].isdecimal():
        return list[_content(path[1:])]  # type: ignore[misc]
    return _level(spellings(path[0]), path[1:])


def _quoted(segment: str) -> bytes | None:
    """A member's name as it stands in a body in lower case; None for elements, which have but one spelling."""
    return None if segment == "*" or segment.isdecimal() else f'"{segment.lower()}"'.encode()


def _step(segment: str) -> Step:
    """From the values at one segment of a path to those at the next."""
    if segment == "*":
        return lambda parents: [child for parent in parents for child in _children(parent)]
    if segment.isdecimal():
        index = int(segment) if len(segment) < 10 else sys.maxsize
        return lambda parents: [parent[index] for parent in parents if index < len(parent)]
    if len(spellings(segment)) == 1:
        return lambda parents: [value for parent in parents if (value := parent.value) is not UNSET]
    return lambda parents: [value for parent in parents if (value := _first(parent)) is not UNSET]


def _children(parent: list[Any] | dict[str, Any]) -> Collection[Any]:
    return parent.values() if isinstance(parent, dict) else parent


def _first(parent: Any) -> Any:
    return parent.known if parent.value is UNSET else parent.value
