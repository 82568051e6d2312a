"""Bodies kept as what many have in common, and what each of them says.

Most of an event is names and punctuation, the same in thousands. Taken apart into a skeleton, which all alike share,
and its values, a log takes less memory, a word is looked for in half the bytes, and what stands at a path is known from
the skeleton. Put together again, a body is what was received, byte by byte.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import orjson

LONGEST = 2**16
"""Bytes of a body beyond which it stays as it is."""

WORTH_IT = 16
"""Bytes of a body for each of its values, below which little would be saved."""

MOST_PARSED = 1000
"""Skeletons whose payloads are kept parsed."""

_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_VALUE = re.compile(
    rb'("?+(?:[ \t\r\n,{}\[\]]++|"%b"[ \t\r\n]*+:)*+"?+)((?<=")%b|(?<!")[-+.\w]++|\Z)' % (_INSIDE, _INSIDE)
)
"""What stands before a value, with its names and the quotes around it, and the value: of a string its inside.

At the end there are two more without a value, what stands behind the last one, and nothing.
"""

_PUNCTUATION = re.compile(r'["\s:,\[\]{}\0]+')
_BETWEEN_BARE = re.compile(r"[\s,\[\]{}]+")
_BEFORE_BARE = re.compile(r"[\s:,\[\]{}]*")
_NUMERIC = re.compile(r"[-+.\de]*")
_CONSTANTS = ("true", "false", "null")


class Skeleton:
    """A body without its values."""

    __slots__ = ("__weakref__", "_format", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        """The pieces before, between and behind the values, with a NUL where a value stands."""
        self._format = text.replace(b"%", b"%%").replace(b"\0", b"%b")

    def body(self, values: Iterable[bytes]) -> bytes:
        """A body of this skeleton."""
        return self._format % tuple(values)

    @lru_cache(MOST_PARSED)  # noqa: B019 - few, small, and asked for by every path of a search
    def payload(self) -> Any:
        """The payload, with the number of each value in its place: of a string as a string, else as an integer."""
        return orjson.loads(self.body(b"%d" % number for number in range(self.text.count(b"\0"))))["payload"]


class Shredded(msgspec.Struct, frozen=True, gc=False):
    """A body taken apart."""

    skeleton: Skeleton
    values: bytes
    """Its values as bytes of JSON, strings without their quotes, with a NUL between them."""
    starts: array[int]
    """Where each value starts in these, and where one more would."""

    @property
    def body(self) -> bytes:
        """The bytes as they were received."""
        return self.skeleton.body(self.values.split(b"\0"))


class Shredder:
    """Takes bodies apart, sharing the skeletons of those before."""

    def __init__(self) -> None:
        self._skeletons: WeakValueDictionary[bytes, Skeleton] = WeakValueDictionary()

    def shred(self, body: bytes) -> Shredded | None:
        """An event's body taken apart; None where that saves nothing, or only a tolerant reader reads it."""
        if len(body) > LONGEST or not _is_json(body):
            return None
        found = _VALUE.findall(body)[:-1]
        values = [value for _, value in found[:-1]]
        if not 0 < WORTH_IT * len(values) <= len(body):
            return None
        skeleton = self._skeleton(b"\0".join([before for before, _ in found]))
        starts = array("H", accumulate([len(value) + 1 for value in values], initial=0))
        shredded = Shredded(skeleton, b"\0".join(values), starts)
        return shredded if shredded.body == body else None

    def _skeleton(self, text: bytes) -> Skeleton:
        skeleton = self._skeletons.get(text)
        if skeleton is None:
            skeleton = self._skeletons[text] = Skeleton(text)
        return skeleton


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def values_in(json: bytes) -> list[tuple[bytes, bool]]:
    """Every value in an object or array that holds no other, of a string its inside, and whether it is one."""
    return [(value, before.endswith(b'"')) for before, value in _VALUE.findall(json)[:-2]]


def may_span(text: str) -> bool:
    """Whether a text, in lower case, may begin inside a value and end outside, or reach from one to another."""
    if '"' in text or "\0" in text:
        return True
    rest = text[_BEFORE_BARE.match(text).end() :]  # type: ignore[union-attr]
    bare = _BETWEEN_BARE.split(rest)
    return (rest != text or len(bare) > 1) and all(map(_may_be_bare, bare))


def longest_part(text: str) -> str:
    """The longest part of a text that stands in one value or name, wherever the text does."""
    return max(_PUNCTUATION.split(text), key=len)


def _may_be_bare(text: str) -> bool:
    return _NUMERIC.fullmatch(text) is not None or any(text in constant for constant in _CONSTANTS)
