"""One conversation as the service keeps it. JSON that was handed out is replaced by a change, not altered."""

from __future__ import annotations

from inspector.sender.world import Channel, JsonObject
from inspector.service.preview import message_type, preview_text
from inspector.service.register import Register
from inspector.service.settings import ServiceSettings
from inspector.webhook.event import Event
from inspector.webhook.times import format_time

CREATED, UPDATED, DELETED = "conversation.created", "conversation.updated", "conversation.deleted"

_FEATURED = 5
_MILLISECOND = 0.001


class Conversation:
    """A conversation with its participants and messages.

    `fields` are those that clients write, by wire name (None: absent); `now` is Unix time in seconds. Every change ends
    in `touch`, which returns the event that tells of it.
    """

    def __init__(self, id: str, channel: Channel, fields: JsonObject, now: float, settings: ServiceSettings) -> None:
        self.id = id
        self.channel = channel
        self.fields = fields
        self.participants: Register[JsonObject] = Register(settings.max_participants)
        self.initiator: JsonObject | None = None
        self.messages: Register[JsonObject] = Register(settings.max_messages)
        self._preview_length = settings.preview_length
        self._drafts: set[str] = set()
        self._created_at = self._updated_at = round(now, 3)
        self._incoming_at: str | None = None
        self._outgoing_at: str | None = None
        self._json: JsonObject | None = None

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be written any more."""
        return bool(self.fields["status"] == "closed")

    @property
    def contacts(self) -> list[JsonObject]:
        """The participants who are contacts."""
        return [one for one in self.participants if one["type"] == "contact"]

    @property
    def last_message(self) -> JsonObject | None:
        """The newest message that is no draft."""
        return next((message for message in reversed(self.messages) if not message["draft"]), None)

    def event(self, name: str) -> Event:
        """An event of this name about the conversation as it is."""
        return Event(name, self.to_json())

    def touch(self, now: float) -> Event:
        """Something has changed: the conversation is newer than before, by a millisecond at least."""
        self._updated_at = max(round(now, 3), self._updated_at + _MILLISECOND)
        self._json = None
        return self.event(UPDATED)

    def put(self, participant: JsonObject) -> None:
        """Add a participant, or replace the one with the same id."""
        self.participants.put(participant["id"], participant)

    def write(self, message: JsonObject) -> None:
        """Add a message, or replace the one with the same id."""
        id, is_draft = message["id"], message["draft"]
        known = self.messages.get(id)
        self.messages.put(id, message)
        (self._drafts.add if is_draft else self._drafts.discard)(id)
        if not is_draft and (known is None or known["draft"]):
            self._note_sent(message)

    def erase(self, message_id: str) -> None:
        """Take a message out."""
        self.messages.remove(message_id)
        self._drafts.discard(message_id)

    def to_json(self) -> JsonObject:
        """The conversation object of contract.md §2, the same that is the payload of its events."""
        if self._json is None:
            self._json = {name: value for name, value in self._describe().items() if value is not None}
        return self._json

    def _note_sent(self, message: JsonObject) -> None:
        if message["sender"]["type"] == "contact":
            self._incoming_at = message["createdAt"]
        else:
            self._outgoing_at = message["createdAt"]

    def _describe(self) -> JsonObject:
        """Every field in the documented order; None where it is absent."""
        fields, people, last = self.fields, list(self.participants), self.last_message
        active = sum(one["status"] == "active" for one in people)
        return {
            "id": self.id,
            "name": fields["name"],
            "description": fields["description"],
            "status": fields["status"],
            "visibility": fields["visibility"],
            "accessibility": fields["accessibility"],
            "style": fields["style"],
            "featuredParticipants": people[:_FEATURED],
            "activeParticipantCount": active,
            "pendingParticipantCount": len(people) - active,
            "initiatingParticipant": self.initiator and (self.participants.get(self.initiator["id"]) or self.initiator),
            "channelId": self.channel.id,
            "lastMessage": last and self._as_last(last),
            "lastMessageIncomingAt": self._incoming_at,
            "lastMessageOutgoingAt": self._outgoing_at,
            "attributes": fields["attributes"],
            "hasDraft": any(id in self.messages for id in self._drafts) or None,
            "resource": fields["resource"],
            "createdAt": format_time(self._created_at),
            "updatedAt": format_time(self._updated_at),
            "platformStyle": self.channel.platform_style,
        }

    def _as_last(self, message: JsonObject) -> JsonObject:
        return {
            "id": message["id"],
            "type": message_type(message),
            "preview": {"text": preview_text(message)[: self._preview_length]},
            "recipients": message["recipients"],
            "status": message["status"],
            "sender": message["sender"],
            "createdAt": message["createdAt"],
        }
