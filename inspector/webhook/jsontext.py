"""Reads JSON without loss, and names what ordinary parsers hide.

An ordinary parser rounds long numbers, keeps one of two equal keys and stops at the first byte-order mark. Here numbers
keep the text they were sent as, and each such oddity is reported with its place. Reading is iterative and linear in the
body; only JSON that no parser accepts is an error, and no bytes raise.

Bodies in which there is nothing to hide, nearly all, are read by orjson; the scanner below reads the others.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import orjson

from inspector.webhook.pathnames import format_path

MAX_DEPTH = 100
"""Containers nested deeper are kept as text, so that whatever handles a value may recurse."""
MAX_ODDITIES = 100
MAX_NODES = 50_000

OddityKind = Literal["utf-8", "bom", "duplicate-key", "not-a-number", "number", "surrogate", "depth"]
NodeKind = Literal["object", "array", "string", "number", "true", "false", "null"]
Key = str | int | None

_BLANK = r"[ \t\r\n]*+"
_STRING = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|NaN|-?Infinity"
_VALUE = re.compile(
    rf"{_BLANK}(?:(?P<string>{_STRING})|(?P<object>\{{)|(?P<array>\[)|(?P<number>{_NUMBER})"
    r"|(?P<true>true)|(?P<false>false)|(?P<null>null))"
)
_NAME = re.compile(rf"{_BLANK}({_STRING}){_BLANK}(:)?")
_MARK = re.compile(rf"{_BLANK}([,\]}}]?)")
_BRACKET = re.compile(rf"[\[\]{{}}]|{_STRING}")
_BLANKS = re.compile(_BLANK)
_NAME_END = re.compile(rb'"[ \t\r\n]*:')
_MINUS_ZERO = re.compile(rb"-0[ \t\r\n]*(?:[,}\]]|$)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS = {"true": True, "false": False, "null": None}
_CLOSERS = {"object": "}", "array": "]"}
_EXACT = 2**53
_A_VALUE, _A_NAME = "a value", "a name in double quotes"


class Number(float):
    """A number that Python would write otherwise, or round: 1.50, 1e400, -0, NaN, integers beyond 64 bits.

    It computes as the nearest float and prints as the text it was sent as, its `literal`.
    """

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Number:
        """Take the number's text, exactly as it stands in the JSON."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def __repr__(self) -> str:
        return self.literal


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that parsers hide or disagree on. `path` is its place, "" the whole; `message` one sentence."""

    path: str
    kind: OddityKind
    message: str


@dataclass(frozen=True, slots=True)
class JsonError:
    """Why a text is not JSON, and where: `line` and `column` count from 1, `column` in characters."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class JsonReading:
    """What reading a body came to.

    `value` holds plain objects, lists, strings and numbers (exact: int, float, else `Number`); it is None when there is
    an `error`. Text that cannot be written as UTF-8 has U+FFFD in its place. At most `MAX_ODDITIES` are listed.
    """

    value: Any = None
    oddities: tuple[Oddity, ...] = ()
    error: JsonError | None = None


@dataclass(slots=True)
class Node:
    """One value as it stands in the text, for a folding tree.

    `key` is the name or index in the parent (None: the root). `literal` is the text as sent; empty for objects and
    arrays, but for those nested deeper than `MAX_DEPTH`, which have no children. `value` is that of `JsonReading`.
    Members with equal names are all `children`; `omitted` counts those for which the tree had no room.
    """

    kind: NodeKind
    key: Key
    path: str
    literal: str
    value: Any
    children: list[Node] = field(default_factory=list)
    omitted: int = 0


def read_json(body: bytes) -> JsonReading:
    """Read a body without loss. Never raises: what is no JSON at all is an `error` with its place."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _scan(body)
    return JsonReading(value) if _hides_nothing(body, value) else _scan(body)


def _scan(body: bytes) -> JsonReading:
    scanner = _Scanner(body)
    root = scanner.read()
    return JsonReading(root.value if root else None, tuple(scanner.oddities), scanner.error)


def tree(body: bytes, limit: int = MAX_NODES) -> Node | None:
    """A body as a tree of at most `limit` nodes below the root, in document order; None when it is not JSON."""
    return _Scanner(body, nodes=limit).read()


def plain(value: Any) -> Any:
    """A copy for ordinary JSON writers: a `Number` becomes a float, or its text where no float can say it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Number):
        return float(value) if _is_written_as_float(value) else value.literal
    return value


