"""The conversations of a log as the API and the dashboard show them.

Nothing is stored twice: everything follows from what the log holds now, so that evicted and deleted requests are gone
here too. What was read is kept for as long as its request is there.
"""

from __future__ import annotations

import threading
from typing import Any

from inspector.errors import NotFoundError
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.timeline import ConversationTimeline, EventPoint, Step, by_conversation, timeline
from inspector.webhook.difference import differences
from inspector.webhook.jsontext import plain
from inspector.webhook.times import utc

MAX_STEPS = 1000
"""Steps of one conversation that are shown at once."""


class Conversations:
    """The conversations in one log; folded when asked for, and again only after they have changed.

    Safe to use from several threads: one folds at a time.
    """

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._seen = (0, 0)
        self._groups: dict[str, list[RecordedRequest]] = {}
        self._points: dict[int, EventPoint] = {}
        self._folded: dict[str, tuple[tuple[int, int], ConversationTimeline]] = {}

    def __len__(self) -> int:
        with self._lock:
            self._refresh()
            return len(self._groups)

    def get(self, conversation_id: str) -> ConversationTimeline:
        """One conversation. Raises NotFoundError."""
        with self._lock:
            self._refresh()
            if conversation_id in self._groups:
                return self._fold(conversation_id)
        raise NotFoundError(
            f"No recorded request is about a conversation {conversation_id!r}. It may have been evicted or deleted."
        )

    def page(self, limit: int = 100, before: str | None = None) -> dict[str, Any]:
        """`{"conversations": [line…], "next", "total"}`: those with the newest arrivals first.

        `before` is the `next` of the page before: the id of the request that the last line there was placed by.
        """
        with self._lock:
            return self._page(limit, before)

    def _page(self, limit: int, before: str | None) -> dict[str, Any]:
        self._refresh()
        ordered = sorted(self._groups, key=lambda id_: self._groups[id_][-1].sequence, reverse=True)
        if before is not None:
            last = _sequence(before)
            ordered = [id_ for id_ in ordered if self._groups[id_][-1].sequence < last]
        shown = ordered[:limit]
        more = len(ordered) > limit and bool(shown)
        return {
            "conversations": [summary(self._fold(id_)) for id_ in shown],
            "next": self._groups[shown[-1]][-1].id if more else None,
            "total": len(self._groups),
        }

    def _refresh(self) -> None:
        requests = self._log.snapshot()
        seen = _mark(requests)
        if seen == self._seen:
            return
        self._seen = seen
        self._groups = by_conversation(requests)
        kept = {request.sequence for request in requests}
        self._points = {sequence: point for sequence, point in self._points.items() if sequence in kept}
        self._folded = {id_: folded for id_, folded in self._folded.items() if id_ in self._groups}

    def _fold(self, conversation_id: str) -> ConversationTimeline:
        requests = self._groups[conversation_id]
        mark = _mark(requests)
        known = self._folded.get(conversation_id)
        if known is not None and known[0] == mark:
            return known[1]
        folded = timeline(conversation_id, requests, self._points)
        self._folded[conversation_id] = mark, folded
        return folded


def _mark(requests: list[RecordedRequest]) -> tuple[int, int]:
    # Sequences only grow: the same last one and the same count are the same requests.
    return len(requests), requests[-1].sequence if requests else 0


def _sequence(request_id: str) -> int:
    sequence = request_id.rpartition("-")[2]
    return int(sequence) if sequence.isdecimal() and len(sequence) < 20 else 0


def summary(conversation: ConversationTimeline) -> dict[str, Any]:
    """One line of the list of conversations, JSON-ready."""
    payload, requests = conversation.current.payload, conversation.requests
    event = conversation.current.request.event
    return {
        "id": conversation.id,
        "title": event.title if event else "",
        "status": _text(payload.get("status")),
        "deleted": conversation.deleted,
        "channel_id": _text(payload.get("channelId")),
        "participants": _participants(payload.get("featuredParticipants")),
        "last_message": _last_message(payload.get("lastMessage")),
        "updated_at": _text(payload.get("updatedAt")),
        "events": len(conversation.steps),
        "requests": len(requests),
        "anomalies": dict(conversation.anomalies()),
        "first_seen": utc(requests[0].received_at),
        "last_seen": utc(requests[-1].received_at),
        "last_request": requests[-1].id,
    }


def details(conversation: ConversationTimeline, limit: int = MAX_STEPS) -> dict[str, Any]:
    """One conversation whole, JSON-ready: its line, the folded `state`, `steps` in order of arrival, `anomalies`.

    Of more than `limit` steps only the last are there; `omitted` counts the others. The `changes` of a step are those
    since the event that happened before it, whichever arrived first; `state_of` is the request whose event is the
    current state once the step has arrived.
    """
    states = list(conversation.states())[-limit:]
    contents = _contents(conversation.in_order, {step.position for step, _ in states})
    return {
        **summary(conversation),
        "anomaly_counts": dict(conversation.anomalies()),
        "anomalies": [
            {"request": step.request.id, **found.to_json()} for step, _ in states for found in step.anomalies
        ],
        "state": plain(conversation.current.payload),
        "omitted": len(conversation.steps) - len(states),
        "steps": [{**_step(step), "state_of": newest.request.id, **contents[step.position]} for step, newest in states],
    }


def _contents(in_order: list[Step], positions: set[int]) -> dict[int, dict[str, Any]]:
    """Time and changes of the steps at some positions."""
    contents: dict[int, dict[str, Any]] = {}
    latest: Step | None = None
    shown: Any = None
    for before, step in zip([None, *in_order], in_order, strict=False):
        if step.position not in positions:
            continue
        old = shown if before is None or before is latest else before.payload
        latest, shown = step, step.payload
        changes = [] if before is None else differences(old, shown, path=("payload",))
        contents[step.position] = {
            "updated_at": _text(shown.get("updatedAt")),
            "changes": [change.to_json() for change in changes],
        }
    return contents


def _step(step: Step) -> dict[str, Any]:
    return {
        "request": step.request.id,
        "event": step.point.name,
        "received_at": utc(step.request.received_at),
        "position": step.position,
        "attempts": [
            {"request": attempt.id, "received_at": utc(attempt.received_at), "status": attempt.answer_status}
            for attempt in step.attempts
        ],
        "anomalies": [anomaly.to_json() for anomaly in step.anomalies],
    }


def _participants(featured: Any) -> list[dict[str, Any]]:
    people = [person for person in featured if isinstance(person, dict)] if isinstance(featured, list) else []
    return [
        {"id": _text(person.get("id")), "type": _text(person.get("type")), "name": _text(person.get("displayName"))}
        for person in people
    ]


def _last_message(message: Any) -> dict[str, Any] | None:
    if not isinstance(message, dict):
        return None
    preview, sender = message.get("preview"), message.get("sender")
    return {
        "id": _text(message.get("id")),
        "text": _text(preview.get("text")) if isinstance(preview, dict) else None,
        "status": _text(message.get("status")),
        "sender": _text(sender.get("displayName")) if isinstance(sender, dict) else None,
        "created_at": _text(message.get("createdAt")),
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
