"""A target that costs as little as Python can: reads requests by their length and answers each with 200.

It checks nothing and keeps only a count, which `GET /count` tells.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Sink(asyncio.Protocol):
    """One connection. Requests are taken to have a content-length, in lower case or as other clients write it."""

    received = 0

    def connection_made(self, transport: Any) -> None:
        """Take the connection."""
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        data = self._waiting + data
        answers = 0
        while (end := self._end(data)) and end <= len(data):
            data = data[end:]
            answers += 1
        self._waiting = data
        if answers:
            Sink.received += answers
            self._transport.write(ANSWER * answers)

    def _end(self, data: bytes) -> int:
        head = data.find(b"\r\n\r\n")
        if head < 0:
            return 0
        if data.startswith(b"GET /count"):
            body = str(Sink.received).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            self._transport.close()
            return 0
        start = data[: head + 2].lower().find(b"content-length:")
        length = int(data[start + 15 : data.index(b"\r\n", start)]) if start >= 0 else 0
        return head + 4 + length


async def serve() -> None:
    """Serve on a free port until ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        uvloop.run(serve())
    except KeyboardInterrupt:
        sys.exit(0)
