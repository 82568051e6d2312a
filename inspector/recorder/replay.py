"""A recorded request made into one that can be sent: byte for byte, or edited, signed as asked."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import orjson

from inspector.errors import ConflictError, DeliveryError
from inspector.recorder.request import REPLAY_HEADER, RecordedRequest, decode
from inspector.sender.request import Request, at_origin, target_url
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

Signing = Literal["fresh", "keep", "none"]

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "http2-settings",
        "expect",
    }
)
"""Headers that belong to one connection (RFC 9110 §7.6.1), and the offers that only make sense on it."""

MASK = "••••••"
"""Stands in place of a secret where a record is shown or exported."""

_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change in a replay. None leaves as it was; `headers` replaces all of them, in order with repeats.

    `path`, with its query, takes the place of that of the target.
    """

    method: str | None = None
    path: str | None = None
    headers: Sequence[tuple[str, str]] | None = None
    body: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_json(cls, content: Any) -> Edit:
        """Read `{method, path, headers, body or body_base64}`; a body that is no text is sent as JSON."""
        if not isinstance(content, dict):
            raise DeliveryError("'edit' must be an object with method, path, headers or body.")
        unknown = sorted(set(content) - {"method", "path", "headers", "body", "body_base64"})
        if unknown:
            raise DeliveryError(f"'edit' has an unknown field {unknown[0]!r}. Known are: method, path, headers, body.")
        for name in ("method", "path"):
            text = content.get(name)
            if not isinstance(text, str | None):
                raise DeliveryError(f"{name!r} of 'edit' must be a text.")
            if text is not None and _LINE_BREAK.search(text):
                raise DeliveryError(f"{name!r} of 'edit' holds a line break or NUL. Take it out.")
        headers = _read_headers(content.get("headers"))
        return cls(content.get("method"), content.get("path"), headers, read_body(content))


@dataclass(frozen=True, slots=True)
class Replay:
    """How to send a recorded request again.

    `url` is the target, used whole, or only its origin where it has no path. `signing`: `fresh` signs anew for the
    target and the time `now`, `keep` sends the recorded signature, `none` leaves it out. The request id stays the same
    in all of them: a replay is a redelivery. With `marked` the request says what it repeats.
    """

    url: str
    signing: Signing = "keep"
    signing_key: str | None = field(default=None, repr=False)
    edit: Edit = field(default_factory=Edit)
    marked: bool = False

    def __post_init__(self) -> None:
        if self.signing not in get_args(Signing):
            raise DeliveryError(f"sign={self.signing!r} is not one of fresh, keep, none.")
        if self.signing == "fresh" and not self.signing_key:
            raise DeliveryError("A fresh signature needs a signing key. Give one, or choose keep or none.")

    def request(self, recorded: RecordedRequest, now: float) -> Request:
        """The request to send.

        Raises DeliveryError where the edit cannot be sent, ConflictError where the record does not hold what was sent.
        """
        edit = self.edit
        own = decode(recorded.target)
        url = target_url(self.url, own) if edit.path is None else at_origin(self.url, edit.path)
        body = _whole_body(recorded) if edit.body is None else edit.body
        headers = recorded.headers if edit.headers is None else list(edit.headers)
        _require_unmasked(headers, url)
        sent = [(name, value) for name, value in headers if name.lower() not in _LEFT_OUT]
        mark = [(REPLAY_HEADER, recorded.id)] if self.marked else []
        return Request.build(edit.method or recorded.method, url, [*self._signed(sent, url, body, now), *mark], body)

    def _signed(self, headers: list[tuple[str, str]], url: str, body: bytes, now: float) -> list[tuple[str, str]]:
        if self.signing == "keep":
            return headers
        rest = [header for header in headers if header[0].lower() not in (SIGNATURE_HEADER, TIMESTAMP_HEADER)]
        if self.signing == "none":
            return rest
        assert self.signing_key is not None
        timestamp = str(int(now))
        signature = sign(self.signing_key, timestamp, url, body)
        return [*rest, (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)]


_LEFT_OUT = HOP_BY_HOP | {"host", "content-length", REPLAY_HEADER}
"""Host and length are those of the new request."""


def _whole_body(recorded: RecordedRequest) -> bytes:
    if recorded.truncated or recorded.incomplete:
        kept = f"{len(recorded.body):,} bytes of it were kept" if recorded.truncated else "its sender broke off"
        raise ConflictError(f"The body was not recorded whole: {kept}. Only with another body can this be sent again.")
    return recorded.body


def _require_unmasked(headers: Sequence[tuple[str, str]], url: str) -> None:
    masked = [name for name, value in headers if MASK in value]
    if masked:
        raise ConflictError(
            f"The header {masked[0]} is masked ({MASK}), so that what was sent is not known. Export with "
            "--keep-secrets, or take the header out."
        )
    if MASK in url:
        raise ConflictError(f"A secret in the query is masked ({MASK}). Export with --keep-secrets, or name the path.")


def read_body(content: Mapping[str, Any]) -> bytes | None:
    """The `body` (text, or JSON) or `body_base64` of a JSON object; None if there is neither.

    Raises DeliveryError for what is not base64, and where both are there and are not the same bytes.
    """
    encoded, body = content.get("body_base64"), content.get("body")
    written = None if body is None else _written(body)
    if encoded is None:
        return written
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise DeliveryError("'body_base64' is not base64. Give the bytes of the body in it.") from None
    if written is not None and written != decoded:
        raise DeliveryError("'body' and 'body_base64' are different bodies. Give one of them.")
    return decoded


def _written(body: Any) -> bytes:
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else orjson.dumps(body)


def _read_headers(content: Any) -> list[tuple[str, str]] | None:
    if content is None:
        return None
    pairs = list(content.items()) if isinstance(content, dict) else content
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise DeliveryError("'headers' must be an object or an array of [name, value] pairs of text.")
    for name, value in pairs:
        if _LINE_BREAK.search(name + value):
            raise DeliveryError(f"The header {name!r} holds a line break or NUL. Take it out.")
    return [(name, value) for name, value in pairs]


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
