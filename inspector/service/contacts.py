"""What the other side does: contacts write, read, join and leave, and their network delivers or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.sender.world import Channel, JsonObject
from inspector.service.conversation import CREATED, Conversation
from inspector.service.conversations import Conversations
from inspector.service.environment import Change
from inspector.service.errors import ConflictError, InvalidPayloadError
from inspector.service.steps import STATUSES, STEPS
from inspector.service.wording import one_of
from inspector.webhook.event import Event

if TYPE_CHECKING:
    from inspector.service.forms import ParticipantReference
    from inspector.service.workspace import Workspace


class Contacts:
    """Plays the people on the other side of one workspace's conversations."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def write(self, conversation_id: str, text: str, contact: ParticipantReference | None = None) -> Change[JsonObject]:
        """A contact writes into a conversation, joining it if they are not there yet.

        A closed conversation becomes active again, unless the settings say otherwise: then ConflictError is raised.
        """
        conversation = self._workspace.conversations.find(conversation_id)
        return self._write(conversation, self._writer(conversation, contact), text)

    def answer(self, conversation_id: str, text: str) -> Change[JsonObject]:
        """Somebody other than a contact writes: who takes part, else an access key. Raises ConflictError if closed."""
        conversation = self._workspace.conversations.find(conversation_id)
        messages = self._workspace.messages
        return messages.send(conversation, messages.answerer(conversation), _text(text))

    def arrive(
        self, channel_id: str | None, text: str, contact: ParticipantReference | None = None
    ) -> Change[Conversation | None]:
        """A message arrives on a channel: in the conversation that its writer has there, else in a new one.

        Without `contact` the writer is that of the channel's newest conversation, or somebody new.
        """
        workspace = self._workspace
        channel = workspace.channels.find(channel_id, contact.identifier[0] if contact and contact.identifier else None)
        person = workspace.people.find(contact, channel) if contact else None
        conversation = self._conversation_on(channel, person)
        if conversation is None:
            return self.arrive_from(channel, person or workspace.people.contact(channel), text)
        writer = person or self._writer(conversation, None)
        return Change(conversation, self._write(conversation, writer, text).events)

    def arrive_from(self, channel: Channel, contact: JsonObject, text: str) -> Change[Conversation | None]:
        """The first message of a contact on a channel: a conversation is created, then updated with it.

        Nothing happens on a channel whose conversations are inactive.
        """
        workspace = self._workspace
        if not workspace.channels.is_active(channel.id):
            return Change(None)
        conversation = workspace.conversations.open(channel, {"name": contact["displayName"]})
        conversation.put(contact)
        conversation.initiator = contact
        created = conversation.event(CREATED)
        return Change(conversation, (created, *self._write(conversation, contact, text).events))

    def step(self, conversation_id: str, step: str) -> Change[object]:
        """Something happens in a conversation. Raises ConflictError where it cannot.

        A message status is taken by the last message. `read` has no documented status: the conversation is updated
        without one.
        """
        conversations = self._workspace.conversations
        conversation = conversations.find(conversation_id)
        match step:
            case "close" | "reopen":
                return conversations.set(conversation, status="closed" if step == "close" else "active")
            case "delete":
                return conversations.delete(conversation_id)
            case "read":
                return conversations.touch(conversation)
            case "join":
                colleague = self._workspace.people.colleague({one["id"] for one in conversation.participants})
                return self._workspace.participants.join(conversation, colleague)
            case "leave":
                return self._leave(conversation)
            case _:
                return self._take_step(conversation, step)

    def _leave(self, conversation: Conversation) -> Change[None]:
        others = [one for one in conversation.participants if one["type"] != "contact"] or conversation.contacts
        if not others:
            raise ConflictError("Nobody takes part in this conversation, so nobody can leave it.")
        return self._workspace.participants.remove(conversation.id, others[-1]["id"])

    def _take_step(self, conversation: Conversation, status: str) -> Change[JsonObject]:
        if status not in STATUSES:
            raise InvalidPayloadError.at(".step", one_of(STEPS, status))
        last = conversation.last_message
        if last is None:
            raise ConflictError("There is no message in this conversation yet. Let somebody write first.")
        return self._workspace.messages.set_status(conversation.id, last["id"], status)

    def _write(self, conversation: Conversation, contact: JsonObject, text: str) -> Change[JsonObject]:
        workspace = self._workspace
        joined: tuple[Event, ...] = ()
        if conversation.is_closed:
            if not workspace.environment.settings.reopen_closed:
                raise ConflictError("The conversation is closed, and contacts do not reopen it (reopen_closed).")
            conversation.fields = {**conversation.fields, "status": "active"}
        if contact["id"] not in conversation.participants:
            joined = workspace.participants.join(conversation, contact).events
        change = workspace.messages.receive(conversation, contact, _text(text))
        return Change(change.result, (*joined, *change.events))

    def _writer(self, conversation: Conversation, contact: ParticipantReference | None) -> JsonObject:
        if contact is not None:
            person = self._workspace.people.find(contact, conversation.channel)
            return conversation.participants.get(person["id"]) or person
        contacts = conversation.contacts
        return contacts[0] if contacts else self._workspace.people.contact(conversation.channel)

    def _conversation_on(self, channel: Channel, contact: JsonObject | None) -> Conversation | None:
        """The newest conversation on a channel, of a contact if one is given; an open one if there is."""
        found = None
        conversations: Conversations = self._workspace.conversations
        for conversation in conversations.on(channel, contact["id"] if contact else None):
            if not conversation.is_closed:
                return conversation
            found = found or conversation
        return found if self._workspace.environment.settings.reopen_closed else None


def _text(text: str) -> JsonObject:
    return {"type": "text", "text": {"text": text}}
