"""What clients may send, typed: one description serves validation, Python calls and OpenAPI (contract.md §3).

Where null is allowed in something new, it means that nothing is given; a change takes it only for what may be null.
Fields that are not documented are passed over, except in subscriptions, where the real service is known to refuse them.
Importing this module imports pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from inspector.sender.world import JsonObject

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1

UUID_PATTERN = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"

Uuid = Annotated[
    str, StringConstraints(pattern=UUID_PATTERN, to_lower=True), Field(json_schema_extra={"format": "uuid"})
]
Name = Annotated[str, StringConstraints(min_length=1)]

ConversationStatus = Literal["active", "closed"]
Visibility = Literal["public", "private"]
Accessibility = Literal["open", "invite-only", "request-to-join"]
Style = Literal["default", "directMessage", "chatChannel", "personalInbox", "resource"]
ParticipantStatus = Literal["pending", "invited", "active"]
ParticipantType = Literal[
    "user", "contact", "agent", "flow", "bot", "accessKey", "channel", "connector", "collaborationAutomation"
]
SenderType = Literal["accessKey", "flow", "contact", "user"]


class Form(BaseModel):
    """Base of all forms: camelCase on the wire, strict about types."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True)

    def given(self) -> JsonObject:
        """What was given and is not null, by wire name."""
        return {name: value for name, value in self.stated().items() if value is not None}

    def stated(self) -> JsonObject:
        """What was given, null included, by wire name, ready to be written."""
        stated: JsonObject = _writable(self.model_dump(by_alias=True, exclude_unset=True))
        return stated


def _writable(value: Any) -> Any:
    """The same, with whole numbers that orjson does not write in a form that it does: none is ever rounded."""
    if isinstance(value, dict):
        return {name: _writable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_writable(one) for one in value]
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        return orjson.Fragment(str(value))
    return value


def _change_schema(schema: dict[str, Any], kind: type[ChangeForm]) -> None:
    """At least one field, and null only where it means something."""
    schema["minProperties"] = 1
    for name, field in kind.model_fields.items():
        if name not in kind.nullable:
            schema["properties"][field.alias] = without_null(schema["properties"][field.alias])


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What something may be if it is there and is not null."""
    alternatives = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    return alternatives[0] if alternatives else {name: value for name, value in schema.items() if name != "title"}


class ChangeForm(Form):
    """Base of the forms that change something: at least one field must be there.

    Null is a value for those named by `nullable`, and a mistake in all others: what is left out stays as it is.
    """

    model_config = ConfigDict(json_schema_extra=_change_schema)
    nullable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*")
    @classmethod
    def _refuse_null(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise PydanticCustomError("null", "must not be null: leave it out to keep it as it is")
        return value

    @model_validator(mode="after")
    def _require_something(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(to_camel(name) for name in type(self).model_fields)
            raise PydanticCustomError("nothing_given", "needs at least one of {names}", {"names": names})
        return self


class ContactReference(Form):
    """By what a contact is known, e.g. `phonenumber` +31612345678."""

    identifier_key: Name
    identifier_value: Name


def _alternatives(schema: dict[str, Any]) -> None:
    """A reference names an id, or a contact by an identifier in the flat or the nested form."""
    text = {"type": "string"}
    contact = {"type": {"const": "contact"}}
    schema["anyOf"] = [
        {"required": ["id"], "properties": {"id": text}},
        {
            "required": ["identifierKey", "identifierValue"],
            "properties": {**contact, "identifierKey": text, "identifierValue": text},
        },
        {"required": ["contact"], "properties": {**contact, "contact": {"type": "object"}}},
    ]


class ParticipantReference(Form):
    """Somebody, by `{id, type}`, or a contact by `{type, identifierKey, identifierValue}`, flat or within `contact`."""

    model_config = ConfigDict(json_schema_extra=_alternatives)

    type: ParticipantType
    id: Uuid | None = None
    identifier_key: Name | None = None
    identifier_value: Name | None = None
    contact: ContactReference | None = None

    @property
    def identifier(self) -> tuple[str, str] | None:
        """Key and value by which a contact is known, if they are given."""
        if self.type != "contact":
            return None
        if self.contact is not None:
            return self.contact.identifier_key, self.contact.identifier_value
        if self.identifier_key is not None and self.identifier_value is not None:
            return self.identifier_key, self.identifier_value
        return None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if self.id is None and self.identifier is None:
            message = "needs id, or for a contact identifierKey and identifierValue"
            raise PydanticCustomError("no_reference", message)
        return self


class TextPart(Form):
    """The part of a body of type `text`."""

    text: str


def _text_needs_its_part(schema: dict[str, Any]) -> None:
    schema["if"] = {"properties": {"type": {"const": "text"}}}
    schema["then"] = {"required": ["text"], "properties": {"text": {"type": "object"}}}


class MessageBody(Form):
    """`{"type": "text", "text": {"text": "…"}}`; other types have a part of their own name, which is not checked."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_text_needs_its_part)
    __pydantic_extra__: dict[str, JsonValue]

    type: Name
    text: TextPart | None = None

    @model_validator(mode="after")
    def _require_text(self) -> Self:
        if self.type == "text" and self.text is None:
            raise PydanticCustomError("missing", "Field required", {"at": ".text"})
        return self


