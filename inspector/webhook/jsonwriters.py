"""How common languages write JSON: what becomes of a body that is parsed and serialised again.

A writer is a row of data: layout, escapes, order of keys, form of numbers. The C encoder of the standard library does
the writing; what it cannot do is replaced afterwards, which is safe because `/ < > &` only occur inside strings.
Sources: the documentation of json (Python), ECMA-262 JSON.stringify, PHP json_encode and Go encoding/json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any, Literal

_STRING_OR_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
_LEADING_ZEROS_OF_EXPONENT = re.compile(r"e([+-])0*")
_LARGEST_ARRAY_INDEX = 2**32 - 2


class JsonDocument:
    """A body, parsed once in each way that some language parses it. Raises ValueError where it is not JSON."""

    def __init__(self, body: bytes) -> None:
        self._text = body.decode("utf-8-sig")
        self.plain: Any = json.loads(self._text)

    @cached_property
    def javascript(self) -> Any:
        """Keys that look like array indexes come first, ascending."""
        return json.loads(self._text, object_pairs_hook=_javascript_object)

    @cached_property
    def php(self) -> Any:
        """Objects as associative arrays: an empty one, or one with the keys 0, 1, 2 …, becomes a list."""
        return json.loads(self._text, object_pairs_hook=_php_array)


@dataclass(frozen=True, slots=True)
class Layout:
    """Separators and indentation; `words` says it in a message."""

    words: str
    item: str
    key: str
    indent: int | str | None = None


COMPACT = Layout("compact", ",", ":")
SPACED = Layout("with blanks after , and :", ", ", ": ")
INDENT_2 = Layout("indented by 2", ",", ": ", 2)
INDENT_4 = Layout("indented by 4", ",", ": ", 4)
TABS = Layout("indented by tabs", ",", ": ", "\t")

Escapes = tuple[tuple[str, str], ...]
SLASHES: Escapes = (("/", "\\/"),)
LINE_SEPARATORS: Escapes = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
HTML: Escapes = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), *LINE_SEPARATORS)


@dataclass(frozen=True, slots=True)
class JsonWriter:
    """One way to write JSON. `name` is how a message calls it, e.g. `JavaScript's JSON.stringify`."""

    name: str
    layout: Layout = COMPACT
    ascii_only: bool = False
    sort_keys: bool = False
    escapes: Escapes = ()
    number: Callable[[str], str] | None = None
    parsed_as: Literal["plain", "javascript", "php"] = "plain"

    @property
    def words(self) -> str:
        """The name with the options that change the bytes."""
        options = [self.layout.words]
        options += ["keys sorted"] if self.sort_keys else []
        options += ["ASCII only"] if self.ascii_only else []
        return f"{self.name} ({', '.join(options)})"

    def write(self, document: JsonDocument) -> bytes:
        """The document as this writer puts it. Raises ValueError for what cannot be written as UTF-8."""
        text = json.dumps(
            getattr(document, self.parsed_as),
            ensure_ascii=self.ascii_only,
            sort_keys=self.sort_keys,
            indent=self.layout.indent,
            separators=(self.layout.item, self.layout.key),
        )
        for character, escape in self.escapes:
            text = text.replace(character, escape)
        return (_rewrite_numbers(text, self.number) if self.number else text).encode()


def double_number(literal: str) -> str:
    """A number after a trip through a double, as JavaScript and Go write it: `1.0` → `1`, `1e-05` → `0.00001`."""
    if len(literal) < 16 and literal.lstrip("-").isdigit():
        return literal
    shortest = repr(float(literal))
    if not 1e-6 <= abs(float(shortest)) < 1e21:
        return "0" if float(shortest) == 0 else _LEADING_ZEROS_OF_EXPONENT.sub(r"e\1", shortest)
    return format(Decimal(shortest), "f").removesuffix(".0")


def php_number(literal: str) -> str:
    """A number after PHP's json_decode and json_encode: `1.0` → `1`, integers beyond 64 bits become floats."""
    if literal.lstrip("-").isdigit() and -(2**63) <= int(literal) < 2**63:
        return literal
    value = float(literal)
    if value == 0 or 1e-4 <= abs(value) < 1e17:
        return "0" if value == 0 else format(Decimal(repr(value)), "f").removesuffix(".0")
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"


