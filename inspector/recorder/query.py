"""The search grammar as text: parsing into terms, and printing them again.

    terms     separated by blanks, all required; AND may stand between them
    OR        either side; binds looser than AND
    -x, NOT x not this
    ( … )     brackets
    word      anywhere in method, path, headers or body; "quoted text" may hold blanks, and \\" for a quote
    field:value  field:~part  field>n  field>=n  field<n  field<=n  field:* (present)

Keywords may be written in any case; to search for such a word, put it in quotes. What the fields mean is not known
here (`fields.py`), nor what looks like a mistake (`slips.py`). The grammar is interface.md §3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from inspector.errors import FilterError

Operator = Literal[":", ":~", ">", ">=", "<", "<=", ":*"]

MAX_DEPTH = 50
"""Brackets nested deeper than this are refused."""

_SEGMENT = r'\.(?:"(?:[^"\\]|\\.)*"|[^\s:<>()".\[\]]*)|\[(?:"(?:[^"\\]|\\.)*"|[^\]\s]*)\]'
_FIELD = re.compile(rf"(?!https?://)([a-z][\w-]*)((?:{_SEGMENT})*)(:~|:|>=|<=|>|<)", re.IGNORECASE | re.DOTALL)
_ONE_SEGMENT = re.compile(_SEGMENT, re.DOTALL)
_KEYWORD = re.compile(r"(OR|AND|NOT)(?=[\s()]|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\s()]+")
_BLANKS = re.compile(r"\s*")
_END_OF_TERM = re.compile(r"[\s()]|$")
_PLAIN_SEGMENT = re.compile(r'[^\s:<>()".\[\]]+')
_PLAIN_VALUE = re.compile(r'[^\s()"]+')
_SEVERAL = re.compile(r"^\*|\*$|[,|]")
_MAY_BE_A_SLIP = re.compile(
    r"[-!].*|[|&]+|(?:payload|header)[.\[].*|[a-z][\w-]*(?:=|~|!=).*", re.IGNORECASE | re.DOTALL
)
"""Words that somebody may have meant otherwise (`slips.py`), and which are therefore printed in quotes."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `name` is "" for a bare word; `path` follows `header` and `payload`, without index brackets.

    `column` (from 1) and `length` say where it stands in the text it was read from, `quoted` whether its value stood in
    quotes there; what was never text counts as quoted.
    """

    name: str
    path: tuple[str, ...]
    operator: Operator
    value: str
    column: int = field(default=1, compare=False, repr=False)
    length: int = field(default=0, compare=False, repr=False)
    quoted: bool = field(default=True, compare=False, repr=False)

    @property
    def full_name(self) -> str:
        """The field with its path, as written in a search."""
        return self.name + "".join(f".{_print_segment(segment)}" for segment in self.path)

    def __str__(self) -> str:
        if not self.name:
            return self.value if _is_plain_word(self.value) else quote(self.value)
        if self.operator == ":*":
            return f"{self.full_name}:*"
        value = quote(self.value) if self._looks_like_several() else print_value(self.value, self.operator)
        return f"{self.full_name}{self.operator}{value}"

    def _looks_like_several(self) -> bool:
        return not self.path and self.operator in (":", ":~") and _SEVERAL.search(self.value) is not None


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a term or group."""

    node: Node

    def __str__(self) -> str:
        return f"-{self.node}" if isinstance(self.node, Term) else f"-({self.node})"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of several nodes; none of them is an `AllOf`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, AnyOf) else str(node) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of several nodes; none of them is an `AnyOf`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.nodes))


Node: TypeAlias = Term | Not | AllOf | AnyOf


def all_of(nodes: Iterable[Node]) -> Node:
    """The nodes joined by AND, in the one form that printing and parsing agree on. At least one is needed."""
    flat = tuple(part for node in nodes for part in (node.nodes if isinstance(node, AllOf) else (node,)))
    return flat[0] if len(flat) == 1 else AllOf(flat)


def any_of(nodes: Iterable[Node]) -> Node:
    """The nodes joined by OR, likewise."""
    flat = tuple(part for node in nodes for part in (node.nodes if isinstance(node, AnyOf) else (node,)))
    return flat[0] if len(flat) == 1 else AnyOf(flat)


def negate(node: Node) -> Node:
    """The opposite of a node; that of an opposite is the node itself."""
    return node.node if isinstance(node, Not) else Not(node)


def parse(text: str) -> Node | None:
    """Read a search text; None if it is blank. Raises FilterError with `column` (from 1) and `length`."""
    return _Parser(text).parse()


