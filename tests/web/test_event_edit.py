"""An edited event as values to set and paths to take out, which make the same edit again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from inspector.errors import EventError
from inspector.sender.recipe import changes_of
from inspector.web.event_edit import Edits, assignment_text, read_event
from inspector.webhook.event import Event
from inspector.webhook.paths import parse_assignment

PAYLOAD: dict[str, Any] = {
    "id": "x",
    "name": "a",
    "status": "active",
    "featuredParticipants": [{"id": "p1", "displayName": "Ann"}, {"id": "p2", "displayName": "Bob"}],
    "attributes": {"a.b": 1},
}


def edited(**payload: Any) -> Event:
    return Event("conversation.created", {**PAYLOAD, **payload})


ORIGINAL = edited()


@pytest.mark.parametrize(
    ("new", "values", "removed"),
    [
        (edited(), {}, []),
        (edited(status="closed"), {"status": "closed"}, []),
        (edited(name=None), {"name": None}, []),
        (edited(name=1), {"name": 1}, []),
        (edited(description=""), {"description": ""}, []),
        (edited(novelty={"a": [1]}), {"+novelty": {"a": [1]}}, []),
        (edited(attributes={"a.b": 2}), {'attributes["a.b"]': 2}, []),
        (edited(attributes={}), {}, ['attributes["a.b"]']),
        (edited(featuredParticipants=[]), {"featuredParticipants": []}, []),
        (
            edited(
                featuredParticipants=[{"id": "p1", "displayName": "Eve"}, {"id": "p2", "displayName": "Bob", "x": 1}]
            ),
            {"featuredParticipants[0].displayName": "Eve", "featuredParticipants[1].+x": 1},
            [],
        ),
        (Event("other", PAYLOAD), {"event": "other"}, []),
        (Event("conversation.created", {"event": 1, **PAYLOAD}), {"+event": 1}, []),
    ],
)
def test_an_edit_names_what_changed_and_can_be_made_again(
    new: Event, values: dict[str, Any], removed: list[str]
) -> None:
    edits = Edits.between(ORIGINAL, new)
    assert edits == (values, removed)
    again = ORIGINAL
    for change in changes_of(*edits):
        again = change(again)
    assert again == new


def test_what_the_editor_holds_is_read() -> None:
    assert read_event(orjson.dumps(ORIGINAL.to_json()).decode()) == ORIGINAL


def test_a_slip_is_told_with_its_line_and_column() -> None:
    with pytest.raises(EventError, match="Line 2, column 8") as raised:
        read_event('{\n  "a": x\n}')
    assert (raised.value.details["line"], raised.value.details["column"]) == (2, 8)


@pytest.mark.parametrize("text", ["[]", "{}", '{"service": "s", "event": "e", "payload": {}, "more": 1}'])
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(EventError, match="envelope"):
        read_event(text)


@pytest.mark.parametrize(
    "value", ["closed", "it's", "", "true", "12", '"', "a=b", "ü\n", 1.5, None, True, [1], {"a": {}}]
)
def test_an_assignment_reads_back_as_it_was(value: Any) -> None:
    assert parse_assignment(assignment_text("lastMessage.status", value)) == ("lastMessage.status", value)
