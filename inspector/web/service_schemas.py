"""JSON schemas of what the API of the mock service takes, by name of the call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_TEXT, _NUMBER, _SWITCH = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
_WORKSPACE = {"type": "string", "description": "The workspace; by default that of Python calls."}


def _object(required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


CLOCK_SCHEMA = _object(
    advance={"type": "number", "minimum": 0, "description": "Seconds to move on at once."},
    mode={"enum": ["real", "scaled", "virtual"]},
    scale={"type": "number", "exclusiveMinimum": 0, "description": "How fast a scaled clock runs."},
)
INBOUND_SCHEMA = _object(
    ["text"],
    workspace_id=_WORKSPACE,
    conversation_id={"type": "string", "description": "Where the contact writes; else it is the channel that counts."},
    channel_id={"type": "string", "description": "Where the message arrives; by default on a channel made up."},
    text=_TEXT,
    contact=_object(["identifier_key", "identifier_value"], identifier_key=_TEXT, identifier_value=_TEXT),
)
PLAY_SCHEMA = _object(
    ["conversation_id", "step"],
    workspace_id=_WORKSPACE,
    conversation_id=_TEXT,
    step={"type": "string", "description": "answer, or a step such as delivered, read, join, leave, close, delete."},
    text={"type": "string", "description": "What is answered."},
)
TRAFFIC_SCHEMA = _object(["rate"], workspace_id=_WORKSPACE, rate={"type": "number", "minimum": 0})
_FAULT = _object(
    ["fault"],
    call={"type": "string", "default": "*", "description": "An operation by its id, such as createMessage; * for all."},
    fault={"enum": ["status", "latency", "timeout", "malformed"]},
    status={"type": "integer", "minimum": 400, "maximum": 599, "default": 503},
    seconds={"type": "number", "minimum": 0, "default": 1, "description": "Of latency and timeout."},
    count={"type": "integer", "minimum": 1, "description": "How many calls it befalls; by default all."},
    share={"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1},
)
FAULTS_SCHEMA = _object(["faults"], faults={"type": "array", "items": _FAULT})
DRAIN_SCHEMA = _object(timeout={"type": "number", "description": "Real seconds after which to give up."})
SETTINGS_SCHEMA = _object(
    access_key={"type": "string", "description": "The one key that is right; empty for any."},
    strict_urls=_SWITCH,
    echo_signing_key=_SWITCH,
    rate_limit=_SWITCH,
    reads_per_second={"type": "integer", "minimum": 1},
    writes_per_second={"type": "integer", "minimum": 1},
    reopen_closed=_SWITCH,
)