def quote(text: str) -> str:
    """A text in quotes, as the grammar reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def print_value(value: str, operator: Operator = ":") -> str:
    """A value as it is written after an operator: in quotes only where it would be read otherwise."""
    if _PLAIN_VALUE.fullmatch(value) is None:
        return quote(value)
    misread = value.startswith("~") or value == "*" if operator == ":" else value.startswith("=")
    return quote(value) if misread else value


def syntax_error(
    message: str, column: int, length: int = 1, suggestion: str | None = None, instead: str | None = None
) -> FilterError:
    """An error that points into the search text; `column` counts from 1.

    `suggestion` is the nearest field, `instead` what was probably meant by all that it points at.
    """
    more = {} if instead is None else {"instead": instead}
    return FilterError(message, column=column, length=length, suggestion=suggestion, **more)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parse(self) -> Node | None:
        self._skip_blanks()
        if self._at_end():
            return None
        node = self._any()
        if not self._at_end():
            raise self._error("This bracket closes nothing. Take it away, or put the text in quotes.")
        return node

    def _any(self) -> Node:
        nodes = [self._all()]
        while self._keyword("OR"):
            nodes.append(self._all())
        return any_of(nodes)

    def _all(self) -> Node:
        nodes = [self._one()]
        while self._keyword("AND") or not (self._at_end() or self._peek(")") or self._sees("OR")):
            nodes.append(self._one())
        return all_of(nodes)

    def _one(self) -> Node:
        negative = self._negations()
        node = self._group() if self._peek("(") else self._term()
        self._skip_blanks()
        return negate(node) if negative else node

    def _negations(self) -> bool:
        """Read every `-` and `NOT` before a term; whether they come to one."""
        negative = False
        while True:
            if self._keyword("NOT"):
                negative = not negative
            elif self._peek("-"):
                self._at += 1
                if _END_OF_TERM.match(self._text, self._at) and not self._peek("("):
                    raise self._error('"-" needs a term right after it. Put it in quotes to search for it.', back=1)
                negative = not negative
            else:
                return negative

    def _group(self) -> Node:
        opened = self._at
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"Brackets are nested more than {MAX_DEPTH} deep. Simplify the search.")
        self._at += 1
        self._skip_blanks()
        node = self._any()
        if not self._peek(")"):
            raise syntax_error('This bracket is never closed. Add ")", or put the text in quotes.', opened + 1)
        self._at += 1
        self._depth -= 1
        return node

    def _term(self) -> Term:
        self._require_term()
        start, name = self._at, _FIELD.match(self._text, self._at)
        if name is None:
            quoted, value = self._peek('"'), self._value()
            return Term("", (), ":~", value, start + 1, self._at - start, quoted)
        self._at = name.end()
        path, quoted = self._path(name), self._peek('"')
        operator, value = self._condition(name)
        return Term(name[1].lower(), path, operator, value, start + 1, self._at - start, quoted)

    def _require_term(self) -> None:
        keyword = _KEYWORD.match(self._text, self._at)
        if keyword:
            raise syntax_error(
                f'{keyword[1]} needs a term on each side. Write "{keyword[1]}" in quotes to search for the word.',
                self._at + 1,
                len(keyword[1]),
            )
        if self._at_end() or self._peek(")"):
            raise self._error("A term is missing here, such as event:conversation.created or a word.")

    def _path(self, name: re.Match[str]) -> tuple[str, ...]:
        segments = tuple(_read_segment(part[0]) for part in _ONE_SEGMENT.finditer(name[2]))
        if not all(segments):
            raise syntax_error(
                f"The path {name[1] + name[2]!r} has an empty part. Write it like payload.lastMessage.status.",
                name.start() + 1,
                len(name[1] + name[2]),
            )
        return (".".join(segments).lower(),) if segments and name[1].lower() == "header" else segments

    def _condition(self, name: re.Match[str]) -> tuple[Operator, str]:
        operator = cast(Operator, name[3])
        if _END_OF_TERM.match(self._text, self._at):
            raise syntax_error(
                f"{name[0]!r} needs a value right after it. Write {name[1] + name[2]}:* for any value.",
                name.start() + 1,
                len(name[0]),
            )
        start = self._at
        value = self._value()
        return (":*", "") if operator == ":" and self._text[start : self._at] == "*" else (operator, value)

    def _value(self) -> str:
        if not self._peek('"'):
            plain = cast("re.Match[str]", _PLAIN.match(self._text, self._at))
            self._at = plain.end()
            return plain[0]
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is None:
            raise self._error("This quote is never closed. Add one at the end of the text.")
        self._at = quoted.end()
        if not _END_OF_TERM.match(self._text, self._at):
            raise self._error('A blank is missing after the closing quote. Write \\" for a quote within quoted text.')
        return re.sub(r'\\(["\\])', r"\1", quoted[1])

    def _keyword(self, keyword: str) -> bool:
        if not self._sees(keyword):
            return False
        self._at += len(keyword)
        self._skip_blanks()
        return True

    def _sees(self, keyword: str) -> bool:
        found = _KEYWORD.match(self._text, self._at)
        return found is not None and found[1].upper() == keyword

    def _peek(self, character: str) -> bool:
        return self._text.startswith(character, self._at)

    def _at_end(self) -> bool:
        return self._at == len(self._text)

    def _skip_blanks(self) -> None:
        self._at = cast("re.Match[str]", _BLANKS.match(self._text, self._at)).end()

    def _error(self, message: str, back: int = 0) -> FilterError:
        return syntax_error(message, self._at + 1 - back)


def _read_segment(written: str) -> str:
    inside = written[1:] if written.startswith(".") else written[1:-1]
    return re.sub(r'\\(["\\])', r"\1", inside[1:-1]) if inside.startswith('"') and inside != '"' else inside


def _print_segment(segment: str) -> str:
    return segment if _PLAIN_SEGMENT.fullmatch(segment) else quote(segment)


def _is_plain_word(word: str) -> bool:
    if _PLAIN_VALUE.fullmatch(word) is None or _MAY_BE_A_SLIP.fullmatch(word):
        return False
    return _KEYWORD.fullmatch(word) is None and _FIELD.match(word) is None
