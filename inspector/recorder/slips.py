"""Slips: what the search grammar would read as plain text, and what is certainly meant otherwise.

A search that finds nothing teaches nothing; so `event=created`, `event:conv*` and their like are errors that show how
it is written. In quotes each of them is text again.
"""

from __future__ import annotations

import re

from inspector.errors import ConfigError, FilterError
from inspector.recorder.fields import FIELDS, NO, WITH_PATH, YES, Field
from inspector.recorder.query import Term, parse, print_value
from inspector.webhook.event import EVENT_NAMES

Slip = tuple[str, str]
"""What is wrong, and what was probably meant in place of the whole term."""

_KEYWORDS = {"|": "OR", "||": "OR", "&": "AND", "&&": "AND"}
_ASSIGNED = re.compile(r"([a-z][\w-]*)([.\[][^\s=~<>!]*)?(!=|==|=~|~=|=>|=<|=|~)(.+)", re.IGNORECASE | re.DOTALL)
_OPEN_BRACKET = re.compile(
    r"((?:payload|header)[^\s\[]*)\[([^\]\s:<>=]*)(:~|:|>=|<=|>|<)(.+)", re.IGNORECASE | re.DOTALL
)
_MEANT = {"==": ":", "=~": ":~", "~=": ":~", "~": ":~", "=": ":", "=>": ">=", "=<": "<=", "!=": ":"}

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_EVENTS = tuple(shown for name in EVENT_NAMES for shown in (name, name.rpartition(".")[2]))
_OWN_VALUES = {"method": _METHODS, "event": _EVENTS}

ONE_NAME = frozenset(
    (
        "event",
        "signature",
        "contract",
        "service",
        "method",
        "cause",
        "key",
        "conversation",
        "channel",
        "request-id",
        "id",
    )
)
"""Text fields whose values are names or ids, which hold neither commas nor bars."""


def slip(term: Term) -> Slip | None:
    """The slip that a term is, if any; a value in quotes is none."""
    if term.quoted:
        return None
    if term.name:
        return None if term.path else _several(term) or _pattern(term)
    return _keyword(term.value) or _exclamation(term.value) or _assigned(term.value) or _bracket(term.value)


def _keyword(word: str) -> Slip | None:
    keyword = _KEYWORDS.get(word)
    return (f"Between two terms {word!r} is written {keyword}.", keyword) if keyword else None


def _exclamation(word: str) -> Slip | None:
    rest = word.removeprefix("!")
    if rest == word or not _is_condition(rest):
        return None
    return f'"Not" is written -{rest}.', f"-{rest}"


def _is_condition(text: str) -> bool:
    try:
        node = parse(text)
    except FilterError:
        return False
    return isinstance(node, Term) and (node.name in FIELDS or (node.name in WITH_PATH and bool(node.path)))


def _assigned(word: str) -> Slip | None:
    found = _ASSIGNED.fullmatch(word)
    if found is None:
        return None
    name, path, operator, value = found[1].lower(), found[2] or "", found[3], found[4]
    if not (name in WITH_PATH and path) and (path or not _is_meant(name, operator, value)):
        return None
    meant = f"{'-' if operator == '!=' else ''}{found[1]}{path}{_MEANT[operator]}{print_value(value)}"
    return f"{operator!r} is no operator. Did you mean {meant}?", meant


def _is_meant(name: str, operator: str, value: str) -> bool:
    """Whether a word is a condition and not a piece of a query or form (`id=5`, `status=delivered`)."""
    field = FIELDS.get(name)
    if field is None or operator != "=":
        return field is not None
    if field.kind == "number":
        return _is_number(field, value)
    known = (*YES, *NO) if field.kind == "flag" else _OWN_VALUES.get(name, field.values)
    return value.lower() in known


def _is_number(field: Field, value: str) -> bool:
    try:
        field.unit(value)
    except ConfigError:
        return False
    return True


def _bracket(word: str) -> Slip | None:
    found = _OPEN_BRACKET.fullmatch(word)
    if found is None:
        return None
    meant = f"{found[1]}[{found[2] or '*'}]{found[3]}{found[4]}"
    return f"A bracket of the path is never closed. Did you mean {meant}?", meant


def _several(term: Term) -> Slip | None:
    field = FIELDS.get(term.name)
    values = [value for value in re.split(r"[,|]", term.value) if value]
    if field is None or len(values) < 2 or term.operator not in (":", ":~"):
        return None
    if field.kind == "text" and field.name not in ONE_NAME:
        return None
    meant = f"({' OR '.join(f'{term.name}{term.operator}{value}' for value in values)})"
    return f"One term has one value. Did you mean {meant}?", meant


def _pattern(term: Term) -> Slip | None:
    field, part = FIELDS.get(term.name), term.value.strip("*")
    if field is None or field.kind != "text" or part == term.value or not part:
        return None
    if term.operator != ":" and not (term.operator == ":~" and field.name in ONE_NAME):
        return None
    meant = f"{term.name}:~{print_value(part, ':~')}"
    return f"'*' stands for no other text. Did you mean {meant}?", meant
