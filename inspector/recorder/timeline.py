"""Conversations folded from recorded requests: what happened to each, in which order it came, and what is odd.

Two orders are kept apart. *Arrival* is how the requests came in; *event order* is how things happened, by `updatedAt`.
The current state is that of the newest event, whenever it arrived. Nothing here raises, whatever payloads hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Literal, get_args

import orjson

from inspector.errors import EventError
from inspector.recorder.request import RecordedRequest
from inspector.webhook.jsontext import read_json
from inspector.webhook.times import parse_time

AnomalyKind = Literal["gap", "duplicate", "out_of_order", "after_delete"]
ANOMALY_KINDS: tuple[AnomalyKind, ...] = get_args(AnomalyKind)

CREATED, DELETED = "conversation.created", "conversation.deleted"
_RANK = {CREATED: 0, DELETED: 2}


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd about one step, in one sentence."""

    kind: AnomalyKind
    message: str

    def to_json(self) -> dict[str, str]:
        """`{"kind", "message"}`."""
        return {"kind": self.kind, "message": self.message}


@dataclass(frozen=True, slots=True)
class EventPoint:
    """What folding needs to know of one event: its name, when it happened (Unix seconds), and what betrays a gap.

    `content` is equal for bodies that say the same JSON, whatever their blanks and the order of their keys.
    """

    content: bytes
    name: str
    time: float | None
    incoming_at: str | None
    outgoing_at: str | None
    participants: int | None

    @classmethod
    def read(cls, request: RecordedRequest) -> EventPoint:
        """The point of an event; whatever has another type than documented counts as absent."""
        payload, event = request.payload, request.event
        count = payload.get("activeParticipantCount")
        return cls(
            _digest(request.content),
            event.name if event else "",
            _time(payload.get("updatedAt")),
            _text(payload.get("lastMessageIncomingAt")),
            _text(payload.get("lastMessageOutgoingAt")),
            count if isinstance(count, int) and not isinstance(count, bool) else None,
        )


@dataclass(slots=True)
class Step:
    """One event of a conversation. `attempts` are the requests that brought it, the first of them is `request`.

    `position` counts from 1 in event order.
    """

    request: RecordedRequest
    point: EventPoint
    attempts: list[RecordedRequest] = field(default_factory=list)
    position: int = 0
    anomalies: list[Anomaly] = field(default_factory=list)

    @property
    def order(self) -> tuple[float, int, int]:
        """Sorts into event order. Where there is no time, that of arrival stands in."""
        time = self.request.received_at if self.point.time is None else self.point.time
        return time, _RANK.get(self.point.name, 1), self.request.sequence

    @property
    def payload(self) -> Any:
        """The conversation as this event shows it, its numbers exact."""
        return read_json(self.request.content).value["payload"]

    def has(self, kind: AnomalyKind) -> bool:
        """Whether there is an anomaly of a kind."""
        return any(anomaly.kind == kind for anomaly in self.anomalies)

    def note(self, kind: AnomalyKind, message: str) -> None:
        """Add an anomaly."""
        self.anomalies.append(Anomaly(kind, message))


