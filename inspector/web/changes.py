"""What changed from one event of a conversation to the next, in words and path by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from inspector.recorder.timeline import CREATED, DELETED, ConversationTimeline, Step
from inspector.webhook.difference import Change, ChangeKind, differences
from inspector.webhook.jsontext import Number, plain

LONGEST_VALUE = 160
"""Characters of an old or a new value that are shown."""

LAST_MESSAGE = "payload.lastMessage"
NEW_MESSAGE = (LAST_MESSAGE, f"{LAST_MESSAGE}.id")
"""What changes when, and only when, somebody has written."""


class Happening(NamedTuple):
    """A phrase of what happened, and what was said or written in it."""

    text: str
    quote: str = ""


class ChangeLine(NamedTuple):
    """One change for reading: values as JSON, cut; None where there was or is nothing."""

    path: str
    kind: ChangeKind
    label: str | None
    old: str | None
    new: str | None


def changes_at(conversation: ConversationTimeline, step: Step) -> list[Change]:
    """The changes since the event that happened before a step; none for the first."""
    before = conversation.before(step)
    return [] if before is None else differences(before.payload, step.payload, path=("payload",))


def change_line(change: Change) -> ChangeLine:
    """A change for reading."""
    return ChangeLine(
        change.path,
        change.kind,
        change.label,
        None if change.kind == "added" else literal(change.old),
        None if change.kind == "removed" else literal(change.new),
    )


def telling(changes: list[ChangeLine]) -> list[ChangeLine]:
    """The changes that a new message does not bring about by itself: all of them, where there is none."""
    if not any(change.path in NEW_MESSAGE for change in changes):
        return changes
    return [change for change in changes if not change.path.startswith(LAST_MESSAGE)]


def literal(value: Any) -> str:
    """A value as JSON, its numbers as they were sent, cut at `LONGEST_VALUE`."""
    if isinstance(value, Number):
        text = value.literal
    elif isinstance(value, dict | list):
        text = orjson.dumps(plain(value)).decode()
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def happenings(name: str, old: Any, new: Any) -> list[Happening]:
    """What an event tells, the most telling first. `old` is the payload before it, None for the first event."""
    found = [] if name in (CREATED, DELETED) else list(_updates(_object(old), _object(new)))
    if name == CREATED:
        found = [Happening("Conversation created"), *_message({}, _object(new))]
    elif name == DELETED:
        found = [Happening("Conversation deleted")]
    elif old is None:
        found = [Happening("First event that is here"), *_message({}, _object(new))]
    return found


def _updates(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Happening]:
    yield from _message(old, new)
    for field, phrase in (("status", "Status"), ("visibility", "Visibility"), ("accessibility", "Accessibility")):
        if old.get(field) != new.get(field):
            yield Happening(f"{phrase}: {_word(old.get(field))} → {_word(new.get(field))}")
    if old.get("name") != new.get("name"):
        yield Happening("Renamed to", _text(new.get("name")) or "no name")
    yield from _people(old, new)


def _message(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Happening]:
    before, after = _object(old.get("lastMessage")), _object(new.get("lastMessage"))
    if not after:
        return
    if before.get("id") != after.get("id"):
        sender = _text(_object(after.get("sender")).get("displayName"))
        text = _text(_object(after.get("preview")).get("text")) or f"({_word(after.get('type'))})"
        yield Happening(f"Message from {sender}" if sender else "Message", text[:LONGEST_VALUE])
    elif before.get("status") != after.get("status"):
        yield Happening(f"Last message: {_word(before.get('status'))} → {_word(after.get('status'))}")


def _people(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Happening]:
    before, after = _featured(old), _featured(new)
    for id_ in after.keys() - before.keys():
        yield Happening(f"{after[id_]} joined")
    for id_ in before.keys() - after.keys():
        yield Happening(f"{before[id_]} left")


def _featured(payload: dict[str, Any]) -> dict[str, str]:
    people = payload.get("featuredParticipants")
    if not isinstance(people, list):
        return {}
    return {
        person["id"]: _text(person.get("displayName")) or "Somebody"
        for person in people
        if isinstance(person, dict) and isinstance(person.get("id"), str)
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _word(value: Any) -> str:
    return _text(value)[:LONGEST_VALUE] or "none"