def _rewrite_numbers(text: str, number: Callable[[str], str]) -> str:
    return _STRING_OR_NUMBER.sub(lambda match: match[0] if match[0][0] == '"' else number(match[0]), text)


def _javascript_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    indexes = [key for key, _ in pairs if _is_array_index(key)]
    if not indexes:
        return dict(pairs)
    members = dict(pairs)
    return {key: members[key] for key in sorted(indexes, key=int)} | members


def _is_array_index(key: str) -> bool:
    if not (key.isascii() and key.isdigit() and len(key) <= 10):
        return False
    return str(int(key)) == key and int(key) <= _LARGEST_ARRAY_INDEX


def _php_array(pairs: list[tuple[str, Any]]) -> dict[str, Any] | list[Any]:
    members = dict(pairs)
    if list(members) == [str(index) for index in range(len(members))]:
        return list(members.values())
    return members


_DUMPS = "Python's json.dumps"
_STRINGIFY = "JavaScript's JSON.stringify"
_ENCODE = "PHP's json_encode"
_MARSHAL = "Go's json.Marshal"

COMMON_WRITERS: tuple[JsonWriter, ...] = (
    JsonWriter(_STRINGIFY, number=double_number, parsed_as="javascript"),
    JsonWriter(_DUMPS, SPACED, ascii_only=True),
    JsonWriter(_DUMPS, SPACED),
    JsonWriter(_DUMPS),
    JsonWriter(_DUMPS, ascii_only=True),
    JsonWriter(_ENCODE, ascii_only=True, escapes=SLASHES, number=php_number, parsed_as="php"),
    JsonWriter(_MARSHAL, sort_keys=True, escapes=HTML, number=double_number),
    JsonWriter(_DUMPS, sort_keys=True),
    JsonWriter(_DUMPS, SPACED, ascii_only=True, sort_keys=True),
    JsonWriter(_DUMPS, ascii_only=True, sort_keys=True),
    JsonWriter(_STRINGIFY, INDENT_2, number=double_number, parsed_as="javascript"),
    JsonWriter(_DUMPS, INDENT_2, ascii_only=True),
    JsonWriter(_DUMPS, INDENT_4, ascii_only=True),
)
"""Tried also together with a second mistake, likeliest first."""

RARE_WRITERS: tuple[JsonWriter, ...] = (
    *(
        JsonWriter(_DUMPS, layout, ascii_only, sort_keys)
        for layout, ascii_only, sort_keys in product((SPACED, INDENT_2, INDENT_4, TABS), (True, False), (False, True))
    ),
    *(
        JsonWriter(_STRINGIFY, layout, number=double_number, parsed_as="javascript", sort_keys=sort_keys)
        for layout, sort_keys in product((INDENT_4, TABS, COMPACT), (False, True))
    ),
    *(
        JsonWriter(_ENCODE, layout, ascii_only, escapes=escapes, number=php_number, parsed_as=parsed_as)
        for layout, ascii_only, escapes, parsed_as in product(
            (COMPACT, INDENT_4), (True, False), (SLASHES, ()), ("plain", "php")
        )
    ),
    *(
        JsonWriter(_MARSHAL, layout, sort_keys=sort_keys, escapes=escapes, number=double_number)
        for layout, sort_keys, escapes in product((COMPACT, INDENT_2, INDENT_4, TABS), (True, False), (HTML, ()))
    ),
    JsonWriter("Rails' to_json or Go with a json.RawMessage", escapes=HTML),
    JsonWriter("Python's ujson.dumps", ascii_only=True, escapes=SLASHES),
    JsonWriter("Python's ujson.dumps", escapes=SLASHES),
)
"""Tried alone."""
