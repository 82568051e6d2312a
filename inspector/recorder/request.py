"""One recorded request: the raw facts of its capture, and what is read out of them on first use.

A record holds bytes and numbers in slots and nothing else until somebody asks: thousands of them must not slow the
garbage collector down. What is worked out (event, signature, contract) is small and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from inspector.recorder.reading import GZIP_MAGIC, EventFacts, read_value, unpack
from inspector.recorder.shredding import Shredded
from inspector.sender.response import body_json
from inspector.webhook.signature import REQUEST_ID_HEADER, Verification
from inspector.webhook.times import utc

if TYPE_CHECKING:
    from inspector.recorder.analysis import Analyser
    from inspector.recorder.segments import Segment
    from inspector.webhook.contract import ContractReport

REPLAY_HEADER = "x-inspector-replay-of"
"""Marks a replay that is sent to the inspector itself; others go out without a mark."""

RECORD_COST = 900
"""Bytes that a record takes beside its body and headers, roughly; counted against the memory bound."""

Client: TypeAlias = str | tuple[str, int] | None
"""Who sent a request: host and port as the server has them, which all requests of a connection share, or as text."""

UNREAD: Any = object()
"""Marks what has not been worked out yet; None is an answer."""

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_REQUEST_ID = f"\n{REQUEST_ID_HEADER}:".encode()


class RecordedRequest:
    """A request as it was received.

    `target` is the request target as sent (path and query, undecoded), `head` the headers packed as `name:value`
    lines in order, names in lower case (ASGI gives no other). `kept` is the body, at most the size limit of it, as it
    is or shredded; `size` counts what was received; `digest` is the SHA-256 of all that, known where the body was cut.
    `malformed` says why it is no well-formed HTTP ("": it is), `incomplete` that it broke off. `cost` is what the
    record counts against the log's memory bound, in bytes. `sequence` counts from 1 in its log and, with the log's
    `run`, makes the `id`. `segment` is what searches share with the requests around it.
    """

    __slots__ = (
        "__weakref__",
        "_client",
        "_contract",
        "_event",
        "_revision",
        "_signature",
        "_why",
        "analyser",
        "answer_rule",
        "answer_status",
        "attempt",
        "change",
        "cost",
        "digest",
        "duration_ms",
        "first",
        "forwards",
        "head",
        "http_version",
        "incomplete",
        "kept",
        "malformed",
        "method",
        "note",
        "pinned",
        "raw_request_id",
        "received_at",
        "replays",
        "run",
        "segment",
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
        digest: bytes | None = None,
        http_version: str = "1.1",
        client: Client = None,
        incomplete: bool = False,
        malformed: str = "",
    ) -> None:
        self.received_at = received_at
        self.method = method
        self.target = target
        self.head, self.raw_request_id = _pack(headers)
        self.kept: bytes | Shredded = body
        self.size = len(body) if size is None else size
        self.digest = digest
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
        self.segment: Segment | None = None
        self._event: EventFacts | None = UNREAD
        self._signature: Verification = UNREAD
        self._why: tuple[str | None, str] = UNREAD
        self._contract: ContractReport = UNREAD
        self._revision = 0

    def __repr__(self) -> str:
        what = self.event.name if self.event else f"{self.size} bytes"
        return f"<{self.method} {decode(self.target)} {what}, signature {self.signature.verdict}>"

    @property
    def request_id(self) -> str | None:
        """The `messagebird-request-id`, the same on every attempt."""
        return None if self.raw_request_id is None else decode(self.raw_request_id)

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
        """`http://` + Host + target as sent; a target that names its host itself is the URL, or its authority."""
        target = decode(self.target)
        if not target or _ABSOLUTE.match(target):
            return target
        return f"http://{target if self.method == 'CONNECT' else (self.header('host') or '') + target}"

    @property
    def body(self) -> bytes:
        """The body as it was received, as far as it was kept."""
        kept = self.kept
        return kept.body if isinstance(kept, Shredded) else kept

    @property
    def kept_size(self) -> int:
        """Bytes of the body that were kept."""
        kept = self.kept
        return len(kept) if type(kept) is bytes else self.size

    @property
    def truncated(self) -> bool:
        """Whether the body was longer than the limit, so that only its beginning is here."""
        return self.size > self.kept_size

    @property
    def sha256(self) -> str:
        """The SHA-256 of all of the body that was received, in hex."""
        return (self.digest or sha256(self.body).digest()).hex()

    @property
    def is_packed(self) -> bool:
        """Whether the body came compressed with gzip."""
        kept = self.kept
        if type(kept) is not bytes or kept[:2] != GZIP_MAGIC:  # said twice: searches ask this of thousands
            return False
        return "gzip" in (self.header("content-encoding") or "").lower()

    @property
    def content(self) -> bytes:
        """The body as an app reads it: unpacked where that is possible, else as it is."""
        body = self.body
        return (unpack(body) if self.is_packed else None) or body

    @property
    def text(self) -> str | None:
        """The body as UTF-8 text, or None if it is not."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return None

    @property
    def has_text(self) -> bool:
        """Whether there is a body, and it is UTF-8."""
        return type(self.kept) is Shredded or bool(self.text)

    @property
    def payload(self) -> Any:
        """The `payload` of the event, parsed; None if the body is no event."""
        return read_value(self.content)["payload"] if self.event else None

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
            self._event = EventFacts.read(self.content)
        return self._event

    @property
    def signature(self) -> Verification:
        """Whether the signature holds for the keys known now."""
        if self._signature is UNREAD or self._revision != self.analyser.revision:
            self._revision = self.analyser.revision
            self._signature = self.analyser.verify(self)
            self._why = UNREAD
        return self._signature

    @property
    def cause(self) -> str | None:
        """Why the signature does not hold, as a slug; the search for it can take tens of milliseconds."""
        if self.signature.verdict not in ("invalid", "missing"):
            return None
        why = self._why  # read once: another thread may learn a key meanwhile
        if why is UNREAD:
            explained = self.analyser.explain(self)
            why = self._why = explained.cause, explained.message
        return why[0]

    @property
    def known_cause(self) -> str | None:
        """The cause if it was already searched for."""
        why = self._why
        return None if why is UNREAD else why[0]

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
            "malformed": bool(self.malformed),
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
        """The whole record, in the published shape; of an invalid signature it searches the cause."""
        _ = self.cause
        return {
            **self.summary(),
            "url": self.url,
            "http_version": self.http_version,
            "client": self.client,
            "headers": self.headers,
            "body": self._body_json(),
            "malformed_reason": self.malformed or None,
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
            "request_id": self.request_id,
            "title": event.title,
        }

    def _body_json(self) -> dict[str, Any]:
        shown = body_json(self.body, self.size)
        return {**shown, "sha256": self.sha256} if self.digest else shown

    def _signature_json(self) -> dict[str, Any]:
        found = self.signature
        why = self._why
        cause, message = (None, found.message) if why is UNREAD else why
        return {
            "verdict": found.verdict,
            "key": found.key,
            "cause": cause,
            "message": message,
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
