"""What clients may send about webhook subscriptions. Unknown properties are refused here, as documented."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from inspector.service.available import AVAILABLE, KNOWN_EVENTS, KNOWN_KEYS
from inspector.service.forms import ChangeForm, Form, Name
from inspector.service.wording import one_of
from inspector.webhook.event import SERVICE

_GROUP = "[0-9A-Fa-f]{1,4}"
_IPV6 = rf"\[(::1|({_GROUP}:){{7}}{_GROUP}|({_GROUP}:){{1,6}}:{_GROUP})\]"
_HOST = rf"([A-Za-z0-9._-]+|{_IPV6})"
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
    """The events of conversations and their filter keys are known, those of the other services are not."""
    known = AVAILABLE[SERVICE]
    key = {"enum": sorted({key for keys in known.values() for key in keys})}
    schema["if"] = {"properties": {"service": {"const": SERVICE}}}
    schema["then"] = {
        "properties": {
            "event": {"enum": list(known)},
            "eventFilters": {"type": ["array", "null"], "items": {"properties": {"key": key}}},
        }
    }


class CreateSubscription(Form):
    """A new subscription; it is active."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_by_service)

    service: ServiceName
    event: Name
    event_filters: list[EventFilter] | None = None
    template: str | None = None
    url: Url
    signing_key: str | None = Field(default=None, repr=False)


def _require_known(values: list[str], value: str) -> str:
    if value not in values:
        raise PydanticCustomError("unknown", "{words}", {"words": one_of(values, value)})
    return value


KnownEvent = Annotated[
    str, AfterValidator(partial(_require_known, KNOWN_EVENTS)), Field(json_schema_extra={"enum": [*KNOWN_EVENTS]})
]
KnownKey = Annotated[
    str, AfterValidator(partial(_require_known, KNOWN_KEYS)), Field(json_schema_extra={"enum": [*KNOWN_KEYS]})
]


class KnownFilter(EventFilter):
    """A condition on something that events are known to have."""

    key: KnownKey


class UpdateSubscription(ChangeForm):
    """Changes to a subscription. Filters are taken away by null or an empty array, a signing key by an empty text."""

    model_config = ConfigDict(extra="forbid")
    nullable = frozenset({"event_filters", "template"})

    event: KnownEvent | None = None
    event_filters: list[KnownFilter] | None = None
    template: str | None = None
    url: Url | None = None
    signing_key: str | None = Field(default=None, repr=False)
    status: Literal["active", "inactive"] | None = None
