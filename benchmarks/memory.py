"""Memory: what 10,000 recorded webhooks take, before and after somebody lists them, and they are read ahead."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from benchmarks import servers, webhooks
from benchmarks.harness import Row, Series, interleave

COUNT = 10_000
LIMIT = 30
"""MiB over start."""

PAUSE, STEADY = 2.0, 0.1
"""Seconds in which a server that is at work takes more MiB than this."""

PAUSES = 30


def rows() -> list[Row]:
    """Measure."""
    grown = interleave(
        "memory",
        {
            "inspector": lambda: _growth(servers.inspector(), listed=True),
            "pytest-httpserver": lambda: _growth(servers.HTTPSERVER),
        },
    )
    recorded = Series(f"{COUNT:,} recorded", [growth[0] for growth in grown["inspector"]], "MiB")
    listed = Series("… and all of them listed", [growth[1] for growth in grown["inspector"]], "MiB")
    peer = Series("pytest-httpserver", [growth[0] for growth in grown["pytest-httpserver"]], "MiB")
    bodies = Series("their bodies alone", [COUNT * len(webhooks.BODY) / 1024**2] * len(recorded.values), "MiB")
    read = Series("… and read ahead for searches", [growth[2] for growth in grown["inspector"]], "MiB")
    return [Row(recorded, limit=LIMIT), Row(recorded, peer), Row(recorded, bodies), Row(listed), Row(read)]


def _growth(command: Sequence[str], *, listed: bool = False) -> tuple[float, float, float]:
    with servers.Server(command) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        _load_all(connection, listed)
        before = server.resident
        _send(connection, server.url)
        recorded = server.resident - before
        if listed:
            _list(connection)
        connection.close()
        after = server.resident
        return recorded, after - before, (_settled(server) if listed else after) - before


def _settled(server: servers.Server) -> float:
    """What a server takes once it takes no more for a while; there is nothing else that tells when all is read."""
    before = server.resident
    for _ in range(PAUSES):
        time.sleep(PAUSE)
        now = server.resident
        if abs(now - before) <= STEADY:
            return now
        before = now
    raise RuntimeError(f"The server still took more memory after {PAUSES * PAUSE:g} s.")


def _load_all(connection: http.client.HTTPConnection, listed: bool) -> None:
    """Let a server import what it only imports when it is used, so that no code counts as records."""
    _answer(connection, "POST", webhooks.PATH, webhooks.BODY)
    if listed:
        _answer(connection, "GET", "/")
        _answer(connection, "GET", "/-/api/requests")
        connection.request("DELETE", "/-/api/requests")
        connection.getresponse().read()


def _send(connection: http.client.HTTPConnection, base_url: str) -> None:
    headers = webhooks.signed_headers(base_url + webhooks.PATH)
    for number in range(COUNT):
        headers[webhooks.REQUEST_ID_HEADER] = webhooks.request_id(number)
        _answer(connection, "POST", webhooks.PATH, webhooks.BODY, headers)


def _list(connection: http.client.HTTPConnection) -> None:
    seen, before = 0, ""
    while before is not None:
        page = json.loads(_answer(connection, "GET", f"/-/api/requests?limit=1000{before}"))
        seen += len(page["requests"])
        before = f"&before={page['next']}" if page["next"] else None
    if seen != COUNT:
        raise RuntimeError(f"{seen} of {COUNT} recorded requests were listed.")


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    connection.request(method, target, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RuntimeError(f"{method} {target} was answered {response.status}: {content[:200]!r}")
    return content
