"""JSON schemas of what is sent: the components about deliveries, and what the sending calls take."""

from __future__ import annotations

from typing import Any

from inspector.sender.record import State
from inspector.web.schemas import (
    HEADERS,
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

REPLAY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string", "description": "Used whole, or its origin alone where it has no path."},
        "sign": {"enum": ["fresh", "keep", "none"], "default": "keep"},
        "signing_key": {"type": "string", "description": "For a fresh signature."},
        "edit": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "method": TEXT,
                "path": {"type": "string", "description": "With its query."},
                "headers": {"anyOf": [{"type": "object", "additionalProperties": TEXT}, HEADERS]},
                "body": {"description": "Text, or JSON that is written compactly."},
                "body_base64": TEXT,
            },
        },
    },
}

_SUMMARY: dict[str, Schema] = {
    "id": TEXT,
    "event": nullable(TEXT),
    "url": TEXT,
    "request_id": nullable(TEXT),
    "state": one_of(State),
    "status": nullable(WHOLE, "Of the last attempt."),
    "error": nullable(ref("Failure")),
    "faults": array(TEXT),
    "attempt_count": WHOLE,
    "created_at": TIME,
    "next_attempt_at": nullable(TIME),
    "given_up": nullable(TEXT, "Why it failed although attempts were left."),
    "elapsed_ms": MILLISECONDS,
}
_DELIVERY: dict[str, Schema] = {
    **_SUMMARY,
    "signed": nullable(record("What the signature covers.", timestamp=TEXT, url=TEXT, body_sha256=TEXT)),
    "attempts": array(ref("Attempt")),
}
_LOAD = record(
    "What came of all of them.",
    sent=WHOLE,
    accepted=WHOLE,
    failed=WHOLE,
    interrupted=WHOLE,
    seconds=NUMBER,
    rate={"type": "number", "description": "Deliveries per second."},
    latency_ms=record(p50=NUMBER, p90=NUMBER, p99=NUMBER, max=NUMBER),
    statuses=counts(),
    errors=counts(),
    stopped=YES_NO,
)

SCHEMAS: dict[str, Schema] = {
    "DeliverySummary": record("One webhook to one target, as lists show it.", **_SUMMARY),
    "Delivery": record("One webhook to one target, with every attempt.", **_DELIVERY),
    "Replayed": record("The delivery that repeated a recorded request.", **_DELIVERY, replay_of=TEXT),
    "Attempt": record(
        "One try: a response, or the error in its place.",
        number=WHOLE,
        started_at=TIME,
        duration_ms=MILLISECONDS,
        request=ref("SentRequest"),
        response=nullable(ref("Response")),
        error=nullable(ref("Failure")),
    ),
    "SentRequest": record(method=TEXT, url=TEXT, headers=HEADERS, body=ref("Body")),
    "Response": record(status=WHOLE, reason=TEXT, http_version=TEXT, headers=HEADERS, body=ref("Body")),
    "Failure": record("Why there was no answer.", kind=TEXT, message=TEXT),
    "Sent": record(
        "A single delivery is there whole, of several their summaries; the summary counts all.",
        deliveries=array({"anyOf": [ref("Delivery"), ref("DeliverySummary")]}),
        summary=_LOAD,
        seed={"type": "string", "description": "With `at`, makes the same again."},
        at=NUMBER,
    ),
}
"""The components about what was sent, by name."""
