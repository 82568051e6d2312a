"""Reads what the calls of the service's API take by their schemas: what is published is what is checked.

Null counts as absent, except where a schema names it. Whole numbers may be written as 2.0, UUIDs in any way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request

from inspector.web.operations import BadRequestError, only_fields, read_object

Schema = Mapping[str, Any]

_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a string"),
    "number": ((int, float), "a number"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "array": (list, "an array"),
    "object": (dict, "an object"),
    "null": (type(None), "null"),
}
"""Types of JSON schemas: those of Python, and in words."""


async def read_as(request: Request, schema: Schema) -> dict[str, Any]:
    """The JSON object in a request's body, as its schema wants it. Raises BadRequestError."""
    return _object(await read_object(request), schema, "")


def read_uuid(text: str, place: str) -> str:
    """A UUID in the usual form. Raises BadRequestError."""
    try:
        return str(UUID(text))
    except ValueError:
        raise BadRequestError(f"'{place}' must be a UUID; {text[:100]!r} is none.", field=place) from None


def _object(content: dict[str, Any], schema: Schema, place: str) -> dict[str, Any]:
    known = schema["properties"]
    only_fields(content, *known)
    found = {}
    for name, value in content.items():
        if value is not None or "null" in _kinds(known[name]):
            found[name] = _value(value, known[name], f"{place}{name}")
    for name in schema.get("required", ()):
        if name not in found:
            about = known[name].get("description")
            wanted = f": {about[0].lower()}{about[1:]}" if about else "."
            raise BadRequestError(f"'{place}{name}' is needed{wanted}", field=f"{place}{name}")
    return found


def _value(value: Any, schema: Schema, place: str) -> Any:
    if "enum" in schema:
        _require(value in schema["enum"], place, f"one of {', '.join(schema['enum'])}")
        return value
    value = _typed(value, _kinds(schema), place)
    if isinstance(value, dict):
        return _object(value, schema, f"{place}.")
    if isinstance(value, list):
        return [_value(one, schema["items"], f"{place}[{number}]") for number, one in enumerate(value)]
    if schema.get("format") == "uuid":
        return read_uuid(value, place)
    if isinstance(value, int | float) and not isinstance(value, bool):
        _require(_is_within(value, schema), place, _bounds(schema))
    return value


def _typed(value: Any, kinds: list[str], place: str) -> Any:
    if "integer" in kinds and isinstance(value, float) and value.is_integer():
        return int(value)
    fits = any(
        isinstance(value, _KINDS[kind][0]) and (not isinstance(value, bool) or kind == "boolean") for kind in kinds
    )
    _require(fits, place, " or ".join(_KINDS[kind][1] for kind in kinds))
    return value


def _kinds(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _is_within(value: float, schema: Schema) -> bool:
    lowest, highest = schema.get("minimum", value), schema.get("maximum", value)
    return bool(lowest <= value <= highest and value > schema.get("exclusiveMinimum", value - 1))


def _bounds(schema: Schema) -> str:
    texts = {"minimum": "{:.0f} or more", "exclusiveMinimum": "above {:.0f}", "maximum": "at most {:.0f}"}
    return " and ".join(text.format(schema[name]) for name, text in texts.items() if name in schema)


def _require(condition: bool, place: str, expected: str) -> None:
    if not condition:
        raise BadRequestError(f"'{place}' must be {expected}.", field=place)
