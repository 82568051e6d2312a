"""The live stream: Server-Sent Events of what happens to the log.

Arrivals are gathered for `INTERVAL` seconds, rendered once per kind of view and shared as bytes by all who look at it;
the first of a quiet period goes out at once. Rendering goes in slices, between which webhooks get their answers; large
bodies are read in a thread before, and causes that are not known are not asked for. More than anybody reads is told as
a `gap`, and so is what a slow listener missed: nobody is waited for.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from starlette.requests import Request

from inspector.recorder.log import LogChange, Matcher, RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.sender.clock import steady_time
from inspector.web.events import event_id, sse
from inspector.web.listener import Listener, until_gone
from inspector.web.view import Render, View

INTERVAL = 0.05
"""Seconds between two batches."""

BATCH = 200
"""Arrivals in one interval that are always shown one by one; more only as the allowance for bursts lasts."""

BURST, BURST_REFILL = 1000, 100
"""The allowance for bursts: how many arrivals at most, and how many it gains in a second. Beyond it is a `gap`."""

SLICE = 12
"""Arrivals rendered without a pause, some 2 ms of work."""

LARGE = 64 * 1024
"""Bytes of a body that take too long to read between two answers."""

NOWHERE = -1
"""Stands for a change that cannot be told from: that of another run, or of none."""


class Broadcaster:
    """Carries the log's changes to the open streams."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._views: dict[tuple[Render, str], View] = {}
        self._pending: deque[LogChange] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._scheduled = False
        self._flushed_at = 0.0
        self._quota = 0  # how many of the pending are still to be rendered in this interval
        self._allowance = float(BURST)
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return sum(len(view.listeners) for view in self._views.values())

    def attach(self, render: Render, query: str, matches: Matcher | None, after: int | None) -> tuple[Listener, View]:
        """Open a stream that starts after change number `after`, or with what comes next."""
        if self._unsubscribe is None:
            self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
            self._unsubscribe = self._log.subscribe(self._note)
        self._flush_all()  # so that what the others still wait for is not told twice to this one
        view = self._views.setdefault((render, query), View(render, matches))
        listener = Listener()
        self._greet(listener, view, after)
        view.listeners.add(listener)
        return listener, view

    def detach(self, listener: Listener, view: View) -> None:
        """Forget a stream; the last one out ends the subscription to the log."""
        view.listeners.discard(listener)
        self._views = {key: view for key, view in self._views.items() if view.listeners}
        if not self._views and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
            self._pending.clear()

    def _greet(self, listener: Listener, view: View, after: int | None) -> None:
        now = self._log.last_change
        ready = self._event("ready", self._totals(), now if after is None else after)
        listener.push(b"retry: 1000\n\n" + ready, 1, self._id(now))
        if after is None or after == now:
            return
        changes, incomplete = self._log.changes_since(after) if after < now else ([], True)
        if incomplete or len(changes) > BATCH:
            listener.push(self._event("gap", {"missed": len(changes)}, now), len(changes), self._id(now))
            return
        shown = view.select(changes)
        chunk = view.render(shown, self._log.run) + self._event("totals", self._totals(), now)
        listener.push(chunk, len(shown), self._id(now))

    def _note(self, change: LogChange) -> None:
        # Called by whoever changes the log, in any thread: take note and return.
        self._pending.append(change)
        if self._scheduled or self._loop is None:
            return
        self._scheduled = True
        if threading.get_ident() == self._thread:
            self._schedule()
        else:
            self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        assert self._loop is not None
        wait = self._flushed_at + INTERVAL - steady_time()
        if wait <= 0:
            self._loop.call_soon(self._flush)
        else:
            self._loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        now = steady_time()
        self._allowance = min(BURST, self._allowance + (now - self._flushed_at) * BURST_REFILL)
        self._flushed_at = now
        self._begin()
        self._render_slice()

    def _flush_all(self) -> None:
        self._begin()
        while self._quota:
            self._tell(self._take_slice())

    def _begin(self) -> None:
        waiting = len(self._pending)
        if waiting > BATCH:
            if waiting > self._allowance:
                self._tell_gap()
            else:
                self._allowance -= waiting
        self._quota = len(self._pending)

    def _render_slice(self) -> None:
        assert self._loop is not None
        ahead = [change.request for change in islice(self._pending, min(SLICE, self._quota)) if change.request]
        if any(request.kept_size > LARGE for request in ahead):
            read = self._loop.run_in_executor(None, _read, ahead)
            read.add_done_callback(lambda _: self._tell_slice())
        else:
            self._tell_slice()

    def _tell_slice(self) -> None:
        assert self._loop is not None
        self._tell(self._take_slice())
        if self._quota:
            self._loop.call_soon(self._render_slice)  # after what waits for an answer
            return
        self._scheduled = bool(self._pending)
        if self._pending:
            self._schedule()

    def _take_slice(self) -> list[LogChange]:
        count = min(SLICE, self._quota, len(self._pending))
        self._quota -= count or self._quota
        return [self._pending.popleft() for _ in range(count)]

    def _tell_gap(self) -> None:
        missed, last = len(self._pending), self._pending[-1]
        self._pending.clear()
        if last.kind == "closed":
            self._pending.append(last)
        chunk = self._event("gap", {"missed": missed}, last.id) + self._event("totals", self._totals(), last.id)
        for view in self._views.values():
            for listener in view.listeners:
                listener.push(chunk, missed, self._id(last.id))

    def _tell(self, changes: list[LogChange]) -> None:
        if not changes:
            return
        last = changes[-1].id
        totals = self._event("totals", self._totals(), last)
        for view in list(self._views.values()):
            shown = view.select(changes)
            chunk = (view.render(shown, self._log.run) if shown else b"") + totals
            for listener in view.listeners:
                listener.push(chunk, len(shown), self._id(last))
        if changes[-1].kind == "closed":
            self._close()

    def _totals(self) -> dict[str, int]:
        return {"total": len(self._log), "evicted": self._log.evicted, "oldest": self._log.oldest}

    def _event(self, name: str, data: Any, change: int) -> bytes:
        return sse(name, data, self._id(change))

    def _id(self, change: int) -> str:
        return event_id(self._log.run, change)

    def _close(self) -> None:
        for view in self._views.values():
            for listener in view.listeners:
                listener.close()


