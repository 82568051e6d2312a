"""Every call of the service, in one table: routes, validation and OpenAPI are made from it."""

from __future__ import annotations

from inspector.service.call import Call
from inspector.service.conversation_calls import CHANNEL_CALLS, CONVERSATION_CALLS
from inspector.service.message_calls import MESSAGE_CALLS, PARTICIPANT_CALLS
from inspector.service.subscription_calls import SUBSCRIPTION_CALLS

TABLE: tuple[Call, ...] = (
    *SUBSCRIPTION_CALLS,
    *CONVERSATION_CALLS,
    *MESSAGE_CALLS,
    *PARTICIPANT_CALLS,
    *CHANNEL_CALLS,
)

OPERATIONS = tuple(call.id for call in TABLE)
"""The calls by id, such as `createMessage`."""