def _is_written_as_float(number: Number) -> bool:
    return math.isfinite(number) and (not number or not _is_integer(number.literal))


def _is_integer(literal: str) -> bool:
    return literal.lstrip("-").isdigit()


def _read_number(literal: str) -> int | float:
    """A plain int or float where Python writes it as it was sent and orjson can write it too, else a Number."""
    if _is_integer(literal):
        if len(literal) <= 20 and -(2**63) <= (number := int(literal)) < 2**64 and str(number) == literal:
            return number
    elif repr(double := float(literal)) == literal:
        return double
    return Number(literal)


def _hides_nothing(body: bytes, value: Any) -> bool:
    """Whether a value that orjson read is all that the body says.

    Every key of the text is a quote before a colon, so equal counts prove that no key was repeated.
    """
    names, depth, level = 0, 0, [value]
    while level:
        depth += 1
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                names += len(item)
                below.extend(item.values())
            elif kind is list:
                below.extend(item)
            elif kind is float or (kind is int and not -_EXACT <= item <= _EXACT):
                return False
        level = below
    return depth <= MAX_DEPTH and names == len(_NAME_END.findall(body)) and not _MINUS_ZERO.search(body)


class _NotJsonError(Exception):
    """Ends the scan: the text at the scanner's position is not what has to stand there."""


