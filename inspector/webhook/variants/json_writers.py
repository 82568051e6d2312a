"""How common languages write JSON: what becomes of a body that is parsed and serialised again.

A writer is a row of data: layout, escapes, order of keys, form of numbers. A document is parsed and written compactly
once per dialect; layouts and escapes are then put on its tokens, so that sixty writers cost little more than one.
Replacing `/ < > &` in the written text is safe because they only occur inside strings.
Sources: the documentation of json (Python), ECMA-262 JSON.stringify, PHP json_encode, Go encoding/json and .NET's
JavaScriptEncoder.Default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, Literal, NamedTuple

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}\[\],:]+|[{}\[\],:]', re.DOTALL)
_LEADING_ZEROS_OF_EXPONENT = re.compile(r"e([+-])0*")
_LARGEST_ARRAY_INDEX = 2**32 - 2
_ESCAPED_BY_DOTNET = re.compile(r"\\u[0-9a-f]{4}|\\.|[&'<>`\x7f]|(?<!\de)\+")  # 1e+20 is a number


@dataclass(frozen=True, slots=True)
class Layout:
    """Separators, and the unit of indentation where there is one; `words` says it in a message."""

    words: str
    item: str
    key: str
    unit: str | None = None

    def put_on(self, tokens: Sequence[str]) -> str:
        """The text of a document's tokens, without indentation."""
        between = {",": self.item, ":": self.key}
        return "".join([between.get(token, token) for token in tokens])


def _indented_by_tabs(tokens: Sequence[str]) -> str:
    written: list[str] = []
    line = "\n"
    for part, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if part in "{[":
            line += "\t"
            written.append(part if following in ("}", "]") else part + line)
        elif part in "}]":
            line = line[:-1]
            written.append(part if written[-1] in ("{", "[") else line + part)
        else:
            written.append({",": "," + line, ":": ": "}.get(part, part))
    return "".join(written)


COMPACT = Layout("without blanks", ",", ":")
SPACED = Layout("with a blank after every comma and colon", ", ", ": ")
INDENT_2 = Layout("indented by two blanks", ",", ": ", "  ")
INDENT_4 = Layout("indented by four blanks", ",", ": ", "    ")
TABS = Layout("indented by tabs", ",", ": ", "\t")

Escapes = tuple[tuple[str, str], ...]
SLASHES: Escapes = (("/", "\\/"),)
LINE_SEPARATORS: Escapes = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
HTML: Escapes = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), *LINE_SEPARATORS)


Dialect = Literal["plain", "javascript", "php"]
Number = Callable[[str], str]


class Manner(NamedTuple):
    """How a document is parsed, and which tokens it is written with."""

    dialect: Dialect
    ascii_only: bool
    sort_keys: bool
    number: Number | None


class JsonDocument:
    """A body as JSON, parsed and laid out once for each way that a writer asks for. ValueError where it is not JSON."""

    def __init__(self, body: bytes) -> None:
        self._source = body.decode("utf-8-sig")
        self.plain: Any = json.loads(self._source)
        self._parsed: dict[Dialect, Any] = {"plain": self.plain}
        self._written: dict[tuple[Manner, Layout], str] = {}
        self._tokens: dict[str, list[str]] = {}
        self._indented: dict[str, str] = {}

    def text(self, manner: Manner, layout: Layout) -> str:
        """The document in a dialect and layout."""
        if (manner, layout) not in self._written:
            self._written[manner, layout] = self._write(manner, layout)
        return self._written[manner, layout]

    def payload(self) -> JsonDocument | None:
        """The event's payload as a document of its own; None where there is none."""
        payload = self.plain.get("payload") if isinstance(self.plain, dict) else None
        return JsonDocument(json.dumps(payload).encode()) if isinstance(payload, dict) else None

    def _write(self, manner: Manner, layout: Layout) -> str:
        if layout.unit is None and manner.number is None:
            return self._dump(manner, layout)
        if layout is COMPACT:
            number, tokens = manner.number or str, self._tokenise(manner._replace(number=None))
            return "".join([number(token) if token[0] in "-0123456789" else token for token in tokens])
        tokens = self._tokenise(manner)
        return layout.put_on(tokens) if layout.unit is None else self._indent(tokens).replace("\t", layout.unit)

    def _tokenise(self, manner: Manner) -> list[str]:
        compact = self.text(manner, COMPACT)
        if compact not in self._tokens:
            self._tokens[compact] = _TOKEN.findall(compact)
        return self._tokens[compact]

    def _indent(self, tokens: list[str]) -> str:
        """Indented by tabs: no other tab is left, those in strings are escaped."""
        compact = "".join(tokens)
        if compact not in self._indented:
            self._indented[compact] = _indented_by_tabs(tokens)
        return self._indented[compact]

    def _dump(self, manner: Manner, layout: Layout) -> str:
        return json.dumps(
            self._parse(manner.dialect),
            ensure_ascii=manner.ascii_only,
            sort_keys=manner.sort_keys,
            separators=(layout.item, layout.key),
        )

    def _parse(self, dialect: Dialect) -> Any:
        if dialect not in self._parsed:
            hook = _javascript_object if dialect == "javascript" else _php_array
            self._parsed[dialect] = json.loads(self._source, object_pairs_hook=hook)
        return self._parsed[dialect]


