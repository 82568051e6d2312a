"""How an edited event differs from the one that was made: as values to set and paths to take out.

So an edit can be made to each of many events, and be written as the options `--set` and `--unset`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from inspector.errors import EventError
from inspector.webhook.event import Event
from inspector.webhook.jsontext import read_json
from inspector.webhook.pathnames import Step, format_path

ENVELOPE = ("service", "event", "payload")

_Pair = tuple[tuple[Step, ...], Any, Any]
"""A path, and what stands there before and after."""


class Edits(NamedTuple):
    """`values` by path, and the paths that are `removed`."""

    values: dict[str, Any]
    removed: list[str]

    @classmethod
    def between(cls, old: Event, new: Event) -> Edits:
        """What turns one event into the other. An array of another length is set as a whole."""
        edits = cls({}, [])
        waiting: list[_Pair] = [((), old.to_json(), new.to_json())]
        while waiting:
            steps, before, after = waiting.pop(0)
            parts = _parts(steps, before, after)
            if parts is not None:
                waiting[:0] = parts
                edits.values.update(_added(old, steps, name, after[name]) for name in _names(after, before))
                edits.removed.extend(path_text((*steps, name)) for name in _names(before, after))
            elif type(before) is not type(after) or before != after:
                edits.values[path_text(steps)] = after
        return edits


def read_event(text: str) -> Event:
    """The event that an editor holds. Raises EventError with `line` and `column` for what is no JSON."""
    error = read_json(text.encode("utf-8", "replace")).error
    if error is not None:
        message = f"Line {error.line}, column {error.column}: {error.message}"
        raise EventError(message, line=error.line, column=error.column)
    event = Event.from_bytes(text.encode("utf-8", "replace"))
    more = set(orjson.loads(text)) - set(ENVELOPE)
    if more:
        raise EventError(f"An envelope has no {min(more)!r}. To send this as it stands, choose your own body.")
    return event


def path_text(steps: tuple[Step, ...]) -> str:
    """A path as `--set` takes it: what is in the payload begins there."""
    inside = steps[:1] == ("payload",) and len(steps) > 1 and steps[1] not in ENVELOPE
    return format_path(steps[1:] if inside else steps)


def assignment_text(path: str, value: Any) -> str:
    """`PATH=VALUE`. A text is written as JSON only where it would be read as something else."""
    if not isinstance(value, str):
        return f"{path}={orjson.dumps(value).decode()}"
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return f"{path}={value}"
    return f"{path}={orjson.dumps(value).decode()}"


def _parts(steps: tuple[Step, ...], before: Any, after: Any) -> list[_Pair] | None:
    """What stands in both, to be compared one by one; None where they are compared, and set, as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [((*steps, name), before[name], after[name]) for name in before if name in after]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [((*steps, index), *pair) for index, pair in enumerate(zip(before, after, strict=True))]
    return None


def _names(there: Any, elsewhere: Any) -> list[str]:
    """The fields of one object that the other does not have; arrays have none."""
    return [name for name in there if name not in elsewhere] if isinstance(there, dict) else []


def _added(event: Event, steps: tuple[Step, ...], name: str, value: Any) -> tuple[str, Any]:
    """The path under which a field can be added: with a plus where the contract does not know it."""
    from inspector.webhook.paths import set_path  # noqa: PLC0415 - heavy: it knows the models

    path = path_text((*steps, name))
    try:
        set_path(event, path, value)
    except EventError:
        parent = path_text(steps) if len(steps) > 1 else ""
        return f"{parent}.+{name}".removeprefix("."), value
    return path, value
