"""What comes back from a target: a Response, or the WireError that stands in its place.

Two readers turn bytes into a Response. httptools needs a fortieth of the time of h11 (1 µs against 45 µs an answer),
which alone decides how fast events can be sent; but it is not there on every platform, and it cannot be told that the
answer to HEAD has no body. There h11 reads.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import h11

from inspector.errors import InspectorError
from inspector.sender.request import Header, as_bytes, as_text, find_header

try:
    import httptools
except ImportError:  # pragma: no cover - the tests run h11 by name
    httptools = None  # type: ignore[assignment,unused-ignore]

KEPT_BODY = 64 * 1024
"""Bytes of an answer's body that are kept; the rest is only counted."""

MAX_HEAD = 256 * 1024
"""Bytes of status line and headers after which an answer is refused."""

_FRAMING = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)


class WireError(InspectorError):
    """An exchange that brought no complete answer.

    `kind` is one of `refused`, `unreachable`, `dns`, `tls`, `timeout`, `reset` (connection broken), `closed` (ended
    before the answer was complete), `protocol` (not HTTP/1.1), `cut` (we closed it, as a fault asked). `ms` is what it
    took.
    """

    code = "delivery_failed"

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, kind=kind)
        self.kind = kind
        self.ms = 0.0


class Response(NamedTuple):
    """An answer.

    `head` is the status line and the headers as received, without the empty line after them; `body` holds the first
    64 KiB of the body, `size` counts all of it. `ms` are the milliseconds from the beginning, connecting included, to
    the last byte.
    """

    status: int
    head: bytes
    body: bytes
    size: int
    ms: float

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}, {self.size} bytes, {self.ms:.1f} ms>"

    @classmethod
    def build(
        cls, status: int, headers: Iterable[Header] = (), body: bytes = b"", *, reason: str = "", ms: float = 0.0
    ) -> Response:
        """An answer made of its parts, for what stands in place of the wire."""
        lines = [b"HTTP/1.1 %d %b" % (status, reason.encode())]
        lines += [b"%b: %b" % (as_bytes(name), as_bytes(value)) for name, value in headers]
        return cls(status, b"\r\n".join(lines), body[:KEPT_BODY], len(body), ms)

    @property
    def reason(self) -> str:
        """The words after the status, if any."""
        return as_text(b" ".join(self._status_line()[2:]))

    @property
    def http_version(self) -> str:
        """Such as `1.1`."""
        return as_text(self._status_line()[0]).removeprefix("HTTP/")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers as text, in order with repeats."""
        return [(as_text(name), as_text(value)) for name, value in self.raw_headers]

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """All headers as received, in order with repeats."""
        pairs = (line.partition(b":") for line in self.head.splitlines()[1:])
        return [(name, value.strip()) for name, _, value in pairs]

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return find_header(self.headers, name)

    def _status_line(self) -> list[bytes]:
        return self.head.partition(b"\r\n")[0].split(b" ", 2)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "status": self.status,
            "reason": self.reason,
            "http_version": self.http_version,
            "headers": [[name, value] for name, value in self.headers],
            "body": body_json(self.body, self.size),
        }


def body_json(body: bytes, size: int | None = None) -> dict[str, Any]:
    """A body as our API shows it: as text where it is UTF-8, in base64 where it is not. `size` is that of the whole."""
    try:
        text, encoded = body.decode("utf-8"), None
    except UnicodeDecodeError:
        text, encoded = None, base64.b64encode(body).decode("ascii")
    size = len(body) if size is None else size
    digest = sha256(body).hexdigest()
    return {"size": size, "sha256": digest, "truncated": size > len(body), "text": text, "base64": encoded}


class ResponseReader(Protocol):
    """Reads one answer. 1xx answers are passed over."""

    keep_alive: bool
    """Whether the connection can be used again; known once the answer is complete."""

    def feed(self, data: bytes) -> bool:
        """Take in bytes; True when the answer is complete. Raises WireError for what is not HTTP/1.1."""

    def feed_eof(self) -> bool:
        """Take in the end of the connection; True when that completes the answer."""

    def response(self, ms: float) -> Response:
        """The complete answer."""


def reader_for(method: str) -> ResponseReader:
    """The best reader of the answer to a request with this method."""
    return H11Reader(method) if httptools is None or method == "HEAD" else HttptoolsReader()


class _Answer:
    """What both readers fill in."""

    keep_alive = False
    _complete = False
    _status = 0
    _head = b""
    _body = b""
    _size = 0

    def response(self, ms: float) -> Response:
        """The complete answer."""
        return Response(self._status, self._head, self._body, self._size, ms)

    def _take_body(self, data: bytes) -> None:
        if self._size < KEPT_BODY:
            self._body += data[: KEPT_BODY - self._size]
        self._size += len(data)


class HttptoolsReader(_Answer):
    """Reads with httptools. Its `on_…` methods are called by the parser."""

    _in_body = False
    _rest = b""

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> bool:
        """Take in bytes; True when the answer is complete. Raises WireError."""
        if not self._in_body:
            self._head += data
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                raise _not_http(str(error) or "an upgrade that was not asked for") from None
            self.keep_alive = False
        if self._complete:
            self._parser = None  # it refers back to us: without this every answer would be work for the collector
        elif len(self._head) > MAX_HEAD and not self._in_body:
            raise _not_http(f"more than {MAX_HEAD} bytes of headers")
        return self._complete

    def feed_eof(self) -> bool:
        """Take in the end of the connection; True when that completes the answer."""
        return self._in_body and not _FRAMING.search(self._head)

    def on_message_begin(self) -> None:
        """Called before the status line."""
        if self._complete:  # bytes after the answer: nobody asked for them
            self.keep_alive = False

    def on_headers_complete(self) -> None:
        """Called after the last header."""
        if not self._complete:
            self._status = self._parser.get_status_code()
            self._head, _, self._rest = self._head.lstrip().partition(b"\r\n\r\n")
            self._in_body = True

    def on_body(self, data: bytes) -> None:
        """Called for each part of the body."""
        if not self._complete:
            self._take_body(data)

    def on_message_complete(self) -> None:
        """Called at the end of an answer, and of each 1xx before it."""
        if self._complete:
            return
        if self._status < 200:
            self._in_body, self._head = False, self._rest
            return
        self._complete = True
        self.keep_alive = self._parser.should_keep_alive()


class H11Reader(_Answer):
    """Reads with h11, which is told of a request with this method and no body."""

    def __init__(self, method: str) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._connection.send(h11.Request(method=method, target="/", headers=[("host", "")]))
        self._connection.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> bool:
        """Take in bytes; True when the answer is complete. Raises WireError."""
        self._connection.receive_data(data)
        try:
            while not self._complete:
                event = self._connection.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                self._take(event)
        except h11.RemoteProtocolError as error:
            raise _not_http(str(error)) from None
        return self._complete

    def feed_eof(self) -> bool:
        """Take in the end of the connection; True when that completes the answer."""
        try:
            return self.feed(b"")
        except WireError:
            return False

    def _take(self, event: object) -> None:
        match event:
            case h11.Response():
                self._status = event.status_code
                lines = [b"HTTP/%b %d %b" % (event.http_version, event.status_code, event.reason)]
                lines += [b"%b: %b" % header for header in event.headers.raw_items()]
                self._head = b"\r\n".join(lines)
            case h11.Data():
                self._take_body(bytes(event.data))
            case h11.EndOfMessage():
                self._complete = True
                rest, ended = self._connection.trailing_data
                self.keep_alive = self._connection.their_state is h11.DONE and not rest and not ended
            case h11.ConnectionClosed():
                raise _not_http("the connection was closed before an answer")


def _not_http(why: str) -> WireError:
    return WireError("protocol", f"The answer is not HTTP/1.1: {why}. Check that an HTTP server listens there.")
