"""One open stream: what waits to be sent to somebody who may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from inspector.web.events import sse

LISTENER_LIMIT = 2 * 1024 * 1024
"""Bytes that may wait for one slow listener before they are dropped and told as a `gap`."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment line shows that the connection lives."""


class Listener:
    """One open stream: chunks that wait to be sent, bounded."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._waiting = 0  # bytes
        self._events = 0
        self._ready = asyncio.Event()
        self.closed = False

    def push(self, chunk: bytes, count: int, id: str | int) -> None:
        """Add a chunk of `count` events, the last of which has this id."""
        self._waiting += len(chunk)
        self._events += count
        if self._waiting > LISTENER_LIMIT:
            self._chunks.clear()
            chunk = sse("gap", {"missed": self._events}, id)
            self._waiting = len(chunk)
        self._chunks.append(chunk)
        self._ready.set()

    def close(self) -> None:
        """End the stream after what waits."""
        self.closed = True
        self._ready.set()

    async def take(self) -> bytes:
        """All chunks that wait, or a heartbeat after a silence, or nothing at the end."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._ready.wait()
        except TimeoutError:
            return b": heartbeat\n\n"
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = self._events = 0
        if not self.closed:
            self._ready.clear()
        return taken


async def until_gone(receive: Any, listener: Listener) -> None:
    """Wait until the reader of a stream has left, and close its listener."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close()
