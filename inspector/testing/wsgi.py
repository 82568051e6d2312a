"""One call of a WSGI app (PEP 3333)."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from inspector.testing.inprocess import Answer, App, InboundRequest, failed

_WITHOUT_PREFIX = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def call_wsgi(app: App, inbound: InboundRequest) -> Answer:
    """Give an app one request."""
    started = _Start()
    try:
        chunks: Iterable[bytes] = app(_environ(inbound), started)
        try:
            body = b"".join(chunks)
        finally:
            close: Callable[[], None] | None = getattr(chunks, "close", None)
            if close is not None:
                close()
    except Exception as error:
        return failed(error)
    return Answer(started.status, started.headers, b"".join(started.written) + body)


class _Start:
    """What an app is given as `start_response`."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
        return self.written.append


class _Pieces(io.RawIOBase):
    """A body that comes in pieces, with pauses between them."""

    def __init__(self, pieces: list[bytes], pause: float) -> None:
        self._pieces = list(pieces)
        self._pause = pause

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._pieces:
            return 0
        if self._pause:
            time.sleep(self._pause)
        piece = self._pieces.pop(0)
        taken = min(len(buffer), len(piece))
        buffer[:taken] = piece[:taken]
        if taken < len(piece):
            self._pieces.insert(0, piece[taken:])
        return taken


def _environ(inbound: InboundRequest) -> dict[str, Any]:
    body: Any = io.BytesIO(b"".join(inbound.pieces))
    if inbound.pause:
        body = io.BufferedReader(_Pieces(inbound.pieces, inbound.pause))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": inbound.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(inbound.path).decode("latin-1"),
        "QUERY_STRING": inbound.query,
        "REQUEST_URI": inbound.target.path,
        "SERVER_NAME": inbound.target.host,
        "SERVER_PORT": str(inbound.target.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if inbound.target.tls else "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if inbound.is_chunked:
        environ["wsgi.input_terminated"] = True
    for name, value in inbound.headers:
        _add_header(environ, name, value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: bytes, value: str) -> None:
    key = _WITHOUT_PREFIX.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    environ[key] = f"{environ[key]},{value}" if key in environ else value
