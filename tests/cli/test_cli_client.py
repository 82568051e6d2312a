"""Asking a running inspector: its events, and what stands at its address when it is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inspector.cli.client import Inspector, StreamEvent, read_events
from inspector.cli.output import Failure, Unreachable, pointed
from inspector.errors import ConfigError


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that answers one request with these bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving.join()


def test_events_are_read_at_their_empty_line() -> None:
    lines = b'retry: 1000\n\nid: 7\nevent: request\ndata: {"id": "a-1"}\n\n: heartbeat\n\nid: 8\ndata: 1\n'
    assert list(read_events(lines.splitlines(keepends=True))) == [StreamEvent("request", {"id": "a-1"}, "7")]


def test_line_ends_may_be_crlf() -> None:
    assert list(read_events([b"data: [1]\r\n", b"\r\n"])) == [StreamEvent("message", [1], None)]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.0 200 OK\r\n\r\n<html>", b"HTTP/1.0 500 Oh\r\n\r\n", b"HTTP/1.0 404 No\r\n\r\n{}"]
)
def test_another_server_is_told_from_an_inspector(answer: bytes) -> None:
    with answering(answer) as url, pytest.raises(Failure, match="is no inspector"):
        Inspector(url).get("/-/health")


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    error = b'HTTP/1.0 400 Bad\r\n\r\n{"error": {"code": "x", "message": "Column 3 is wrong.", "details": {}}}'
    with answering(error) as url, pytest.raises(Failure, match=r"^Column 3 is wrong\.$"):
        Inspector(url).get("/-/api/requests")


@pytest.mark.parametrize(
    ("text", "column", "length", "shown"),
    [
        ("a evnt:x", 3, 6, "  a evnt:x\n    ^^^^^^"),
        ("event:", 7, 1, "  event:\n        ^"),
        ("日本 sze>1", 4, 99, "  日本 sze>1\n  \u3000\u3000 ^^^^^"),
        ("a\x1b(b", 3, 1, "  a (b\n    ^"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, length: int, shown: str) -> None:
    assert pointed(text, column, length) == shown


def test_a_connection_that_breaks_is_no_answer() -> None:
    with answering(b"") as url, pytest.raises(Unreachable, match="No inspector answers"):
        Inspector(url).get("/-/health")


def test_no_answer_in_time_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        inspector = Inspector(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(Unreachable, match="it does not answer in time"):
            inspector.get("/-/health", patience=0.05)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:4747", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://[::1"]
)
def test_an_address_that_is_no_url_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is not a URL"):
        Inspector(address)