class ConversationTimeline:
    """All that is known of one conversation. `steps` stand in order of arrival, `in_order` in event order."""

    def __init__(self, conversation_id: str, steps: list[Step]) -> None:
        self.id = conversation_id
        self.steps = steps
        self.in_order = sorted(steps, key=lambda step: step.order)
        for position, step in enumerate(self.in_order, 1):
            step.position = position
        _note_gaps(self.in_order)
        _note_arrivals(steps)

    @property
    def current(self) -> Step:
        """The newest event: its payload is the current state."""
        return self.in_order[-1]

    @property
    def deleted(self) -> bool:
        """Whether a delete came, first or last."""
        return any(step.point.name == DELETED for step in self.steps)

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request, attempts included, in order of arrival."""
        return sorted((request for step in self.steps for request in step.attempts), key=lambda found: found.sequence)

    def anomalies(self) -> Counter[AnomalyKind]:
        """How many there are of each kind; every kind is there."""
        counts: Counter[AnomalyKind] = Counter(dict.fromkeys(ANOMALY_KINDS, 0))
        counts.update(anomaly.kind for step in self.steps for anomaly in step.anomalies)
        return counts

    def before(self, step: Step) -> Step | None:
        """The step that happened before one, whichever arrived first; None for the first."""
        return self.in_order[step.position - 2] if step.position > 1 else None

    def step_of(self, request: RecordedRequest) -> Step | None:
        """The step that a request brought, as one of its attempts."""
        return next((step for step in self.steps if request in step.attempts), None)

    def states(self) -> Iterator[tuple[Step, Step]]:
        """Each step in order of arrival, with the one that was the newest after it had arrived."""
        newest = self.steps[0]
        for step in self.steps:
            newest = max(newest, step, key=lambda one: one.order)
            yield step, newest


def fold(requests: Iterable[RecordedRequest]) -> dict[str, ConversationTimeline]:
    """The conversations in requests (oldest first), by id, in order of their first event.

    Requests that are no events of a conversation with an id are passed over.
    """
    return {id_: timeline(id_, found) for id_, found in by_conversation(requests).items()}


def by_conversation(requests: Iterable[RecordedRequest]) -> dict[str, list[RecordedRequest]]:
    """The requests of each conversation, in the order given."""
    groups: dict[str, list[RecordedRequest]] = {}
    for request in requests:
        event = request.event
        if event is not None and event.conversation_id is not None:
            groups.setdefault(event.conversation_id, []).append(request)
    return groups


def timeline(
    conversation_id: str, requests: Iterable[RecordedRequest], points: dict[int, EventPoint] | None = None
) -> ConversationTimeline:
    """Fold the requests of one conversation, at least one, oldest first.

    `points` keeps what was read of each request by its sequence, for the next time.
    """
    points = {} if points is None else points
    steps: list[Step] = []
    by_request_id: dict[bytes, Step] = {}
    by_content: dict[bytes, Step] = {}
    for request in requests:
        point = points.get(request.sequence) or points.setdefault(request.sequence, EventPoint.read(request))
        known = by_request_id.get(request.raw_request_id) if request.raw_request_id is not None else None
        if known is not None and known.point.content == point.content:
            known.attempts.append(request)
            continue
        step = Step(request, point, [request])
        _note_copy(step, known, by_content.get(point.content))
        steps.append(step)
        by_content.setdefault(point.content, step)
        if request.raw_request_id is not None:
            by_request_id.setdefault(request.raw_request_id, step)
    return ConversationTimeline(conversation_id, steps)


def _note_copy(step: Step, same_id: Step | None, same_content: Step | None) -> None:
    if same_id is not None:
        step.note("duplicate", f"The request id is that of {same_id.request.id}, the content is another.")
    elif same_content is not None:
        is_same_body = step.request.body == same_content.request.body
        form = "byte for byte" if is_same_body else "in other bytes"
        step.note("duplicate", f"The content is that of {same_content.request.id}, {form}, under another request id.")


def _note_arrivals(steps: list[Step]) -> None:
    """Walk through all requests as they arrived: a redelivery can be late although its first attempt was not."""
    newest: Step | None = None
    deleted: Step | None = None
    arrivals = ((request, step) for step in steps for request in step.attempts)
    for request, step in sorted(arrivals, key=lambda arrival: arrival[0].sequence):
        _note_arrival(step, request, newest, deleted)
        if step.point.time is not None:
            newest = step if newest is None else max(newest, step, key=lambda one: one.order)
        if step.point.name == DELETED:
            deleted = step


def _note_arrival(step: Step, request: RecordedRequest, newest: Step | None, deleted: Step | None) -> None:
    is_first = request is step.request
    who, happened = ("It", "It") if is_first else (f"Its redelivery {request.id}", f"What {request.id} brought again")
    if is_first and len(step.attempts) > 1:
        step.note("duplicate", f"Came {len(step.attempts)} times under one request id.")
    if newest is not None and _is_late(step, newest) and not step.has("out_of_order"):
        step.note("out_of_order", f"{happened} happened before {newest.request.id}, which had already arrived.")
    if deleted is not None and step.point.name != DELETED and not step.has("after_delete"):
        step.note("after_delete", f"{who} arrived after the delete, {deleted.request.id}.")


def _is_late(step: Step, newest: Step) -> bool:
    if step.point.time is None or newest.point.time is None:
        return False
    # Events of one millisecond may stand in any order; only a create comes first by its nature.
    is_late_create = step.point.name == CREATED and newest.point.name != CREATED
    return step.point.time < newest.point.time or (is_late_create and step.point.time == newest.point.time)


def _note_gaps(in_order: list[Step]) -> None:
    if not any(step.point.name == CREATED for step in in_order):
        in_order[0].note("gap", "No created event is here: what came before is missing.")
    for before, after in pairwise(in_order):
        missing = _missing_between(before.point, after.point)
        if missing:
            after.note("gap", f"{missing} since the event before, so at least one event is missing.")


def _missing_between(before: EventPoint, after: EventPoint) -> str | None:
    """What happened between two events that one event cannot tell: each message and each participant has its own."""
    has_received = after.incoming_at is not None and after.incoming_at != before.incoming_at
    has_sent = after.outgoing_at is not None and after.outgoing_at != before.outgoing_at
    if has_received and has_sent:
        return "A message came in and another went out"
    if before.participants is not None and after.participants is not None:
        change = after.participants - before.participants
        if abs(change) > 1:
            return f"{abs(change)} participants {'joined' if change > 0 else 'left'}"
    return None


def _digest(body: bytes) -> bytes:
    """Of the JSON that a body says, keys sorted; of the bytes where only a tolerant reader reads them."""
    with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):  # the latter for nesting without end
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return blake2b(body, digest_size=16).digest()


def _time(value: Any) -> float | None:
    try:
        return parse_time(value) if isinstance(value, str) else None
    except EventError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
