"""Explaining: the worst case of the signature diagnosis, and opening a conversation of 500 events."""

from __future__ import annotations

import os
import time
from base64 import b64encode

from benchmarks.harness import Row, Series, interleave
from benchmarks.webhooks import BODY
from inspector.recorder.analysis import Analyser
from inspector.recorder.conversations import Conversations, details
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.sender.factory import EventFactory
from inspector.webhook.diagnosis import explain

KEYS = [f"key number {number} of five" for number in range(5)]


def rows() -> list[Row]:
    """Measure."""
    body = BODY + b" " * (2048 - len(BODY))
    times = interleave(
        "explain",
        {"unknown": lambda: _unknown(body), "conversation": _conversation},
    )
    return [
        Row(Series("unknown signature, 2 kB, 5 keys", times["unknown"], "ms"), limit=50),
        Row(Series("a conversation of 500 events opened", times["conversation"], "ms"), limit=300),
    ]


def _unknown(body: bytes) -> float:
    signature = b64encode(os.urandom(32)).decode()
    started = time.perf_counter()
    found = explain(
        url="http://127.0.0.1:4747/hook?b=2&a=1",
        timestamp="1719823259",
        body=body,
        signature=signature,
        signing_keys=KEYS,
        headers=[("host", "127.0.0.1:4747"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "app.example")],
        now=1719823270.0,
    )
    elapsed = (time.perf_counter() - started) * 1000
    if found.cause != "unknown":
        raise RuntimeError(f"A random signature was explained as {found.cause}.")
    return elapsed


def _conversation() -> float:
    log, analyser = RequestLog(), Analyser()
    factory = EventFactory(seed=7)
    story = factory.story()
    events = [story.create(), *(story.receive() for _ in range(499))]
    for event in events:
        log.append(
            RecordedRequest(
                received_at=factory.time(),
                method="POST",
                target=b"/hook",
                headers=[(b"host", b"127.0.0.1:4747")],
                body=event.to_bytes(),
                analyser=analyser,
            )
        )
    started = time.perf_counter()
    shown = details(Conversations(log).get(events[0].payload["id"]))
    elapsed = (time.perf_counter() - started) * 1000
    if len(shown["steps"]) != len(events):
        raise RuntimeError(f"{len(shown['steps'])} of {len(events)} steps are shown.")
    return elapsed
