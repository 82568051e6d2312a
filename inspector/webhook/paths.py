"""Paths into an event, such as `featuredParticipants[0].displayName`: read, set and take away what stands there.

- Parts are joined by dots; an array's index stands in brackets or after a dot (`featuredParticipants.0`). A key that is
  no plain name is written as a JSON text in brackets: `attributes["a.b"]`.
- A path starts in the payload, and may say so (`payload.status`). `event` and `service` are the envelope's.
- Names are the wire's; known ones may also be written in snake_case (`channel_id`).
- A name that neither the contract nor the event has is an error that says which names are near. To add such a field on
  purpose, put a plus before it: `+newField`, `lastMessage.+newField`. In free objects (`attributes`) any name will do.

Functions return new events and never change the one they were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

import orjson

from inspector.errors import EventError
from inspector.webhook.event import Event
from inspector.webhook.models import Conversation, Envelope, WireModel
from inspector.webhook.pathnames import Step, format_path

_PART = re.compile(r'(?:^|\.)(?P<name>[^.\[\]="\s]+)|\[(?P<index>\d+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]')
_ABSENT: Any = object()


class _Part(NamedTuple):
    """One part of a path as written: after a plus, which adds a field, or in brackets, which only arrays take."""

    name: str
    is_new: bool = False
    is_index: bool = False


class _Field(NamedTuple):
    """What the contract knows of a field: its wire name, what is inside, whether anything may be, and in an array."""

    name: str
    model: type[WireModel] | None
    is_free: bool = False
    is_array: bool = False


def get_path(event: Event, path: str) -> Any:
    """The value at a path. Raises EventError where the event has nothing there, or the path cannot be."""
    envelope = event.to_json()
    value = _follow(envelope, _resolve(envelope, path))
    if value is _ABSENT:
        raise EventError(f"The event has no {path!r}.", path=path)
    return value


def set_path(event: Event, path: str, value: Any) -> Event:
    """The event with a value put at a path. Objects on the way that are missing or null are made.

    The value may be of any type: sending wrong ones is a use. Raises EventError for a path that cannot be, an index out
    of range, and an envelope that is none any more.
    """
    envelope = event.to_json()
    steps = _resolve(envelope, path)
    _own_container(envelope, steps)[steps[-1]] = value
    return Event.from_json(envelope)


def unset_path(event: Event, path: str) -> Event:
    """The event without what stands at a path; an array closes the gap. No change where nothing stood.

    Raises EventError as `set_path` does.
    """
    envelope = event.to_json()
    steps = _resolve(envelope, path)
    if _follow(envelope, steps) is _ABSENT:
        return event
    del _own_container(envelope, steps)[steps[-1]]
    return Event.from_json(envelope)


def parse_assignment(text: str) -> tuple[str, Any]:
    """`"status=closed"` → `("status", "closed")`. The value is JSON where it parses as such, else the text itself.

    So `hasDraft=true` is a boolean and `name=123` a number; a text that looks like JSON is quoted: `name="123"`.
    Raises EventError for anything but PATH=VALUE.
    """
    end = _end_of_path(text)
    if not end or text[end : end + 1] != "=":
        raise EventError(f"{text!r} is not an assignment. Write PATH=VALUE, such as status=closed.")
    return text[:end], _read_value(text[end + 1 :])


def _read_value(text: str) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EventError(f"The value {text[:40]!r} cannot be written as UTF-8. Give plain text.") from None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _end_of_path(text: str) -> int:
    end = 0
    while match := _PART.match(text, end):
        end = match.end()
    return end


def _parse(path: str) -> list[_Part]:
    if not path or path.startswith(".") or _end_of_path(path) != len(path):
        advice = "Write names and indexes, such as featuredParticipants[0].displayName."
        raise EventError(f"{path!r} is not a path. {advice}", path=path)
    parts = [_parse_part(match) for match in _PART.finditer(path)]
    is_whole = parts[0].name in _fields(Envelope) and not parts[0].is_new
    return parts if is_whole else [_Part("payload"), *parts]


def _parse_part(match: re.Match[str]) -> _Part:
    if match["key"] is not None:
        return _Part(_read_key(match["key"]))
    if match["index"] is not None:
        return _Part(match["index"], is_index=True)
    return _Part(match["name"].removeprefix("+"), is_new=match["name"].startswith("+"))


def _read_key(text: str) -> str:
    try:
        return str(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise EventError(f"The key {text} is not a JSON text: {error}.") from None


def _resolve(envelope: Any, path: str) -> tuple[Step, ...]:
    """The steps from the envelope, in wire names and numbers, after checking each against event and contract."""
    value, field, steps = envelope, _Field("", Envelope), list[Step]()
    for part in _parse(path):
        if isinstance(value, list):
            steps.append(_index(value, part, steps))
        else:
            field = _field(value, field, part, steps)
            steps.append(field.name)
        value = _child(value, steps[-1])
    return tuple(steps)


def _index(value: list[Any], part: _Part, steps: list[Step]) -> int:
    if part.name.isdecimal() and len(part.name) < 10 and int(part.name) < len(value):
        return int(part.name)
    raise EventError(f"{_place(steps)} is an array of {len(value)}, counted from 0: it has no [{part.name}].")


def _field(value: Any, field: _Field, part: _Part, steps: list[Step]) -> _Field:
    may_have_parts = isinstance(value, dict) or value is None or value is _ABSENT
    if part.is_index or not may_have_parts:
        raise EventError(f"{_place(steps)} is no {'array' if part.is_index else 'object'}: it has no {part.name!r}.")
    known = _fields(field.model).get(part.name)
    if known:
        return known
    if part.is_new or field.is_free or (isinstance(value, dict) and part.name in value):
        return _Field(part.name, None, is_free=True)
    raise _unknown_field(field, part, steps)


def _unknown_field(field: _Field, part: _Part, steps: list[Step]) -> EventError:
    siblings = dict.fromkeys(known.name for known in _fields(field.model).values())
    nearest = [_place([*steps, name]) for name in get_close_matches(part.name, siblings)]
    nearest = nearest or [path for path in _known_paths() if path.endswith(f".{part.name}")][:3]
    question = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    place, prefix = ("the payload", "") if len(steps) == 1 else (_place(steps), f"{_place(steps)}.")
    advice = f"To add it on purpose, write {prefix}+{part.name}."
    return EventError(f"The contract knows no field {part.name!r} in {place}.{question} {advice}", nearest=nearest)


def _place(steps: list[Step]) -> str:
    return format_path(steps[1:] if steps[0] == "payload" and len(steps) > 1 else steps)


def _child(value: Any, step: Step) -> Any:
    try:
        return value[step]
    except (KeyError, TypeError):
        return _ABSENT


def _follow(value: Any, steps: Iterable[Step]) -> Any:
    for step in steps:
        value = _child(value, step)
    return value


def _own_container(envelope: Any, steps: tuple[Step, ...]) -> Any:
    """What holds the last step, after every container on the way was replaced by a copy of its own."""
    here: Any = envelope
    for step in steps[:-1]:
        child = _child(here, step)
        here[step] = {} if child is None or child is _ABSENT else child.copy()
        here = here[step]
    return here


@cache
def _fields(model: type[WireModel] | None) -> dict[str, _Field]:
    """A model's fields by each way to write their name."""
    fields = {}
    for name, info in (model.model_fields if model else {}).items():
        types = list(_types_in(info.annotation))
        inner = next((type_ for type_ in types if isinstance(type_, type) and issubclass(type_, WireModel)), None)
        alias = info.alias or name
        fields[name] = fields[alias] = _Field(
            alias, inner, Any in types, any(get_origin(type_) is list for type_ in types)
        )
    return fields


def _types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from _types_in(argument)


@cache
def _known_paths() -> tuple[str, ...]:
    return tuple(_paths_in(Conversation, ""))


def _paths_in(model: type[WireModel], prefix: str) -> Iterator[str]:
    for field in dict.fromkeys(_fields(model).values()):
        yield prefix + field.name
        if field.model:
            yield from _paths_in(field.model, f"{prefix}{field.name}{'[0].' if field.is_array else '.'}")
