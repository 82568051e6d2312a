"""Forwarding: what it adds to a local target's answer, and that nothing is lost at 500/s while the target restarts."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from itertools import islice
from statistics import median

import uvloop

from benchmarks import servers
from benchmarks.harness import Row, Series, interleave
from benchmarks.peers.sink import ANSWER
from benchmarks.webhooks import SIGNING_KEY
from inspector.sender.delivery import Sender
from inspector.sender.factory import EventFactory
from inspector.sender.load import run_load

SINK = (sys.executable, "-m", "benchmarks.peers.sink")
COUNT = 1000
RATE, SECONDS, RESTARTS = 500, 20, 3


def rows() -> list[Row]:
    """Measure."""
    with servers.Server(SINK) as sink, servers.Server(servers.inspector("--forward-to", sink.url)) as inspector:
        times = interleave(
            "forward", {"direct": lambda: _median_ms(sink.url), "forwarded": lambda: _median_ms(inspector.url)}, 5
        )
    added = [forwarded - direct for forwarded, direct in zip(times["forwarded"], times["direct"], strict=True)]
    return [
        Row(Series("added by forwarding, median", added, "ms"), limit=2),
        Row(Series("lost at 500/s for 20 s, 3 restarts", [uvloop.run(_lost())], "events"), limit=0),
    ]


def _median_ms(url: str) -> float:
    """The median time of one POST after the other."""
    return uvloop.run(_one_after_another(f"{url}/hook"))


async def _one_after_another(url: str) -> float:
    events = islice(EventFactory(seed=7).stream("lifecycle"), COUNT)
    async with Sender(signing_key=SIGNING_KEY) as sender:
        summary = await run_load(lambda event: sender.deliver(event, url), events, concurrency=1)
    if summary.accepted != COUNT:
        raise RuntimeError(f"{COUNT - summary.accepted} of {COUNT} were not accepted")
    return median(summary.latencies)


class Target:
    """An app in this process that can be stopped and started on the same port, and knows whom it heard from."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.heard = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen, on the port it had before if it had one."""
        target = self

        class Connection(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport, self.data = transport, b""
                target._connections.add(transport)  # type: ignore[arg-type]

            def data_received(self, data: bytes) -> None:
                self.data += data
                head = self.data.find(b"\r\n\r\n")
                if head < 0:
                    return
                lines = self.data[:head].split(b"\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
                if len(self.data) - head - 4 < int(fields[b"content-length"]):
                    return
                target.seen.add(fields[b"messagebird-request-id"])
                target.heard.set()
                self.data = b""
                self.transport.write(ANSWER)  # type: ignore[attr-defined]

        self._server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Stop listening and break every connection."""
        assert self._server is not None
        self._server.close()
        for transport in self._connections:
            transport.abort()
        self._connections.clear()


async def _lost() -> float:
    """Events that never reached the target, although it came back each time."""
    target = Target()
    await target.start()
    command = servers.inspector(
        "--forward-to", f"http://127.0.0.1:{target.port}", "--forward-retry", "100ms,200ms,500ms,5x1s"
    )
    with servers.Server(command) as inspector:
        restarting = asyncio.create_task(_restart(target))
        sent: list[str] = []

        async def send(event):  # type: ignore[no-untyped-def]
            delivery = await sender.deliver(event, f"{inspector.url}/hook")
            sent.append(delivery.request_id)
            return delivery

        events = islice(EventFactory(seed=7).stream("lifecycle"), RATE * SECONDS)
        async with Sender(signing_key=SIGNING_KEY) as sender:
            await run_load(send, events, rate=RATE)
        await restarting
        missing = await _missing(target, {str(name).encode() for name in sent})
    target.stop()
    if len(sent) != RATE * SECONDS:
        raise RuntimeError(f"Only {len(sent)} events were sent.")
    return len(missing)


async def _missing(target: Target, sent: set[bytes]) -> set[bytes]:
    """What has not reached the target when nothing is retried any more."""
    with suppress(TimeoutError):  # what is missing then is the result
        async with asyncio.timeout(15):
            while not sent <= target.seen:
                target.heard.clear()
                await target.heard.wait()
    return sent - target.seen


async def _restart(target: Target) -> None:
    for _ in range(RESTARTS):
        await asyncio.sleep(SECONDS / (RESTARTS + 1))
        target.stop()
        await asyncio.sleep(0.3)
        await target.start()
