"""The conversation object of the wire, typed: the one description of the contract (contract.md §2).

Attributes are snake_case, their aliases the wire names. `contract.py` checks against these models, paths find their
names in them, and OpenAPI publishes them. They are heavy to import, so what only moves events does not.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from inspector.webhook.event import EVENT_NAMES, SERVICE

CONTRACT = {"contract": True}
"""Validation context in which formats and listed values are checked too; without it only types are."""

UNLISTED, BAD_FORMAT, UNDOCUMENTED_NULL = "unlisted_value", "bad_format", "undocumented_null"
"""Error types raised in the `CONTRACT` context, beside pydantic's own."""

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")


class ContractCheck:
    """Annotates a string whose form or values are documented. Checked only in the `CONTRACT` context."""

    def json_schema(self) -> dict[str, Any]:
        """What a JSON schema says of it beside `type`."""
        raise NotImplementedError

    def error(self, value: str) -> PydanticCustomError | None:
        """What is wrong with a value, if anything."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", **self.json_schema()}

    def _validate(self, value: str, info: ValidationInfo) -> str:
        error = self.error(value) if info.context is CONTRACT else None
        if error is not None:
            raise error
        return value


class Listed(ContractCheck):
    """One of the documented values. Models let others through; `complete` says that the list is known to be whole."""

    def __init__(self, *values: str, complete: bool = True) -> None:
        self.values = values
        self.complete = complete

    def json_schema(self) -> dict[str, Any]:
        """The documented values, as examples."""
        return {"examples": list(self.values)}

    def error(self, value: str) -> PydanticCustomError | None:
        """An error for a value outside the list."""
        if value in self.values:
            return None
        context = {"values": ", ".join(self.values), "complete": self.complete}
        return PydanticCustomError(UNLISTED, "not among the documented values: {values}", context)


class UuidForm(ContractCheck):
    """The canonical 36 characters of a UUID."""

    def json_schema(self) -> dict[str, Any]:
        """The standard format."""
        return {"format": "uuid"}

    def error(self, value: str) -> PydanticCustomError | None:
        """An error for anything but a UUID."""
        if _UUID.fullmatch(value):
            return None
        return PydanticCustomError(BAD_FORMAT, "not a UUID such as badbf15c-bad3-4bf3-9223-6b7f414f9770", {})


class TimeForm(ContractCheck):
    """RFC 3339 in UTC with `Z` and at most three decimals."""

    def json_schema(self) -> dict[str, Any]:
        """The standard format."""
        return {"format": "date-time"}

    def error(self, value: str) -> PydanticCustomError | None:
        """An error for anything but such a time."""
        if _is_time(value):
            return None
        return PydanticCustomError(BAD_FORMAT, "not an RFC 3339 time in UTC such as 2024-11-27T19:33:53.515Z", {})


def _is_time(value: str) -> bool:
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:  # well-formed, but no such day or hour
        return False
    return True


class NotNull:
    """Annotates an optional field that is absent or has a value. Null is reported in the `CONTRACT` context only."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._validate, handler(source))

    def _validate(self, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.context is CONTRACT:
            raise PydanticCustomError(UNDOCUMENTED_NULL, "null is not documented here", {})
        return value


T = TypeVar("T")
IfPresent = Annotated[T | None, NotNull()]

Identifier = Annotated[str, UuidForm()]
Time = Annotated[str, TimeForm()]
Count = Annotated[int, Field(ge=0)]

ConversationStatus = Annotated[str, Listed("active", "closed", complete=False)]
Visibility = Annotated[str, Listed("public", "private")]
Accessibility = Annotated[str, Listed("open", "invite-only", "request-to-join")]
Style = Annotated[str, Listed("default", "directMessage", "chatChannel", "personalInbox", "resource")]
PlatformStyle = Annotated[str, Listed("email", "direct", "direct-multiple", "direct-threaded")]
ParticipantType = Annotated[
    str,
    Listed(
        "user",
        "contact",
        "agent",
        "flow",
        "bot",
        "accessKey",
        "channel",
        "connector",
        "collaborationAutomation",
        complete=False,
    ),
]
ParticipantStatus = Annotated[str, Listed("pending", "invited", "active")]
MessageType = Annotated[str, Listed("text", "html", "image", "file", "location", complete=False)]
MessageStatus = Annotated[
    str, Listed("accepted", "processing", "sending_failed", "sent", "delivered", "delivery_failed")
]


class WireModel(BaseModel):
    """Base of everything that travels: snake_case here, camelCase on the wire, unknown fields kept."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow", strict=True)


class ContactIdentity(WireModel):
    """By what a contact is known on a platform, e.g. `phonenumber` +31612345678."""

    identifier_key: IfPresent[str] = None
    identifier_value: IfPresent[str] = None
    platform_address: IfPresent[str] = None


class Participant(WireModel):
    """Somebody, or something, that takes part in a conversation."""

    id: Identifier
    type: ParticipantType
    status: IfPresent[ParticipantStatus] = None
    display_name: IfPresent[str] = None
    avatar_url: IfPresent[str] = None
    contact: IfPresent[ContactIdentity] = None


class Preview(WireModel):
    """The first words of a message; webhooks never carry the body."""

    text: IfPresent[str] = None


class LastMessage(WireModel):
    """The newest message of a conversation, as a preview."""

    id: IfPresent[Identifier] = None
    type: IfPresent[MessageType] = None
    preview: IfPresent[Preview] = None
    recipients: list[Any] | None = None
    status: IfPresent[MessageStatus] = None
    sender: IfPresent[Participant] = None
    created_at: IfPresent[Time] = None


class Resource(WireModel):
    """What a conversation of style `resource` is about."""

    type: IfPresent[str] = None
    id: IfPresent[str] = None


class Conversation(WireModel):
    """The payload of all three events: the conversation object."""

    id: Identifier
    name: str
    description: IfPresent[str] = None
    status: ConversationStatus
    visibility: Visibility
    accessibility: Accessibility
    style: IfPresent[Style] = None
    featured_participants: Annotated[list[Participant], Field(max_length=5)]
    active_participant_count: Count
    pending_participant_count: IfPresent[Count] = None
    initiating_participant: IfPresent[Participant] = None
    channel_id: Identifier
    last_message: IfPresent[LastMessage] = None
    last_message_incoming_at: IfPresent[Time] = None
    last_message_outgoing_at: IfPresent[Time] = None
    attributes: IfPresent[dict[str, Any]] = None
    has_draft: IfPresent[bool] = None
    likely_spam: IfPresent[bool] = None
    likely_spam_reason: IfPresent[str] = None
    summary: Any = None
    referral: Any = None
    resource: IfPresent[Resource] = None
    created_at: Time
    updated_at: Time
    platform_style: PlatformStyle


class Envelope(WireModel):
    """The three keys at the top of every webhook."""

    service: Annotated[str, Listed(SERVICE)]
    event: Annotated[str, Listed(*EVENT_NAMES, complete=False)]
    payload: Conversation
