"""What the faults do to a draft, one function each."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from typing import Any

from inspector.errors import DeliveryError, EventError
from inspector.sender.draft import Draft
from inspector.settings import RETRY_WINDOW
from inspector.webhook.event import Event
from inspector.webhook.signature import SIGNATURE_HEADER, decode_signature

WRONG_KEY = "not-the-signing-key-of-this-subscription"
UNKNOWN_EVENT = "conversation.archived"
UNKNOWN_FIELD = "notInTheDocumentation"
STALE_SECONDS = round(3 * RETRY_WINDOW)
FUTURE_SECONDS = 3600
HUGE_BYTES = 1024**2
CHUNKS = 4
SLOW_PIECES, SLOW_PAUSE = 5, 0.25
CUT_AFTER = 0.5

_LAST_DIGIT = re.compile(rb"[0-9](?=[^0-9]*\Z)")


def unknown_event(draft: Draft) -> None:
    """Another event name."""
    event = _event(draft)
    draft.message = Event(UNKNOWN_EVENT, event.payload, event.service)


def unknown_field(draft: Draft) -> None:
    """One field more in the payload."""
    _change_payload(draft, {UNKNOWN_FIELD: {"values": ["text", 1, None]}})


def null_fields(draft: Draft) -> None:
    """Null in every field of the payload that is not required."""
    from inspector.webhook.models import Conversation  # noqa: PLC0415 - heavy, and only this fault needs it

    fields = Conversation.model_fields.values()
    _change_payload(draft, {str(field.alias): None for field in fields if not field.is_required()})


def huge_body(draft: Draft) -> None:
    """A mebibyte of attributes."""
    attributes = _event(draft).payload.get("attributes")
    kept = attributes if isinstance(attributes, dict) else {}
    _change_payload(draft, {"attributes": {**kept, "padding": "x" * HUGE_BYTES}})


def truncate_json(draft: Draft) -> None:
    """The first half of the body."""
    draft.body = draft.body[: len(draft.body) // 2]


def empty_body(draft: Draft) -> None:
    """No body."""
    draft.body = b""


def compress(draft: Draft) -> None:
    """The body in gzip, as the header says."""
    draft.body = gzip.compress(draft.body, mtime=0)
    draft.headers.append(("content-encoding", "gzip"))


def sign_with_wrong_key(draft: Draft) -> None:
    """Another signing key."""
    draft.signing_key = WRONG_KEY


def make_stale(draft: Draft) -> None:
    """A time beyond the retry window."""
    draft.timestamp = str(int(draft.now) - STALE_SECONDS)


def make_future(draft: Draft) -> None:
    """A time to come."""
    draft.timestamp = str(int(draft.now) + FUTURE_SECONDS)


def break_signature(draft: Draft) -> None:
    """Another signature of the same form."""
    raw = decode_signature(draft.header(SIGNATURE_HEADER)) or bytes(32)
    broken = base64.b64encode(bytes([raw[0] ^ 0xFF]) + raw[1:]).decode("ascii")
    draft.replace_headers([(SIGNATURE_HEADER, broken)])


def drop_signature(draft: Draft) -> None:
    """The timestamp stays."""
    draft.remove_header(SIGNATURE_HEADER)


def tamper(draft: Draft) -> None:
    """The last digit made another one: the length stays, and JSON stays JSON. Without a digit, a blank is added."""
    changed = _LAST_DIGIT.sub(lambda digit: b"%d" % (int(digit[0]) % 9 + 1), draft.body)
    draft.body = changed if changed != draft.body else draft.body + b" "


def reserialise(draft: Draft) -> None:
    """The same JSON with other blanks."""
    try:
        content = json.loads(draft.body)
    except ValueError:
        raise DeliveryError("reserialised needs a body in JSON. Give an event, or leave this fault out.") from None
    spaced, compact = (_dump(content, separators) for separators in ((", ", ": "), (",", ":")))
    draft.body = spaced if spaced != draft.body else compact


def mistake_content_type(draft: Draft) -> None:
    """Text in place of JSON."""
    draft.replace_headers([("content-type", "text/plain")])


def send_slowly(draft: Draft) -> None:
    """In pieces with pauses."""
    pieces = max(draft.transmission.pieces, SLOW_PIECES)
    draft.transmission = replace(draft.transmission, pieces=pieces, pause=SLOW_PAUSE)


def cut_connection(draft: Draft) -> None:
    """Half of what was announced."""
    draft.transmission = replace(draft.transmission, cut=CUT_AFTER)


def send_chunked(draft: Draft) -> None:
    """In chunks."""
    draft.transmission = replace(draft.transmission, chunked=True, pieces=max(draft.transmission.pieces, CHUNKS))


def send_twice(draft: Draft) -> None:
    """Twice, one after the other."""
    draft.copies = 2


def send_twice_together(draft: Draft) -> None:
    """Twice at the same time."""
    draft.copies, draft.together = 2, True


def change_nothing(draft: Draft) -> None:
    """For what concerns several deliveries."""


def _event(draft: Draft) -> Event:
    if isinstance(draft.message, Event):
        return draft.message
    try:
        return Event.from_bytes(draft.message)
    except EventError as error:
        raise DeliveryError(f"This fault changes the event, and the body given is none. {error.message}") from None


def _change_payload(draft: Draft, fields: dict[str, Any]) -> None:
    event = _event(draft)
    draft.message = Event(event.name, {**event.payload, **fields}, event.service)


def _dump(content: Any, separators: tuple[str, str]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=separators).encode("utf-8", "surrogatepass")
