"""Playing the other side: contacts who write, and what else happens in conversations."""

from __future__ import annotations

import pytest

from inspector.service.contacts import STEPS
from inspector.service.errors import ConflictError, InvalidPayloadError
from inspector.service.forms import CreateConversation, ParticipantReference, UpdateChannel
from inspector.service.settings import ServiceSettings
from inspector.service.state import ConversationsService
from inspector.service.validation import read_fields
from inspector.webhook.times import parse_time

CHANNEL = "8963269e-69e4-58aa-9bf0-9b6cc239329c"


def contact(key, value):
    return read_fields(ParticipantReference, {"type": "contact", "identifier_key": key, "identifier_value": value})


JANE = contact("phonenumber", "+31612345678")


@pytest.fixture
def workspace():
    return ConversationsService(ServiceSettings(clock="virtual")).workspace("00000000-0000-4000-8000-000000000001")


def names(change):
    return [event.name.removeprefix("conversation.") for event in change.events]


@pytest.fixture
def conversation(workspace):
    return workspace.contacts.arrive(CHANNEL, "hallo", JANE).result


def test_the_first_message_on_a_channel_creates_a_conversation_and_updates_it(workspace):
    change = workspace.contacts.arrive(CHANNEL, "hallo", JANE)
    assert names(change) == ["created", "updated"]
    created, updated = (event.payload for event in change.events)
    assert "lastMessage" not in created
    assert updated["lastMessage"]["sender"]["contact"]["identifierValue"] == "+31612345678"
    assert (updated["channelId"], updated["initiatingParticipant"]["type"]) == (CHANNEL, "contact")


def test_the_next_message_of_the_same_contact_stays_in_the_conversation(workspace, conversation):
    change = workspace.contacts.arrive(CHANNEL, "again", JANE)
    assert (names(change), change.result) == (["updated"], conversation)


def test_another_contact_or_another_channel_is_another_conversation(workspace, conversation):
    joe = contact("phonenumber", "+1555")
    assert names(workspace.contacts.arrive(CHANNEL, "hi", joe)) == ["created", "updated"]
    other = "00000000-0000-4000-8000-000000000002"
    assert names(workspace.contacts.arrive(other, "hi", JANE)) == ["created", "updated"]


def test_without_a_contact_somebody_new_writes_or_whoever_is_there(workspace):
    assert names(workspace.contacts.arrive(CHANNEL, "hallo")) == ["created", "updated"]
    assert names(workspace.contacts.arrive(CHANNEL, "again")) == ["updated"]


def test_on_an_inactive_channel_nothing_happens(workspace):
    workspace.channels.update(CHANNEL, UpdateChannel(status="inactive"))
    change = workspace.contacts.arrive(CHANNEL, "hallo", JANE)
    assert (change.result, change.events) == (None, ())


def test_a_closed_conversation_is_reopened_by_its_contact(workspace, conversation):
    workspace.contacts.step(conversation.id, "close")
    change = workspace.contacts.arrive(CHANNEL, "still there?", JANE)
    assert change.events[-1].payload["status"] == "active"


def test_a_closed_conversation_stays_closed_where_the_settings_say_so():
    service = ConversationsService(ServiceSettings(clock="virtual", reopen_closed=False))
    conversation = service.create_conversation()
    service.close(conversation)
    with pytest.raises(ConflictError, match="reopen_closed"):
        service.receive_message(conversation, "still there?")


@pytest.mark.parametrize("step", ["sent", "delivered", "sending_failed", "delivery_failed"])
def test_the_last_message_takes_a_step(workspace, conversation, step):
    workspace.contacts.answer(conversation.id, "hi")
    [event] = workspace.contacts.step(conversation.id, step).events
    assert event.payload["lastMessage"]["status"] == step


def test_reading_updates_the_conversation_without_a_status(workspace, conversation):
    before = conversation.to_json()
    [event] = workspace.contacts.step(conversation.id, "read").events
    assert {**event.payload, "updatedAt": before["updatedAt"]} == before
    assert parse_time(event.payload["updatedAt"]) > parse_time(before["updatedAt"])


def test_somebody_joins_and_leaves_again(workspace, conversation):
    [joined] = workspace.contacts.step(conversation.id, "join").events
    assert [one["type"] for one in joined.payload["featuredParticipants"]] == ["contact", "user"]
    [left] = workspace.contacts.step(conversation.id, "leave").events
    assert left.payload["activeParticipantCount"] == 1


def test_it_is_closed_reopened_and_deleted(workspace, conversation):
    for step, status in (("close", "closed"), ("reopen", "active")):
        [event] = workspace.contacts.step(conversation.id, step).events
        assert event.payload["status"] == status
    assert names(workspace.contacts.step(conversation.id, "delete")) == ["deleted"]


def test_an_unknown_step_is_refused_with_those_there_are(workspace, conversation):
    with pytest.raises(InvalidPayloadError) as caught:
        workspace.contacts.step(conversation.id, "dance")
    assert all(step in caught.value.details[".step"][0] for step in STEPS)


def test_there_must_be_a_message_that_is_delivered_and_somebody_who_leaves(workspace):
    empty = workspace.create_conversation(CreateConversation()).result
    for step in ("delivered", "leave"):
        with pytest.raises(ConflictError):
            workspace.contacts.step(empty.id, step)


def test_a_step_taken_by_hand_is_not_taken_back(inspector):
    service = inspector.service
    service.subscribe("conversation.updated", url=inspector.url)
    conversation = service.create_conversation()
    service.send_message(conversation, "hi")
    service.change(service.workspace_id, lambda workspace: workspace.contacts.step(conversation.id, "sending_failed"))
    service.drain()
    statuses = [request.payload["lastMessage"]["status"] for request in inspector.requests]
    assert statuses == ["accepted", "sending_failed"]


def test_an_email_names_its_recipients(workspace):
    mail = contact("emailaddress", "jane@example.com")
    conversation = workspace.contacts.arrive(None, "hallo", mail).result
    message = workspace.contacts.answer(conversation.id, "hi").result
    assert conversation.to_json()["platformStyle"] == "email"
    assert message["recipients"][0]["identifierValue"] == "jane@example.com"