class Stream:
    """The ASGI endpoint of one rendering; `parse` turns the `q` parameter into a matcher."""

    def __init__(
        self, broadcaster: Broadcaster, log: RequestLog, render: Render, parse: Callable[[str], Matcher | None]
    ) -> None:
        self._broadcaster = broadcaster
        self._log = log
        self._render = render
        self._parse = parse

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one stream until its reader leaves or the log closes. Raises FilterError before it starts."""
        request = Request(scope)
        query = request.query_params.get("q", "")
        matches = self._parse(query)
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        listener, view = self._broadcaster.attach(self._render, query, matches, resume_point(request, self._log.run))
        if self._log.closed:
            listener.close()
        reader = asyncio.ensure_future(until_gone(receive, listener))
        try:
            while not listener.closed:
                await send({"type": "http.response.body", "body": await listener.take(), "more_body": True})
            await send({"type": "http.response.body", "body": await listener.take(), "more_body": False})
        finally:
            reader.cancel()
            self._broadcaster.detach(listener, view)


def resume_point(request: Request, run: str) -> int | None:
    """The change after which a stream is to go on, `NOWHERE` if that is none of this run; None: from now on."""
    # EventSource sends the header when it reconnects; at first it can only use the address.
    text = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
    if not text:
        return None
    told_by, _, change = text.rpartition(":")
    return int(change) if told_by == run and change.isdecimal() and len(change) < 19 else NOWHERE


def _read(requests: Sequence[RecordedRequest]) -> None:
    """What rows and summaries show is kept once it was worked out."""
    for request in requests:
        _ = request.event, request.signature, request.contract
