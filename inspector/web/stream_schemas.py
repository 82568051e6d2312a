"""JSON schemas of the live stream: its events, each with what its data is."""

from __future__ import annotations

from typing import Any

from inspector.web.schemas import TEXT, WHOLE, Schema, array, record, ref

_TOTALS = record(
    total=WHOLE,
    evicted=WHOLE,
    oldest={"type": "integer", "description": "Requests of a lower sequence are gone, but pinned ones."},
)
_DATA: dict[str, tuple[str, Schema]] = {
    "ready": ("The stream is open; what follows comes after this.", _TOTALS),
    "request": ("It was recorded, or has come to match.", ref("RequestSummary")),
    "updated": ("What is known of it has changed.", ref("RequestSummary")),
    "removed": ("They were forgotten.", record(ids=array(TEXT))),
    "cleared": ("All were forgotten.", {"type": "object"}),
    "totals": ("What the log holds now.", _TOTALS),
    "gap": ("So many changes are not told one by one: ask for what is shown.", record(missed=WHOLE)),
    "closed": ("The inspector ends.", {"type": "object"}),
}


def _event(kind: str) -> dict[str, Any]:
    about, data = _DATA[kind]
    identity = {"type": "string", "description": "Give it as Last-Event-ID to resume."}
    return record(about, id=identity, event={"const": kind}, data=data)


STREAM: Schema = {
    "type": "string",
    "description": "Server-Sent Events, each a StreamEvent with its data as JSON on one line; a comment line after "
    "15 s of silence.",
}

SCHEMAS: dict[str, Schema] = {"StreamEvent": {"oneOf": [_event(kind) for kind in _DATA]}}
"""The components about the stream, by name."""
