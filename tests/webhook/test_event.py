from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from inspector.errors import EventError
from inspector.webhook.event import EVENT_NAMES, PAYLOAD_NAMES, Event
from inspector.webhook.models import (
    CONTRACT,
    ContactIdentity,
    Conversation,
    Envelope,
    LastMessage,
    Participant,
    Preview,
    Resource,
)

EXAMPLE = (Path(__file__).parents[1] / "data" / "conversation.updated.json").read_bytes()


def example():
    return json.loads(EXAMPLE)


def contract_errors(envelope):
    """What the models say of an envelope where formats and values are checked too: {place: kind}."""
    try:
        Envelope.model_validate(envelope, context=CONTRACT, extra="forbid")
    except ValidationError as error:
        return {".".join(str(step) for step in one["loc"]): one["type"] for one in error.errors()}
    return {}


def test_the_documented_example_conforms_in_every_point():
    assert contract_errors(example()) == {}


def test_the_documented_example_reads_as_an_event():
    event = Event.from_bytes(EXAMPLE)
    assert (event.service, event.name) == ("conversations", "conversation.updated")
    assert event.payload == example()["payload"]


def test_an_event_survives_the_round_trip_byte_for_byte():
    body = Event.from_bytes(EXAMPLE).to_bytes()
    assert body == json.dumps(example(), separators=(",", ":"), ensure_ascii=False).encode()
    assert Event.from_bytes(body).to_bytes() == body


def test_text_in_any_language_travels_as_utf_8():
    event = Event("conversation.created", {"name": "Zoë 山田 👍"})
    assert "Zoë 山田 👍".encode() in event.to_bytes()
    assert Event.from_bytes(event.to_bytes()) == event


def test_the_envelope_has_its_three_keys_in_order():
    assert list(Event("conversation.deleted", {}).to_json()) == ["service", "event", "payload"]


def test_a_payload_is_read_as_typed_objects():
    conversation = Event.from_bytes(EXAMPLE).conversation
    assert conversation.channel_id == "8963269e-69e4-58aa-9bf0-9b6cc239329c"
    assert [one.type for one in conversation.featured_participants] == ["contact", "user"]
    assert conversation.last_message.preview.text == "hallo"
    assert conversation.last_message.recipients is None


def test_unknown_fields_and_values_are_kept_by_the_typed_view():
    envelope = example()
    envelope["payload"] |= {"newField": 1, "status": "snoozed"}
    conversation = Event.from_json(envelope).conversation
    assert conversation.status == "snoozed"
    assert conversation.model_extra == {"newField": 1}


def test_the_repr_leaves_the_payload_out():
    assert repr(Event("conversation.created", {"name": "Jane"})) == (
        "Event(name='conversation.created', service='conversations')"
    )


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'\xef\xbb\xbf{"service":""}', b"{'service': 1}"])
def test_a_body_that_is_no_json_says_where(body):
    with pytest.raises(EventError, match="The body is not JSON") as caught:
        Event.from_bytes(body)
    assert caught.value.details["line"] == 1


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        [],
        "conversation.created",
        {},
        {"service": "conversations", "event": "conversation.created"},
        {"service": "conversations", "event": None, "payload": {}},
        {"service": 1, "event": "conversation.created", "payload": {}},
        {"service": "conversations", "event": "conversation.created", "payload": []},
    ],
)
def test_what_is_no_envelope_is_refused(envelope):
    with pytest.raises(EventError, match="Not an event envelope"):
        Event.from_json(envelope)


def test_a_field_of_another_type_is_an_error_of_the_typed_view_alone():
    envelope = example()
    envelope["payload"]["activeParticipantCount"] = "2"
    event = Event.from_json(envelope)
    with pytest.raises(EventError, match="activeParticipantCount"):
        _ = event.conversation


@pytest.mark.parametrize("name", [*EVENT_NAMES, "conversation.archived"])
def test_an_event_may_have_any_name(name):
    assert Event.from_json({"service": "conversations", "event": name, "payload": {}}).name == name


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("id", "badbf15c", "bad_format"),
        ("id", "badbf15cbad34bf392236b7f414f9770", "bad_format"),
        ("updatedAt", "2024-11-27T19:33:53.5153Z", "bad_format"),
        ("updatedAt", "2024-11-27T19:33:53+00:00", "bad_format"),
        ("updatedAt", "2024-02-30T19:33:53Z", "bad_format"),
        ("updatedAt", 1732736033, "string_type"),
        ("status", "snoozed", "unlisted_value"),
        ("platformStyle", "fax", "unlisted_value"),
        ("activeParticipantCount", -1, "greater_than_equal"),
        ("activeParticipantCount", 2.0, "int_type"),
        ("activeParticipantCount", True, "int_type"),
        ("featuredParticipants", None, "list_type"),
        ("description", None, "undocumented_null"),
        ("newField", 1, "extra_forbidden"),
    ],
)
def test_the_contract_context_names_the_field_and_what_is_wrong(field, value, kind):
    envelope = example()
    envelope["payload"][field] = value
    assert contract_errors(envelope) == {f"payload.{field}": kind}


@pytest.mark.parametrize("value", ["2024-11-27T19:33:11.55Z", "2024-11-27T19:33:11.5Z", "2024-11-27T19:33:11Z"])
def test_times_may_have_fewer_decimals(value):
    envelope = example()
    envelope["payload"]["createdAt"] = value
    assert contract_errors(envelope) == {}


def test_more_than_five_featured_participants_depart_from_the_contract():
    envelope = example()
    envelope["payload"]["featuredParticipants"] *= 3
    assert contract_errors(envelope) == {"payload.featuredParticipants": "too_long"}


REQUIRED = [
    "id",
    "name",
    "status",
    "visibility",
    "accessibility",
    "platformStyle",
    "channelId",
    "featuredParticipants",
    "activeParticipantCount",
    "createdAt",
    "updatedAt",
]


def test_exactly_the_documented_fields_are_required():
    fields = Conversation.model_fields.values()
    assert {field.alias for field in fields if field.is_required()} == set(REQUIRED)


def test_the_names_in_a_payload_are_those_of_the_models():
    models = (Conversation, Participant, ContactIdentity, LastMessage, Preview, Resource)
    named = {field.alias for model in models for field in model.model_fields.values()}
    assert sorted(named) == list(PAYLOAD_NAMES)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_must_be_there(field):
    envelope = example()
    del envelope["payload"][field]
    assert contract_errors(envelope) == {f"payload.{field}": "missing"}


def test_without_the_context_formats_and_values_are_free():
    envelope = example()
    envelope["payload"] |= {"id": "1", "status": "snoozed", "description": None}
    assert Envelope.model_validate(envelope).payload.description is None
