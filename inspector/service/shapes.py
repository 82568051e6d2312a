"""What the service answers, typed, for its OpenAPI description. The conversation object is that of the webhooks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from inspector.service.subscription_forms import EventFilter, ServiceName
from inspector.webhook.models import Identifier, MessageStatus, Participant, Time


class Shape(BaseModel):
    """Base of all answers: camelCase, and nothing that is not described."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", serialize_by_alias=True)


class Message(Shape):
    """A message, with what it says."""

    id: Identifier
    conversation_id: Identifier
    sender: Participant
    draft: bool
    recipients: list[dict[str, Any]] | None
    status: MessageStatus
    source: str
    body: dict[str, Any] = {}
    template: dict[str, Any] = {}
    reference: str = ""
    reply_to_message_id: Identifier = ""
    created_at: Time
    updated_at: Time


class WebhookSubscription(Shape):
    """A webhook subscription. `signingKey` is shown only in the answer that creates it."""

    id: Identifier
    organization_id: Identifier
    workspace_id: Identifier
    service: ServiceName
    event: str
    event_filters: list[EventFilter] | None
    template: str | None
    url: str
    signing_key: str = ""
    status: Literal["active", "inactive"]
    created_at: Time
    updated_at: Time


class AvailableEvent(Shape):
    """An event, and by what it can be filtered."""

    name: str
    filter_keys: list[str]


class AvailableWebhook(Shape):
    """A service with its events."""

    service: ServiceName
    events: list[AvailableEvent]


class Delivery(Shape):
    """One line of the delivery log. `httpStatusCode` is 0 where the app gave no answer; `error` says why the mock gave
    a delivery up before its attempts were used up."""

    request_id: Identifier
    attempt_count: int
    http_status_code: int
    execution_status: Literal["succeeded", "failed"]
    created_at: Time
    error: str = ""


class AttemptRequest(Shape):
    """What was sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class AttemptResponse(Shape):
    """What the app answered."""

    headers: dict[str, str]
    body: str


class Attempt(Shape):
    """One attempt at one delivery; without an answer there is an error."""

    request_id: Identifier
    attempt: int
    execution_status: Literal["succeeded", "failed"]
    http_status_code: int
    created_at: Time
    request: AttemptRequest
    response: AttemptResponse | None
    error: str = ""


class ChannelConfiguration(Shape):
    """Whether messages on a channel make conversations."""

    status: Literal["active", "inactive"]


class Error(Shape):
    """Every refusal. `details` maps paths such as `.eventFilters[0].key` to what is wrong there."""

    code: str
    message: str
    details: dict[str, Any]
