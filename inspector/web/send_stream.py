"""The Send page, live: deliveries and runs as they change, gathered into batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from inspector.recorder.log import LogChange, RequestLog
from inspector.sender.delivery import Delivery, DeliveryLog
from inspector.web.events import sse
from inspector.web.listener import Listener, until_gone
from inspector.web.send_runs import Run, Runs
from inspector.web.send_views import render_delivery_rows, render_run

INTERVAL = 0.1
"""Seconds between two batches."""

MOST_ROWS = 100
"""Deliveries in one batch, the newest; of more the page would show no trace before the next."""


class SendStream:
    """The ASGI endpoint of `/-/send/stream`. It ends when the request log closes."""

    def __init__(self, log: RequestLog, deliveries: DeliveryLog, runs: Runs) -> None:
        self._log = log
        self._deliveries = deliveries
        self._listeners: set[Listener] = set()
        self._changed: dict[str, Delivery] = {}
        self._runs: dict[str, Run] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._batches = 0
        self._unsubscribe: list[Callable[[], None]] = []
        runs.on_change = self._note_run

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one stream until its reader leaves or the log closes."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        listener = self._attach()
        reader = asyncio.ensure_future(until_gone(receive, listener))
        try:
            while not listener.closed:
                await send({"type": "http.response.body", "body": await listener.take(), "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            reader.cancel()
            self._detach(listener)

    def _attach(self) -> Listener:
        if not self._listeners:
            loop = asyncio.get_running_loop()
            self._unsubscribe = [
                self._deliveries.subscribe(self._note),
                self._log.subscribe(lambda change: self._note_end(loop, change)),
            ]
        listener = Listener()
        listener.push(b"retry: 1000\n\n" + sse("ready", {}, self._batches), 1, self._batches)
        self._listeners.add(listener)
        if self._log.closed:
            listener.close()
        return listener

    def _detach(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners:
            for unsubscribe in self._unsubscribe:
                unsubscribe()
            self._unsubscribe = []

    def _note(self, delivery: Delivery) -> None:
        self._changed.pop(delivery.id, None)
        self._changed[delivery.id] = delivery
        self._schedule()

    def _note_run(self, run: Run) -> None:
        if self._listeners:
            self._runs[run.id] = run
            self._schedule()

    def _note_end(self, loop: asyncio.AbstractEventLoop, change: LogChange) -> None:
        if change.kind == "closed":
            loop.call_soon_threadsafe(self._close)

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._batches += 1
        newest = list(self._changed.values())[-MOST_ROWS:]
        batch = {
            "deliveries": {delivery.id: render_delivery_rows([delivery]) for delivery in newest},
            "runs": {run.id: render_run(run) for run in self._runs.values()},
            "total": len(self._deliveries),
        }
        chunk = sse("batch", batch, self._batches)
        self._changed, self._runs = {}, {}
        for listener in self._listeners:
            listener.push(chunk, len(newest), self._batches)

    def _close(self) -> None:
        for listener in self._listeners:
            listener.close()
