"""Conversations for reading: one line each, and the steps of one."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from inspector.recorder.conversations import summary
from inspector.recorder.request import RecordedRequest
from inspector.recorder.timeline import Anomaly, ConversationTimeline, Step
from inspector.web.changes import ChangeLine, Happening, change_line, changes_at, happenings, telling
from inspector.web.rows import age_words, event_word
from inspector.webhook.times import utc

PAGE = 50
"""Steps that are shown at once."""

SHOWN_CHANGES = 6
"""Changes of a step that are shown before one asks for the others."""

LONGEST_TITLE = 120

TIME_OF_EVENT = "payload.updatedAt"
"""It changes with every event, and stands beside it anyhow."""

Order = Literal["arrival", "event"]

ANOMALY_WORDS = {
    "gap": "gap",
    "duplicate": "duplicate",
    "out_of_order": "out of order",
    "after_delete": "after delete",
}

_REQUEST_ID = re.compile(r"\b([0-9a-f]{6}-\d+)\b")


class AnomalyBadge(NamedTuple):
    """An oddity in words. A sentence follows where it does not only count them, around the id of a request if any."""

    kind: str
    word: str
    message: str = ""
    request_id: str = ""
    rest: str = ""


class Attempt(NamedTuple):
    """One request that brought an event."""

    id: str
    time: str
    status: int


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in the list. `time` is Unix seconds of its last arrival."""

    id: str
    title: str
    state: str
    people: str
    message: str
    events: int
    requests: int
    anomalies: list[AnomalyBadge]
    time: str
    at: float
    age: str

    @classmethod
    def of(cls, found: dict[str, Any], now: float) -> Line:
        """From the summary of a conversation."""
        message = found["last_message"] or {}
        sender, text = message.get("sender"), message.get("text")
        at = _seconds(found["last_seen"])
        names = ", ".join(person["name"] for person in found["participants"] if person["name"])
        return cls(
            id=found["id"],
            title=(found["title"] or "Conversation without a name")[:LONGEST_TITLE],
            state="deleted" if found["deleted"] else (found["status"] or "no status")[:24],
            people=names[:LONGEST_TITLE],
            message=f"{f'{sender}: ' if sender else ''}{text or ''}"[: 2 * LONGEST_TITLE],
            events=found["events"],
            requests=found["requests"],
            anomalies=_counted(found["anomalies"]),
            time=found["last_seen"],
            at=at,
            age=age_words(now - at),
        )


@dataclass(frozen=True, slots=True)
class StepView:
    """One event of a timeline. `arrival` and `position` count from 1, in order of arrival and in event order."""

    id: str
    kind: str
    word: str
    happenings: list[Happening]
    arrival: int
    position: int
    arrived: str
    arrived_utc: str
    happened: str | None
    attempts: list[Attempt]
    anomalies: list[AnomalyBadge]
    changes: list[ChangeLine]
    more_changes: list[ChangeLine]
    is_current: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """A run of steps, the latest first. `next` is what to ask for after them, None at the end; `left` how many."""

    order: Order
    steps: list[StepView]
    next: int | None
    left: int


def lines(summaries: list[dict[str, Any]]) -> list[Line]:
    """The lines of the list."""
    now = time.time()
    return [Line.of(found, now) for found in summaries]


def line(conversation: ConversationTimeline) -> Line:
    """One conversation as a line."""
    return Line.of(summary(conversation), time.time())


def steps_page(conversation: ConversationTimeline, order: Order, before: int | None) -> Steps:
    """The latest steps, or those before number `before` (from 1) of the order."""
    ordered = conversation.steps if order == "arrival" else conversation.in_order
    end = len(ordered) if before is None else max(0, min(before - 1, len(ordered)))
    start = max(0, end - PAGE)
    arrivals = {step.position: number for number, step in enumerate(conversation.steps, 1)}
    views = [_view(conversation, step, arrivals[step.position]) for step in reversed(ordered[start:end])]
    return Steps(order, views, start + 1 if start else None, start)


def _view(conversation: ConversationTimeline, step: Step, arrival: int) -> StepView:
    kind, word = event_word(step.request)
    before = conversation.before(step)
    changes = [change_line(change) for change in changes_at(conversation, step) if change.path != TIME_OF_EVENT]
    shown = telling(changes)[:SHOWN_CHANGES]
    payload = step.payload
    happened = payload.get("updatedAt")
    return StepView(
        id=step.request.id,
        kind=kind,
        word=word,
        happenings=happenings(step.point.name, before.payload if before else None, payload) or _otherwise(changes),
        arrival=arrival,
        position=step.position,
        arrived=_clock(step.request.received_at),
        arrived_utc=utc(step.request.received_at),
        happened=happened[:40] if isinstance(happened, str) else None,
        attempts=[_attempt(attempt) for attempt in step.attempts],
        anomalies=[_anomaly(found) for found in step.anomalies],
        changes=shown,
        more_changes=[change for change in changes if change not in shown],
        is_current=step is conversation.current,
    )


def _anomaly(found: Anomaly) -> AnomalyBadge:
    before, request_id, rest = [*_REQUEST_ID.split(found.message, maxsplit=1), "", ""][:3]
    return AnomalyBadge(found.kind, ANOMALY_WORDS[found.kind], before, request_id, rest)


def _otherwise(changes: list[ChangeLine]) -> list[Happening]:
    if not changes:
        return [Happening("Nothing changed but the time")]
    return [Happening("1 field changed" if len(changes) == 1 else f"{len(changes)} fields changed")]


def _attempt(request: RecordedRequest) -> Attempt:
    return Attempt(request.id, _clock(request.received_at), request.answer_status)


def _counted(counts: dict[str, int]) -> list[AnomalyBadge]:
    return [
        AnomalyBadge(kind, f"{ANOMALY_WORDS[kind]}{f' ×{count}' if count > 1 else ''}")
        for kind, count in counts.items()
        if count
    ]


def _clock(timestamp: float) -> str:
    local = time.localtime(timestamp)
    return f"{time.strftime('%H:%M:%S', local)}.{int(timestamp % 1 * 1000):03}"


def _seconds(rfc3339: str) -> float:
    from inspector.webhook.times import parse_time  # noqa: PLC0415 - the models are heavy to import

    return parse_time(rfc3339)
