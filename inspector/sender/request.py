"""A request as it will stand on the wire, to the byte, and the ways to put it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from inspector.errors import DeliveryError

Header = tuple[str | bytes, str | bytes]
"""Name and value. Text is written as UTF-8, bytes as they are."""

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]+)(?P<target>[^#]*)(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:@]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):/{1,3}(?=[^/])", re.IGNORECASE)
_PRINTABLE = re.compile(r"[!-~]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


class Request(NamedTuple):
    """One HTTP/1.1 request, ready to be written. Made by `Request.build`.

    `head` is the request line and the headers as they stand on the wire, with the empty line after them.
    """

    method: str
    url: str
    head: bytes
    body: bytes

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}, {len(self.body)} bytes>"

    @classmethod
    def build(
        cls, method: str, url: str, headers: Iterable[Header] = (), body: bytes = b"", *, chunked: bool = False
    ) -> Request:
        """A request with these headers, in this order and case.

        What HTTP/1.1 asks for is added where absent: `host` in front; `content-length` behind, or with `chunked` the
        `transfer-encoding`. A given one is written as it is, true or not. Raises DeliveryError for a URL, a method or
        headers that cannot be written.
        """
        headers = list(headers)
        names, given = zip(*headers, strict=True) if headers else ((), ())
        layout = _layout(method, url, names, chunked, bool(body))
        values = [value if isinstance(value, str) else _as_sent(value) for value in given]
        if layout.with_length:
            values.append(str(len(body)))
        head = layout.text % tuple(values)
        if head.count("\r") != layout.lines or head.count("\n") != layout.lines or "\0" in head:
            raise _broken_value(headers)
        return cls(method, url, head.encode("utf-8", "surrogateescape"), body)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers as they are sent, in order with repeats."""
        lines = self.head.split(b"\r\n")[1:-2]
        return [(as_text(name), as_text(value)) for name, _, value in (line.partition(b": ") for line in lines)]


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


def target_url(url: str, target: str) -> str:
    """Where a request with this target goes: `url` whole if it has a path, else its origin with the target."""
    parts = urlsplit(url)
    if parts.path or parts.query or not parts.netloc:
        return url
    return at_origin(url, target)


def at_origin(url: str, target: str) -> str:
    """The origin of a URL with another target: path and query, or a whole URL whose own origin is left out."""
    origin = _ORIGIN.match(url)
    rest = _ORIGIN.sub("", target)
    return (origin[0] if origin else url) + (rest if rest.startswith("/") else f"/{rest}")


def encode(request: Request, transmission: Transmission = WHOLE) -> list[bytes]:
    """The bytes of a request in the pieces in which they are written."""
    head, body = request.head, request.body
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


def as_text(raw: str | bytes) -> str:
    """A header's name or value as text: UTF-8, or Latin-1 where it is not."""
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def as_bytes(value: str | bytes) -> bytes:
    """A header's name or value as it is sent."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


def find_header(headers: Iterable[Header], name: str) -> str | None:
    """The first value of a header, whatever the case of its name."""
    wanted = name.lower()
    return next((as_text(value) for found, value in headers if as_text(found).lower() == wanted), None)


class _Layout(NamedTuple):
    """A head with `%s` in place of the values: what requests to one target have in common is worked out once."""

    text: str
    lines: int
    with_length: bool


@lru_cache(maxsize=256)
def _layout(method: str, url: str, names: tuple[str | bytes, ...], chunked: bool, has_body: bool) -> _Layout:
    target = parse_url(url)
    labels = [_token(name, "header name") for name in names]
    present = {label.lower() for label in labels}
    lines = [_escape(f"{_token(method, 'method')} {target.path} HTTP/1.1")]
    if "host" not in present:
        lines.append(_escape(f"host: {target.authority}"))
    lines += [f"{_escape(label)}: %s" for label in labels]
    unframed = present.isdisjoint({"content-length", "transfer-encoding"})
    with_length = unframed and not chunked and (has_body or method in _BODY_METHODS)
    if with_length:
        lines.append("content-length: %s")
    elif unframed and chunked:
        lines.append("transfer-encoding: chunked")
    return _Layout("\r\n".join([*lines, "", ""]), len(lines) + 1, with_length)


def _split(body: bytes, pieces: int) -> Iterator[bytes]:
    step = max(1, -(-len(body) // pieces))
    return (body[start : start + step] for start in range(0, len(body), step))


def _token(name: str | bytes, what: str) -> str:
    text = _as_sent(name)
    if not _TOKEN.fullmatch(text):
        raise DeliveryError(f"{text!r} is not a {what}. Use letters, digits and hyphens, without blanks or a colon.")
    return text


def _escape(text: str) -> str:
    return text.replace("%", "%%")


def _as_sent(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _broken_value(headers: list[Header]) -> DeliveryError:
    culprit = next(name for name, value in headers if not {"\r", "\n", "\0"}.isdisjoint(_as_sent(value)))
    return DeliveryError(
        f"The value of header {as_text(culprit)} holds a line break or NUL, which would end it. Take it out."
    )


def _url_hint(url: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme is None:
        meant = "http://" + (url.lstrip("/") or "127.0.0.1:8000/")
    else:
        nearest = get_close_matches(scheme[1].lower(), ["http", "https"], n=1, cutoff=0.5) or ["http"]
        meant = f"{nearest[0]}://{url[scheme.end() :]}"
    return f"Did you mean {meant!r}?"