class _Scanner:
    """One pass over the text with a stack of its own, making values and at most so many `nodes` for a tree."""

    def __init__(self, body: bytes, nodes: int = 0) -> None:
        self.oddities: list[Oddity] = []
        self.error: JsonError | None = None
        self.nodes_left = nodes
        self.open: list[Node] = []
        self.position = 0
        self.root: Node | None = None
        self.text = self._decode(body)

    def read(self) -> Node | None:
        """The root; None when the text is not JSON, and `error` says why."""
        try:
            self._value(None, None)
            while self.open:
                if not self._ends(self.open[-1]):
                    self._member(self.open[-1])
            self._finish()
        except _NotJsonError as expected:
            self.error = self._describe(str(expected))
            return None
        return self.root

    def _decode(self, body: bytes) -> str:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            self._note(
                "utf-8", None, f"The body is not UTF-8: the byte {body[error.start]:#04x} at {error.start} is wrong."
            )
            text = body.decode(errors="replace")
        if text.startswith("\ufeff"):
            self._note("bom", None, "The body begins with a byte-order mark, which JSON parsers refuse.")
            return text[1:]
        return text

    def _ends(self, container: Node) -> bool:
        """Whether the container ends here; if not, steps over the comma before its next member."""
        mark = cast("re.Match[str]", _MARK.match(self.text, self.position))
        closer = _CLOSERS[container.kind]
        if mark[1] == closer:
            self.position = mark.end()
            self.open.pop()
            return True
        if container.value:
            self.position = mark.start(1)
            if mark[1] != ",":
                raise _NotJsonError(f"a comma or {closer}")
            self.position += 1
        return False

    def _member(self, container: Node) -> None:
        if container.kind == "array":
            index = len(container.value)
            container.value.append(self._value(index, container))
        else:
            name = self._name(container)
            container.value[name] = self._value(name, container)

    def _name(self, container: Node) -> str:
        name = _NAME.match(self.text, self.position)
        if name is None:
            raise _NotJsonError(_A_NAME)
        self.position = name.end()
        if name[2] is None:
            raise _NotJsonError("a colon")
        key = self._string(name[1], None)
        if key in container.value:
            self._note("duplicate-key", key, "The key is there more than once: parsers disagree on which value counts.")
        return key

    def _value(self, key: Key, parent: Node | None) -> Any:
        """The value that stands here. A container comes open and empty: the steps that follow fill it."""
        match = _VALUE.match(self.text, self.position)
        if match is None:
            raise _NotJsonError(_A_VALUE)
        self.position = match.end()
        kind = cast("NodeKind", match.lastgroup)
        if kind in _CLOSERS:
            return self._container(kind, key, parent)
        value = self._scalar(kind, match[kind], key)
        if self.nodes_left > 0 or parent is None:
            self._keep(Node(kind, key, "", match[kind], value), parent)
        else:
            parent.omitted += 1
        return value

    def _container(self, kind: NodeKind, key: Key, parent: Node | None) -> Any:
        if len(self.open) == MAX_DEPTH:
            self._note("depth", key, f"Nested deeper than {MAX_DEPTH} levels: kept as text, unread.")
            text = self._skip_container()
            self._keep(Node(kind, key, "", text, text), parent)
            return text
        node = Node(kind, key, "", "", {} if kind == "object" else [])
        self._keep(node, parent)
        self.open.append(node)
        return node.value

    def _keep(self, node: Node, parent: Node | None) -> None:
        if parent is None:
            self.root = node
        elif self.nodes_left > 0:
            self.nodes_left -= 1
            node.path = self._path(node.key)
            parent.children.append(node)
        else:
            parent.omitted += 1

    def _skip_container(self) -> str:
        start, depth = self.position - 1, 0
        for mark in _BRACKET.finditer(self.text, start):
            depth += (mark[0] in "{[") - (mark[0] in "}]")
            if depth == 0:
                self.position = mark.end()
                return self.text[start : self.position]
        self.position = len(self.text)
        raise _NotJsonError("a closing bracket")

    def _scalar(self, kind: NodeKind, literal: str, key: Key) -> Any:
        if kind == "string":
            return self._string(literal, key)
        return self._number(literal, key) if kind == "number" else _CONSTANTS[kind]

    def _string(self, literal: str, key: Key) -> str:
        if "\\" not in literal:
            return literal[1:-1]
        text: str = json.loads(literal)
        if not _SURROGATE.search(text):
            return text
        self._note("surrogate", key, "Half a surrogate pair: such text cannot be written as UTF-8.")
        return _SURROGATE.sub("\ufffd", text)

    def _number(self, literal: str, key: Key) -> int | float:
        number = _read_number(literal)
        if literal[-1] in "Ny":
            self._note("not-a-number", key, f"{literal} is not JSON, and most parsers refuse the whole body for it.")
        elif abs(number) == math.inf or (abs(number) > _EXACT and _is_integer(literal)):
            self._note(
                "number", key, f"{literal[:40]} is beyond what a double holds exactly: JavaScript and others round it."
            )
        return number

    def _finish(self) -> None:
        self._skip_blanks()
        if self.position < len(self.text):
            raise _NotJsonError("the end of the text")

    def _skip_blanks(self) -> None:
        self.position = cast("re.Match[str]", _BLANKS.match(self.text, self.position)).end()

    def _note(self, kind: OddityKind, key: Key, message: str) -> None:
        if len(self.oddities) < MAX_ODDITIES:
            self.oddities.append(Oddity(self._path(key), kind, message))

    def _path(self, key: Key) -> str:
        """The path of a member of the innermost open container; None stands for the root."""
        steps = [node.key for node in self.open[1:]] + [key]
        return format_path(step for step in steps if step is not None)

    def _describe(self, expected: str) -> JsonError:
        self._skip_blanks()
        found = self.text[self.position : self.position + 20]
        line = self.text.count("\n", 0, self.position) + 1
        column = self.position - self.text.rfind("\n", 0, self.position)
        if not self.text.strip():
            return JsonError("The body is empty.", line, column)
        if not found:
            return JsonError(f"The text ends where {expected} was expected.", line, column)
        if found[0] == '"' and expected in (_A_VALUE, _A_NAME):
            return JsonError(
                "This string does not end, or holds a raw control character or a wrong escape.", line, column
            )
        return JsonError(f"Expected {expected}, found {found!r}.", line, column)
