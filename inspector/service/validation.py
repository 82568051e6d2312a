"""Reading what clients send, and saying what is wrong with it in the service's way: paths, each with its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from inspector.service.errors import InvalidPayloadError

M = TypeVar("M", bound=BaseModel)

ROOT = "."
"""The path of a body as a whole."""

_DEEPEST = 16
"""Levels that may be put around what was sent before it is written again, as in the list of a webhook's log."""


def read_body(kind: type[M], body: bytes) -> M:
    """A body as a form, in wire names. Raises InvalidPayloadError."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidPayloadError.at(ROOT, f"not valid JSON: {error}") from None
    _require_writable(content)
    return _validate(kind, content, by_name=False)


def read_fields(kind: type[M], fields: Mapping[str, Any]) -> M:
    """A form from Python, in snake_case or wire names. Raises InvalidPayloadError."""
    return _validate(kind, dict(fields), by_name=True)


def read_query(kind: type[M], pairs: Sequence[tuple[str, str]]) -> M:
    """The query of a call. Raises InvalidPayloadError, also where a parameter is given twice."""
    known = {field.alias or name for name, field in kind.model_fields.items()}
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given and name in known:
            raise InvalidPayloadError.at(f".{name}", "given more than once")
        given[name] = value
    return _validate(kind, given, by_name=False)


def _validate(kind: type[M], content: Any, *, by_name: bool) -> M:
    try:
        return kind.model_validate(content, by_alias=True, by_name=by_name)
    except ValidationError as error:
        raise _explain(error) from None


def _explain(error: ValidationError) -> InvalidPayloadError:
    details: dict[str, list[str]] = {}
    for found in error.errors(include_url=False, include_input=False):
        path = _path(found["loc"]) + str(found.get("ctx", {}).get("at", ""))
        details.setdefault(path or ROOT, []).append(found["msg"])
    return InvalidPayloadError("The request is not valid; see details.", **details)


def _path(location: Sequence[str | int]) -> str:
    """`("eventFilters", 0, "key")` → `.eventFilters[0].key`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)


def _require_writable(content: Any) -> None:
    """What is nested too deeply to be written again, within an event or a list, is refused now and not later."""
    for _ in range(_DEEPEST):
        content = [content]
    try:
        orjson.dumps(content)
    except (orjson.JSONEncodeError, RecursionError):
        raise InvalidPayloadError.at(ROOT, "nested too deeply") from None
