"""Waiting for requests to arrive, from a thread or from a coroutine.

Both stand on the log's own notice of a change, not on polling. A request is looked at when it arrives and whenever
something about it is new: its answer, what became of its forwarding, a pin, a note, a cause.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from inspector.recorder.filters import RequestFilter
from inspector.recorder.log import LogChange, Matcher, RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.sender.clock import steady_time

SLOW_LOOK = 1.0
"""Seconds that a search which takes long may look at least, however short the wait is."""


class Gathering:
    """Collects matching requests of a log until there are `count`."""

    def __init__(self, log: RequestLog, matches: Matcher, count: int, after: int = 0) -> None:
        self._log = log
        self._matches = matches
        self._count = count
        self._seen = self._after = after
        self._updated: deque[RecordedRequest] = deque()
        self._found: dict[int, RecordedRequest] = {}

    @property
    def found(self) -> list[RecordedRequest]:
        """Those that match, in the order of their arrival."""
        return [self._found[sequence] for sequence in sorted(self._found)]

    def note(self, change: LogChange) -> None:
        """Take note of a change; it is looked at later."""
        if change.kind == "updated" and change.request is not None and change.request.sequence > self._after:
            self._updated.append(change.request)

    def look(self, until: float = inf) -> bool:
        """Take in what is new, but not much longer than `until`; True when there is nothing left to wait for."""
        for request in self._log.since(self._seen):
            self._seen = request.sequence
            self._take(request)
            if steady_time() > until:
                break
        while self._updated:
            self._take(self._updated.popleft())
        return len(self._found) >= self._count or self._log.closed

    def _take(self, request: RecordedRequest) -> None:
        if self._matches(request):
            self._found[request.sequence] = request
        else:
            self._found.pop(request.sequence, None)


def wait_for(
    log: RequestLog, matches: Matcher, count: int = 1, timeout: float = 5.0, after: int = 0
) -> list[RecordedRequest]:
    """The matching requests recorded after sequence `after`, as soon as there are `count`; fewer after `timeout` s."""
    gathering = Gathering(log, matches, count, after)
    arrived = threading.Event()

    def note(change: LogChange) -> None:
        gathering.note(change)
        arrived.set()

    deadline = steady_time() + timeout
    with log.listening(note):
        while not gathering.look() and arrived.wait(max(0.0, deadline - steady_time())):
            arrived.clear()
    return gathering.found


async def wait_for_async(
    log: RequestLog,
    matches: Matcher,
    count: int = 1,
    timeout: float = 5.0,  # noqa: ASYNC109 - running out of time is a result here: what did arrive
    after: int = 0,
) -> list[RecordedRequest]:
    """The same for a coroutine. The event loop stays free: a search that takes long looks in a thread."""
    gathering = Gathering(log, matches, count, after)
    is_slow = isinstance(matches, RequestFilter) and matches.is_slow
    started = steady_time()
    deadline = started + timeout

    async def look() -> bool:
        until = max(deadline, started + SLOW_LOOK)
        return await asyncio.to_thread(gathering.look, until) if is_slow else gathering.look()

    with _changes(log, gathering) as changed:
        while not await look():
            in_time = await _within(max(0.0, deadline - steady_time()), changed)
            changed.clear()
            if not in_time:
                await look()  # a busy loop may be late itself
                break
    return gathering.found


async def _within(seconds: float, changed: asyncio.Event) -> bool:
    """Whether something changes in so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True


@contextmanager
def _changes(log: RequestLog, gathering: Gathering) -> Iterator[asyncio.Event]:
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def note(change: LogChange) -> None:
        gathering.note(change)
        loop.call_soon_threadsafe(changed.set)

    with log.listening(note):
        yield changed
