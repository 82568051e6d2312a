"""JSON schemas of what our own API answers: the words they are written in, and the shapes of recorded requests.

Every field is always there; what may be missing is null. More may be added beside them, so nothing is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from inspector.recorder.timeline import ANOMALY_KINDS
from inspector.webhook.contract import ContractVerdict, FindingKind, Severity
from inspector.webhook.difference import ChangeKind
from inspector.webhook.signature import Verdict

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
TIME: Schema = {"type": "string", "format": "date-time", "description": "RFC 3339, in UTC."}
MILLISECONDS: Schema = {"type": "number", "minimum": 0, "description": "Milliseconds."}


def ref(name: str) -> Schema:
    """The schema of this name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(description: str = "", /, **properties: Schema) -> dict[str, Any]:
    """An object that always has these fields."""
    about = {"description": description} if description else {}
    return {"type": "object", **about, "required": list(properties), "properties": properties}


def array(items: Schema, description: str = "") -> dict[str, Any]:
    """An array of such items."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def nullable(schema: Schema, description: str = "") -> dict[str, Any]:
    """Such a value, or null."""
    return {"anyOf": [schema, {"type": "null"}], **({"description": description} if description else {})}


def one_of(values: Any, description: str = "") -> dict[str, Any]:
    """One of some texts: a sequence of them, or a `Literal`."""
    return {"enum": list(get_args(values) or values), **({"description": description} if description else {})}


def counts(names: Any = ()) -> dict[str, Any]:
    """How often each of some names was there; `names` are those that are always told."""
    known = get_args(names) or names
    return {
        "type": "object",
        "required": list(known),
        "properties": dict.fromkeys(known, WHOLE),
        "additionalProperties": WHOLE,
    }


HEADERS = array(
    {"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}, "[name, value], in order with repeats"
)
FINDING = record(
    "A departure from the documented contract.",
    path=TEXT,
    kind=one_of(FindingKind),
    severity=one_of(Severity),
    message=TEXT,
)
BODY = record(
    "`text` where it is UTF-8, else `base64`; a truncated one is only its beginning.",
    size={"type": "integer", "description": "Bytes of the whole."},
    sha256=TEXT,
    truncated=YES_NO,
    text=nullable(TEXT),
    base64=nullable(TEXT),
)
EVENT = record(
    "The event in a body.",
    service=TEXT,
    name=TEXT,
    conversation_id=nullable(TEXT),
    channel_id=nullable(TEXT),
    request_id=nullable(TEXT, "That of the webhook, the same on every attempt."),
    title=TEXT,
)
SIGNATURE = record(
    "The signature alone; the age of its timestamp is apart.",
    verdict=one_of(Verdict),
    key=nullable(TEXT, "Label of the key that signed it."),
    cause=nullable(TEXT, "Slug, where it is known already; the explanation always has it."),
    message=TEXT,
    age_seconds=nullable(NUMBER),
    stale=YES_NO,
)
_ERROR = record(error=record(code=TEXT, message=TEXT, details={"type": "object"}))
_ANSWERED = record(
    "What the sender was answered; status 0 where that is not known.",
    status=WHOLE,
    duration_ms=nullable(MILLISECONDS),
    rule=nullable(TEXT),
)
_FORWARD = record(
    "Where it was forwarded, and what came of it.",
    delivery=TEXT,
    url=TEXT,
    status=nullable(WHOLE),
    error=nullable(ref("Failure")),
    attempts=WHOLE,
    given_up=nullable(TEXT, "Why it is not tried again, although attempts were left."),
    duration_ms=MILLISECONDS,
)
_SUMMARY: dict[str, Schema] = {
    "id": TEXT,
    "sequence": WHOLE,
    "received_at": TIME,
    "method": TEXT,
    "path": {"type": "string", "description": "Undecoded."},
    "query": {"type": "string", "description": "Without `?`."},
    "size": {"type": "integer", "description": "Bytes of body received."},
    "truncated": YES_NO,
    "incomplete": {"type": "boolean", "description": "It broke off."},
    "malformed": {"type": "boolean", "description": "It was no HTTP."},
    "event": nullable(ref("Event")),
    "signature": ref("Signature"),
    "contract": record(verdict=one_of(ContractVerdict), findings={"type": "integer", "description": "How many."}),
    "answer": ref("Answered"),
    "attempt": {"type": "integer", "minimum": 1, "description": "Counts per request id."},
    "duplicate_of": nullable(TEXT, "Id of the first record with the same request id."),
    "pinned": YES_NO,
    "note": TEXT,
    "test": nullable(TEXT, "Id of the test that was running."),
}
_WHOLE: dict[str, Schema] = {
    **_SUMMARY,
    "malformed_reason": nullable(TEXT),
    "url": {"type": "string", "description": "http:// + Host + target as sent."},
    "http_version": TEXT,
    "client": nullable(TEXT),
    "headers": HEADERS,
    "body": ref("Body"),
    "contract": record(verdict=one_of(ContractVerdict), findings=array(ref("Finding"))),
    "forwards": array(ref("Forward")),
    "replays": array(TEXT, "Ids of the deliveries that repeated it."),
    "replay_of": nullable(TEXT, "Id of the record that it repeats."),
}
_MISS = record(
    "The arrival that failed the fewest terms.",
    request=ref("RequestSummary"),
    failed=array(record(term=TEXT, actual=nullable(TEXT))),
    seconds_ago=NUMBER,
)
_PART = record(
    "A part of a signed text.",
    name=TEXT,
    text=nullable(TEXT),
    hex=TEXT,
    size=WHOLE,
    truncated=YES_NO,
    digest_of=nullable(TEXT, "What a wrong digest was taken of."),
)
_EXPLANATION = record(
    "Why a signature holds or does not.",
    verdict=one_of(Verdict),
    cause=nullable(TEXT, "Slug, or two joined by `+`, or `unknown`."),
    message=TEXT,
    fix=nullable(TEXT),
    key=nullable(TEXT),
    url=nullable(TEXT),
    expected=nullable(TEXT),
    received=nullable(TEXT),
    signed_text=array(ref("SignedPart")),
    evidently_signed=nullable(array(ref("SignedPart"))),
    also=array(TEXT, "Other causes that give the same bytes."),
    ruled_out=array(TEXT, "Slugs that were tried in vain."),
    partly_tried=array(TEXT, "Slugs of which not all could be tried."),
)
_CONVERSATION: dict[str, Schema] = {
    "id": TEXT,
    "title": TEXT,
    "status": nullable(TEXT),
    "deleted": YES_NO,
    "channel_id": nullable(TEXT),
    "participants": array(record(id=nullable(TEXT), type=nullable(TEXT), name=nullable(TEXT))),
    "last_message": nullable(
        record(
            id=nullable(TEXT),
            text=nullable(TEXT),
            status=nullable(TEXT),
            sender=nullable(TEXT),
            created_at=nullable(TEXT),
        )
    ),
    "updated_at": nullable(TEXT),
    "events": WHOLE,
    "requests": WHOLE,
    "anomalies": counts(ANOMALY_KINDS),
    "first_seen": TIME,
    "last_seen": TIME,
    "last_request": TEXT,
}
_ANOMALY = record("Something odd about a step.", kind=one_of(ANOMALY_KINDS), message=TEXT)
_STEP = record(
    "One event; its changes are those since the event that happened before it.",
    request=TEXT,
    event=TEXT,
    received_at=TIME,
    position={"type": "integer", "description": "From 1, in the order in which things happened."},
    attempts=array(record(request=TEXT, received_at=TIME, status=WHOLE)),
    anomalies=array(ref("Anomaly")),
    state_of={"type": "string", "description": "The request whose event is the state after this arrival."},
    updated_at=nullable(TEXT),
    changes=array(ref("Change")),
)

SCHEMAS: dict[str, Schema] = {
    "Error": _ERROR,
    "RequestSummary": record("A recorded request, as lists show it.", **_SUMMARY),
    "Request": record("A recorded request, whole.", **_WHOLE),
    "Event": EVENT,
    "Signature": SIGNATURE,
    "Finding": FINDING,
    "Body": BODY,
    "Answered": _ANSWERED,
    "Forward": _FORWARD,
    "NearestMiss": _MISS,
    "Explanation": _EXPLANATION,
    "SignedPart": _PART,
    "ConversationSummary": record("A conversation, as lists show it.", **_CONVERSATION),
    "Conversation": record(
        "A conversation: its newest state, and its steps in the order of their arrival.",
        **{
            **_CONVERSATION,
            "anomaly_counts": counts(ANOMALY_KINDS),
            "anomalies": array(record(request=TEXT, kind=one_of(ANOMALY_KINDS), message=TEXT)),
            "state": {"type": "object", "description": "The payload of the newest event."},
            "omitted": {"type": "integer", "description": "Earlier steps that are left out."},
            "steps": array(ref("Step")),
        },
    ),
    "Step": _STEP,
    "Anomaly": _ANOMALY,
    "Change": record(
        "A change of the state.", path=TEXT, old=ANYTHING, new=ANYTHING, kind=one_of(ChangeKind), label=nullable(TEXT)
    ),
    "Drift": record(
        "A departure from the contract over all events.",
        path=TEXT,
        kind=one_of(FindingKind),
        severity=one_of(Severity),
        message=TEXT,
        count=WHOLE,
        first_seen=TIME,
        last_seen=TIME,
        example={"type": "string", "description": "Id of a request that has it."},
    ),
}
"""The components about what was recorded, by name."""


def page(name: str, items: str, **more: Schema) -> dict[str, Any]:
    """One page of a list: `next` leads to the one after it."""
    return record(**{name: array(ref(items)), "next": nullable(TEXT, "Give it as `before`."), "total": WHOLE, **more})
