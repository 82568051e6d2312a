"""Asks values of a payload what a search wants to know, as bytes wherever these can tell.

Parsing a value costs ten times what finding a text in its bytes does. Numbers hold what they were sent as: `1.50` holds
`1.5` and `.50`; as a number it equals 1.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Raw

from inspector.recorder.payloads import Value
from inspector.recorder.reading import read_value
from inspector.recorder.textsearch import Needle, escapes_ascii, is_shown_in_bytes
from inspector.recorder.values import is_number, json_number, json_text, leaves

Meets = Callable[[Sequence[Value]], bool]
"""Whether any of the values at a path is what is looked for."""

SHORT = 24
"""Bytes of values that are likely to be few, such as a status: each is asked once."""

LONG = 256
"""Bytes of values that take longer to be made lower-case than to be looked through."""

_BETWEEN = b"\0"
"""Stands between values that are asked together: no JSON has this byte."""

_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)")
_BARE = re.compile(rb"[-+.\w]+")
_NAME_ENDS = re.compile(rb"[ \t\r\n]*:")
_NUMBERS = re.compile(rb"\0(-?\d[^\0]*)")
_CONTAINER, _NUMBER = b"{[", b"-0123456789"
"""How they begin."""
_CONSTANTS = ("true", "false", "null")


def text_of(value: Value) -> str:
    """A string as it is, anything else as JSON; a number as it was sent."""
    if type(value) is not Raw:
        return json_text(value)
    raw = bytes(value)
    return raw.decode() if raw[:1] in _NUMBER else json_text(read_value(raw))


def is_there(values: Sequence[Value]) -> bool:
    """Whether there is any value at all."""
    return bool(values)


def is_any(test: Callable[[Any], bool]) -> Meets:
    """Any of the values, parsed, meets a test."""

    def in_bytes(raw: bytes) -> bool:
        return any(map(test, map(read_value, raw.split(_BETWEEN))))

    return _meets(in_bytes, lambda values: any(map(test, values)))


def equals(text: str) -> Meets:
    """Any of the values is this text, or this number."""
    this = _This(text)
    return _meets(
        this.is_in_bytes if is_shown_in_bytes(text) else this.is_in_parts, lambda values: any(map(this, values))
    )


class _This:
    """A text or number that a value may be."""

    def __init__(self, text: str) -> None:
        self._needle, self._number = Needle(text), json_number(text)
        raw = self._needle.raw
        self._marks = [b'\0"%b"\0' % raw] + [b"\0%b\0" % raw] * (self._needle.folded in _CONSTANTS)

    def __call__(self, value: Any) -> bool:
        """Whether a parsed value is this."""
        if isinstance(value, dict | list):
            return False
        if self._number is not None and is_number(value):
            return bool(value == self._number)
        return self._needle.equals(json_text(value))

    def is_in_parts(self, raw: bytes) -> bool:
        """Whether any of some values is this, each of them parsed."""
        return any(self(read_value(part)) for part in raw.split(_BETWEEN) if part[:1] not in _CONTAINER)

    def is_in_bytes(self, raw: bytes) -> bool:
        """The same of a text that is shown in bytes."""
        parts = b"\0%b\0" % raw.lower()
        if any(mark in parts for mark in self._marks):
            return True
        if escapes_ascii(raw):
            return self.is_in_parts(raw)
        return self._number is not None and any(read_value(part) == self._number for part in _NUMBERS.findall(parts))


def holds(text: str, *, within: bool = False) -> Meets:
    """Any of the values holds this text; of an object or array, any value in it. `within`: only of these."""
    held = _Held(text)
    if not within:
        return _meets(held.is_in_bytes, held.is_in_values)
    return _meets(
        lambda raw: held.is_in_bytes(_containers(raw)),
        lambda values: held.is_in_values([value for value in values if isinstance(value, dict | list)]),
    )


class _Held:
    """A text that a value may hold."""

    def __init__(self, text: str) -> None:
        self._needle = Needle(text)
        self._is_shown, self._is_caseless = is_shown_in_bytes(text), text.lower() == text.upper()

    def is_in_values(self, values: Sequence[Any]) -> bool:
        """Whether any of some parsed values holds it."""
        return any(self._needle.is_in(json_text(leaf)) for value in values for leaf in leaves(value))

    def is_in_bytes(self, raw: bytes) -> bool:
        """Whether any of some values holds it."""
        if not self._is_shown or b"\\" in raw:
            return self._is_in_escaped(raw)
        # As it is often there as it is, much need not be made lower-case.
        if (self._is_caseless or len(raw) > LONG) and _is_in_a_value(self._needle.raw, raw):
            return True
        return not self._is_caseless and _is_in_a_value(self._needle.raw, raw.lower())

    def _is_in_escaped(self, raw: bytes) -> bool:
        if self._is_shown and not escapes_ascii(raw):
            return _is_in_a_value(self._needle.raw, _ESCAPE.sub(b"\x01", raw).lower())
        return self._needle.is_in_body(raw, raw.lower()) and any(map(self._needle.is_in, _texts(raw)))


def _containers(raw: bytes) -> bytes:
    """Those of some values that hold others."""
    if _BETWEEN not in raw and raw[:1] in _CONTAINER:
        return raw
    return _BETWEEN.join(part for part in raw.split(_BETWEEN) if part[:1] in _CONTAINER)


def _meets(in_bytes: Callable[[bytes], bool], in_values: Callable[[Sequence[Any]], bool]) -> Meets:
    remembered = lru_cache(1024)(in_bytes)

    def test(values: Sequence[Value]) -> bool:
        if not values:
            return False
        if type(values[0]) is not Raw:
            return in_values(values)
        raw = bytes(values[0]) if len(values) == 1 else _BETWEEN.join(values)
        return remembered(raw) if len(raw) <= SHORT else in_bytes(raw)

    return test


def _is_in_a_value(needle: bytes, text: bytes) -> bool:
    """Whether JSON without escapes holds a text in a string, number or constant, not only in a member's name."""
    at, counted, quotes = text.find(needle), 0, 0
    while at >= 0:
        quotes += text.count(b'"', counted, at)
        counted = at
        if quotes % 2:
            end = text.index(b'"', at)
            if text[end + 1 : end + 2] != b":" and not _NAME_ENDS.match(text, end + 1):
                return True
        elif _BARE.fullmatch(needle):
            return True
        else:
            end = at
        at = text.find(needle, end + 1)
    return False


def _texts(raw: bytes) -> Iterator[str]:
    """Every value in some values that holds no other, as text."""
    for part in filter(None, raw.split(_BETWEEN)):
        for leaf in leaves(_numbers_as_text(part)):
            yield leaf if type(leaf) is str else json_text(leaf)


def _numbers_as_text(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(errors="replace"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return read_value(raw)
