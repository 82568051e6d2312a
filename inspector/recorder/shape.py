"""Paths made into a type, which the decoder reads of an envelope, passing over whatever is on none of them.

What stands at the end of a path is left as the bytes of its JSON.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw

from inspector.recorder.values import contract_spelling, is_name

DEEPEST = 20
"""Levels that are made into a type."""

_PLAIN = re.compile(r'[^\\"\x00-\x1f]+')
"""What msgspec takes for a field's name."""

_SCALAR = str | int | float | bool | None

Get = Callable[[Any], Any]
Step = Callable[[list[Any]], list[Any]]
Hop = tuple[Step, Get | None]
"""From some values to their elements, and from each of these along names."""

Reader = Callable[[Any, int, list[int]], Sequence[Any]]
"""Reads the values at a path of an envelope; where one is missing, adds the number given to the list."""


class _Nowhere:
    """What stands where a member is missing: nothing, and nothing below it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> _Nowhere:
        return self


NOWHERE = _Nowhere()


def envelope_type(payload: Level) -> Any:
    """The type of an envelope, of which the payload alone is read."""
    return msgspec.defstruct("Envelope", [("payload", payload.type())], gc=False)


class Level:
    """One level of the tree that the paths make: what is read at it, and what of that below it."""

    __slots__ = ("below", "fields", "is_end", "is_shaped")

    def __init__(self) -> None:
        self.below: dict[str, Level] = {}
        self.is_end = False
        self.is_shaped = False
        """Whether its values are made, and not left as bytes."""
        self.fields: dict[str, str] = {}
        """The field in which a name's value stands."""

    def add(self, path: tuple[str, ...], depth: int = DEEPEST) -> None:
        """Add a path, but no more than `depth` levels of it."""
        if not path or not depth:
            self.is_end = True
            return
        self.below.setdefault(path[0], Level()).add(path[1:], depth - 1)

    def type(self) -> Any:
        """The type of a value at this level."""
        names = list(self.below)
        if self.is_end or not (names == ["*"] or _is_index(names) or _can_be_fields(names)):
            return Raw
        self.is_shaped = True
        contents: list[Any] = [self.below[name].type() for name in names]
        if names == ["*"]:
            return list[contents[0]] | dict[str, contents[0]] | _SCALAR  # type: ignore[valid-type]
        if _is_index(names):
            return list[contents[0]] | _SCALAR  # type: ignore[valid-type]
        self.fields = {name: f"f{number}" for number, name in enumerate(names)}
        members = [(field, content, NOWHERE) for field, content in zip(self.fields.values(), contents, strict=True)]
        written = {field: contract_spelling(name) or name for name, field in self.fields.items()}
        return msgspec.defstruct("Level", members, rename=written, gc=False) | _SCALAR


def _is_index(names: list[str]) -> bool:
    return len(names) == 1 and names[0].isdecimal()


def _can_be_fields(names: list[str]) -> bool:
    written = {contract_spelling(name) or name for name in names}
    return len(written) == len(names) and all(is_name(name) and _PLAIN.fullmatch(name) for name in names)


def reader(payload: Level, path: Sequence[str]) -> tuple[Reader, Sequence[str]]:
    """What reads a path as far as it has been made into the type, and the rest of the path."""
    level, far = payload, [*path]
    ways: list[tuple[Step, list[str]]] = [(_each, ["payload"])]
    while far and level.is_shaped:
        segment = far.pop(0)
        if segment in level.fields:
            ways[-1][1].append(level.fields[segment])
        else:
            ways.append((_each if segment == "*" else _element(segment), []))
        level = level.below[segment]
    head, hops = _getter(ways[0][1]), [(step, _getter(fields) if fields else None) for step, fields in ways[1:]]
    return _several(head, hops) if hops else _one(head), far


def _getter(fields: Sequence[str]) -> Get:
    return attrgetter(".".join(fields))


def _one(head: Get) -> Reader:
    """Reads the value at a path of names."""

    def read(envelope: Any, number: int, missed: list[int]) -> Sequence[Any]:
        try:
            value = head(envelope)
        except AttributeError:  # null or a number on the way
            value = NOWHERE
        if value is NOWHERE:
            missed.append(number)
            return ()
        return (value,)

    return read


def _several(head: Get, hops: Sequence[Hop]) -> Reader:
    """Reads the values at a path that goes through arrays."""

    def read(envelope: Any, number: int, missed: list[int]) -> Sequence[Any]:
        found, are_all_there = _along(head, [envelope])
        for step, get in hops:
            found = step(found)
            if get is not None:
                found, here = _along(get, found)
                are_all_there = are_all_there and here
        if not are_all_there:
            missed.append(number)
        return found

    if len(hops) == 1 and hops[0][0] is _each and hops[0][1] is not None:
        return _all_elements(head, hops[0][1], read)
    return read


def _all_elements(head: Get, get: Get, otherwise: Reader) -> Reader:
    """Reads the values in all elements of one array: what is asked for most, without a detour."""

    def read(envelope: Any, number: int, missed: list[int]) -> Sequence[Any]:
        try:
            elements = head(envelope)
        except AttributeError:
            elements = None
        if type(elements) is not list:
            return otherwise(envelope, number, missed)
        found, are_all_there = _along(get, elements)
        if not are_all_there:
            missed.append(number)
        return found

    return read


def _along(get: Get, parents: list[Any]) -> tuple[list[Any], bool]:
    """Where names lead from each of some values, and whether it is there in all of them."""
    try:
        found = [*map(get, parents)]
    except AttributeError:
        return [*_there(get, parents)], False
    if NOWHERE in found:
        return [value for value in found if value is not NOWHERE], False
    return found, True


def _there(get: Get, parents: list[Any]) -> Iterator[Any]:
    for parent in parents:
        try:
            value = get(parent)
        except AttributeError:
            continue
        if value is not NOWHERE:
            yield value


def _each(parents: list[Any]) -> list[Any]:
    if len(parents) == 1:
        return [*_elements(parents[0])]
    return [child for parent in parents for child in _elements(parent)]


def _elements(parent: Any) -> Collection[Any]:
    return parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ()


def _element(segment: str) -> Step:
    index = int(segment) if len(segment) < 10 else sys.maxsize
    return lambda parents: [parent[index] for parent in parents if isinstance(parent, list) and index < len(parent)]
