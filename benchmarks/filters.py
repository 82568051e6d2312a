"""Searching 10,000 recorded requests, beside a plain loop over them that parses each body."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from benchmarks.harness import Row, Series, interleave
from inspector.recorder.analysis import Analyser
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.sender.factory import EventFactory
from inspector.settings import SigningKey
from inspector.webhook.signature import sign

COUNT = 10_000
LIMIT_MS = 50
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


def rows() -> list[Row]:
    """Measure."""
    log = _filled()
    candidates: dict[str, Callable[[], float]] = {q: lambda q=q: _search(log, q) for q in SEARCHES}
    times = interleave("filters", {"plain loop": lambda: _plain_loop(log), **candidates})
    plain = Series("plain loop", times["plain loop"], "ms")
    return [row for q in SEARCHES for row in _rows(Series(q[:44], times[q], "ms"), plain)]


def _rows(series: Series, plain: Series) -> list[Row]:
    return [Row(series, limit=LIMIT_MS), Row(series, plain)]


def _filled() -> RequestLog:
    log, analyser = RequestLog(), Analyser([SigningKey("benchmark-key")])
    url = "http://127.0.0.1:4747/hook"
    for event in EventFactory(seed=7).stream("updated", COUNT):
        body = event.to_bytes()
        headers = [
            (b"host", b"127.0.0.1:4747"),
            (b"content-type", b"application/json"),
            (b"messagebird-request-timestamp", b"1719823259"),
            (b"messagebird-signature", sign("benchmark-key", "1719823259", url, body).encode()),
        ]
        log.append(
            RecordedRequest(
                received_at=1719823260.0, method="POST", target=b"/hook", headers=headers, body=body, analyser=analyser
            )
        )
    for request in log.snapshot():  # as reading ahead does it while nothing arrives
        _ = request.event, request.signature, request.contract
    return log


def _search(log: RequestLog, q: str) -> float:
    started = time.perf_counter()
    log.select(parse_filter(q))
    return (time.perf_counter() - started) * 1000


def _plain_loop(log: RequestLog) -> float:
    """What somebody would write at first."""
    started = time.perf_counter()
    found: list[Any] = []
    for request in log.snapshot():
        if json.loads(request.body)["payload"]["status"] == "closed":
            found.append(request)
    return (time.perf_counter() - started) * 1000
