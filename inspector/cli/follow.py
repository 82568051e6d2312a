"""Follows the log of a running inspector without losing a request: over gaps, lost connections and restarts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from inspector.cli.client import Inspector, StreamEvent
from inspector.cli.output import Unreachable, note

RETRY = 1.0
"""Seconds until a lost connection is tried again."""

PAGE = 500
"""Requests asked for at once when there is a gap to fill."""

REMEMBERED = 20_000
"""How many of the requests that were told are known one by one; those before them count as told."""

Summary = dict[str, Any]


class Follower:
    """The requests that match a search text, each once, from now on: as they come, or when they come to match."""

    def __init__(self, inspector: Inspector, query: str) -> None:
        self._inspector = inspector
        self._query = query
        self._last_event_id: str | None = None
        self._run = ""
        self._before = 0  # the sequence up to which all is old
        self._told: set[int] = set()

    def requests(self) -> Iterator[Summary]:
        """Summaries, without end. Raises Failure unless the inspector can be reached at first."""
        newest = self._page(limit=1, query="")["requests"]
        if newest:
            self._begin(_run(newest[0]), newest[0]["sequence"])
        while True:
            with suppress(Unreachable):
                for event in self._inspector.stream(self._query, self._last_event_id):
                    yield from self._take(event)
            note(f"The connection to {self._inspector.url} is lost; trying again.")
            self._reconnect()

    def _reconnect(self) -> None:
        while True:
            time.sleep(RETRY)
            with suppress(Unreachable):
                self._inspector.get("/-/health")
                return

    def _take(self, event: StreamEvent) -> Iterator[Summary]:
        # What came between the first question and the stream is a gap too.
        is_first = event.kind == "ready" and self._last_event_id is None
        self._last_event_id = event.id or self._last_event_id
        if event.kind == "gap" or is_first:
            yield from self._new(self._skipped())
        elif event.kind == "request" and not self._is_told(event.data):
            yield self._tell(event.data)
        elif event.kind == "updated":
            yield from self._new([event.data])

    def _skipped(self) -> list[Summary]:
        """What the log has that was not told yet, oldest first; back to a page that has nothing of it."""
        skipped: list[Summary] = []
        before = None
        while True:
            page = self._page(limit=PAGE, query=self._query, before=before)
            new = [request for request in page["requests"] if self._is_new(request)]
            skipped += new
            before = page["next"]
            if before is None or not new:
                return skipped[::-1]

    def _page(self, *, limit: int, query: str, before: str | None = None) -> Any:
        return self._inspector.get("/-/api/requests", {"q": query, "limit": limit, "before": before})[1]

    def _new(self, requests: list[Summary]) -> Iterator[Summary]:
        for request in requests:
            if self._is_new(request):
                yield self._tell(request)

    def _tell(self, request: Summary) -> Summary:
        if _run(request) != self._run:
            self._begin(_run(request), 0)
        self._told.add(request["sequence"])
        if len(self._told) > REMEMBERED:
            self._before = sorted(self._told)[REMEMBERED // 2]
            self._told = {sequence for sequence in self._told if sequence > self._before}
        return request

    def _is_told(self, request: Summary) -> bool:
        return _run(request) == self._run and request["sequence"] in self._told

    def _is_new(self, request: Summary) -> bool:
        # A restarted inspector counts from one again, under another run.
        return _run(request) != self._run or (request["sequence"] > self._before and not self._is_told(request))

    def _begin(self, run: str, before: int) -> None:
        self._run, self._before, self._told = run, before, set()


def _run(request: Summary) -> str:
    return str(request["id"]).rpartition("-")[0]
