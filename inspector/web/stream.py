"""The live stream: Server-Sent Events of what happens to the log.

Arrivals are gathered for `INTERVAL` seconds, rendered once per kind of view and shared as bytes by all who look at it;
the first of a quiet period goes out at once. Rendering goes in slices, between which webhooks get their answers. More
than anybody reads is told as a `gap`, and so is what a slow listener missed: nobody is waited for.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from starlette.requests import Request

from inspector.recorder.log import LogChange, Matcher, RequestLog
from inspector.sender.clock import steady_time

INTERVAL = 0.05
"""Seconds between two batches."""

BATCH = 200
"""Arrivals in one interval that are always shown one by one; more only as the allowance for bursts lasts."""

BURST, BURST_REFILL = 1000, 100
"""The allowance for bursts: how many arrivals at most, and how many it gains in a second. Beyond it is a `gap`."""

SLICE = 12
"""Arrivals rendered without a pause, some 2 ms of work."""

LISTENER_LIMIT = 2 * 1024 * 1024
"""Bytes that may wait for one slow listener before they are dropped and told as a `gap`."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment line shows that the connection lives."""

Render = Callable[[Sequence[LogChange]], bytes]


def sse(event: str, data: Any, change: int) -> bytes:
    """One Server-Sent Event with its id; JSON data keeps it on one line."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (change, event.encode(), orjson.dumps(data))


def render_json(changes: Sequence[LogChange]) -> bytes:
    """Changes for scripts: one event each, `request` and `updated` with a summary."""
    return b"".join(render_change(change) for change in changes if change.kind != "left")


def render_change(change: LogChange) -> bytes:
    """One change as an event."""
    if change.request is not None:
        return sse(change.kind, change.request.summary(), change.id)
    return sse(change.kind, {"ids": change.ids} if change.kind == "removed" else {}, change.id)


def render_gap(missed: int, change: int) -> bytes:
    """What tells a listener that it has to ask for what it shows."""
    return sse("gap", {"missed": missed}, change)


class View:
    """One way of looking at the log: a matcher and a rendering, shared by all listeners with the same key."""

    def __init__(self, render: Render, matches: Matcher | None) -> None:
        self.render = render
        self.matches = matches
        self.listeners: set[Listener] = set()

    def select(self, changes: Sequence[LogChange]) -> list[LogChange]:
        """The changes that this view shows; a request that was changed and does not match (any more) has `left`."""
        matches = self.matches
        if matches is None:
            return list(changes)
        shown = []
        for change in changes:
            if change.request is None or matches(change.request):
                shown.append(change)
            elif change.kind == "updated":
                shown.append(change._replace(kind="left"))
        return shown


class Listener:
    """One open stream: chunks that wait to be sent, bounded."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._waiting = 0  # bytes
        self._events = 0
        self._ready = asyncio.Event()
        self.closed = False

    def push(self, chunk: bytes, count: int, change: int) -> None:
        """Add a chunk of `count` events, the last of which is number `change`."""
        self._waiting += len(chunk)
        self._events += count
        if self._waiting > LISTENER_LIMIT:
            self._chunks.clear()
            chunk = render_gap(self._events, change)
            self._waiting = len(chunk)
        self._chunks.append(chunk)
        self._ready.set()

    def close(self) -> None:
        """End the stream after what waits."""
        self.closed = True
        self._ready.set()

    async def take(self) -> bytes:
        """All chunks that wait, or a heartbeat after a silence, or nothing at the end."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._ready.wait()
        except TimeoutError:
            return b": heartbeat\n\n"
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = self._events = 0
        if not self.closed:
            self._ready.clear()
        return taken


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
        listener.push(b"retry: 1000\n\n" + sse("ready", self._totals(), now if after is None else after), 1, now)
        if after is None or after == now:
            return
        changes, incomplete = self._log.changes_since(after) if after < now else ([], True)
        if incomplete or len(changes) > BURST:
            listener.push(render_gap(len(changes), now), len(changes), now)
            return
        shown = view.select(changes)
        listener.push(view.render(shown) + sse("totals", self._totals(), now), len(shown), now)

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
        chunk = render_gap(missed, last.id) + sse("totals", self._totals(), last.id)
        for view in self._views.values():
            for listener in view.listeners:
                listener.push(chunk, missed, last.id)

    def _tell(self, changes: list[LogChange]) -> None:
        if not changes:
            return
        last = changes[-1].id
        for view in list(self._views.values()):
            shown = view.select(changes)
            chunk = (view.render(shown) if shown else b"") + sse("totals", self._totals(), last)
            for listener in view.listeners:
                listener.push(chunk, len(shown), last)
        if changes[-1].kind == "closed":
            self._close()

    def _totals(self) -> dict[str, int]:
        return {"total": len(self._log), "evicted": self._log.evicted}

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
        listener, view = self._broadcaster.attach(self._render, query, matches, _last_event_id(request))
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


async def until_gone(receive: Any, listener: Listener) -> None:
    """Wait until the reader of a stream has left, and close its listener."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close()


def _last_event_id(request: Request) -> int | None:
    # EventSource sends the header when it reconnects; at first it can only use the address.
    text = request.headers.get("last-event-id") or request.query_params.get("last_event_id", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
