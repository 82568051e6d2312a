"""A request as it will stand on the wire, to the byte, and the ways to put it there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from inspector.errors import DeliveryError

Header = tuple[str | bytes, str | bytes]
"""Name and value. Text is written as UTF-8, bytes as they are."""

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]+)(?P<target>[^#]*)(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:@]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):/{1,3}(?=[^/])", re.IGNORECASE)
_PRINTABLE = re.compile(r"[!-~]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


class Request(NamedTuple):
    """One HTTP/1.1 request. Method and headers are written as they are, in this order and case.

    A `content-length` or `transfer-encoding` given here is written as it is, true or not.
    """

    method: str
    url: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}, {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True)
class Transmission:
    """How a body goes onto the wire.

    `chunked` sends it in chunks in place of a content-length, `pieces` cuts it into so many writes (and chunks) of
    nearly equal size, `pause` waits so many real seconds before each. `cut` is the share of the body (0 to 1) after
    which the connection is closed; no answer is awaited then.
    """

    chunked: bool = False
    pieces: int = 1
    pause: float = 0.0
    cut: float | None = None


WHOLE = Transmission()
"""At once and complete, with a content-length."""


class Target(NamedTuple):
    """Where a URL leads: what is connected to, and what is written into the request."""

    tls: bool
    host: str
    port: int
    authority: str
    path: str

    @property
    def origin(self) -> tuple[bool, str, int]:
        """What a connection can be used for again."""
        return self[:3]


@lru_cache(maxsize=1024)
def parse_url(url: str) -> Target:
    """Take a URL apart without normalising anything. Raises DeliveryError, with what was probably meant."""
    match = _URL.fullmatch(url)
    if match is None:
        raise DeliveryError(f"{url!r} is not an http(s) URL. {_url_hint(url)}")
    if not _PRINTABLE.fullmatch(url):
        raise DeliveryError(
            f"{url!r} holds characters that no URL may. Percent-encode them (a blank is %20, é is %C3%A9); "
            "write a host name in its xn-- form."
        )
    authority = _AUTHORITY.fullmatch(match["authority"])
    tls = match["scheme"].lower() == "https"
    port = int(authority["port"] or (443 if tls else 80)) if authority else 0
    if authority is None or not 1 <= port <= 65535:
        raise DeliveryError(
            f"{url!r} has no usable host and port: {match['authority']!r}. Write host or host:port, with a port from 1 "
            "to 65535; a user name and password go into an authorization header."
        )
    path = match["target"]
    return Target(
        tls, authority["host"].strip("[]"), port, match["authority"], path if path.startswith("/") else f"/{path}"
    )


def complete(request: Request, transmission: Transmission = WHOLE) -> Request:
    """The request with the headers that HTTP/1.1 asks for: host in front, the body's framing behind, where absent.

    Raises DeliveryError for a URL, a method or header names that cannot be sent.
    """
    method, url, headers, body = request
    layout = _layout(method, url, tuple([name for name, _ in headers]))
    if layout.has_host and layout.has_framing:
        return request
    completed = list(headers)
    if not layout.has_host:
        completed.insert(0, ("host", parse_url(url).authority))
    if not layout.has_framing and transmission.chunked:
        completed.append(("transfer-encoding", "chunked"))
    elif not layout.has_framing and (body or method in _BODY_METHODS):
        completed.append(("content-length", str(len(body))))
    return Request(method, url, tuple(completed), body)


def encode(request: Request, transmission: Transmission = WHOLE) -> list[bytes]:
    """The bytes of a complete request in the pieces in which they are written. Raises DeliveryError."""
    head, body = encode_head(request), request.body
    if transmission is WHOLE:
        return [head + body]
    if transmission.cut is not None:
        body = body[: int(len(body) * transmission.cut)]
    pieces = list(_split(body, transmission.pieces))
    if transmission.chunked:
        pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
        if transmission.cut is None:
            pieces.append(b"0\r\n\r\n")
    return [head, *pieces]


def encode_head(request: Request) -> bytes:
    """Request line and headers, with the empty line after them. Raises DeliveryError."""
    method, url, headers, _ = request
    layout = _layout(method, url, tuple([name for name, _ in headers]))
    head = layout.text % tuple([value if isinstance(value, str) else _text(value) for _, value in headers])
    if head.count("\r") != layout.lines or head.count("\n") != layout.lines or "\0" in head:
        raise _broken_value(headers)
    return head.encode("utf-8", "surrogateescape")


class _Layout(NamedTuple):
    """A head with `%s` in place of the values: what requests to one target have in common is worked out once."""

    text: str
    lines: int
    has_host: bool
    has_framing: bool


@lru_cache(maxsize=256)
def _layout(method: str, url: str, names: tuple[str | bytes, ...]) -> _Layout:
    labels = [_token(name, "header name") for name in names]
    present = {label.lower() for label in labels}
    lines = [_escape(f"{_token(method, 'method')} {parse_url(url).path} HTTP/1.1")]
    lines += [f"{_escape(label)}: %s" for label in labels]
    has_framing = not present.isdisjoint({"content-length", "transfer-encoding"})
    return _Layout("\r\n".join([*lines, "", ""]), len(lines) + 1, "host" in present, has_framing)


def _split(body: bytes, pieces: int) -> Iterator[bytes]:
    step = max(1, -(-len(body) // pieces))
    return (body[start : start + step] for start in range(0, len(body), step))


def _token(name: str | bytes, what: str) -> str:
    text = _text(name)
    if not _TOKEN.fullmatch(text):
        raise DeliveryError(f"{text!r} is not a {what}. Use letters, digits and hyphens, without blanks or a colon.")
    return text


def _escape(text: str) -> str:
    return text.replace("%", "%%")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _broken_value(headers: tuple[Header, ...]) -> DeliveryError:
    culprit = next(_text(name) for name, value in headers if not {"\r", "\n", "\0"}.isdisjoint(_text(value)))
    return DeliveryError(f"The value of header {culprit} holds a line break or NUL, which would end it. Take it out.")


def _url_hint(url: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme is None:
        meant = "http://" + (url.lstrip("/") or "127.0.0.1:8000/")
    else:
        nearest = get_close_matches(scheme[1].lower(), ["http", "https"], n=1, cutoff=0.5) or ["http"]
        meant = f"{nearest[0]}://{url[scheme.end() :]}"
    return f"Did you mean {meant!r}?"
