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

REMEMBERED = 10_000
"""How many of the last requests are known not to be told again."""

Summary = dict[str, Any]


class Follower:
    """The requests that match a search text, each once, from now on: as they come, or when they come to match."""

    def __init__(self, inspector: Inspector, query: str) -> None:
        self._inspector = inspector
        self._query = query
        self._last_event_id: str | None = None
        self._run = ""
        self._sequence: int = 0
        self._known: dict[str, None] = {}

    def requests(self) -> Iterator[Summary]:
        """Summaries, without end. Raises Failure unless the inspector can be reached at first."""
        newest = self._page(limit=1, query="")["requests"]
        if newest:
            self._move_to(newest[0])
        while True:
            with suppress(Unreachable):
                for event in self._inspector.stream(self._query, self._last_event_id):
                    yield from self._told(event)
            note(f"The connection to {self._inspector.url} is lost; trying again.")
            self._reconnect()

    def _reconnect(self) -> None:
        while True:
            time.sleep(RETRY)
            with suppress(Unreachable):
                self._inspector.get("/-/health")
                return

    def _told(self, event: StreamEvent) -> Iterator[Summary]:
        # What came between the first question and the stream is a gap too.
        is_first = event.kind == "ready" and self._last_event_id is None
        self._last_event_id = event.id or self._last_event_id
        if event.kind == "gap" or is_first:
            yield from self._new(self._skipped())
        elif event.kind == "request" and event.data["id"] not in self._known:
            yield self._tell(event.data)

    def _skipped(self) -> list[Summary]:
        """What the log has that was not told yet, oldest first."""
        skipped: list[Summary] = []
        before = None
        while True:
            page = self._page(limit=PAGE, query=self._query, before=before)
            new = [request for request in page["requests"] if self._is_new(request)]
            skipped += new
            before = page["next"]
            if before is None or len(new) < len(page["requests"]):
                return skipped[::-1]

    def _page(self, *, limit: int, query: str, before: str | None = None) -> Any:
        return self._inspector.get("/-/api/requests", {"q": query, "limit": limit, "before": before})[1]

    def _new(self, requests: list[Summary]) -> Iterator[Summary]:
        for request in requests:
            if self._is_new(request):
                yield self._tell(request)

    def _tell(self, request: Summary) -> Summary:
        if self._is_new(request):  # what comes to match only now may be older
            self._move_to(request)
        self._known[request["id"]] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return request

    def _is_new(self, request: Summary) -> bool:
        # A restarted inspector counts from one again, under another run.
        return _run(request) != self._run or int(request["sequence"]) > self._sequence

    def _move_to(self, request: Summary) -> None:
        self._run, self._sequence = _run(request), request["sequence"]


def _run(request: Summary) -> str:
    return str(request["id"]).rpartition("-")[0]
