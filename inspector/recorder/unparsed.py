"""Asks values of a payload what a search wants to know, as bytes wherever these can tell.

Parsing a value costs ten times what finding a text in its bytes does. Numbers hold what they were sent as: `1.50` holds
`1.5` and `.50`; as a number it equals 1.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import or_
from typing import Any

from msgspec import Raw

from inspector.recorder.batch import Asked, Batch, Mask
from inspector.recorder.comparing import Comparison
from inspector.recorder.payloads import Place, Value, Values
from inspector.recorder.reading import read_value
from inspector.recorder.remembered import Remembered
from inspector.recorder.shredding import BETWEEN
from inspector.recorder.textsearch import Haystack, Needle, escapes_ascii, is_shown_in_bytes
from inspector.recorder.values import is_number, json_number, json_text

_NEXT, _NEXT_AT = b"\0\1\0", b"\1"
"""Stands between the values of one request and of the next, and where to part them: no JSON has this byte either."""

_NUMBER = b"-0123456789"
_NUMBERS = re.compile(rb"\0([-\d][-+.\deE]*+)(?=\0)")
_UNUSUAL = re.compile(rb"\0(?:-?\d+[.eE][-+.\deE]*|-0)\0")
"""An integer may be written so too."""
_TIMES = re.compile(rb"\0(\d{4}-\d\d-[^\0]*)")


def text_of(value: Value) -> str:
    """A string as it is, anything else as JSON; a number as it was sent."""
    if type(value) is not Raw:
        return json_text(value)
    raw = bytes(value)
    return raw.decode() if raw[:1] in _NUMBER else json_text(read_value(raw))


def equals(place: Place, text: str) -> Asked:
    """Whether any of the values at a place is this text, or this number."""
    number, are_text = json_number(text), _are_text(text)
    if number is None:
        return lambda batch: are_text(place.scalars(batch))
    is_this_number = _any_is(lambda value: is_number(value) and value == number, read_value)
    # Then only a number that is written in another way has to be read to be known.
    is_plain = isinstance(number, int) and text == str(number)

    def ask(batch: Batch) -> Mask:
        scalars = place.scalars(batch)
        are_this = are_text(scalars)
        if is_plain and not _UNUSUAL.search(_joined(scalars)):
            return are_this
        return [*map(or_, are_this, map(is_this_number, place.others(batch)))]

    return ask


def _are_text(text: str) -> Callable[[list[Values]], Mask]:
    """Whether any of the values of each request is a text."""
    needle = Needle(text)
    is_any = _any_is(needle.equals, _text)
    if not is_shown_in_bytes(needle.folded):
        return lambda found: [*map(is_any, found)]
    mark = BETWEEN + needle.raw + BETWEEN

    return lambda found: [*map(is_any, found)] if escapes_ascii(_joined(found)) else marked(mark, found)


def marked(mark: bytes, found: list[Values]) -> Mask:
    """Whether any of the values of each request holds a mark in lower case; a NUL is where a value begins or ends."""
    lowered = _joined(found).lower()
    if mark not in lowered:
        return [False] * len(found)
    return [mark in values for values in lowered.split(_NEXT_AT)]


def _joined(found: list[Values]) -> bytes:
    """The values of several requests, each between NULs."""
    return b"\0%b\0" % _NEXT.join([values or b"" for values in found])


def holds(place: Place, text: str) -> Asked:
    """Whether any of the values at a place holds this text; of an object or array, any value in it."""
    needle = Needle(text)
    if not text or "\0" in text:
        is_any = _any_is(needle.is_in, _text)
        return lambda batch: [*map(is_any, place.leaves(batch))]
    if needle.folded.isascii() and "\1" not in text:
        return lambda batch: _hold_ascii(needle.raw, place.leaves(batch))
    return lambda batch: needle.found_in(Haystack([*map(_unescaped, place.leaves(batch))]), escaped=False)


def _hold_ascii(raw: bytes, found: list[Values]) -> Mask:
    joined = _NEXT_AT.join([values or b"" for values in found])
    if b"\\" in joined:
        return [raw in _unescaped(values).lower() for values in found]
    return [raw in values for values in joined.lower().split(_NEXT_AT)]


def compares(place: Place, comparison: Comparison) -> Asked:
    """Whether any of the values at a place meets a comparison."""
    if comparison.of_times:
        return _asked_where(place, _TIMES, lambda values: _any_time_is(values, comparison), comparison)
    # Numbers are few; times are nearly all different.
    is_met: Remembered[bytes, bool] = Remembered(lambda number: comparison(number.decode()))
    return _asked_where(
        place, _NUMBERS, lambda values: any(map(is_met.__getitem__, _NUMBERS.findall(values))), comparison
    )


def _any_time_is(values: bytes, comparison: Comparison) -> bool:
    first = _TIMES.search(values)
    if first is None:
        return False
    return comparison.is_met_by_any(first.groups()) or comparison.is_met_by_any(_TIMES.findall(values, first.end()))


def _asked_where(
    place: Place, likely: re.Pattern[bytes], is_any_in: Callable[[bytes], bool], comparison: Comparison
) -> Asked:
    """A comparison where there is anything likely to meet it; what has escapes is parsed."""

    def ask(batch: Batch) -> Mask:
        found = place.scalars(batch)
        joined = _joined(found)
        if escapes_ascii(joined):
            return [values is not None and any(map(comparison, map(_text, values.split(BETWEEN)))) for values in found]
        if not likely.search(joined):
            return [False] * len(found)
        return [*map(is_any_in, joined.split(_NEXT_AT))]

    return ask


def _any_is(test: Callable[[Any], bool], parse: Callable[[bytes], Any]) -> Callable[[Values], bool]:
    """Whether any of some values, parsed, meets a test."""
    is_met: Remembered[bytes, bool] = Remembered(lambda value: test(parse(value)))

    def ask(values: Values) -> bool:
        return values is not None and any(map(is_met.__getitem__, values.split(BETWEEN)))

    return ask


def _text(value: bytes) -> str:
    """What the inside of a string says."""
    if b"\\" not in value:
        return value.decode("utf-8", "replace")
    return str(read_value(b'"%b"' % value))


def _unescaped(values: Values) -> bytes:
    """Some values without the escapes of JSON."""
    if values is None or b"\\" not in values:
        return values or b""
    return _text(values.replace(BETWEEN, b"\\u0000")).encode("utf-8", "surrogatepass")
