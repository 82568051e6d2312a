"""JSON schemas of the API of the mock service: what its calls take, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspector.service.clock import FARTHEST, FASTEST
from inspector.service.faults import LONGEST, FaultKind
from inspector.service.settings import ClockMode
from inspector.service.steps import STEPS
from inspector.service.traffic import FASTEST as FASTEST_TRAFFIC
from inspector.web.schemas import (
    MILLISECONDS,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    YES_NO,
    Schema,
    array,
    counts,
    nullable,
    one_of,
    record,
    ref,
)

ANSWER = "answer"
"""What is played beside the steps: somebody other than a contact writes."""

LONGEST_DRAIN = 600.0
"""Real seconds."""

_TEXT, _SWITCH = {"type": "string"}, {"type": "boolean"}
_UUID = {"type": "string", "format": "uuid"}
_WORKSPACE = {**_UUID, "description": "The workspace; by default that of Python calls."}


def _object(required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


CLOCK_SCHEMA = _object(
    advance={"type": "number", "minimum": 0, "maximum": FARTHEST, "description": "Seconds to move on at once."},
    mode=one_of(ClockMode),
    scale={
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": FASTEST,
        "description": "How fast a scaled clock runs.",
    },
)
INBOUND_SCHEMA = _object(
    ["text"],
    workspace_id=_WORKSPACE,
    conversation_id={**_UUID, "description": "Where the contact writes; else it is the channel that counts."},
    channel_id={**_UUID, "description": "Where the message arrives; by default on a channel made up."},
    text={"type": "string", "description": "What the contact writes."},
    contact=_object(["identifier_key", "identifier_value"], identifier_key=_TEXT, identifier_value=_TEXT),
)
PLAY_SCHEMA = _object(
    ["conversation_id", "step"],
    workspace_id=_WORKSPACE,
    conversation_id={**_UUID, "description": "The conversation in which it happens."},
    step=one_of((ANSWER, *STEPS), "What happens."),
    text={"type": "string", "description": "What is answered; needed for that."},
)
TRAFFIC_SCHEMA = _object(
    ["rate"],
    workspace_id=_WORKSPACE,
    rate={"type": "number", "minimum": 0, "maximum": FASTEST_TRAFFIC, "description": "Steps a second; 0 is off."},
)
_FAULT = _object(
    call={"type": "string", "default": "*", "description": "An operation by its id, such as createMessage; * for all."},
    fault={**one_of(FaultKind), "default": "status"},
    status={"type": "integer", "minimum": 400, "maximum": 599, "default": 503},
    seconds={
        "type": "number",
        "minimum": 0,
        "maximum": LONGEST,
        "default": 1,
        "description": "Of latency and timeout.",
    },
    count={
        "type": "integer",
        "minimum": 1,
        "maximum": 10**9,
        "description": "How many calls it befalls; by default all.",
    },
    share={"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
)
FAULTS_SCHEMA = _object(
    ["faults"], faults={"type": "array", "items": _FAULT, "description": "Those that are to be; no others."}
)
DRAIN_SCHEMA = _object(
    timeout={"type": "number", "minimum": 0, "description": f"Real seconds to wait, {LONGEST_DRAIN:.0f} at most."}
)
_PER_SECOND = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
SETTINGS_SCHEMA = _object(
    access_key={"type": ["string", "null"], "description": "The one key that is right; empty or null for any."},
    strict_urls=_SWITCH,
    echo_signing_key=_SWITCH,
    rate_limit=_SWITCH,
    reads_per_second=_PER_SECOND,
    writes_per_second=_PER_SECOND,
    reopen_closed=_SWITCH,
)

_STATES = ("waiting", "sending", "retrying", "delivered", "failed")
_COUNTS: dict[str, Schema] = {"id": TEXT, "conversations": WHOLE, "subscriptions": WHOLE, "deliveries": WHOLE}
_OBJECT: Schema = {"type": "object", "description": "As the mock service answers it; see its own description."}
_SUBSCRIPTION = record(
    id=TEXT,
    service=TEXT,
    event=TEXT,
    url=TEXT,
    status=TEXT,
    filters={"type": "object", "additionalProperties": TEXT},
    signed=YES_NO,
    created_at=TIME,
    health=record(**dict.fromkeys(_STATES, WHOLE), last_status=nullable(WHOLE), last_error=nullable(TEXT)),
)
_SHOWN_CONVERSATION = record(
    id=TEXT,
    name=TEXT,
    status=TEXT,
    channel_id=TEXT,
    platform=TEXT,
    participants=array(record(type=TEXT, name=TEXT)),
    last_message=nullable(record(text=TEXT, status=TEXT, type=TEXT)),
    messages=WHOLE,
    updated_at=TIME,
    payload=_OBJECT,
)
_CALL = record(
    "A call that an app made.",
    at=TIME,
    method=TEXT,
    path=TEXT,
    operation=nullable(TEXT),
    conversation_id=nullable(TEXT),
    status=WHOLE,
    duration_ms=MILLISECONDS,
    fault=nullable(TEXT),
)
_DELIVERY = record(
    "One event to one subscription, and what the app then called here.",
    request_id=TEXT,
    delivery_id=nullable(TEXT, "Under which it is among the deliveries of the mock."),
    subscription_id=TEXT,
    conversation_id=TEXT,
    event=TEXT,
    url=TEXT,
    fired_at=TIME,
    state=TEXT,
    attempt_count=WHOLE,
    status=nullable(WHOLE),
    given_up=nullable(TEXT),
    attempts=array(
        record(number=WHOLE, started_at=TIME, status=nullable(WHOLE), error=nullable(TEXT), duration_ms=MILLISECONDS)
    ),
    planned_at=array(TIME),
    calls=array(ref("ServiceCall")),
)
_SETTINGS = record(
    strict_urls=YES_NO,
    echo_signing_key=YES_NO,
    rate_limit=YES_NO,
    reads_per_second=WHOLE,
    writes_per_second=WHOLE,
    reopen_closed=YES_NO,
    has_access_key=YES_NO,
    retry=TEXT,
)
_SWITCHED_ON = record(
    call=TEXT,
    fault=one_of(FaultKind),
    status=WHOLE,
    seconds=NUMBER,
    count=nullable(WHOLE),
    share=NUMBER,
    left=nullable(WHOLE, "How often it will still happen."),
)

_WORKSPACE_SHOWN: dict[str, Schema] = {
    **_COUNTS,
    "channels": array(record(id=TEXT, platform=TEXT, status=TEXT)),
    "subscriptions": array(_SUBSCRIPTION),
    "conversations": array(_SHOWN_CONVERSATION),
    "deliveries": array(_DELIVERY),
    "calls": array(ref("ServiceCall")),
}

SCHEMAS: dict[str, Schema] = {
    "ServiceOverview": record(
        "The mock service as a whole, and one workspace in detail.",
        base_url=TEXT,
        workspace_id=TEXT,
        clock=ref("ServiceClock"),
        settings=_SETTINGS,
        faults=array(ref("ServiceFault")),
        traffic=ref("ServiceTraffic"),
        waiting={"type": "integer", "description": "Deliveries that wait for an attempt."},
        workspaces=array(record(**_COUNTS)),
        workspace=record(**_WORKSPACE_SHOWN),
    ),
    "ServiceClock": record(mode=one_of(ClockMode), scale=NUMBER, now=TIME, next_due=nullable(TIME)),
    "ServiceFault": _SWITCHED_ON,
    "ServiceTraffic": record(rate=NUMBER, workspace_id=nullable(TEXT)),
    "ServiceCall": _CALL,
    "Drained": record(clock=ref("ServiceClock"), deliveries=counts()),
    "ServiceConversation": record(conversation=nullable(_OBJECT, "As it is now; null where there is none.")),
}
"""The components about the mock service, by name."""
