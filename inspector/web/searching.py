"""What the page says about a search, and the searches that stand behind values on it."""

from __future__ import annotations

import json
import re
from typing import cast

from inspector.errors import FilterError
from inspector.recorder.query import Operator, Term
from inspector.web.jsontree import Mark
from inspector.web.templating import render

SHOWN = 60
"""Characters of a wrong search that are shown on either side of the mistake."""

LONGEST_VALUE = 200
"""Longer values are not offered to search for: nobody means them whole."""

_FIELD = re.compile(r"[^:<>]*")
_STEP = re.compile(r'\.?(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]')


def render_search_error(text: str, error: FilterError) -> str:
    """Where a search is wrong, and what was probably meant."""
    start = int(error.details.get("column", 1)) - 1
    end = start + int(error.details.get("length", 1))
    suggestion, instead = error.details.get("suggestion"), error.details.get("instead")
    cut = max(0, start - SHOWN)
    return render(
        "_search_error.html",
        before=("…" if cut else "") + text[cut:start],
        wrong=text[start:end],
        after=text[end : end + SHOWN] + ("…" if len(text) > end + SHOWN else ""),
        message=error.message,
        meant=f"{text[:start]}{instead}{text[end:]}" if instead else _meant(text, start, end, suggestion),
    )


def _meant(text: str, start: int, end: int, suggestion: str | None) -> str | None:
    """The search with the nearest field in place of the wrong one; None if a name has to follow it first."""
    if suggestion is None or suggestion.endswith("."):
        return None
    field = cast("re.Match[str]", _FIELD.match(text, start, end))
    return text[:start] + suggestion + text[field.end() :]


def term(field: str, value: str, *path: str, operator: Operator = ":") -> str | None:
    """The search for a field's value; None where nobody would search for it."""
    if not value or len(value) > LONGEST_VALUE:
        return None
    return str(Term(field, path, operator, value))


def leaf_term(mark: Mark) -> str | None:
    """The search for the value of a leaf in the tree of an event's body: in any element of the arrays on its way."""
    value = _value(mark)
    if mark.path in ("event", "service"):
        return term(mark.path, value)
    first, *path = [_segment(step) for step in _STEP.finditer(mark.path)] or [""]
    if first != "payload" or not path or not all(path):
        return None
    return term("conversation", value) if path == ["id"] else term("payload", value, *path)


def _value(mark: Mark) -> str:
    if mark.cut or mark.kind in ("object", "array"):
        return ""
    return str(json.loads(mark.text, strict=False)) if mark.kind == "string" else mark.text


def _segment(step: re.Match[str]) -> str:
    if step["index"] is not None:
        return "*"
    return step["name"] if step["key"] is None else str(json.loads(step["key"]))
