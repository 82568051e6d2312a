"""One call of an ASGI app."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

from inspector.testing.inprocess import Answer, App, InboundRequest, failed


async def call_asgi(app: App, inbound: InboundRequest) -> Answer:
    """Give an app one request. Its lifespan is the business of whoever made it."""
    exchange = _Exchange(inbound)
    try:
        await app(_scope(inbound), exchange.receive, exchange.send)
    except Exception as error:
        return exchange.answer(error) if exchange.status else failed(error)
    if not exchange.status:
        return failed(RuntimeError("The ASGI app returned without sending http.response.start."))
    return exchange.answer()


class _Exchange:
    """The two ends that an app is given."""

    def __init__(self, inbound: InboundRequest) -> None:
        self.status = 0
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._body = b""
        self._pause = inbound.pause
        self._messages = _messages(inbound)
        self._done = asyncio.Event()

    def answer(self, error: Exception | None = None) -> Answer:
        return Answer(self.status, self._headers, self._body, error)

    async def receive(self) -> dict[str, Any]:
        if self._messages:
            if self._pause:
                await asyncio.sleep(self._pause)
            return self._messages.pop(0)
        await self._done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._headers = tuple((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._done.set()


def _messages(inbound: InboundRequest) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in inbound.pieces
    ]
    if inbound.is_cut:
        return [*messages, {"type": "http.disconnect"}]
    messages[-1]["more_body"] = False
    return messages


def _scope(inbound: InboundRequest) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": inbound.method,
        "scheme": "https" if inbound.target.tls else "http",
        "path": unquote(inbound.path),
        "raw_path": inbound.path.encode("ascii"),
        "query_string": inbound.query.encode("ascii"),
        "root_path": "",
        "headers": inbound.headers,
        "client": ("127.0.0.1", 0),
        "server": (inbound.target.host, inbound.target.port),
    }
