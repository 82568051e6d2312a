"""Keeping a rate: 500 events a second for ten seconds, counted and timed where they arrive."""

from __future__ import annotations

import asyncio
from itertools import islice, pairwise
from statistics import pstdev

import uvloop

from benchmarks.harness import Row, Series
from benchmarks.webhooks import SIGNING_KEY
from inspector.sender.delivery import Sender
from inspector.sender.factory import EventFactory
from inspector.sender.load import run_load

RATE, SECONDS, ROUNDS = 500, 10, 3
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def rows() -> list[Row]:
    """Measure."""
    rounds = [uvloop.run(_round()) for _ in range(ROUNDS)]
    deviation = [abs(rate / RATE - 1) * 100 for rate, _ in rounds]
    spread = [pstdev(gaps) for _, gaps in rounds]
    late = [sorted(gaps)[int(len(gaps) * 0.99)] for _, gaps in rounds]
    return [
        Row(Series(f"off a rate of {RATE}/s over {SECONDS} s", deviation, "%"), limit=2),
        Row(Series("between arrivals (2 ms wanted): deviation", spread, "ms")),
        Row(Series("between arrivals: p99", late, "ms")),
    ]


async def _round() -> tuple[float, list[float]]:
    """The rate at which events arrived, and the milliseconds between them."""
    loop = asyncio.get_running_loop()
    arrivals: list[float] = []

    class Target(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            if data.startswith(b"POST "):
                arrivals.append(loop.time())
                self.transport.write(ANSWER)  # type: ignore[attr-defined]

    server = await loop.create_server(Target, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    events = islice(EventFactory(seed=7).stream("updated"), RATE * SECONDS)
    async with Sender(signing_key=SIGNING_KEY) as sender:
        await run_load(lambda event: sender.deliver(event, url), events, rate=RATE)
    server.close()
    gaps = [(later - earlier) * 1000 for earlier, later in pairwise(arrivals)]
    return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]), gaps
