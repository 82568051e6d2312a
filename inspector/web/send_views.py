"""What the Send page shows of deliveries and runs: rows, one delivery in full, and how far a run is."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from inspector.sender.delivery import Attempt, Delivery
from inspector.sender.request import Header
from inspector.web.hexdump import LONGEST, hexdump
from inspector.web.masking import MASK, is_secret_header, mask_target
from inspector.web.rows import KINDS, WORD_LIMIT
from inspector.web.send_runs import Run
from inspector.web.templating import render, template

LONGEST_TEXT = 64 * 1024
"""Characters of a body that are shown."""

URL_LIMIT = 160

STATE_WORDS = {
    "sending": "sending",
    "retrying": "waiting to retry",
    "delivered": "accepted",
    "failed": "not accepted",
    "cancelled": "stopped",
}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery at a glance. `outcome` is the status or the kind of error of the last attempt."""

    id: str
    kind: str
    word: str
    target: str
    state: str
    state_word: str
    outcome: str
    outcome_class: int
    attempts: int
    ms: float | None
    faults: str

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryRow:
        """Read a delivery."""
        word = (delivery.event or "no event").removeprefix("conversation.")
        status, error = delivery.status, delivery.error
        return cls(
            id=delivery.id,
            kind=word if word in KINDS else "other",
            word=word[:WORD_LIMIT],
            target=mask_target(delivery.url)[:URL_LIMIT],
            state=delivery.state,
            state_word=STATE_WORDS[delivery.state],
            outcome=str(status or (error.kind if error else "")),
            outcome_class=(status or 0) // 100,
            attempts=len(delivery.attempts),
            ms=delivery.elapsed * 1000 if delivery.attempts else None,
            faults=", ".join(delivery.faults),
        )


@dataclass(frozen=True, slots=True)
class Content:
    """Headers and body for reading. `hidden` counts what the text leaves out, `binary` says that it is a hex dump."""

    headers: list[tuple[str, str, bool]]
    text: str
    size: int
    binary: bool
    hidden: int

    @classmethod
    def of(cls, headers: Iterable[Header], body: bytes) -> Content:
        """Read what was sent or answered; secrets are masked."""
        pairs = [(str(name), str(value), is_secret_header(str(name))) for name, value in headers]
        shown = [(name, MASK if masked else value, masked) for name, value, masked in pairs]
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            return cls(shown, hexdump(body), len(body), True, max(0, len(body) - LONGEST))
        return cls(shown, text[:LONGEST_TEXT], len(body), False, max(0, len(text) - LONGEST_TEXT))


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt: when, how long, and the answer or why there was none."""

    number: int
    time: str
    ms: float
    accepted: bool
    status: int | None
    error: str | None
    answer: Content | None

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptView:
        """Read an attempt."""
        response, error = attempt.response, attempt.error
        return cls(
            number=attempt.number,
            time=local_clock(attempt.started_at),
            ms=attempt.ms,
            accepted=attempt.accepted,
            status=attempt.status,
            error=error.message if error else None,
            answer=Content.of(response.headers, response.body) if response else None,
        )


def render_delivery_rows(deliveries: Iterable[Delivery]) -> str:
    """Rows as HTML, in the order given."""
    row = template("_send_row.html").module.row  # type: ignore[attr-defined]
    return "".join(row(DeliveryRow.of(delivery)) for delivery in deliveries)


def render_delivery(delivery: Delivery, own: frozenset[str]) -> str:
    """One delivery in full. `own` are the hosts under which the inspector itself is reached."""
    return render(
        "_send_delivery.html",
        delivery=delivery,
        row=DeliveryRow.of(delivery),
        target=mask_target(delivery.url),
        request=Content.of(delivery.request.headers, delivery.request.body),
        attempts=[AttemptView.of(attempt) for attempt in delivery.attempts],
        recorded=delivery.request_id if urlsplit(delivery.url).netloc in own else None,
        wait=None if delivery.next_attempt_at is None else max(0.0, delivery.next_attempt_at - time.time()),
    )


def render_run(run: Run) -> str:
    """How far a run is, and when it is over what came of it."""
    return render(
        "_send_run.html",
        run=run,
        target=mask_target(run.order.url),
        total=run.order.total,
        summary=run.summary,
    )


def local_clock(timestamp: float) -> str:
    """The time of day here, with milliseconds."""
    return datetime.fromtimestamp(timestamp).astimezone().strftime("%H:%M:%S.%f")[:-3]
