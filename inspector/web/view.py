"""Ways of looking at the log live: what a search makes of each change, and how scripts are told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inspector.recorder.log import ChangeKind, LogChange, Matcher
from inspector.web.events import event_id, sse
from inspector.web.listener import Listener
from inspector.web.looking import at_hand, fields_of

TOLD = 1000
"""Requests that a view knows it has told, so that none is told anew because it was told late."""

Render = Callable[[Sequence[LogChange], str], bytes]
"""Makes changes into events; the second argument is the run of their log, which their ids begin with."""


def render_json(changes: Sequence[LogChange], run: str) -> bytes:
    """Changes for scripts: one event each, with a summary for `request` and `updated`.

    What has come to match is told as `request`, and what does so no longer is not told.
    """
    return b"".join(render_change(change, run) for change in changes if change.kind != "left")


def render_change(change: LogChange, run: str) -> bytes:
    """One change as an event."""
    id = event_id(run, change.id)
    if change.request is not None:
        return sse("request" if change.kind == "joined" else change.kind, change.request.summary(), id)
    return sse(change.kind, {"ids": change.ids} if change.kind == "removed" else {}, id)


class View:
    """One way of looking at the log: a matcher and a rendering, shared by all listeners with the same key."""

    def __init__(self, render: Render, matches: Matcher | None) -> None:
        self.render = render
        self.matches = at_hand(matches)
        self._fields = None if matches is None else fields_of(matches)
        self._told: dict[int, None] = {}
        self.listeners: set[Listener] = set()

    def select(self, changes: Sequence[LogChange]) -> list[LogChange]:
        """The changes that this view shows, an update as what it is to this search."""
        kinds = [self._kind(change) for change in changes]
        return [_seen_as(kind, change) for kind, change in zip(kinds, changes, strict=True) if kind is not None]

    def _kind(self, change: LogChange) -> ChangeKind | None:
        if self.matches is None or change.request is None:
            return change.kind
        sequence, is_match = change.request.sequence, self.matches(change.request)
        was_told = sequence in self._told
        self._remember(sequence, is_match)
        if change.kind == "updated" and self._may_turn(change) and not (is_match and was_told):
            return "joined" if is_match else "left"
        return change.kind if is_match else None

    def _remember(self, sequence: int, is_match: bool) -> None:
        if not is_match:
            self._told.pop(sequence, None)
            return
        self._told[sequence] = None
        if len(self._told) > TOLD:
            del self._told[next(iter(self._told))]

    def _may_turn(self, change: LogChange) -> bool:
        return bool(change.fields) and (self._fields is None or not self._fields.isdisjoint(change.fields))


def _seen_as(kind: ChangeKind, change: LogChange) -> LogChange:
    return change if change.kind == kind else change._replace(kind=kind)
