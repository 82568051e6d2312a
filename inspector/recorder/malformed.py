"""What came but is no well-formed HTTP request: read as far as it can be, with the reason, and nothing of it lost."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/(\d(?:\.\d)?)")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\n]*?)[ \t]*")
_BYTES = re.compile(r"bytearray\(b(.*)\)")
HTTP2_PREFACE = b"PRI * HTTP/2.0"
_KNOWN = (
    (b"\x16\x03", "This is TLS on a plain port: use http:// in the URL, or a TLS proxy in front of the inspector."),
    (HTTP2_PREFACE, "This is HTTP/2 without an offer to upgrade: have it sent as HTTP/1.1."),
)
BROKEN_OFF = "The connection ended in the middle of the request's head: have it sent again."


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes of a request that could not be parsed.

    Where the head can be read, its parts are here and `body` is what follows it. Where it cannot, `body` is all that
    came, byte for byte, and the method is `-`.
    """

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    http_version: str = "1.1"

    @classmethod
    def read(cls, data: bytes) -> Malformed:
        """Read what came, or what had come when the connection ended."""
        head, blank, body = data.partition(b"\r\n\r\n")
        if not blank:
            head, _, body = data.rpartition(b"\r\n")  # the last line has not ended: it is no header yet
        first, *lines = head.split(b"\r\n")
        line = _REQUEST_LINE.fullmatch(first)
        headers = [_HEADER.fullmatch(header) for header in lines]
        if line is None or not all(headers):
            return cls("-", b"", (), data)
        pairs = tuple((header[1].lower(), header[2]) for header in headers if header)
        return cls(line[1].decode(), line[2], pairs, body, line[3].decode())


def malformed_reason(data: bytes, why: str) -> str:
    """One sentence on what is wrong with bytes that came, for people; `why` is what the parser said of them."""
    for beginning, reason in _KNOWN:
        if data.startswith(beginning):
            return reason
    why = _BYTES.sub(r"\1", why).strip().rstrip(".") or "it cannot be parsed"
    return f"This is no well-formed HTTP/1.1 request: {why}."
