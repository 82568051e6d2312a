"""One recorded request: the raw facts of its capture, and what is read out of them on first use.

A record holds bytes and numbers in slots and nothing else until somebody asks: thousands of them must not slow the
garbage collector down. What is worked out (event, signature, contract) is small and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from inspector.sender.response import body_json
from inspector.webhook.signature import REQUEST_ID_HEADER, Verification
from inspector.webhook.times import utc

if TYPE_CHECKING:
    from inspector.recorder.analysis import Analyser
    from inspector.webhook.contract import ContractReport

REPLAY_HEADER = "x-inspector-replay-of"
"""Marks a replay that is sent to the inspector itself; others go out without a mark."""

RECORD_COST = 900
"""Bytes that a record takes beside its body and headers, roughly; counted against the memory bound."""

Client: TypeAlias = str | tuple[str, int] | None
"""Who sent a request: host and port as the server has them, which all requests of a connection share, or as text."""

UNREAD: Any = object()
"""Marks what has not been worked out yet; None is an answer."""

_REQUEST_ID = f"\n{REQUEST_ID_HEADER}:".encode()


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
        try:
            envelope = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        match envelope:
            case {"service": str(service), "event": str(name), "payload": dict(payload)}:
                return cls(service, name, _text(payload.get("id")), _text(payload.get("channelId")), _title(payload))
        return None


class RecordedRequest:
    """A request as it was received.

    `target` is the request target as sent (path and query, undecoded), `head` the headers packed as `name:value`
    lines in order, names in lower case (ASGI gives no other). `body` holds at most the size limit, `size` counts
    what was received; `cost` is what the record counts against the log's memory bound, in bytes. `sequence` counts
    from 1 in its log and, with the log's `run`, makes the `id`.
    """

    __slots__ = (
        "_cause",
        "_client",
        "_contract",
        "_event",
        "_revision",
        "_signature",
        "analyser",
        "answer_rule",
        "answer_status",
        "attempt",
        "body",
        "change",
        "cost",
        "duration_ms",
        "first",
        "forwards",
        "head",
        "http_version",
        "incomplete",
        "malformed",
        "method",
        "note",
        "pinned",
        "received_at",
        "replays",
        "request_id",
        "run",
        "sequence",
        "size",
        "target",
        "test",
    )

    def __init__(
        self,
        *,
        received_at: float,
        method: str,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        analyser: Analyser,
        size: int | None = None,
        http_version: str = "1.1",
        client: Client = None,
        incomplete: bool = False,
        malformed: bool = False,
    ) -> None:
        self.received_at = received_at
        self.method = method
        self.target = target
        self.head, self.request_id = _pack(headers)
        self.body = body
        self.size = len(body) if size is None else size
        self.cost = RECORD_COST + len(body) + len(self.head) + len(target)
        self.http_version = http_version
        self._client = client
        self.incomplete = incomplete
        self.malformed = malformed
        self.analyser = analyser
        self.run = ""
        self.sequence = self.change = 0
        self.attempt = 1
        self.first = 0
        self.answer_status = 0
        self.answer_rule: str | None = None
        self.duration_ms: float | None = None
        self.pinned = False
        self.note = ""
        self.test: str | None = None
        self.forwards: list[Any] | None = None
        self.replays: list[str] | None = None
        self._event: EventFacts | None = UNREAD
        self._signature: Verification = UNREAD
        self._cause: str | None = UNREAD
        self._contract: ContractReport = UNREAD
        self._revision = 0

    @property
    def client(self) -> str | None:
        """Who sent it, as `host:port`."""
        client = self._client
        return client if client is None or isinstance(client, str) else f"{client[0]}:{client[1]}"

    @property
    def id(self) -> str:
        """Unique among all logs: the log's run and the sequence in it."""
        return f"{self.run}-{self.sequence}"

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Headers in order with repeats."""
        return [(name.decode("latin-1"), decode(value)) for name, value in self.raw_headers()]

    def raw_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Header names and values as bytes, in order with repeats."""
        for line in self.head.split(b"\n") if self.head else ():
            name, _, value = line.partition(b":")
            yield name, value

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        head = b"\n" + self.head  # one search in it, not a walk over its lines: this is asked of thousands
        start = b"\n" + name.lower().encode("latin-1", "replace") + b":"
        found = head.find(start)
        if found < 0:
            return None
        return head[found + len(start) :].partition(b"\n")[0].decode("utf-8", "surrogateescape")

    @property
    def path(self) -> str:
        """The path as sent, undecoded."""
        return decode(self.target.partition(b"?")[0])

    @property
    def query(self) -> str:
        """The query as sent, without `?`."""
        return decode(self.target.partition(b"?")[2])

    @property
    def url(self) -> str:
        """`http://` + Host + target as sent."""
        return f"http://{self.header('host') or ''}{decode(self.target)}"

    @property
    def truncated(self) -> bool:
        """Whether the body was longer than the limit, so that only its beginning is here."""
        return self.size > len(self.body)

    @property
    def text(self) -> str | None:
        """The body as UTF-8 text, or None if it is not."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @property
    def payload(self) -> Any:
        """The `payload` of the event, parsed; None if the body is no event."""
        return orjson.loads(self.body)["payload"] if self.event else None

    @property
    def duplicate_of(self) -> str | None:
        """The id of the first record with the same webhook request id, if this is not the first."""
        return f"{self.run}-{self.first}" if self.first else None

    @property
    def replay_of(self) -> str | None:
        """The id of the record that this request repeats, if our own replay came back to us."""
        return self.header(REPLAY_HEADER)

    @property
    def event(self) -> EventFacts | None:
        """The event in the body, or None."""
        if self._event is UNREAD:
            self._event = EventFacts.read(self.body)
        return self._event

    @property
    def signature(self) -> Verification:
        """Whether the signature holds for the keys known now."""
        if self._signature is UNREAD or self._revision != self.analyser.revision:
            self._revision = self.analyser.revision
            self._signature = self.analyser.verify(self)
            self._cause = UNREAD if self._signature.verdict in ("invalid", "missing") else None
        return self._signature

    @property
    def cause(self) -> str | None:
        """Why the signature does not hold, as a slug; the search for it can take tens of milliseconds."""
        if self.signature.verdict not in ("invalid", "missing"):
            return None
        if self._cause is UNREAD:
            self._cause = self.analyser.explain(self).cause
        return self._cause

    @property
    def known_cause(self) -> str | None:
        """The cause if it was already searched for."""
        return None if self._cause is UNREAD else self._cause

    @property
    def contract(self) -> ContractReport:
        """Where the body departs from the documented contract."""
        if self._contract is UNREAD:
            self._contract = self.analyser.check_contract(self)
        return self._contract

    def summary(self) -> dict[str, Any]:
        """What a list shows of it, JSON-ready."""
        return {
            "id": self.id,
            "sequence": self.sequence,
            "received_at": utc(self.received_at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "size": self.size,
            "truncated": self.truncated,
            "incomplete": self.incomplete,
            "malformed": self.malformed,
            "event": self._event_json(),
            "signature": self._signature_json(),
            "contract": {"verdict": self.contract.verdict, "findings": len(self.contract.findings)},
            "answer": self._answer_json(),
            "attempt": self.attempt,
            "duplicate_of": self.duplicate_of,
            "pinned": self.pinned,
            "note": self.note,
            "test": self.test,
        }

    def to_json(self) -> dict[str, Any]:
        """The whole record, in the published shape."""
        return {
            **self.summary(),
            "url": self.url,
            "http_version": self.http_version,
            "client": self.client,
            "headers": self.headers,
            "body": body_json(self.body, self.size),
            "contract": self.contract.to_json(),
            "forwards": self.forwards or [],
            "replays": self.replays or [],
            "replay_of": self.replay_of,
        }

    def _event_json(self) -> dict[str, Any] | None:
        event = self.event
        if event is None:
            return None
        return {
            "service": event.service,
            "name": event.name,
            "conversation_id": event.conversation_id,
            "channel_id": event.channel_id,
            "request_id": decode(self.request_id) if self.request_id else None,
            "title": event.title,
        }

    def _signature_json(self) -> dict[str, Any]:
        found = self.signature
        return {
            "verdict": found.verdict,
            "key": found.key,
            "cause": self.known_cause,
            "message": found.message,
            "age_seconds": found.age_seconds,
            "stale": found.stale,
        }

    def _answer_json(self) -> dict[str, Any]:
        duration = None if self.duration_ms is None else round(self.duration_ms, 3)
        return {"status": self.answer_status, "duration_ms": duration, "rule": self.answer_rule}


def decode(raw: bytes) -> str:
    """Bytes of a header or target as text that always encodes again: UTF-8, or Latin-1 where it is not."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _pack(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes | None]:
    # One bytes object in place of a list of tuples: a third of the memory, and nothing for the collector to walk.
    head = b"\n".join([b":".join(header) for header in headers])
    lines = b"\n" + head
    start = lines.find(_REQUEST_ID)
    if start < 0:
        return head, None
    return head, lines[start + len(_REQUEST_ID) :].partition(b"\n")[0] or None


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
