"""Searching 10,000 recorded requests through the API, beside a plain loop over them that parses each body."""

from __future__ import annotations

import http.client
import json
import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from benchmarks.harness import Row, Series, interleave
from inspector.recorder.log import RequestLog
from inspector.recorder.readahead import ReadAhead
from inspector.recorder.request import RecordedRequest
from inspector.sender.factory import EventFactory
from inspector.server import InspectorServer
from inspector.settings import Settings, signing_keys
from inspector.webhook.signature import sign

COUNT = 10_000
LIMIT_MS = 50
PATIENCE = 120.0
"""Seconds within which all is read ahead."""

SEARCHES = (
    "event:conversation.created",
    "signature:invalid",
    "contract:departs",
    "header.content-type:~json size>1kB",
    "nothing-holds-this-word",
    "payload.status:closed",
    "payload.featuredParticipants.*.displayName:~anna",
    "path:/hook (event:updated OR event:deleted) -payload.lastMessage.status:delivered",
)
FIELDS = (
    "event:~upd", "conversation:~a", "channel:x", "service:*", "method:get", "path:~hook", "query:*", "url:~hook",
    "header.content-type:~json", "header.messagebird-request-timestamp>1", "body:~anna", "body:*", "body:x",
    "size<1kB", "client:~1", "status:200", "request-id:~a", "signature:valid", "key:benchmark", "cause:*", "age<5m",
    "stale:true", "contract:conforms", "finding:missing", "duplicate:true", "attempt>1", "pinned:true", "note:~x",
    "test:~x", "id:~1",
)  # fmt: skip
WORDS = ("e", "anna", "jürgen", '"a b"', "12:30", "anna OR berta", "-anna -berta", "anna payload.status:closed")
PATHS = (
    "payload.status:active", "payload.status:~a", "payload.STATUS:closed", "payload.name:*", "payload.nosuch:*",
    "payload.updatedAt>2024-01-01", "payload.activeParticipantCount>1", "payload.lastMessage.preview.text:~a",
    "payload.featuredParticipants:~anna", "payload.featuredParticipants.0.displayName:~a",
    "payload.featuredParticipants.*.type:contact", "payload.featuredParticipants.*.displayName:~a",
    "payload.featuredParticipants.*.contact.identifierValue:~4915",
    "payload.featuredParticipants.*.contact.identifierValue:~1",
    "payload.*:~anna", "payload.*:~e", "payload.*:~4915", "payload.*:~displayName", "payload.*:active", "payload.*:5",
    "payload.*>5", "payload.*:*", "payload.*.*:~a", "payload.*.*:active", "payload.*>2024-01-01",
    "payload.*<2024-01-01", "payload.*.*<2024-01-01", "payload.lastMessage.createdAt<2024-11-28",
    "payload.status:active payload.lastMessage.status:read payload.style:~a",
    "payload.status:closed OR payload.lastMessage.status:read OR payload.style:x OR payload.visibility:none",
)  # fmt: skip
CAUSES = ("cause:unknown", "cause:separator", "cause:separator event:updated", "-cause:*")
WIDE = ("anna OR berta OR carla OR dora", "-anna -berta -carla -dora -emil", r'"\"status\":\"active\""')
"""Shown without a limit, since none can be given: each word is one more pass, and JSON is read where it may stand."""


def rows() -> list[Row]:
    """Measure."""
    bodies = [event.to_bytes() for event in EventFactory(seed=7).stream("updated", COUNT)]
    with _inspector(signed=True) as search:
        asked = {q: lambda q=q: search(q) for q in (*SEARCHES, *FIELDS, *WORDS, *PATHS, *WIDE)}
        times = interleave("filters", {"plain loop": lambda: _plain_loop(bodies), **asked})
    with _inspector(signed=False) as search:  # by itself: reading ahead, it leaves the others little
        times |= interleave("causes", {q: lambda q=q: search(q) for q in CAUSES})
    plain = Series("plain loop", times["plain loop"], "ms")
    shown = [row for q in SEARCHES for row in (Row(_series(q, times), limit=LIMIT_MS), Row(_series(q, times), plain))]
    groups = {"fields": FIELDS, "words": WORDS, "paths": PATHS, f"causes of {COUNT:,} not diagnosed": CAUSES}
    shown += [Row(_slowest(name, group, times), limit=LIMIT_MS) for name, group in groups.items()]
    return [*shown, Row(_slowest("wide", WIDE, times))]


def _series(q: str, times: Mapping[str, list[float]]) -> Series:
    return Series(q[:44], times[q], "ms")


def _slowest(name: str, group: Sequence[str], times: Mapping[str, list[float]]) -> Series:
    slowest = max(group, key=lambda q: median(times[q]))
    return Series(f"{name}, slowest of {len(group)}: {slowest[:60]}", times[slowest], "ms")


@contextmanager
def _inspector(*, signed: bool) -> Iterator[Callable[[str], float]]:
    """An inspector with a full log: what asks its API, giving the milliseconds that an answer takes."""
    with InspectorServer(Settings(port=0, signing_keys=signing_keys(["benchmark=benchmark-key"]))) as server:
        for event in EventFactory(seed=7).stream("updated", COUNT):
            server.app.log.append(_record(server, event.to_bytes(), signed))
        _read_ahead(server.app.log, causes=signed)
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        yield lambda q: _ask(connection, q)
        connection.close()


def _read_ahead(log: RequestLog, *, causes: bool) -> None:
    """What is done while nothing arrives."""
    if causes:
        reader = ReadAhead(log)
        reader.start()
        is_read = reader.idle.wait(PATIENCE)
        reader.close()
        if not is_read:
            raise RuntimeError(f"{len(log):,} requests were not read ahead within {PATIENCE:g} s.")
    else:
        for request in log.snapshot():
            _ = request.event, request.signature, request.contract


def _record(server: InspectorServer, body: bytes, signed: bool) -> RecordedRequest:
    url = f"{server.url}/hook"
    signature = sign("benchmark-key", "1719823259", url, body) if signed else b64encode(os.urandom(32)).decode()
    headers = [
        (b"host", urlsplit(url).netloc.encode()),
        (b"user-agent", b"Go-http-client/2.0"),
        (b"content-length", b"%d" % len(body)),
        (b"accept-encoding", b"gzip"),
        (b"content-type", b"application/json"),
        (b"messagebird-request-id", str(uuid4()).encode()),
        (b"messagebird-request-timestamp", b"1719823259"),
        (b"messagebird-signature", signature.encode()),
    ]
    return RecordedRequest(
        received_at=1719823260.0,
        method="POST",
        target=b"/hook",
        headers=headers,
        body=body,
        analyser=server.app.analyser,
    )


def _ask(connection: http.client.HTTPConnection, q: str) -> float:
    started = time.perf_counter()
    connection.request("GET", f"/-/api/requests?q={quote(q)}")
    answer = connection.getresponse()
    content = answer.read()
    elapsed = (time.perf_counter() - started) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{q} was answered {answer.status}: {content!r}")
    return elapsed


def _plain_loop(bodies: list[bytes]) -> float:
    """What somebody would write at first."""
    started = time.perf_counter()
    found: list[Any] = []
    for body in bodies:
        if json.loads(body)["payload"]["status"] == "closed":
            found.append(body)
    return (time.perf_counter() - started) * 1000
