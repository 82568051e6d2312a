"""What was sent and what came of it: a Delivery and its Attempts.

They are kept by the thousand while events are sent at full speed: they are lean, and JSON is made only on demand.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from inspector.sender.draft import SignedParts
from inspector.sender.request import Request
from inspector.sender.response import Response, body_json
from inspector.webhook.signature import signed_message
from inspector.webhook.times import utc

State = Literal["sending", "retrying", "delivered", "failed", "cancelled"]

DELIVERY_COST = 1500
ATTEMPT_COST = 600
"""Bytes that a delivery and an attempt take beside the bodies, roughly; counted against the log's memory bound."""


class Failure(NamedTuple):
    """Why an attempt brought no answer: `kind` as in WireError, or `interrupted`; `ms` until it was clear."""

    kind: str
    message: str
    ms: float

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"kind": self.kind, "message": self.message}


class Attempt(NamedTuple):
    """One try at one delivery. `number` counts from 1, `started_at` is Unix time in seconds by the sender's clock."""

    number: int
    started_at: float
    request: Request
    outcome: Response | Failure

    @property
    def response(self) -> Response | None:
        """The answer, if there was one."""
        return self.outcome if isinstance(self.outcome, Response) else None

    @property
    def error(self) -> Failure | None:
        """Why there was none."""
        return self.outcome if isinstance(self.outcome, Failure) else None

    @property
    def status(self) -> int | None:
        """The HTTP status, if there was an answer."""
        return self.outcome.status if isinstance(self.outcome, Response) else None

    @property
    def accepted(self) -> bool:
        """Whether the answer was 2xx; a redirect is none (contract.md §1)."""
        return isinstance(self.outcome, Response) and 200 <= self.outcome.status < 300

    @property
    def ms(self) -> float:
        """Milliseconds from its beginning to the last byte of the answer, or to the failure."""
        return self.outcome.ms

    def to_json(self) -> dict[str, Any]:
        """JSON-ready: request, then response or error."""
        return {
            "number": self.number,
            "started_at": utc(self.started_at),
            "duration_ms": round(self.ms, 3),
            "request": request_json(self.request),
            "response": self.response.to_json() if self.response else None,
            "error": self.error.to_json() if self.error else None,
        }


class Delivery:
    """One webhook to one target, with all attempts.

    `event` is the event's name (None for a body that is no event), `faults` the names of what was damaged on purpose,
    `created_at` and `next_attempt_at` are Unix times in seconds. States: `sending`, `retrying` (waiting for the next
    attempt), then `delivered` (an attempt was answered 2xx), `failed` (none was) or `cancelled` (stopped before).
    `given_up` says why it failed although attempts were left.
    `cost` is what it takes in memory, in bytes; `counted` is how much of that its log has counted.
    """

    __slots__ = (
        "attempts",
        "cost",
        "counted",
        "created_at",
        "event",
        "faults",
        "given_up",
        "next_attempt_at",
        "number",
        "request",
        "request_id",
        "signed",
        "state",
    )

    def __init__(
        self,
        request: Request,
        *,
        created_at: float,
        event: str | None = None,
        request_id: str | None = None,
        signed: SignedParts | None = None,
        faults: tuple[str, ...] = (),
    ) -> None:
        self.number = 0
        self.request = request
        self.created_at = created_at
        self.event = event
        self.request_id = request_id
        self.signed = signed
        self.faults = faults
        self.attempts: list[Attempt] = []
        self.state: State = "sending"
        self.next_attempt_at: float | None = None
        self.given_up: str | None = None
        self.cost = DELIVERY_COST + len(request.body)
        self.counted = 0

    def __repr__(self) -> str:
        return f"<Delivery {self.id} of {self.event} to {self.url}: {self.state}, attempts: {len(self.attempts)}>"

    @property
    def id(self) -> str:
        """By what its log knows it: `d` and its number there."""
        return f"d{self.number}"

    @property
    def url(self) -> str:
        """Where it was sent."""
        return self.request.url

    @property
    def accepted(self) -> bool:
        """Whether it was answered 2xx; with copies, each of them."""
        return self.state == "delivered"

    @property
    def outcome(self) -> Response | Failure | None:
        """What the last attempt came to."""
        return self.attempts[-1].outcome if self.attempts else None

    @property
    def status(self) -> int | None:
        """The HTTP status of the last attempt, if that was answered."""
        return self.response.status if self.response else None

    @property
    def response(self) -> Response | None:
        """The answer to the last attempt."""
        outcome = self.outcome
        return outcome if isinstance(outcome, Response) else None

    @property
    def error(self) -> Failure | None:
        """Why the last attempt brought no answer."""
        outcome = self.outcome
        return outcome if isinstance(outcome, Failure) else None

    @property
    def elapsed(self) -> float:
        """Seconds from the beginning of the first attempt to the end of the last, by the sender's clock."""
        if not self.attempts:
            return 0.0
        first, last = self.attempts[0], self.attempts[-1]
        return last.started_at - first.started_at + last.ms / 1000

    @property
    def signed_text(self) -> bytes | None:
        """The exact bytes that the signature covers, ending in the 32 raw bytes of the digest; None if unsigned."""
        return signed_message(*self.signed) if self.signed else None

    def add(self, started_at: float, outcome: Response | Failure) -> Attempt:
        """Put what an attempt came to to the others."""
        attempt = Attempt(len(self.attempts) + 1, started_at, self.request, outcome)
        self.attempts.append(attempt)
        self.cost += ATTEMPT_COST + (len(outcome.body) if isinstance(outcome, Response) else 0)
        return attempt

    def summary(self) -> dict[str, Any]:
        """What a list shows of it, JSON-ready."""
        return {
            "id": self.id,
            "event": self.event,
            "url": self.url,
            "request_id": self.request_id,
            "state": self.state,
            "status": self.status,
            "error": self.error.to_json() if self.error else None,
            "faults": list(self.faults),
            "attempt_count": len(self.attempts),
            "created_at": utc(self.created_at),
            "next_attempt_at": None if self.next_attempt_at is None else utc(self.next_attempt_at),
            "given_up": self.given_up,
            "elapsed_ms": round(self.elapsed * 1000, 3),
        }

    def to_json(self) -> dict[str, Any]:
        """The whole, JSON-ready. Signing keys are not part of it."""
        attempts = [attempt.to_json() for attempt in self.attempts]
        return {**self.summary(), "signed": self._signed_json(), "attempts": attempts}

    def _signed_json(self) -> dict[str, Any] | None:
        if self.signed is None:
            return None
        timestamp, url, body = self.signed
        return {"timestamp": timestamp, "url": url, "body_sha256": sha256(body).hexdigest()}


def interrupted_by(error: asyncio.CancelledError) -> Delivery | None:
    """What had been done of a delivery when it was cancelled; None where nothing was."""
    delivery: Delivery | None = getattr(error, "delivery", None)
    return delivery if delivery is not None and delivery.attempts else None


def request_json(request: Request) -> dict[str, Any]:
    """A request as it was sent, JSON-ready."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": [[name, value] for name, value in request.headers],
        "body": body_json(request.body),
    }
