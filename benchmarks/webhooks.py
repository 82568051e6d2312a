"""The webhook that is sent: the documented example, compact as the service writes it (about 1.6 kB), truly signed."""

from __future__ import annotations

import json
from pathlib import Path

from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

EXAMPLE = Path(__file__).parent.parent / "tests" / "data" / "conversation.updated.json"
BODY = json.dumps(json.loads(EXAMPLE.read_bytes()), separators=(",", ":"), ensure_ascii=False).encode()
PATH = "/hook"
SIGNING_KEY = "benchmark-key"
TIMESTAMP = "1719823259"


def signed_headers(url: str) -> dict[str, str]:
    """The headers of a webhook to `url`, but for the request id, which is every webhook's own."""
    return {
        "content-type": "application/json",
        SIGNATURE_HEADER: sign(SIGNING_KEY, TIMESTAMP, url, BODY),
        TIMESTAMP_HEADER: TIMESTAMP,
    }


def request_id(number: int) -> str:
    """A UUID that counts."""
    return f"00000000-0000-4000-8000-{number:012d}"


__all__ = ["BODY", "PATH", "REQUEST_ID_HEADER", "SIGNING_KEY", "request_id", "signed_headers"]
