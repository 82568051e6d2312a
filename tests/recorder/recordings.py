"""Makes records of requests, and bodies of events, without a server."""

from __future__ import annotations

from copy import copy
from typing import Any

import orjson
import pytest

from inspector.recorder import shredding
from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import Shredded, Shredder
from inspector.webhook.signature import sign

NOON = 1732708800.0
"""2024-11-27T12:00:00Z, when every record is received unless a test says otherwise."""
KEY = "0c4ffee-secret"
URL = "http://inspector.test/hook"
CONVERSATION = "badbf15c-bad3-4bf3-9223-6b7f414f9770"


def make_record(
    body: bytes = b"{}",
    *,
    method: str = "POST",
    target: str = "/hook",
    headers: dict[str, str] | None = None,
    analyser: Analyser | None = None,
    received_at: float = NOON,
    **fields: Any,
) -> RecordedRequest:
    """A record as capture makes it, with a Host. `fields` that the constructor does not take are set on the record."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    known = {
        name: fields.pop(name) for name in ("size", "digest", "client", "incomplete", "malformed") if name in fields
    }
    request = RecordedRequest(
        received_at=received_at,
        method=method,
        target=target.encode(),
        headers=[(b"host", b"inspector.test"), *pairs],
        body=body,
        analyser=analyser or Analyser(),
        **known,
    )
    for name, value in fields.items():
        setattr(request, name, value)
    return request


def shredded(request: RecordedRequest) -> RecordedRequest:
    """The same record, with its body taken apart as reading ahead does it, however short it is."""
    shred(request, copy(request))
    assert type(request.kept) is Shredded
    return request


def shred(*requests: RecordedRequest) -> None:
    """Take the bodies of requests apart that are alike, however short they are."""
    shredder = Shredder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shredding, "WORTH_IT", 1)
        for request in requests:
            shredder.take(request)


def make_event(
    name: str = "conversation.updated", /, *, updated_at: str = "2024-11-27T12:00:00Z", **payload: Any
) -> bytes:
    """The body of an event; `payload` adds to, and replaces, the few fields it has."""
    fields = {"id": CONVERSATION, "name": "", "status": "active", "updatedAt": updated_at, **payload}
    return orjson.dumps({"service": "conversations", "event": name, "payload": fields})


def signed(body: bytes, *, at: float = NOON, key: str = KEY, request_id: str = "") -> dict[str, str]:
    """The headers of a webhook signed at a Unix time for `URL`."""
    timestamp = str(int(at))
    return {
        "messagebird-signature": sign(key, timestamp, URL, body),
        "messagebird-request-timestamp": timestamp,
        **({"messagebird-request-id": request_id} if request_id else {}),
    }
