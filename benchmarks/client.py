"""A small load client for machines without wrk: `python -m benchmarks.client URL SECONDS CONNECTIONS` prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count
from urllib.parse import urlsplit

from benchmarks import webhooks


async def send_until(deadline: float, url: str, numbers: count[int], latencies: list[float]) -> int:
    """Send one webhook after the other over one connection, opened anew when the server closes it; count errors."""
    parts = urlsplit(url)
    head = "".join(f"{name}: {value}\r\n" for name, value in webhooks.signed_headers(url).items())
    opening = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-length: {len(webhooks.BODY)}\r\n{head}"
    errors, connection = 0, None
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        try:
            connection = connection or await asyncio.open_connection(parts.hostname, parts.port)
            line = f"{webhooks.REQUEST_ID_HEADER}: {webhooks.request_id(next(numbers))}\r\n\r\n"
            connection[1].write((opening + line).encode() + webhooks.BODY)
            if not await read_answer(connection[0]):
                connection[1].close()
                connection = None
        except (OSError, asyncio.IncompleteReadError):
            errors, connection = errors + 1, None
        latencies.append(time.perf_counter() - started)
    if connection is not None:
        connection[1].close()
    return errors


async def read_answer(reader: asyncio.StreamReader) -> bool:
    """Read one answer; says whether the connection stays open. Raises ConnectionError on anything but 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise ConnectionError(head.decode("latin-1"))
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return head.startswith(b"http/1.1") and b"connection: close" not in head


async def main(base_url: str, seconds: int, connections: int) -> None:
    """Drive the load and print what it came to."""
    started = time.perf_counter()
    latencies: list[float] = []
    numbers = count(1)
    errors = await asyncio.gather(
        *(send_until(started + seconds, base_url + webhooks.PATH, numbers, latencies) for _ in range(connections))
    )
    elapsed = time.perf_counter() - started
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.99))
    print(json.dumps({"rate": len(latencies) / elapsed, "p50": p50, "p99": p99, "errors": sum(errors)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
