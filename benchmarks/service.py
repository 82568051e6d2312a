"""The mock service: 200 conversations a second created over HTTP for 20 s, each delivered to one subscription.

Each begins with a message of its contact, so that two events of it are fired: none may be lost, none come before the
one before it.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvloop

from benchmarks import servers
from benchmarks.harness import Row, Series
from benchmarks.webhooks import SIGNING_KEY

RATE, SECONDS, CONNECTIONS = 200, 20, 16
WORKSPACE = "/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352"
EVENTS = ("conversation.created", "conversation.updated")
EXPECTED = RATE * SECONDS * len(EVENTS)
PATIENCE = 30.0
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

CONVERSATION = {
    "name": "Jane",
    "participants": [{"type": "contact", "identifierKey": "phonenumber", "identifierValue": "+31612345678"}],
    "initialMessage": {"participantType": "contact", "body": {"type": "text", "text": {"text": "hallo"}}},
}


@dataclass
class Seen:
    """What came to the app: the events of each conversation in order of arrival."""

    events: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, body: bytes) -> None:
        """Take note of a webhook."""
        envelope = json.loads(body)
        self.events.setdefault(envelope["payload"]["id"], []).append(envelope["event"])
        self.count += 1
        if self.count == EXPECTED:
            self.all_here.set()


def rows() -> list[Row]:
    """Measure."""
    with servers.Server(servers.inspector()) as server:
        seen, latencies, elapsed = uvloop.run(_round(server.url))
    lost = EXPECTED - seen.count
    disordered = sum(events != list(EVENTS) for events in seen.events.values())
    latencies.sort()
    return [
        Row(
            Series(f"conversations created over {SECONDS} s", [RATE * SECONDS / elapsed], "/s"),
            limit=RATE * 0.98,
            at_least=True,
        ),
        Row(Series(f"events lost of {EXPECTED:,}", [lost], ""), limit=0),
        Row(Series("conversations whose events came in disorder", [disordered], ""), limit=0),
        Row(Series("create, p50", [latencies[len(latencies) // 2] * 1000], "ms")),
        Row(Series("create, p99", [latencies[int(len(latencies) * 0.99)] * 1000], "ms")),
    ]


async def _round(base_url: str) -> tuple[Seen, list[float], float]:
    """Create at the rate; what arrived, the seconds that each create took, and how long all of them took."""
    seen = Seen()
    loop = asyncio.get_running_loop()
    target = await loop.create_server(lambda: App(seen), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{target.sockets[0].getsockname()[1]}/hook"
    clients = [await Client.connect(base_url) for _ in range(CONNECTIONS)]
    for event in EVENTS:
        fields = {"service": "conversations", "event": event, "url": url, "signingKey": SIGNING_KEY}
        await clients[0].post("/webhook-subscriptions", fields)
    latencies: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(_create(client, number, begun, latencies) for number, client in enumerate(clients)))
    elapsed = time.perf_counter() - begun
    with suppress(TimeoutError):
        await asyncio.wait_for(seen.all_here.wait(), PATIENCE)
    target.close()
    return seen, latencies, elapsed


async def _create(client: Client, first: int, begun: float, latencies: list[float]) -> None:
    """Every so many-th conversation, each when it is due."""
    for number in range(first, RATE * SECONDS, CONNECTIONS):
        await asyncio.sleep(begun + number / RATE - time.perf_counter())
        started = time.perf_counter()
        await client.post("/conversations", CONVERSATION)
        latencies.append(time.perf_counter() - started)


class Client:
    """One connection to the API."""

    def __init__(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host, self._reader, self._writer = host, reader, writer

    @classmethod
    async def connect(cls, base_url: str) -> Client:
        """Open a connection."""
        parts = urlsplit(base_url)
        return cls(parts.netloc, *await asyncio.open_connection(parts.hostname, parts.port))

    async def post(self, path: str, content: object) -> None:
        """Ask, and read the whole answer. Raises RuntimeError unless something was created."""
        body = json.dumps(content).encode()
        head = f"POST {WORKSPACE}{path} HTTP/1.1\r\nhost: {self._host}\r\nauthorization: AccessKey k\r\n"
        self._writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        if b" 201 " not in answer[:20]:
            raise RuntimeError(answer.decode("latin-1"))
        await self._reader.readexactly(_length(answer))


class App(asyncio.Protocol):
    """A target that takes every webhook at once."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in bytes, and answer each request that is complete."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n") + 4) > 3:
            whole = end + _length(self._data[:end])
            if len(self._data) < whole:
                break
            self._seen.add(self._data[end:whole])
            self._data = self._data[whole:]
            self._transport.write(ANSWER)  # type: ignore[attr-defined]


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
