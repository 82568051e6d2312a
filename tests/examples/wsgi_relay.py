"""A small relay in plain WSGI: it verifies webhooks, and passes each on to a service behind it."""

from __future__ import annotations

import base64
import hmac
import http.client
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

SIGNING_KEY = "the key of the subscription"
URL = "https://app.example/webhooks/conversations"
PASSED_ON = {
    "HTTP_MESSAGEBIRD_SIGNATURE": "messagebird-signature",
    "HTTP_MESSAGEBIRD_REQUEST_TIMESTAMP": "messagebird-request-timestamp",
    "HTTP_MESSAGEBIRD_REQUEST_ID": "messagebird-request-id",
}


class Relay:
    """A WSGI app that passes on to `target`, and answers what that answers."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if not is_signed(environ, body):
            start_response("401 Unauthorized", [])
            return []
        start_response(f"{self.pass_on(environ, body)} From behind", [])
        return []

    def pass_on(self, environ: dict[str, Any], body: bytes) -> int:
        """The status of the answer; 502 where there was none."""
        headers = {name: environ[key] for key, name in PASSED_ON.items() if key in environ}
        headers |= {"content-type": "application/json", "x-forwarded-proto": "https", "host": environ["HTTP_HOST"]}
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port, timeout=5)
        try:
            connection.request("POST", self.target.path, body, headers)
            return connection.getresponse().status
        except OSError:
            return 502
        finally:
            connection.close()


def is_signed(environ: dict[str, Any], body: bytes) -> bool:
    """Whether the signature is that of these bytes, for the URL as registered."""
    timestamp = environ.get("HTTP_MESSAGEBIRD_REQUEST_TIMESTAMP", "")
    message = b"\n".join([timestamp.encode(), URL.encode(), sha256(body).digest()])
    expected = base64.b64encode(hmac.digest(SIGNING_KEY.encode(), message, "sha256"))
    return hmac.compare_digest(expected, environ.get("HTTP_MESSAGEBIRD_SIGNATURE", "").encode())
