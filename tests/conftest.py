"""What all tests share: a running inspector, and a plain client that hides nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import httpx2

    from inspector.server import InspectorServer

DATA = Path(__file__).parent / "data"
PATIENCE = 60.0
"""Seconds after which a test gives up on something that should take milliseconds."""

# No test is timed: a busy machine is no defect.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def seed_body() -> bytes:
    """The page's own example of a webhook."""
    return (DATA / "conversation.updated.json").read_bytes()


@pytest.fixture
def serve() -> Iterator[Callable[..., InspectorServer]]:
    """Start inspectors on free ports: `serve(signing_keys=…)`; they end with the test."""
    from inspector.server import InspectorServer
    from inspector.settings import Settings

    with ExitStack() as stack:

        def start(**settings: Any) -> InspectorServer:
            return stack.enter_context(InspectorServer(Settings(**{"port": 0, **settings})))

        yield start


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    """An inspector with default settings."""
    return serve()


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that is held, and at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def is_signed() -> Callable[..., bool]:
    """A verifier of our own: `is_signed(request, key, url)`, written from the documentation of the scheme."""

    def check(request: Any, key: str, url: str) -> bool:
        headers = dict(request.headers)
        digest = hashlib.sha256(request.body).digest()
        message = f"{headers['messagebird-request-timestamp']}\n{url}\n".encode() + digest
        expected = base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(expected, headers.get("messagebird-signature", ""))

    return check


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    """A plain HTTP client. All tests share it: to make one takes longer than most of them."""
    import httpx2

    with httpx2.Client(timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def exchange() -> Callable[..., bytes]:
    """Send raw bytes to a server's address and read until it closes: `exchange(url, data)`."""

    def send(url: str, data: bytes, *, half_close: bool = False) -> bytes:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        return received

    return send
