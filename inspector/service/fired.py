"""One event on its way to one subscription, and in a few words what came of it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Literal

from inspector.sender.clock import steady_time
from inspector.sender.record import Attempt, Delivery, State
from inspector.service.subscriptions import WebhookSubscription
from inspector.webhook.event import Event

NEVER_ARRIVED = frozenset(("dns", "refused", "tls", "unreachable"))
"""Failures of an attempt of which the app knows nothing."""


class Fired:
    """One event on its way to one subscription. Where it goes and how it is signed stays as it was when it was fired.

    `occurrence` is equal for all that were fired for one and the same event; `event` is let go of once it has left.
    What came of it is kept here in a few words, because the log of deliveries forgets sooner: `state`, `attempt_count`,
    the `status` or `error` of the last attempt, and in `given_up` why no more are made. `fired_at` is Unix time in
    seconds.
    """

    __slots__ = (
        "_left",
        "attempt_count",
        "conversation_id",
        "delivery_id",
        "error",
        "event",
        "event_name",
        "fired_at",
        "given_up",
        "occurrence",
        "request_id",
        "signing_key",
        "state",
        "status",
        "subscription_id",
        "url",
    )

    def __init__(
        self, event: Event, subscription: WebhookSubscription, request_id: str, fired_at: float, occurrence: int
    ) -> None:
        self.occurrence = occurrence
        self.event: Event | None = event
        self.event_name = event.name
        self.conversation_id = str(event.payload["id"])
        self.subscription_id = subscription.id
        self.url = subscription.url
        self.signing_key = subscription.signing_key
        self.request_id = request_id
        self.fired_at = fired_at
        self.delivery_id: str | None = None
        self.state: State | Literal["waiting"] = "waiting"
        self.attempt_count = 0
        self.status: int | None = None
        self.error: str | None = None
        self.given_up: str | None = None
        self._left = array("d")  # on the machine's steady clock, because virtual time may stand still meanwhile

    @property
    def accepted(self) -> bool:
        """Whether an attempt was answered 2xx."""
        return self.state == "delivered"

    def leave(self, delivery_id: str) -> None:
        """It is being sent, as this delivery."""
        self.event, self.delivery_id, self.state = None, delivery_id, "sending"
        self._left.append(steady_time())

    def note(self, delivery: Delivery) -> None:
        """An attempt was made at it, or it is over."""
        self.state, self.given_up = delivery.state, delivery.given_up
        if len(delivery.attempts) > self.attempt_count:
            self._note_attempt(delivery.attempts[-1])

    def give_up(self, why: str) -> None:
        """Nothing is sent of it."""
        self.event, self.state, self.given_up = None, "failed", why

    def left_before(self, steady_at: float) -> float | None:
        """When the last attempt before that time left that can have arrived; both on the machine's steady clock."""
        number = bisect_right(self._left, steady_at)
        return self._left[number - 1] if number else None

    def _note_attempt(self, attempt: Attempt) -> None:
        if attempt.number > 1:
            self._left.append(steady_time() - attempt.ms / 1000)
        if attempt.error and attempt.error.kind in NEVER_ARRIVED:
            self._left.pop()
        self.attempt_count, self.status = attempt.number, attempt.status
        self.error = attempt.error.message if attempt.error else None
