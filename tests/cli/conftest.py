"""The command line in this process, as a process of its own, and an app that takes what it sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inspector.cli.group import group

PATIENCE = 20.0
"""Seconds after which a test gives up on something that should take milliseconds."""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("INSPECTOR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command in this process: `run("send", "created", "--to", url)`."""

    def invoke(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(group, list(arguments), **options)

    return invoke


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a command as a process of its own, its three streams piped; it ends with the test at the latest."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "inspector", *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, **{**pipes, **options}))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


class Sink:
    """An app on a free port that keeps what it is sent. `statuses` answer one after the other, the last for good."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.requests: list[dict[str, Any]] = []
        self.arrived = threading.Condition()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                chunked = self.headers.get("transfer-encoding") == "chunked"
                body = self._read_chunks() if chunked else self.rfile.read(int(self.headers["content-length"]))
                status = sink.take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def _read_chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self.arrived:
            self.requests.append({"path": path, "headers": headers, "body": body})
            self.arrived.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def wait_for(self, count: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count, PATIENCE)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An app that keeps what it is sent."""
    sink = Sink()
    yield sink
    sink.stop()


@pytest.fixture
def is_signed() -> Callable[..., bool]:
    """A verifier of our own: `is_signed(request, key, url)`, written from the documentation of the scheme."""

    def check(request: dict[str, Any], key: str, url: str) -> bool:
        headers = request["headers"]
        digest = hashlib.sha256(request["body"]).digest()
        message = f"{headers['messagebird-request-timestamp']}\n{url}\n".encode() + digest
        expected = base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(expected, headers.get("messagebird-signature", ""))

    return check
