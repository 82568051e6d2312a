"""The log: everything that was recorded, newest last, bounded by count, bytes and age.

It is its own bus. Each change is handed to the listeners at once, in order, by the thread that made it; listeners only
take note and return. Changes are numbered, so that a stream can resume where it was.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, NamedTuple

from inspector.errors import NotFoundError
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import segment_of

ChangeKind = Literal["request", "updated", "joined", "left", "removed", "cleared", "closed"]


class LogChange(NamedTuple):
    """One change of the log. `request` is set for `request` and `updated`, `ids` for `removed`.

    `fields` are those of the search grammar that an update may have changed. To somebody who looks through a search
    that asks for one of them, what was updated has `joined` or `left`.
    """

    id: int
    kind: ChangeKind
    request: RecordedRequest | None = None
    ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


Matcher = Callable[[RecordedRequest], bool]
Listener = Callable[[LogChange], None]

logger = logging.getLogger("inspector.log")

REMEMBERED_CHANGES = 1000
"""How many removals and edits a reconnecting stream can catch up with; arrivals are read from the log itself."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A page of the log: requests newest first, the id to continue before, and the counts around it."""

    requests: list[RecordedRequest]
    next: str | None
    matched: int
    total: int
    evicted: int


class RequestLog:
    """All recorded requests, bounded. Safe to use from several threads.

    `capacity` counts requests, `max_bytes` what they take in memory, `max_age` is in seconds (None: no limit). The
    newest request is always kept; pinned ones go last.
    """

    def __init__(
        self,
        capacity: int = 10_000,
        max_bytes: int = 256 * 1024**2,
        max_age: float | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.run = secrets.token_hex(3)
        self.capacity = capacity
        self.max_bytes = max_bytes
        self.max_age = max_age
        self.evicted = 0
        self.bytes = 0
        self.last_change = 0
        self.closed = False
        self._now = now
        self._lock = threading.RLock()
        self._requests: deque[RecordedRequest] = deque()
        self._pinned: list[RecordedRequest] = []  # the pinned ones that eviction has passed
        self._by_sequence: dict[int, RecordedRequest] = {}
        self._by_request_id: dict[bytes, RecordedRequest] = {}
        self._sequence = 0
        self._listeners: list[Listener] = []
        self._edits: deque[LogChange] = deque(maxlen=REMEMBERED_CHANGES)
        self._forgotten_change = 0  # changes up to this one can no longer be told in full

    def __len__(self) -> int:
        return len(self._by_sequence)

    @property
    def recorded(self) -> int:
        """How many requests were ever recorded."""
        return self._sequence

    @property
    def oldest(self) -> int:
        """The sequence number before which all requests are gone but the pinned ones."""
        with self._lock:
            return self._requests[0].sequence if self._requests else self._sequence + 1

    def append(self, request: RecordedRequest) -> None:
        """Record a request: it gets its id, and every listener is told."""
        with self._lock:
            self._sequence += 1
            request.run, request.sequence = self.run, self._sequence
            self._link_attempts(request)
            self._requests.append(request)
            self._by_sequence[request.sequence] = request
            self.bytes += request.cost
            if len(self._by_sequence) > self.capacity or self.bytes > self.max_bytes or self.max_age is not None:
                self._evict()
            request.change = self.last_change + 1
            self._announce("request", request)

    def get(self, request_id: str) -> RecordedRequest:
        """The request with this id. Raises NotFoundError."""
        run, _, sequence = request_id.rpartition("-")
        found = self._by_sequence.get(_number(sequence)) if run == self.run else None
        if found is None:
            raise NotFoundError(f"No recorded request {request_id!r}. It may have been evicted or deleted.")
        return found

    def snapshot(self) -> list[RecordedRequest]:
        """All requests now, oldest first."""
        with self._lock:
            self._expire()
            return [*self._pinned, *self._requests]

    def since(self, sequence: int) -> list[RecordedRequest]:
        """The requests recorded after a sequence number, oldest first."""
        with self._lock:
            newer = []
            for request in reversed(self._requests):
                if request.sequence <= sequence:
                    break
                newer.append(request)
            else:
                newer += [request for request in reversed(self._pinned) if request.sequence > sequence]
        return newer[::-1]

    def select(self, matches: Matcher | None = None, limit: int = 100, before: str | None = None) -> Selection:
        """A page of the matching requests, newest first, older than the request `before`."""
        everything = self.snapshot()
        matching = among(everything, matches)
        end = len(matching) if before is None else bisect_right(matching, _order(before) - 1, key=_SEQUENCE)
        page = matching[max(0, end - limit) : end][::-1]
        more = end > limit and bool(page)
        return Selection(page, page[-1].id if more else None, len(matching), len(everything), self.evicted)

    def update(self, request_id: str, *, pinned: bool | None = None, note: str | None = None) -> RecordedRequest:
        """Pin or unpin a request, or set its note. Raises NotFoundError."""
        with self._lock:
            request = self.get(request_id)
            if note is not None:
                request.note = note
            if pinned is not None:
                request.pinned = pinned
            if pinned is False and request in self._pinned:
                self._rebuild(self.snapshot())
            given = {"pinned": pinned, "note": note}
            self._announce("updated", request, fields=tuple(name for name in given if given[name] is not None))
            return request

    def touch(self, request: RecordedRequest, *fields: str) -> None:
        """Tell the listeners that something about a request is new, such as the outcome of a replay.

        `fields` are those of the search grammar that have changed with it.
        """
        with self._lock:
            self._announce("updated", request, fields=fields)

    def lay_together(self, sequences: Sequence[int]) -> None:
        """Make a segment of requests that follow each other, of those that are still here, while there is much room."""
        if self.bytes > self.max_bytes / 2:  # segments take about half of that once more
            return
        requests = self._still_here(sequences)
        segment = segment_of(requests)  # without the lock: it takes as long as several webhooks
        with self._lock:
            if requests == self._still_here(sequences):
                for request in requests:
                    request.segment = segment

    def _still_here(self, sequences: Sequence[int]) -> list[RecordedRequest]:
        return [*filter(None, map(self._by_sequence.get, sequences))]

    def remove(self, matches: Matcher | None = None, *, pinned: bool = False) -> int:
        """Forget the matching requests, pinned ones only if asked; says how many."""
        doomed = among(self.snapshot(), matches)  # without the lock: it may take long
        with self._lock:
            there = (request for request in doomed if self._by_sequence.get(request.sequence) is request)
            gone = {request.sequence: request for request in there if pinned or not request.pinned}
            if not gone:
                return 0
            self._rebuild([request for request in self.snapshot() if request.sequence not in gone])
            for request in gone.values():
                self._forget(request)
            if len(self) == 0:
                self._announce("cleared")
            else:
                self._announce("removed", ids=tuple(request.id for request in gone.values()))
            return len(gone)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hand every change to `listener`, which must return at once; returns the function that ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """`subscribe` for the length of a block."""
        unsubscribe = self.subscribe(listener)
        try:
            yield
        finally:
            unsubscribe()

    def changes_since(self, change: int) -> tuple[list[LogChange], bool]:
        """The changes after a change number, in order, and whether some of them can no longer be told."""
        with self._lock:
            requests = [LogChange(r.change, "request", r) for r in self.snapshot() if r.change > change]
            edits = [edit for edit in self._edits if edit.id > change]
            return sorted([*requests, *edits], key=attrgetter("id")), change < self._forgotten_change

    def close(self) -> None:
        """End every stream and wait. What is appended later is still recorded."""
        with self._lock:
            self.closed = True
            self._announce("closed")

    def _announce(
        self,
        kind: ChangeKind,
        request: RecordedRequest | None = None,
        ids: tuple[str, ...] = (),
        fields: tuple[str, ...] = (),
    ) -> None:
        self.last_change += 1
        # A tuple made directly: the constructor of a NamedTuple takes three times as long, on each webhook's way.
        change = tuple.__new__(LogChange, (self.last_change, kind, request, ids, fields))
        if kind != "request":
            if len(self._edits) == REMEMBERED_CHANGES:
                self._forgotten_change = max(self._forgotten_change, self._edits[0].id)
            self._edits.append(change)
        for listener in self._listeners:
            try:
                listener(change)
            except Exception:  # a listener's fault must not cost the sender an answer
                logger.exception("A listener failed on change %d.", change.id)

    def _link_attempts(self, request: RecordedRequest) -> None:
        if request.raw_request_id is None:
            return
        earlier = self._by_request_id.get(request.raw_request_id)
        if earlier is not None:
            request.attempt = earlier.attempt + 1
            request.first = earlier.first or earlier.sequence
        self._by_request_id[request.raw_request_id] = request

    def _evict(self) -> None:
        while len(self._by_sequence) > self.capacity or (self.bytes > self.max_bytes and len(self._by_sequence) > 1):
            self._evict_oldest()
        if self.max_age is not None:
            self._expire()

    def _expire(self) -> None:
        if self.max_age is None:
            return
        oldest_kept = self._now() - self.max_age
        while self._requests and self._requests[0].received_at < oldest_kept:
            if self._requests[0].pinned:
                self._pinned.append(self._requests.popleft())
            else:
                self._drop(self._requests.popleft())

    def _evict_oldest(self) -> None:
        # The newest stays whatever it weighs; pinned ones go only when nothing else is left.
        requests = self._requests
        while requests[0].pinned and len(requests) > 1:
            self._pinned.append(requests.popleft())
        self._drop(requests.popleft() if len(requests) > 1 or not self._pinned else self._pinned.pop(0))

    def _drop(self, oldest: RecordedRequest) -> None:
        self._forget(oldest)
        self.evicted += 1
        self._forgotten_change = max(self._forgotten_change, oldest.change)

    def _forget(self, request: RecordedRequest) -> None:
        del self._by_sequence[request.sequence]
        if request.segment is not None:
            request.segment.end()
        self.bytes -= request.cost
        if request.raw_request_id is not None and self._by_request_id.get(request.raw_request_id) is request:
            del self._by_request_id[request.raw_request_id]

    def _rebuild(self, requests: list[RecordedRequest]) -> None:
        self._pinned = []
        self._requests = deque(requests)


def among(requests: list[RecordedRequest], matches: Matcher | None) -> list[RecordedRequest]:
    """Those that match, in order; None matches everything. What can be asked of many at once is, which costs half."""
    if matches is None:
        return requests
    ask = getattr(matches, "among", None)
    return [request for request in requests if matches(request)] if ask is None else ask(requests)


_SEQUENCE = attrgetter("sequence")


def _order(request_id: str) -> int:
    sequence = _number(request_id.rpartition("-")[2])
    if sequence < 0:
        raise NotFoundError(f"{request_id!r} is not the id of a recorded request.")
    return sequence


def _number(sequence: str) -> int:
    """A sequence as written in an id; -1 for anything else."""
    return int(sequence) if sequence.isdecimal() and len(sequence) < 20 else -1
