"""Completes a search while it is typed, so that the search box teaches its grammar.

At the beginning of a term fields are offered, behind a field's operator the values that the log has seen there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from inspector.errors import FilterError
from inspector.recorder.conditions import Condition, condition
from inspector.recorder.fields import FIELDS, IN_CAUSE, IN_SIGNATURE, Field
from inspector.recorder.log import RequestLog
from inspector.recorder.query import Operator, Term, parse, print_value
from inspector.recorder.request import RecordedRequest
from inspector.recorder.values import values_at

SEEN, SEEN_ANALYSED = 1000, 100
"""How many of the newest records are looked at for values; fewer where each may have to be analysed first."""

OFFERED = 20
LONGEST_VALUE = 80
"""Longer values are not offered."""

Offer = tuple[str, str, str]

_TERM = re.compile(r'(?:[^\s"()]|"(?:[^"\\]|\\.)*(?:"|$))+', re.DOTALL)
_REST = re.compile(r'[^\s"()]*')
_ASKED = re.compile(r"([a-z][^\s:<>]*)(:~|:|>=|<=|>|<)(.*)", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r'[^\s:<>()".\[\]]+')
_PATHS = {"header": "a header by its name", "payload": "anything in the payload by its path"}


def complete(text: str, cursor: int, log: RequestLog) -> list[dict[str, Any]]:
    """What may stand at `cursor` (characters from 0) of a search, best first, at most `OFFERED`. Never raises.

    Each offer is `{"insert", "label", "detail", "from", "to"}`: `insert` replaces the characters from `from` to `to`.
    """
    cursor = max(0, min(cursor, len(text)))
    begun = _begun(text, cursor)
    rest = _REST.match(text, cursor)
    asked = _ASKED.fullmatch(begun)
    offers = _fields(begun, log) if asked is None else _values(asked, log)
    place = {"from": cursor - len(begun), "to": rest.end() if rest else cursor}
    return [
        {"insert": insert, "label": label, "detail": detail, **place}
        for insert, label, detail in islice(offers, OFFERED)
    ]


def _begun(text: str, cursor: int) -> str:
    """The term that ends at the cursor, as far as it is written, without the `-` before it."""
    # Quotes pair up from the left, so the text is walked from its beginning.
    terms = _TERM.finditer(text[:cursor])
    return next((term[0].lstrip("-") for term in terms if term.end() == cursor), "")


def _fields(begun: str, log: RequestLog) -> Iterator[Offer]:
    name, dot, path = begun.partition(".")
    name = name.lower()
    if dot:
        yield from _header_names(path.lower(), log) if name == "header" else _payload_paths(name, path, log)
        return
    for field in FIELDS.values():
        if field.name.startswith(name):
            yield f"{field.name}:", f"{field.name}:", field.about
        if field.name == name and field.kind == "number":
            yield f"{name}>", f"{name}>", "more than"
            yield f"{name}<", f"{name}<", "less than"
    for known, about in _PATHS.items():
        if known.startswith(name):
            yield f"{known}.", f"{known}.…", about


def _header_names(begun: str, log: RequestLog) -> Iterator[Offer]:
    names = (name.decode("latin-1") for request in _newest(log, SEEN) for name in dict(request.raw_headers()))
    for name, count in Counter(names).most_common():
        if name.startswith(begun) and _NAME.fullmatch(name):
            yield f"header.{name}:", f"header.{name}:", _seen(count)


def _payload_paths(name: str, path: str, log: RequestLog) -> Iterator[Offer]:
    *parents, begun = path.split(".")
    if name != "payload" or not all(parents):
        return
    names = (name for request in _newest(log, SEEN_ANALYSED) for name in _names_at(request, parents))
    for found, count in Counter(names).most_common():
        if found.lower().startswith(begun.lower()):
            written = ".".join((name, *parents, found))
            yield f"{written}:", f"{written}:", _seen(count)


def _names_at(request: RecordedRequest, parents: list[str]) -> set[str]:
    """The names that may follow in a path, `*` for an array's elements."""
    names: set[str] = set()
    for value in values_at(request.payload, parents):
        names.update(value if isinstance(value, dict) else ["*"] if isinstance(value, list) else [])
    return {name for name in names if _NAME.fullmatch(name)}


def _values(asked: re.Match[str], log: RequestLog) -> Iterator[Offer]:
    begun = asked[3].removeprefix('"').removesuffix('"').lower()
    found = _condition(asked[1])
    if found is None:
        return
    term, asked_for = found
    operator: Operator = ":" if asked[2] == ":" else ":~" if asked[2] == ":~" else ">"
    seen = _values_seen(term, asked_for, log)
    known = FIELDS[term.name].values if term.name in FIELDS else ()
    values = sorted({*seen, *known}, key=lambda value: (not value.lower().startswith(begun), -seen[value], value))
    for value in values:
        if begun in value.lower():
            yield f"{asked[1]}{asked[2]}{print_value(value, operator)}", value, _seen(seen[value])
    if operator == ":" and not begun:
        yield f"{asked[1]}:*", "*", "any at all"


def _condition(name: str) -> tuple[Term, Condition] | None:
    """What reads a field, by its name and path as written; None for an unknown one."""
    try:
        term = parse(f"{name}:*")
        return (term, condition(term)) if isinstance(term, Term) else None
    except FilterError:
        return None


def _values_seen(term: Term, asked: Condition, log: RequestLog) -> Counter[str]:
    """The values of a field in the newest records, by how often they were seen."""
    if asked.cost == IN_CAUSE or term.name == "body":
        return Counter()
    newest = _newest(log, SEEN if asked.cost < IN_SIGNATURE else SEEN_ANALYSED)
    shown = (text for request in newest for text in _shown(FIELDS.get(term.name), asked.texts(request)))
    return Counter(text for text in shown if len(text) <= LONGEST_VALUE)


def _shown(field: Field | None, texts: Iterable[str]) -> Iterable[str]:
    # The first text names a field's value as it is shown; others are ways to write it. Paths have several values.
    return texts if field is None or field.name == "finding" else islice(texts, 1)


def _newest(log: RequestLog, count: int) -> list[RecordedRequest]:
    return log.snapshot()[-count:]


def _seen(count: int) -> str:
    return f"seen {count}×" if count else "not seen lately"
