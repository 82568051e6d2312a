"""Reading what clients send, and saying what is wrong with it in the service's way: paths, each with its messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

import orjson
from pydantic import BaseModel, ValidationError

from inspector.service.errors import ROOT, InvalidPayloadError
from inspector.service.forms import UUID_PATTERN
from inspector.service.register import OF_ANOTHER_LIST, TOKEN_PATTERN
from inspector.service.subscription_forms import URL_PATTERN
from inspector.service.wording import one_of, unknown_field

M = TypeVar("M", bound=BaseModel)

_DEEPEST = 16
"""Levels that may be put around what was sent before it is written again, as in the list of a webhook's log."""

_MOST = 20
"""Mistakes that are told of at once."""

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
"""There may be one that orjson rounds."""

_PATTERNS = {
    UUID_PATTERN: "must be a UUID, such as 8963269e-69e4-58aa-9bf0-9b6cc239329c",
    URL_PATTERN: "must be an http or https URL in printable ASCII, such as https://app.example/hook",
    TOKEN_PATTERN: OF_ANOTHER_LIST,
}
_SENTENCES = {
    "missing": "is required",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "too_long": "must have no more than {max_length} items",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
"""By what pydantic calls the error; the names in braces are those of its context."""


def read_body(kind: type[M], body: bytes) -> M:
    """A body as a form, in wire names. Raises InvalidPayloadError."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidPayloadError.at(ROOT, f"is not valid JSON: {error}") from None
    _require_writable(content)
    return _validate(kind, json.loads(body) if _LONG_NUMBER.search(body) else content, by_name=False)


def read_fields(kind: type[M], fields: Mapping[str, Any]) -> M:
    """A form from Python, in snake_case or wire names, none of them unknown. Raises InvalidPayloadError."""
    known = {name: field.alias for name, field in kind.model_fields.items()}
    for name in fields:
        if name not in known and name not in known.values():
            raise InvalidPayloadError.at(f".{name}", unknown_field(known, name))
    return _validate(kind, dict(fields), by_name=True)


def read_query(kind: type[M], pairs: Sequence[tuple[str, str]]) -> M:
    """The query of a call. Raises InvalidPayloadError, also where a parameter is given twice."""
    known = {field.alias or name for name, field in kind.model_fields.items()}
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given and name in known:
            raise InvalidPayloadError.at(f".{name}", "is given more than once")
        given[name] = value
    return _validate(kind, given, by_name=False)


def _validate(kind: type[M], content: Any, *, by_name: bool) -> M:
    try:
        return kind.model_validate(content, by_alias=True, by_name=by_name)
    except ValidationError as error:
        raise _explain(kind, error) from None


def _explain(kind: type[BaseModel], error: ValidationError) -> InvalidPayloadError:
    details: dict[str, list[str]] = {}
    for found in error.errors(include_url=False)[:_MOST]:
        context = found.get("ctx", {})
        path = _path(found["loc"]) + str(context.get("at", ""))
        details.setdefault(path or ROOT, []).append(_sentence(kind, found, context))
    return InvalidPayloadError(details)


def _sentence(kind: type[BaseModel], found: Any, context: Mapping[str, Any]) -> str:
    """What is wrong, in words for who has never heard of pydantic. Errors of our own have them already."""
    match found["type"]:
        case "string_pattern_mismatch":
            return _PATTERNS[context["pattern"]]
        case "literal_error":
            return one_of(re.findall("'([^']*)'", context["expected"]), found["input"])
        case "extra_forbidden":
            *place, name = found["loc"]
            return unknown_field(_field_names(_model_at(kind, place)), str(name))
        case known if known in _SENTENCES:
            return _SENTENCES[known].format_map(context)
    return str(found["msg"])


def _model_at(kind: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    """The form that stands at a place within a form."""
    for step in place:
        if isinstance(step, str):
            field = next(field for name, field in kind.model_fields.items() if step in (name, field.alias))
            kind = next(_models_in(field.annotation))
    return kind


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _field_names(kind: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]


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
        raise InvalidPayloadError.at(ROOT, "is nested too deeply") from None
