from __future__ import annotations

import json

import pytest

from inspector.errors import DeliveryError
from inspector.sender import damage
from inspector.sender.draft import Draft
from inspector.webhook.event import Event

URL = "http://app.example/hook"


def draft(message: Event | bytes) -> Draft:
    made = Draft(message, URL, URL, "key", "id-1", "1732736033", now=1732736033.5)
    made.serialise()
    return made


@pytest.mark.parametrize(
    ("body", "tampered"),
    [
        (b'{"n":8}', b'{"n":9}'),
        (b'{"n":19}', b'{"n":11}'),
        (b'{"n":0,"s":"x"}', b'{"n":1,"s":"x"}'),
        (b'{"s":"x"}', b'{"s":"x"} '),
        (b"", b" "),
    ],
)
def test_tampering_keeps_json(body: bytes, tampered: bytes) -> None:
    changed = draft(body)
    damage.tamper(changed)
    assert changed.body == tampered


@pytest.mark.parametrize("body", [b'{"a": 1, "b": "\xc3\xa9"}', b'{"a":1,"b":"\\u00e9"}', b'{"a": [1,2]}'])
def test_reserialising_always_changes_bytes_and_never_the_meaning(body: bytes) -> None:
    changed = draft(body)
    damage.reserialise(changed)
    assert changed.body != body
    assert json.loads(changed.body) == json.loads(body)


def test_reserialising_what_is_no_json_is_refused() -> None:
    with pytest.raises(DeliveryError, match="needs a body in JSON"):
        damage.reserialise(draft(b"<xml/>"))


def test_event_in_given_bytes_is_changed_too() -> None:
    changed = draft(b'{"service":"conversations","event":"conversation.created","payload":{"id":"1"}}')
    damage.unknown_event(changed)
    changed.serialise()
    assert Event.from_bytes(changed.body) == Event(damage.UNKNOWN_EVENT, {"id": "1"})


def test_changing_the_event_of_what_is_none_is_refused() -> None:
    with pytest.raises(DeliveryError, match="changes the event, and the body given is none"):
        damage.unknown_field(draft(b"[]"))


def test_huge_body_keeps_the_attributes_there_are() -> None:
    changed = draft(Event("conversation.updated", {"attributes": {"a": 1}}))
    damage.huge_body(changed)
    assert isinstance(changed.message, Event)
    assert changed.message.payload["attributes"]["a"] == 1


def test_given_event_is_left_alone() -> None:
    event = Event("conversation.updated", {"id": "1"})
    damage.null_fields(draft(event))
    assert event.payload == {"id": "1"}


def test_slow_and_chunked_go_together() -> None:
    both = draft(b"{}")
    damage.send_slowly(both)
    damage.send_chunked(both)
    assert (both.transmission.pieces, both.transmission.pause, both.transmission.chunked) == (5, 0.25, True)
