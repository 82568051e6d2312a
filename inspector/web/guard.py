"""The door of everything that is ours: who may ask, and what every answer of ours carries.

The guard wraps the application of our own handlers, so that no way of writing a path leads around it. Capture is not
behind it: webhooks come from anywhere.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

ASGIApp = Any

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
TOKEN_COOKIE = "inspector-token"  # noqa: S105 - a name, not a secret

SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guard:
    """Lets a request through to `app`, or refuses it with our error shape.

    In this order: a foreign `Origin` is 403 (there is no CORS here, so no page of another site has business with us), a
    foreign `Host` 421, a missing token (where one is set) 401, a form content type on a write 415.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], any_address: bool = False, token: str | None = None
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)
        self._any_address = any_address
        self._token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        headers = dict(reversed(scope["headers"]))
        given = self._token_in_query(scope)

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS, *self._remember(given)]
            await send(message)

        refusal = self._refusal(scope, headers, given)
        if refusal is None:
            await self._app(scope, receive, send_guarded)
        else:
            await _refuse(scope, send_guarded, *refusal)

    def _refusal(self, scope: Any, headers: dict[bytes, bytes], given: str | None) -> tuple[int, str, str] | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if foreign_origin(headers, host):
            return 403, "foreign_origin", "Refused: the request comes from another site. Use our own address."
        if not self._known_host(host):
            return 421, "foreign_host", f"Unknown host {host!r}. Allow it with --allow-host {_name(host) or 'NAME'}."
        if self._token is not None and not self._has_token(headers, given):
            return 401, "token_required", "A token is required: open the address that the inspector printed at start."
        content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if scope["method"] not in SAFE_METHODS and content_type in FORM_TYPES:
            return 415, "unsupported_media_type", f"{content_type} is not taken. Send application/json."
        return None

    def _known_host(self, host: str) -> bool:
        name = _name(host)
        if name in self._hosts or name.endswith(".localhost"):
            return True
        return self._any_address and _is_address(name)

    def _token_in_query(self, scope: Any) -> str | None:
        if self._token is None:
            return None
        return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("token", [])), None)

    def _has_token(self, headers: dict[bytes, bytes], given: str | None) -> bool:
        cookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(TOKEN_COOKIE)
        bearer = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        return any(self._is_token(candidate) for candidate in (given, bearer, cookie.value if cookie else None))

    def _is_token(self, candidate: str | None) -> bool:
        return bool(candidate and self._token) and hmac.compare_digest(
            str(candidate).encode("utf-8", "replace"), str(self._token).encode()
        )

    def _remember(self, given: str | None) -> list[tuple[bytes, bytes]]:
        if not self._is_token(given):
            return []
        return [(b"set-cookie", f"{TOKEN_COOKIE}={given}; Path=/; HttpOnly; SameSite=Strict".encode("latin-1"))]


def foreign_origin(headers: dict[bytes, bytes], host: str) -> bool:
    """Whether a browser says that the request comes from another origin than the one it goes to."""
    origin = headers.get(b"origin")
    if origin is None:
        return False
    parts = urlsplit(origin.decode("latin-1"))
    return parts.scheme not in ("http", "https") or parts.netloc.lower() != host.lower()


def _name(host: str) -> str:
    """The host without its port, in lower case."""
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    return name.lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def wants_page(scope: Any) -> bool:
    """Whether a request is a browser's for a page, and neither a script's nor for our API."""
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith("/-/api/"):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


async def _refuse(scope: Any, send: Any, status: int, code: str, message: str) -> None:
    body, media_type = _refusal(status, code, message, as_page=wants_page(scope))
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


def _refusal(status: int, code: str, message: str, *, as_page: bool) -> tuple[bytes, bytes]:
    if not as_page:
        return orjson.dumps({"error": {"code": code, "message": message, "details": {}}}), b"application/json"
    from inspector.web.templating import render  # noqa: PLC0415 - recording does not wait for the templates

    return render("refused.html", message=message).encode("utf-8", "replace"), b"text/html; charset=utf-8"
