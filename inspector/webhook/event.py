"""The webhook's envelope, with the payload kept as the JSON that travels, so that bytes survive a round trip."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from inspector.errors import EventError

if TYPE_CHECKING:
    from inspector.webhook.models import Conversation

SERVICE = "conversations"
EVENT_NAMES = ("conversation.created", "conversation.updated", "conversation.deleted")

PAYLOAD_NAMES = (
    "accessibility",
    "activeParticipantCount",
    "attributes",
    "avatarUrl",
    "channelId",
    "contact",
    "createdAt",
    "description",
    "displayName",
    "featuredParticipants",
    "hasDraft",
    "id",
    "identifierKey",
    "identifierValue",
    "initiatingParticipant",
    "lastMessage",
    "lastMessageIncomingAt",
    "lastMessageOutgoingAt",
    "likelySpam",
    "likelySpamReason",
    "name",
    "pendingParticipantCount",
    "platformAddress",
    "platformStyle",
    "preview",
    "recipients",
    "referral",
    "resource",
    "sender",
    "status",
    "style",
    "summary",
    "text",
    "type",
    "updatedAt",
    "visibility",
)
"""Every name the contract has inside a payload; the models know them too, but are heavy to import."""


class Event:
    """One webhook event: its name, and the payload exactly as it is, or will be, on the wire.

    `name` is e.g. `conversation.updated`; `payload` is the JSON object with wire names.
    """

    __slots__ = ("_payload", "_written", "name", "service")

    def __init__(self, name: str, payload: dict[str, Any], service: str = SERVICE) -> None:
        self.name = name
        self.service = service
        self._payload: dict[str, Any] | None = payload
        self._written = b""

    @classmethod
    def written(cls, name: str, payload: bytes) -> Event:
        """An event whose payload is there as compact JSON, which is only read when somebody looks into it."""
        event = cls(name, {})
        event._payload, event._written = None, payload
        return event

    @property
    def payload(self) -> dict[str, Any]:
        """The payload; changes made in it travel."""
        if self._payload is None:
            self._payload = orjson.loads(self._written)
        return self._payload

    def __repr__(self) -> str:
        return f"Event(name={self.name!r}, service={self.service!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_bytes(cls, body: bytes) -> Event:
        """Read a request body. Raises EventError when it is not an envelope `{service, event, payload}`."""
        try:
            envelope = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise EventError(f"The body is not JSON: {error}.", line=error.lineno, column=error.colno) from None
        return cls.from_json(envelope)

    @classmethod
    def from_json(cls, envelope: Any) -> Event:
        """The same from parsed JSON. Raises EventError."""
        match envelope:
            case {"service": str(service), "event": str(name), "payload": dict(payload)}:
                return cls(name, payload, service)
        raise EventError(
            'Not an event envelope. Expected {"service": "conversations", "event": "conversation.…", "payload": {…}}.'
        )

    def to_json(self) -> dict[str, Any]:
        """The envelope, its three keys in the documented order."""
        return {"service": self.service, "event": self.name, "payload": self.payload}

    def to_bytes(self) -> bytes:
        """The body that travels: compact JSON, UTF-8. Raises EventError for a payload that no JSON can hold."""
        if self._payload is None:
            return _start(self.service, self.name) + self._written + b"}"
        try:
            return orjson.dumps(self.to_json())
        except orjson.JSONEncodeError as error:
            raise EventError(f"The event cannot be written as JSON: {error}. Take out what was put into it.") from None

    @property
    def conversation(self) -> Conversation:
        """The payload, typed. Raises EventError where a field has another type than documented."""
        from pydantic import ValidationError  # noqa: PLC0415 - as heavy as the models

        from inspector.webhook.models import Conversation  # noqa: PLC0415 - heavy: only for those who want it typed

        try:
            return Conversation.model_validate(self.payload)
        except ValidationError as error:
            raise EventError(f"The payload is not a conversation: {error}") from None


@lru_cache(64)
def _start(service: str, name: str) -> bytes:
    """What stands before the payload in a body."""
    return b'{"service":%b,"event":%b,"payload":' % (orjson.dumps(service), orjson.dumps(name))
