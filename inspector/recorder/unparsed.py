"""Asks values of a payload what a search wants to know, as bytes wherever these can tell.

Parsing a value costs ten times what finding a text in its bytes does. Numbers hold what they were sent as: `1.50` holds
`1.5` and `.50`; as a number it equals 1.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    needle, number = Needle(text), json_number(text)
    marks = [b'\0"%b"\0' % needle.raw] + [b"\0%b\0" % needle.raw] * (needle.folded in _CONSTANTS)

    def is_this(value: Any) -> bool:
        if isinstance(value, dict | list):
            return False
        return bool(value == number) if number is not None and is_number(value) else needle.equals(json_text(value))

    def in_parts(raw: bytes) -> bool:
        return any(is_this(read_value(part)) for part in raw.split(_BETWEEN) if part[:1] not in _CONTAINER)

    def in_bytes(raw: bytes) -> bool:
        parts = b"\0%b\0" % raw.lower()
        if any(mark in parts for mark in marks):
            return True
        if escapes_ascii(raw):
            return in_parts(raw)
        return number is not None and any(read_value(part) == number for part in _NUMBERS.findall(parts))

    return _meets(in_bytes if is_shown_in_bytes(text) else in_parts, lambda values: any(map(is_this, values)))


def holds(text: str, *, within: bool = False) -> Meets:
    """Any of the values holds this text; of an object or array, any value in it. `within`: only of these."""
    needle = Needle(text)
    is_shown, is_caseless = is_shown_in_bytes(text), text.lower() == text.upper()

    def in_values(values: Iterable[Any]) -> bool:
        asked = [value for value in values if isinstance(value, dict | list)] if within else values
        return any(needle.is_in(json_text(leaf)) for value in asked for leaf in leaves(value))

    def in_bytes(raw: bytes) -> bool:
        if within and (_BETWEEN in raw or raw[:1] not in _CONTAINER):
            raw = _BETWEEN.join(part for part in raw.split(_BETWEEN) if part[:1] in _CONTAINER)
        if not is_shown or b"\\" in raw:
            return in_escaped(raw)
        if (is_caseless or len(raw) > LONG) and _is_in_a_value(needle.raw, raw):
            return True  # as it is often there as it is, much need not be made lower-case
        return not is_caseless and _is_in_a_value(needle.raw, raw.lower())

    def in_escaped(raw: bytes) -> bool:
        if is_shown and not escapes_ascii(raw):
            return _is_in_a_value(needle.raw, _ESCAPE.sub(b"\x01", raw).lower())
        return needle.is_in_body(raw, raw.lower()) and any(map(needle.is_in, _texts(raw)))

    return _meets(in_bytes, in_values)


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
