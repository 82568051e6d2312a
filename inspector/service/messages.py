"""The messages of conversations: written by the app or by a contact, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from inspector.sender.world import JsonObject, SeededWorld
from inspector.service.conversation import Conversation
from inspector.service.conversations import Conversations
from inspector.service.environment import Change, Environment, Later
from inspector.service.errors import ConflictError, MissingResourceError
from inspector.service.people import People
from inspector.service.register import Page, Paging
from inspector.webhook.times import format_time

if TYPE_CHECKING:
    from inspector.service.forms import CreateMessage, InitialMessage, UpdateMessage
    from inspector.service.workspace import Workspace

Steps = tuple[tuple[str, float], ...]
"""Message statuses still to come, each with the seconds before it."""


class Messages:
    """The messages of all conversations of one workspace."""

    def __init__(
        self, world: SeededWorld, conversations: Conversations, people: People, environment: Environment
    ) -> None:
        self._world = world
        self._conversations = conversations
        self._people = people
        self._environment = environment

    def find(self, conversation_id: str, id: str) -> JsonObject:
        """A message by its id. Raises MissingResourceError."""
        message = self._conversations.find(conversation_id).messages.get(id)
        if message is None:
            raise MissingResourceError.of("message", id)
        return message

    def page(self, conversation_id: str, paging: Paging, *, reverse: bool = False) -> Page[JsonObject]:
        """Some of the messages of a conversation, drafts included."""
        newest_first = self._environment.settings.newest_first != reverse
        return self._conversations.find(conversation_id).messages.page(paging, newest_first=newest_first)

    def create(self, conversation_id: str, form: CreateMessage) -> Change[JsonObject]:
        """Somebody writes; `conversation.updated`. Raises ConflictError in a closed conversation."""
        conversation = self._conversations.find(conversation_id)
        _require_open(conversation)
        sender = self._sender(conversation, form.participant_id, form.participant_type)
        return self._write(conversation, sender, form.given_message(), is_draft=bool(form.draft))

    def begin(
        self, conversation: Conversation, form: InitialMessage, initiator: JsonObject | None
    ) -> Change[JsonObject]:
        """The first message of a new conversation, by whom it names, else by who was named as initiating it.

        Where nobody was named, the app writes, in the name of a participant who is no contact or of its access key.
        """
        if form.participant_id is not None:
            sender = self._sender(conversation, form.participant_id, form.participant_type)
        elif form.participant_type is not None:
            sender = self._first(conversation, form.participant_type)
        else:
            sender = initiator or self.answerer(conversation)
        return self._write(conversation, sender, form.given_message(), is_draft=False)

    def answerer(self, conversation: Conversation) -> JsonObject:
        """Who writes on the app's side when nobody is named: a participant who is no contact, else an access key."""
        active = (one for one in conversation.participants if one["type"] != "contact" and one["status"] == "active")
        return next(active, None) or self._people.access_key()

    def receive(self, conversation: Conversation, contact: JsonObject, body: JsonObject) -> Change[JsonObject]:
        """A contact writes; the message has arrived already."""
        return self._write(conversation, contact, {"body": body}, is_draft=False)

    def send(self, conversation: Conversation, sender: JsonObject, body: JsonObject) -> Change[JsonObject]:
        """Somebody other than a contact writes; the message takes its steps. Raises ConflictError if closed."""
        _require_open(conversation)
        return self._write(conversation, sender, {"body": body}, is_draft=False)

    def update(self, conversation_id: str, id: str, form: UpdateMessage) -> Change[JsonObject]:
        """Change a draft; it is sent when it no longer is one. Raises ConflictError for what has been sent."""
        message, conversation = self.find(conversation_id, id), self._conversations.find(conversation_id)
        if not message["draft"]:
            raise ConflictError("The message is no draft any more. Only drafts can be changed: send another message.")
        given = self._with_recipients(conversation, form.stated())
        if "body" in given or "template" in given:
            message = {name: value for name, value in message.items() if name not in ("body", "template")}
        is_sent = given.get("draft") is False
        if is_sent:
            _require_open(conversation)
        now = format_time(self._environment.clock.now())
        message = {**message, **given, "updatedAt": now, **({"createdAt": now} if is_sent else {})}
        return self._put(conversation, message, self._steps(message))

    def delete(self, conversation_id: str, id: str) -> Change[None]:
        """Take a message out; the one before it becomes the last; `conversation.updated`."""
        self.find(conversation_id, id)
        conversation = self._conversations.find(conversation_id)
        conversation.erase(id)
        return Change(None, self._conversations.touch(conversation).events)

    def set_status(self, conversation_id: str, id: str, status: str) -> Change[JsonObject]:
        """A message takes a step; `conversation.updated` if it is the last one."""
        message, conversation = self.find(conversation_id, id), self._conversations.find(conversation_id)
        message = {**message, "status": status, "updatedAt": format_time(self._environment.clock.now())}
        conversation.write(message)
        last = conversation.last_message
        is_last = last is not None and last["id"] == id
        return Change(message, self._conversations.touch(conversation).events if is_last else ())

    def _sender(self, conversation: Conversation, id: str, type: str | None) -> JsonObject:
        """Who is named by id and type: whoever takes part, if the type is theirs."""
        known = conversation.participants.get(id)
        if known is not None and type in (None, known["type"]):
            return known
        return self._people.sender(id, type or "accessKey")

    def _first(self, conversation: Conversation, type: str) -> JsonObject:
        """The first participant of a type, else somebody new."""
        if type == "accessKey":
            return self._people.access_key()
        found = (one for one in conversation.participants if one["type"] == type)
        return next(found, None) or self._people.sender(self._world.uuid(), type)

    def _write(
        self, conversation: Conversation, sender: JsonObject, given: JsonObject, *, is_draft: bool
    ) -> Change[JsonObject]:
        settings, now = self._environment.settings, format_time(self._environment.clock.now())
        is_incoming = sender["type"] == "contact"
        given = self._with_recipients(conversation, given)
        message = {
            "id": self._world.uuid(),
            "conversationId": conversation.id,
            "sender": sender,
            "draft": is_draft,
            "recipients": None if is_incoming else _recipients(conversation),
            "status": "delivered" if is_incoming else settings.accepted_status,
            "source": settings.incoming_source if is_incoming else settings.outgoing_source,
            "createdAt": now,
            "updatedAt": now,
            **given,
        }
        return self._put(conversation, message, () if is_incoming else self._steps(message))

    def _put(self, conversation: Conversation, message: JsonObject, steps: Steps) -> Change[JsonObject]:
        conversation.write(message)
        journey = _Journey(conversation.id, message["id"], message["status"], steps)
        return Change(message, self._conversations.touch(conversation).events, journey.later())

    def _with_recipients(self, conversation: Conversation, given: JsonObject) -> JsonObject:
        """What is given of a message, with all that is known of its recipients."""
        if not given.get("recipients"):
            return given
        known = [self._people.recipient(one, conversation.channel) for one in given["recipients"]]
        return {**given, "recipients": known}

    def _steps(self, message: JsonObject) -> Steps:
        return () if message["draft"] else self._environment.settings.message_steps


