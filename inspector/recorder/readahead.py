"""Reading ahead: verdicts and causes are worked out in a thread while little or nothing arrives.

Capture leaves all analysis to whoever looks first. Once somebody does look, the rest is read when there is time, so
that a search over thousands of requests, or a cause that takes long to find, has not to be waited for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.recorder.log import LogChange, RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import MOST
from inspector.recorder.shredding import Shredder
from inspector.sender.clock import steady_time

logger = logging.getLogger("inspector.readahead")

QUIET = 0.2
"""Seconds in which nothing arrives and nobody looks, after which all time is ours."""

FLOOD = 100
"""Arrivals a second beyond which nothing is read: they need all the time there is."""

REST = 4
"""While less arrives, how much longer than each reading we rest."""

AT_ONCE = 50
"""Requests read before looking again how much arrives."""


@dataclass
class _Stage:
    """Something that is done to each request, and the last one it was done to."""

    read: Callable[[RecordedRequest], None]
    done_to: int = 0


class ReadAhead:
    """Reads the requests of one log, oldest first, each once, and lays them together; causes, which take long, last.

    Ends with the log.
    """

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._shredder = Shredder()
        self._arrived = threading.Event()
        self._closed = threading.Event()
        self._last_needed = 0.0
        self._awake = False
        self._gathering = _Stage(self._gather)
        self._gathered: list[int] = []
        self._was_torn = False
        self._stages = (_Stage(self._read), self._gathering, _Stage(self._explain))
        self._thread: threading.Thread | None = None
        self.idle = threading.Event()
        """Set while there is nothing left to read."""

    def start(self) -> None:
        """Begin, if it has not begun yet."""
        if self._thread is not None or self._log.closed:
            return
        self._thread = threading.Thread(target=self._run, name="inspector-readahead", daemon=True)
        self._arrived.set()
        self._log.subscribe(self._note)
        self._thread.start()

    def make_way(self) -> None:
        """Rest for a while, as for an arrival: somebody is about to be answered."""
        self._last_needed = steady_time()

    def close(self) -> None:
        """End the thread, after the request it is reading."""
        self._closed.set()
        self._arrived.set()
        if self._thread is not None:
            self._thread.join()

    def _note(self, change: LogChange) -> None:
        if change.kind == "removed":
            self._was_torn = True
        if change.kind in ("request", "removed"):
            self._last_needed = steady_time()
            if self.idle.is_set() or not self._awake:  # setting an event takes a lock: once is enough
                self._awake = True
                self.idle.clear()
                self._arrived.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._arrived.wait()
            self._arrived.clear()
            self._awake = True
            self._sit_out_a_flood()
            self._read_what_is_new()

    def _sit_out_a_flood(self) -> None:
        while self._is_busy() and not self._closed.is_set():
            before = self._log.recorded
            self._closed.wait(QUIET)
            if self._log.recorded - before <= FLOOD * QUIET:
                return

    def _read_what_is_new(self) -> None:
        if self._was_torn:  # what still belongs together is gathered anew
            self._was_torn, self._gathered, self._gathering.done_to = False, [], 0
        recorded = self._log.recorded
        for stage in self._stages:
            new = self._log.since(stage.done_to)
            if new:
                self._do(stage, new[:AT_ONCE])
                self._arrived.set()
                return
            stage.done_to = recorded  # also what was removed before it was read
        self._awake = False
        self.idle.set()
        if self._log.recorded > recorded or self._was_torn:  # it came while we were falling asleep
            self.idle.clear()
            self._arrived.set()

    def _do(self, stage: _Stage, requests: Sequence[RecordedRequest]) -> None:
        for request in requests:
            if self._closed.is_set():
                return
            stage.done_to = request.sequence
            started = steady_time()
            try:
                stage.read(request)
            except Exception:  # whoever looks at this one will meet the same fault; the others can still be read
                logger.exception("Could not read ahead in request %s.", request.id)
            if self._is_busy():  # what arrives goes first
                self._closed.wait((steady_time() - started) * REST)

    def _is_busy(self) -> bool:
        return steady_time() - self._last_needed < QUIET

    def _read(self, request: RecordedRequest) -> None:
        _ = request.event, request.contract, request.signature
        self._shredder.take(request)

    def _gather(self, request: RecordedRequest) -> None:
        is_laid = request.segment is not None and request.segment.is_whole
        if not is_laid:
            self._gathered.append(request.sequence)
        if self._gathered and (is_laid or len(self._gathered) == MOST):
            self._log.lay_together(self._gathered)
            self._gathered = []

    def _explain(self, request: RecordedRequest) -> None:
        if request.signature.verdict in ("invalid", "missing") and request.cause:
            self._log.touch(request, "cause")  # also one that somebody asked for before: lists do not know it yet
