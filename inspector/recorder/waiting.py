"""Waiting for requests to arrive, from a thread or from a coroutine.

Both stand on the log's own notice of a change, not on polling.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.recorder.log import LogChange, Matcher, RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.sender.clock import steady_time


class Gathering:
    """Collects matching requests of a log, each looked at once, until there are `count`."""

    def __init__(self, log: RequestLog, matches: Matcher, count: int, after: int = 0) -> None:
        self.found: list[RecordedRequest] = []
        self._log = log
        self._matches = matches
        self._count = count
        self._seen = after

    def look(self) -> bool:
        """Take in what is new; True when there is nothing left to wait for."""
        for request in self._log.since(self._seen):
            self._seen = request.sequence
            if self._matches(request):
                self.found.append(request)
        return len(self.found) >= self._count or self._log.closed


def wait_for(
    log: RequestLog, matches: Matcher, count: int = 1, timeout: float = 5.0, after: int = 0
) -> list[RecordedRequest]:
    """The matching requests recorded after sequence `after`, as soon as there are `count`; fewer after `timeout` s."""
    gathering = Gathering(log, matches, count, after)
    arrived = threading.Event()

    def note(_: LogChange) -> None:
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
    """The same for a coroutine; the event loop stays free."""
    gathering = Gathering(log, matches, count, after)
    with _arrivals(log) as arrived:
        try:
            async with asyncio.timeout(timeout):
                while not gathering.look():
                    await arrived.wait()
                    arrived.clear()
        except TimeoutError:
            gathering.look()
    return gathering.found


@contextmanager
def _arrivals(log: RequestLog) -> Iterator[asyncio.Event]:
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()

    def note(_: LogChange) -> None:
        loop.call_soon_threadsafe(arrived.set)

    with log.listening(note):
        yield arrived
