"""The reference for receiving: an ASGI app under uvicorn (httptools, uvloop) that reads the body and answers 200."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"11")],
}
BODY = {"type": "http.response.body", "body": b'{"ok":true}'}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body, answer, keep nothing."""
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(BODY)


class AnnouncedServer(uvicorn.Server):
    """uvicorn's own server, which says where it listens as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the address."""
        await super().startup(sockets)
        assert sockets
        print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main() -> None:
    """Serve on a free port until ended."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="error")
    AnnouncedServer(config).run([listening])


if __name__ == "__main__":
    main()