@dataclass(frozen=True, slots=True)
class JsonWriter:
    """One way to write JSON. `name` is how a message calls it, e.g. `JavaScript's JSON.stringify`."""

    name: str
    layout: Layout = COMPACT
    ascii_only: bool = False
    sort_keys: bool = False
    escapes: Escapes = ()
    number: Number | None = None
    dialect: Dialect = "plain"
    escape: Callable[[str], str] | None = None
    end: str = ""

    @property
    def words(self) -> str:
        """The name with the options that change the bytes."""
        options = [self.layout.words]
        options += ["its keys sorted"] if self.sort_keys else []
        options += [r"letters beyond ASCII as \u escapes"] if self.ascii_only else []
        options += ["with a newline at its end"] if self.end else []
        return f"{self.name} ({', '.join(options)})"

    @property
    def is_quick(self) -> bool:
        """Whether it writes long documents in no time: the machine's own encoder does it all."""
        return self.layout.unit is None and not (self.number or self.escape or self.escapes)

    def write(self, document: JsonDocument) -> bytes:
        """The document as this writer puts it. Raises ValueError for what cannot be written as UTF-8."""
        text = document.text(Manner(self.dialect, self.ascii_only, self.sort_keys, self.number), self.layout)
        for character, escape in self.escapes:
            text = text.replace(character, escape)
        return ((self.escape(text) if self.escape else text) + self.end).encode()


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


def dotnet_escapes(text: str) -> str:
    """JSON with the escapes of .NET: quotes, `< > & ' +` and backticks too, hexadecimal digits in capitals."""
    return _ESCAPED_BY_DOTNET.sub(_dotnet_escape, text)


def _dotnet_escape(found: re.Match[str]) -> str:
    if found[0].startswith("\\u"):
        return f"\\u{found[0][2:].upper()}"
    if found[0] == '\\"':
        return "\\u0022"
    return found[0] if len(found[0]) > 1 else f"\\u{ord(found[0]):04X}"


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


_PHP_DIALECTS: tuple[Dialect, ...] = ("plain", "php")
_DUMPS = "Python's json.dumps"
_STRINGIFY = "JavaScript's JSON.stringify"
_ENCODE = "PHP's json_encode"
_MARSHAL = "Go's json.Marshal"

COMMON_WRITERS: tuple[JsonWriter, ...] = (
    JsonWriter(_STRINGIFY, number=double_number, dialect="javascript"),
    JsonWriter(_DUMPS, SPACED, ascii_only=True),
    JsonWriter(_DUMPS, SPACED),
    JsonWriter(_DUMPS),
    JsonWriter(_DUMPS, ascii_only=True),
    JsonWriter(_ENCODE, ascii_only=True, escapes=SLASHES, number=php_number, dialect="php"),
    JsonWriter(_MARSHAL, sort_keys=True, escapes=HTML, number=double_number),
    JsonWriter(_DUMPS, sort_keys=True),
    JsonWriter(_DUMPS, SPACED, ascii_only=True, sort_keys=True),
    JsonWriter(_DUMPS, ascii_only=True, sort_keys=True),
    JsonWriter(_STRINGIFY, INDENT_2, number=double_number, dialect="javascript"),
    JsonWriter(_DUMPS, INDENT_2, ascii_only=True),
    JsonWriter(_DUMPS, INDENT_4, ascii_only=True),
    JsonWriter(_DUMPS, INDENT_4),
    JsonWriter(_DUMPS, SPACED, sort_keys=True),
    JsonWriter(_DUMPS, INDENT_2, ascii_only=True, sort_keys=True),
    JsonWriter(_ENCODE, ascii_only=True, number=php_number, dialect="php"),
    JsonWriter(_ENCODE, escapes=SLASHES, number=php_number, dialect="php"),
    JsonWriter(_ENCODE, INDENT_4, ascii_only=True, escapes=SLASHES, number=php_number, dialect="php"),
    JsonWriter(_MARSHAL, escapes=HTML, number=double_number),
    JsonWriter("PHP's json_encode with JSON_PRESERVE_ZERO_FRACTION", ascii_only=True, escapes=SLASHES),
    JsonWriter("Go's json.Marshal after UseNumber", sort_keys=True, escapes=HTML),
    JsonWriter(_DUMPS, INDENT_2, sort_keys=True),
    JsonWriter(_DUMPS, INDENT_4, ascii_only=True, sort_keys=True),
    JsonWriter(_DUMPS, INDENT_4, sort_keys=True),
)
"""Tried also together with a second mistake, likeliest first."""

RARE_WRITERS: tuple[JsonWriter, ...] = (
    *(
        JsonWriter(_DUMPS, layout, ascii_only, sort_keys)
        for layout, ascii_only, sort_keys in product((SPACED, INDENT_2, INDENT_4, TABS), (True, False), (False, True))
    ),
    *(
        JsonWriter(_STRINGIFY, layout, number=double_number, dialect="javascript", sort_keys=sort_keys)
        for layout, sort_keys in product((INDENT_4, TABS, COMPACT), (False, True))
    ),
    *(
        JsonWriter(_ENCODE, layout, ascii_only, escapes=escapes, number=php_number, dialect=dialect)
        for layout, ascii_only, escapes in product((COMPACT, INDENT_4), (True, False), (SLASHES, ()))
        for dialect in _PHP_DIALECTS
    ),
    *(
        JsonWriter(_MARSHAL, layout, sort_keys=sort_keys, escapes=escapes, number=double_number)
        for layout, sort_keys, escapes in product((COMPACT, INDENT_2, INDENT_4, TABS), (True, False), (HTML, ()))
    ),
    *(
        JsonWriter("Go's json.Encoder", sort_keys=sort_keys, escapes=HTML, number=double_number, end="\n")
        for sort_keys in (True, False)
    ),
    *(
        JsonWriter(".NET's JsonSerializer", ascii_only=True, number=number, escape=dotnet_escapes)
        for number in (None, double_number)
    ),
    JsonWriter("Rails' to_json", escapes=HTML),
    JsonWriter("PHP's json_encode with JSON_PRESERVE_ZERO_FRACTION", escapes=SLASHES),
)
"""Tried alone."""