def _require_open(conversation: Conversation) -> None:
    if conversation.is_closed:
        raise ConflictError("The conversation is closed. Set its status to active before writing into it.")


def _recipients(conversation: Conversation) -> list[JsonObject] | None:
    """To whom an e-mail goes; other platforms name nobody."""
    if conversation.channel.platform != "email":
        return None
    return [{"type": "to", "id": contact["id"], **contact.get("contact", {})} for contact in conversation.contacts]


class _Journey(NamedTuple):
    """Where a message is on its way: its status, and the steps that it will take by itself."""

    conversation_id: str
    message_id: str
    status: str
    steps: Steps

    def later(self) -> Later | None:
        """The next step, if there is one."""
        return Later(self.steps[0][1], self._go_on) if self.steps else None

    def _go_on(self, workspace: Workspace) -> Change[object]:
        """Take the next step, unless the message is gone or has taken another meanwhile."""
        try:
            if workspace.messages.find(self.conversation_id, self.message_id)["status"] != self.status:
                return Change(None)
        except MissingResourceError:
            return Change(None)
        (status, _), *rest = self.steps
        change = workspace.messages.set_status(self.conversation_id, self.message_id, status)
        following = _Journey(self.conversation_id, self.message_id, status, tuple(rest))
        return Change(change.result, change.events, following.later())
