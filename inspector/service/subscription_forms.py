"""What clients may send about webhook subscriptions. Unknown properties are refused here, as documented."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from inspector.service.available import AVAILABLE, EVENT_SERVICES
from inspector.service.forms import ChangeForm, Form, Name

_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_PORT = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
URL_PATTERN = rf"^https?://{_HOST}{_PORT}([/?][!-~]*)?$"
"""Everything that can be sent to; `strict_urls` asks for more."""

Url = Annotated[str, StringConstraints(pattern=URL_PATTERN)]
ServiceName = Literal["channels", "numbers", "payments", "conversations"]


class EventFilter(Form):
    """One of the conditions that an event must meet."""

    model_config = ConfigDict(extra="forbid")

    key: Name
    value: str


def _by_service(schema: dict[str, Any]) -> None:
    """Events and filter keys depend on the service."""
    key = {"enum": AVAILABLE["conversations"]["conversation.created"]}
    filters = {"type": ["array", "null"], "items": {"properties": {"key": key}}}
    schema["oneOf"] = [
        {"properties": {"service": {"const": service}, "event": {"enum": list(events)}}}
        for service, events in AVAILABLE.items()
    ]
    schema["oneOf"][0]["properties"]["eventFilters"] = filters


class CreateSubscription(Form):
    """A new subscription; it is active."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_by_service)

    service: ServiceName
    event: Name
    event_filters: list[EventFilter] | None = None
    template: str | None = None
    url: Url
    signing_key: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _check_event(self) -> Self:
        require_available(self.service, self.event, self.event_filters)
        return self
