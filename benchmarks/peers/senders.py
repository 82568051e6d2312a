"""The senders that are compared: each makes, signs and sends the same events over 16 connections.

`python -m benchmarks.peers.senders KIND URL COUNT` prints how many a second it sent.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from urllib.parse import urlsplit

import uvloop

from benchmarks.webhooks import SIGNING_KEY
from inspector.sender.factory import EventFactory
from inspector.webhook.event import Event
from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

CONNECTIONS = 16
TIMESTAMP = "1719823259"


def events() -> Iterator[Event]:
    """The events that all of them send: one conversation's life after the other."""
    return EventFactory(seed=7).stream("lifecycle")


def signed(event: Event, url: str, request_id: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers, for the clients that know nothing of webhooks."""
    body = event.to_bytes()
    return body, {
        "content-type": "application/json",
        REQUEST_ID_HEADER: request_id,
        TIMESTAMP_HEADER: TIMESTAMP,
        SIGNATURE_HEADER: sign(SIGNING_KEY, TIMESTAMP, url, body),
    }


async def ours(url: str, count: int) -> float:
    """Made, signed, delivered, kept in the bounded delivery log."""
    from inspector.sender.delivery import Sender
    from inspector.sender.load import run_load

    async with Sender(signing_key=SIGNING_KEY) as sender:
        summary = await run_load(
            lambda event: sender.deliver(event, url), islice(events(), count), concurrency=CONNECTIONS
        )
    if summary.accepted != count:
        raise RuntimeError(f"{count - summary.accepted} of {count} were not accepted")
    return summary.rate


async def with_aiohttp(url: str, count: int) -> float:
    """The same with aiohttp."""
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:

        async def send(event: Event, request_id: str) -> None:
            body, headers = signed(event, url, request_id)
            async with session.post(url, data=body, headers=headers) as response:
                await response.read()

        return await _flat_out(send, count)


async def with_httpx2(url: str, count: int) -> float:
    """The same with httpx2."""
    import httpx2

    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=CONNECTIONS)) as client:

        async def send(event: Event, request_id: str) -> None:
            body, headers = signed(event, url, request_id)
            await client.post(url, content=body, headers=headers)

        return await _flat_out(send, count)


async def prepared(url: str, count: int) -> float:
    """The limit: one prepared request over and over, written by a bare protocol."""
    event = next(events())
    body, headers = signed(event, url, "00000000-0000-4000-8000-000000000001")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST /hook HTTP/1.1\r\nhost: sink\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    left = [count]
    done = loop.create_future()

    class Writer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.transport.write(request)  # type: ignore[attr-defined]

        def data_received(self, data: bytes) -> None:
            left[0] -= 1
            if left[0] > 0:
                self.transport.write(request)  # type: ignore[attr-defined]
            elif not done.done():
                done.set_result(None)

    started = time.perf_counter()
    connections = [await loop.create_connection(Writer, parts.hostname, parts.port) for _ in range(CONNECTIONS)]
    await done
    rate = count / (time.perf_counter() - started)
    for transport, _ in connections:
        transport.close()
    return rate


async def over_our_connections(url: str, count: int) -> float:
    """The limit of what a sender can reach on the connections that ours uses: one prepared request over and over."""
    from inspector.sender.request import Request
    from inspector.sender.wire import Wire

    body, headers = signed(next(events()), url, "00000000-0000-4000-8000-000000000001")
    request, wire, left = Request.build("POST", url, headers.items(), body), Wire(), iter(range(count))

    async def one_after_another() -> None:
        for _ in left:
            await wire.exchange(request)

    started = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(CONNECTIONS)))
    rate = count / (time.perf_counter() - started)
    await wire.aclose()
    return rate


async def generated(_: str, count: int) -> float:
    """Events made and written as bytes, none sent."""
    started = time.perf_counter()
    for event in islice(events(), count):
        event.to_bytes()
    return count / (time.perf_counter() - started)


async def _flat_out(send: Callable[[Event, str], Awaitable[None]], count: int) -> float:
    source = enumerate(islice(events(), count))

    async def one_after_another() -> None:
        for number, event in source:
            await send(event, f"00000000-0000-4000-8000-{number:012d}")

    started = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - started)


KINDS = {
    "ours": ours,
    "aiohttp": with_aiohttp,
    "httpx2": with_httpx2,
    "wire": over_our_connections,
    "prepared": prepared,
    "generated": generated,
}


async def _main(kind: str, url: str, count: int) -> None:
    EventFactory(seed=7).updated()  # fill the pools, import what is imported late
    print(await KINDS[kind](f"{url}/hook", count))


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
