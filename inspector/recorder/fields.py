"""What the search grammar can ask of a recorded request: the fields, and what each reads.

A field gives the texts that a value may match, the first being the one that is shown; several stand for several ways
to name the same thing (`event:updated` and `event:conversation.updated`). Some are also measured, for `>` and `<`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from inspector.errors import ConfigError
from inspector.recorder.request import RecordedRequest, decode
from inspector.units import parse_duration, parse_size
from inspector.webhook.advice import ADVICE

Reader = Callable[[RecordedRequest], Sequence[str]]
Measure = Callable[[RecordedRequest], float | None]
Unit = Callable[[str], float]

_INDEX = re.compile(r"\[\d+\]")

YES, NO = ("true", "yes", "1"), ("false", "no", "0")

AT_HAND, IN_HEAD, IN_EVENT, IN_BODY, IN_PAYLOAD, IN_SIGNATURE, IN_CONTRACT, IN_CAUSE = range(8)
"""What reading a field costs, so that a search asks the cheapest question first. A cause takes milliseconds to find."""


def parse_count(text: str) -> float:
    """`"36"` → 36.0. Raises ConfigError."""
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a number such as 200.") from None


def _unmeasured(_: RecordedRequest) -> float | None:
    return None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the search grammar.

    `about` is a phrase for people, `values` are those it is known to have. Of a number, `measure` reads the value and
    `unit` what a search compares it with (raising ConfigError).
    """

    name: str
    about: str
    texts: Reader
    cost: int = AT_HAND
    values: tuple[str, ...] = ()
    kind: Literal["text", "number", "flag"] = "text"
    measure: Measure = _unmeasured
    unit: Unit = parse_count


def _one(read: Callable[[RecordedRequest], str | None]) -> Reader:
    def texts(request: RecordedRequest) -> Sequence[str]:
        value = read(request)
        return () if value is None else (value,)

    return texts


def _number(name: str, about: str, measure: Measure, unit: Unit = parse_count, cost: int = AT_HAND) -> Field:
    def texts(request: RecordedRequest) -> Sequence[str]:
        value = measure(request)
        return () if value is None else (str(value),)

    return Field(name, about, texts, cost, kind="number", measure=measure, unit=unit)


def _flag(name: str, about: str, read: Callable[[RecordedRequest], bool], cost: int = AT_HAND) -> Field:
    def texts(request: RecordedRequest) -> Sequence[str]:
        return YES if read(request) else NO

    return Field(name, about, texts, cost, ("true", "false"), kind="flag")


def _event(request: RecordedRequest) -> Sequence[str]:
    event = request.event
    return () if event is None else _event_names(event.name)


@lru_cache(256)
def _event_names(name: str) -> Sequence[str]:
    return name, name.rpartition(".")[2]


def _client(request: RecordedRequest) -> Sequence[str]:
    return () if request.client is None else (request.client, request.client.rpartition(":")[0])


def _cause(request: RecordedRequest) -> Sequence[str]:
    cause = request.cause
    if cause is None:
        return ()
    return (cause, *cause.split("+")) if "+" in cause else (cause,)


def _findings(request: RecordedRequest) -> Sequence[str]:
    texts = [text for found in request.contract.findings for text in (found.path, any_index(found.path), found.kind)]
    return list(dict.fromkeys(texts))


def any_index(path: str) -> str:
    """A path for all elements of its arrays: `featuredParticipants[0].id` → `featuredParticipants[*].id`."""
    return _INDEX.sub("[*]", path)


def _age(request: RecordedRequest) -> float | None:
    return request.signature.age_seconds


def _request_id(request: RecordedRequest) -> str | None:
    return request.request_id


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("event", "event name, with or without “conversation.”", _event, IN_EVENT),
        Field(
            "signature",
            "verdict on the signature",
            lambda request: (request.signature.verdict,),
            IN_SIGNATURE,
            ("valid", "invalid", "missing", "unchecked"),
        ),
        Field(
            "contract",
            "verdict on the payload",
            lambda request: (request.contract.verdict,),
            IN_CONTRACT,
            ("conforms", "departs", "not_an_event"),
        ),
        _number("status", "status that was answered", lambda request: request.answer_status or None),
        Field(
            "conversation",
            "conversation id",
            _one(lambda request: request.event.conversation_id if request.event else None),
            IN_EVENT,
        ),
        Field(
            "channel", "channel id", _one(lambda request: request.event.channel_id if request.event else None), IN_EVENT
        ),
        Field(
            "service",
            "service named in the envelope",
            _one(lambda request: request.event.service if request.event else None),
            IN_EVENT,
        ),
        Field("method", "HTTP method", lambda request: (request.method,)),
        Field("path", "path as sent, undecoded", lambda request: (request.path,), IN_HEAD),
        Field("query", "query as sent, without “?”", _one(lambda request: request.query or None), IN_HEAD),
        Field("url", "http:// + Host + target as sent", lambda request: (request.url,), IN_HEAD),
        Field("body", "body as text", _one(lambda request: request.text or None), IN_BODY),
        _number("size", "bytes of body received; units: size>10kB", lambda request: request.size, parse_size),
        Field("client", "who sent it: address and port, or address", _client),
        Field("request-id", "webhook request id, the same on every attempt", _one(_request_id)),
        Field("cause", "why the signature is invalid", _cause, IN_CAUSE, (*ADVICE, "unknown")),
        Field("key", "label of the key that signed it", _one(lambda request: request.signature.key), IN_SIGNATURE),
        _number("age", "age of the signed timestamp on arrival; units: age<5m", _age, parse_duration, IN_SIGNATURE),
        _flag("stale", "older than the retry window", lambda request: request.signature.stale, IN_SIGNATURE),
        Field(
            "finding",
            "path or kind of a departure from the contract",
            _findings,
            IN_CONTRACT,
            ("missing", "type", "value", "unknown", "format"),
        ),
        _flag("duplicate", "a request id seen before", lambda request: request.first != 0),
        _number("attempt", "counts from 1 per request id", lambda request: request.attempt),
        _flag("pinned", "pinned by hand", lambda request: request.pinned),
        Field("note", "note written by hand", _one(lambda request: request.note or None)),
        Field("test", "id of the test that was running", _one(lambda request: request.test)),
        Field("id", "id of the record", lambda request: (request.id,)),
    )
}
"""Every field but the two with a path, `header.NAME` and `payload.ANY.PATH`; those asked for most come first."""

WITH_PATH = ("header", "payload")


def header_field(name: str) -> Field:
    """The field of one header; each of its repeats is a text."""
    start = b"\n" + name.encode("latin-1", "replace") + b":"

    def texts(request: RecordedRequest) -> Sequence[str]:
        lines = () if "\n" in name else (b"\n" + request.head).split(start)[1:]
        return [decode(rest.partition(b"\n")[0]) for rest in lines]

    return Field(f"header.{name}", "header", texts, IN_HEAD)


def nearest_field(name: str, path: Sequence[str] = ()) -> str | None:
    """The field that somebody may have meant, if any is near."""
    if path:
        nearest = get_close_matches(name, WITH_PATH, 1, 0.6)
        return ".".join((nearest[0] if nearest else "payload", *(path if nearest else (name, *path))))
    names = (*FIELDS, *(f"{name}." for name in WITH_PATH))
    begun = [known for known in names if known.startswith(name)]
    return begun[0] if begun else next(iter(get_close_matches(name, names, 1, 0.5)), None)
