"""What the bytes of a body say: unpacked, read as JSON, and the facts of the event in them.

orjson reads nearly all bodies. What it refuses is read as tolerantly as the contract check reads it, so that the two
never disagree on what is an event.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import orjson

from inspector.webhook.jsontext import plain, read_json

MAX_UNPACKED = 10 * 1024**2
"""Bytes that a compressed body is unpacked to at most: a few kB can stand for gigabytes."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises for what has not the shape it was made for."""

_open_envelope = msgspec.json.Decoder(msgspec.defstruct("Envelope", [("payload", msgspec.Raw)], gc=False)).decode

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31  # zlib's number for gzip's header and trailer around a window of 32 kB


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a list shows of the event in a request: wire names and ids, and a title for people."""

    service: str
    name: str
    conversation_id: str | None
    channel_id: str | None
    title: str

    @classmethod
    def read(cls, body: bytes) -> EventFacts | None:
        """The facts of an event envelope, or None for anything else."""
        match read_value(body):
            case {"service": str(service), "event": str(name), "payload": dict(payload)}:
                return cls(service, name, _text(payload.get("id")), _text(payload.get("channelId")), _title(payload))
        return None


def open_payload(body: bytes) -> msgspec.Raw:
    """The payload of an envelope, as the bytes it stands in. Raises one of `UNREADABLE`."""
    envelope: Any = _open_envelope(body)
    return cast(msgspec.Raw, envelope.payload)


def read_value(body: bytes) -> Any:
    """The JSON in a body as plain values; None where there is none. What no float can say stands as text."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return plain(read_json(body).value)


def is_json(body: bytes) -> bool:
    """Whether a body is JSON in the strict sense."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def unpack(body: bytes) -> bytes | None:
    """What a gzip-compressed body holds; None if it is damaged, or more than `MAX_UNPACKED`."""
    unpacker = zlib.decompressobj(_GZIP_FORMAT)
    try:
        content = unpacker.decompress(body, MAX_UNPACKED)
    except zlib.error:
        return None
    return content if unpacker.eof else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _title(payload: dict[str, Any]) -> str:
    """The conversation's name, else who takes part."""
    name = payload.get("name")
    if isinstance(name, str) and name.strip():
        return name
    participants = payload.get("featuredParticipants")
    if not isinstance(participants, list):
        return ""
    names = [person.get("displayName") for person in participants if isinstance(person, dict)]
    return ", ".join(name for name in names if isinstance(name, str) and name)
