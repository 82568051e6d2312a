"""The query parameters of the calls, typed as the bodies are. Only what is written as a number or a switch is one."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from inspector.service.forms import ConversationStatus, Form, Name, Uuid
from inspector.service.register import TOKEN_PATTERN
from inspector.service.subscription_forms import ServiceName


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch("-?[0-9]{1,9}", value) else value


def _switch(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value)


Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole_number)]
Switch = Annotated[bool, BeforeValidator(_switch)]
PageToken = Annotated[str, StringConstraints(pattern=TOKEN_PATTERN)]


class Query(Form):
    """Base of all queries; parameters that are not documented are passed over."""


class ListQuery(Query):
    """Which page of a list."""

    limit: Limit = 10
    page_token: PageToken | None = None

    def conditions(self) -> dict[str, Any]:
        """What else is asked of the list: pages that belong together are asked for alike."""
        return self.model_dump(exclude={"limit", "page_token"})


class MessagesQuery(ListQuery):
    """Which messages, and in which order."""

    reverse: Switch = False


class ConversationsQuery(MessagesQuery):
    """Which conversations, and in which order."""

    status: ConversationStatus | None = None
    channel_id: Uuid | None = None


class LogsQuery(ListQuery):
    """Which deliveries."""

    execution_status: Literal["succeeded", "failed"] | None = None


class DetailsQuery(Query):
    """The attempts at which delivery."""

    request_id: Name


class AvailableQuery(Query):
    """The events of which service."""

    service: ServiceName | None = None
