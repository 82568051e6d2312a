"""Receiving: the full capture path with three live listeners, against a bare ASGI app and pytest-httpserver."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from benchmarks import servers
from benchmarks.harness import Row, Series, interleave
from benchmarks.load import Load, drive

SECONDS = 2
LISTENERS = 3
STREAM = "/-/api/stream"

FILLING = servers.inspector("--capacity", "1000000", "--max-memory", "8GiB")
"""A log that never evicts: all that is sent stays."""

FULL_RING = servers.inspector("--capacity", "1000")
"""A log that is full after the warm-up, so that every request evicts another."""


def rows() -> list[Row]:
    """Measure."""
    loads = interleave(
        "receive",
        {
            "bare ASGI app": lambda: _load(servers.BARE),
            "inspector": lambda: _load(servers.inspector(), LISTENERS),
            "filling log": lambda: _load(FILLING, LISTENERS),
            "full ring": lambda: _load(FULL_RING, LISTENERS),
            "pytest-httpserver": lambda: _load(servers.HTTPSERVER),
        },
    )
    bare, ours, filling = loads["bare ASGI app"], loads["inspector"], loads["filling log"]
    return [
        Row(_rate("received with 3 listeners", ours), _rate("bare ASGI app", bare), 0.6, at_least=True),
        Row(_rate("received with 3 listeners", ours), _rate("pytest-httpserver", loads["pytest-httpserver"]), 6, True),
        Row(_p99("p99 with 3 listeners", ours), _p99("bare ASGI app", bare), 3),
        Row(_p99("p99 while the log fills", filling), _p99("bare ASGI app", bare), 3),
        Row(_p99("p99 with a full ring", loads["full ring"]), _p99("filling log", filling), 1.25),
    ]


def _load(command: Sequence[str], listeners: int = 0) -> Load:
    with servers.Server(command) as server, ExitStack() as streams:
        for _ in range(listeners):
            streams.enter_context(listening(server.url))
        drive(server.url, 1)
        load = drive(server.url, SECONDS)
    if load.errors:
        raise RuntimeError(f"{load.errors} requests failed against {' '.join(command)}")
    return load


@contextmanager
def listening(base_url: str) -> Iterator[None]:
    """Keep one live stream open and read all that it says, as a browser would."""
    host = urlsplit(base_url).netloc
    connection = socket.create_connection(tuple(host.split(":")), timeout=10)
    connection.sendall(f"GET {STREAM} HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n".encode())
    opening = connection.recv(65536)
    if b" 200 " not in opening[:20]:
        raise RuntimeError(f"The stream was refused: {opening[:200]!r}")
    reader = threading.Thread(target=_drain, args=(connection,), daemon=True)
    reader.start()
    try:
        yield
    finally:
        connection.shutdown(socket.SHUT_RDWR)
        reader.join()
        connection.close()


def _drain(connection: socket.socket) -> None:
    while connection.recv(1 << 20):
        pass


def _rate(name: str, loads: Sequence[Load]) -> Series:
    return Series(name, [load.rate for load in loads], "/s")


def _p99(name: str, loads: Sequence[Load]) -> Series:
    return Series(name, [load.p99 for load in loads], "ms")