class Recipient(Form):
    """One of those a message goes to."""

    type: Literal["to", "cc", "bcc"] = "to"
    id: Uuid | None = None
    identifier_key: Name | None = None
    identifier_value: Name | None = None
    platform_address: str | None = None


class ResourceReference(Form):
    """What a conversation of style `resource` is about."""

    type: str | None = None
    id: str | None = None


def _body_or_template(schema: dict[str, Any]) -> None:
    part = {"type": "object"}
    schema["anyOf"] = [{"required": [name], "properties": {name: part}} for name in ("body", "template")]


class Content(Form):
    """What a message says: a body, or a template with its values."""

    body: MessageBody | None = None
    template: dict[str, JsonValue] | None = None


class NewMessage(Content):
    """Base of messages that are to be written: they say something, and somebody says it."""

    model_config = ConfigDict(json_schema_extra=_body_or_template)

    recipients: list[Recipient] | None = None

    def given_message(self) -> JsonObject:
        """What is given of the message object itself."""
        return {name: value for name, value in self.given().items() if not name.startswith("participant")}

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.body is None and self.template is None:
            raise PydanticCustomError("no_content", "needs body or template")
        return self


class InitialMessage(NewMessage):
    """The first message of a new conversation. Where nobody is named, the app writes it: it is outgoing."""

    participant_id: Uuid | None = None
    participant_type: SenderType | None = None


class CreateMessage(NewMessage):
    """A message. One by a participant of type `contact` is incoming."""

    participant_id: Uuid
    participant_type: SenderType
    draft: bool | None = None
    reference: str | None = None
    reply_to_message_id: Uuid | None = None


class UpdateMessage(ChangeForm, Content):
    """Changes to a draft; `draft: false` sends it."""

    nullable = frozenset({"recipients"})

    draft: bool | None = None
    reference: str | None = None
    recipients: list[Recipient] | None = None
    reply_to_message_id: Uuid | None = None


class CreateConversation(Form):
    """A new conversation; nothing is required."""

    name: str | None = None
    description: str | None = None
    style: Style | None = None
    visibility: Visibility | None = None
    accessibility: Accessibility | None = None
    channel_id: Uuid | None = None
    participants: Annotated[list[ParticipantReference], Field(max_length=5)] | None = None
    initiating_participant: ParticipantReference | None = None
    initial_message: InitialMessage | None = None
    attributes: dict[str, JsonValue] | None = None
    resource: ResourceReference | None = None


class UpdateConversation(ChangeForm):
    """Changes to a conversation."""

    name: str | None = None
    description: str | None = None
    status: ConversationStatus | None = None
    visibility: Visibility | None = None
    accessibility: Accessibility | None = None
    attributes: dict[str, JsonValue] | None = None


class UpdateParticipant(ChangeForm):
    """Changes to a participant."""

    status: ParticipantStatus | None = None
    display_name: str | None = None
    avatar_url: str | None = None


class UpdateChannel(Form):
    """Whether messages on a channel make conversations."""

    status: Literal["active", "inactive"]
