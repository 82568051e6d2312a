"""A raw TCP server for tests of the sending half: it keeps every byte and answers as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Respond


async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer nothing and close."""
    writer.close()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer nothing and break the connection."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stay_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Answer nothing until the other side gives up."""
    await reader.read()


@dataclass
class Received:
    """One request as it came in. `body` is raw, with the framing of chunks; `pieces` are what single reads brought."""

    connection: int
    head: bytes
    pieces: list[bytes] = field(default_factory=list)
    complete: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.decode().split("\r\n")[1:-2]
        return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    def is_whole(self) -> bool:
        if self.header("transfer-encoding") == "chunked":
            return self.body.endswith(b"0\r\n\r\n")
        return len(self.body) >= int(self.header("content-length") or 0)


class Sink:
    """Takes requests, gives the next of its answers to each (the last one again and again), and keeps it all."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers) or [OK]
        self.requests: list[Received] = []
        self.connections = 0
        self._scheme = "https" if tls else "http"
        self._tls = tls
        self._handlers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Sink:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"{self._scheme}://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def request(self) -> Received:
        assert len(self.requests) == 1
        return self.requests[0]

    async def all_handled(self) -> None:
        """Every connection so far has ended."""
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        task.add_done_callback(self._handlers.discard)
        self.connections += 1
        connection = self.connections
        try:
            with suppress(ConnectionError):  # senders that break off are what some tests are about
                while await self._take_request(connection, reader):
                    await self._answer(reader, writer)
        finally:
            writer.close()

    async def _take_request(self, connection: int, reader: asyncio.StreamReader) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        received = Received(connection, head)
        self.requests.append(received)
        while not received.is_whole():
            piece = await reader.read(1 << 22)
            if not piece:
                return False
            received.pieces.append(piece)
        received.complete = True
        return True

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            writer.write(answer)
            if b"connection: close" in answer:
                writer.close()
        else:
            await answer(reader, writer)


StartSink = Callable[..., Awaitable[Sink]]
