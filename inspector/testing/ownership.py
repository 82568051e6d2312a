"""Which test a recorded request belongs to.

It is the running one's, unless the fixture made its event for an earlier test: then it is a late arrival, which names
the test it belongs to and is kept from the running one.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from inspector.recorder.log import LogChange, RequestLog
from inspector.recorder.request import RecordedRequest

REMEMBERED_IDS = 20_000
"""Ids of events made for tests that are known at one time."""


class Ownership:
    """Names the test of each request as it is recorded into `log`. `late` counts arrivals of finished tests."""

    def __init__(self, log: RequestLog) -> None:
        self.late: Counter[str] = Counter()
        self._running: str | None = None
        self._last: str | None = None
        self._makers: OrderedDict[str, str] = OrderedDict()
        self._unsubscribe = log.subscribe(self._note)

    def begin(self, test: str) -> None:
        """A test begins: what arrives from now on is its own."""
        self._running = self._last = test

    def end(self) -> None:
        """It has ended: what arrives before the next begins came too late."""
        self._running = None

    def made(self, test: str, *ids: str) -> None:
        """These request and conversation ids were made up for a test, and for no other."""
        for id_ in ids:
            self._makers[id_] = test
            self._makers.move_to_end(id_)
        while len(self._makers) > REMEMBERED_IDS:
            self._makers.popitem(last=False)

    def take_late(self) -> Counter[str]:
        """How many late arrivals there were of which test since this was last asked."""
        late, self.late = self.late, Counter()
        return late

    def close(self) -> None:
        """Name no more."""
        self._unsubscribe()

    def _note(self, change: LogChange) -> None:
        if change.kind != "request" or change.request is None:
            return
        test = self._maker(change.request) or self._running or self._last
        change.request.test = test
        if test is not None and test != self._running:
            self.late[test] += 1

    def _maker(self, request: RecordedRequest) -> str | None:
        if not self._makers:
            return None
        if request.request_id is not None:
            maker = self._makers.get(request.request_id)
            if maker is not None:
                return maker
        event = request.event
        return self._makers.get(event.conversation_id) if event and event.conversation_id else None
