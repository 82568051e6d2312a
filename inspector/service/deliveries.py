"""What was fired, and the delivery log that tells what came of it (contract.md §3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inspector.errors import NotFoundError
from inspector.sender.clock import steady_time
from inspector.sender.record import Attempt, Delivery
from inspector.sender.request import as_text
from inspector.sender.world import JsonObject
from inspector.service.environment import Environment
from inspector.service.errors import MissingResourceError
from inspector.service.register import Page, Paging, Register
from inspector.service.subscriptions import WebhookSubscription
from inspector.webhook.event import Event
from inspector.webhook.times import format_time


class Fired:
    """One event on its way to one subscription. Where it goes and how it is signed stays as it was when it was fired.

    `event` is let go of once it has left. `fired_at` is Unix time in seconds; `left_at` is on the machine's steady
    clock, because virtual time may stand still meanwhile.
    """

    __slots__ = (
        "conversation_id",
        "delivery_id",
        "event",
        "event_name",
        "fired_at",
        "left_at",
        "request_id",
        "signing_key",
        "subscription_id",
        "url",
    )

    def __init__(self, event: Event, subscription: WebhookSubscription, request_id: str, fired_at: float) -> None:
        self.event: Event | None = event
        self.event_name = event.name
        self.conversation_id = str(event.payload["id"])
        self.subscription_id = subscription.id
        self.url = subscription.url
        self.signing_key = subscription.signing_key
        self.request_id = request_id
        self.fired_at = fired_at
        self.left_at: float | None = None
        self.delivery_id: str | None = None

    def leave(self, delivery_id: str) -> None:
        """It is being sent, as this delivery."""
        self.event, self.delivery_id, self.left_at = None, delivery_id, steady_time()


class Deliveries:
    """The delivery log of one workspace."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._all: Register[Fired] = Register(environment.settings.max_deliveries)

    def __iter__(self) -> Iterator[Fired]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, fired: Fired) -> Fired:
        """Take note of what was fired."""
        return self._all.put(fired.request_id, fired)

    def newest(self, limit: int) -> list[Fired]:
        """The last ones that were fired, newest first."""
        return self._all.page(Paging(limit), newest_first=True).things

    def of(self, fired: Fired) -> Delivery | None:
        """What came of it; None before it has left, and when that is forgotten."""
        if fired.delivery_id is None:
            return None
        try:
            return self._environment.deliveries.get(fired.delivery_id)
        except NotFoundError:
            return None

    def page(self, subscription_id: str, paging: Paging, execution_status: str | None = None) -> Page[Fired]:
        """What was delivered, or tried, to one subscription, newest first."""

        def matches(fired: Fired) -> bool:
            delivery = self._logged(fired) if fired.subscription_id == subscription_id else None
            return delivery is not None and execution_status in (None, _execution_status(delivery))

        return self._all.page(paging, matches, newest_first=True)

    def summary(self, fired: Fired) -> JsonObject:
        """One line of the log."""
        delivery = self.of(fired)
        assert delivery is not None
        return {
            "requestId": fired.request_id,
            "attemptCount": len(delivery.attempts),
            "httpStatusCode": self._status_code(delivery.attempts[-1]),
            "executionStatus": _execution_status(delivery),
            "createdAt": format_time(fired.fired_at),
        }

    def details(self, subscription_id: str, request_id: str) -> list[JsonObject]:
        """Every attempt at one delivery, oldest first. Raises MissingResourceError."""
        fired = self._all.get(request_id)
        delivery = self._logged(fired) if fired and fired.subscription_id == subscription_id else None
        if delivery is None:
            raise MissingResourceError.of("delivery", request_id)
        return [self._attempt(request_id, attempt) for attempt in delivery.attempts]

    def _logged(self, fired: Fired) -> Delivery | None:
        """The delivery, once it was tried, for as long as the log is kept."""
        if fired.fired_at < self._environment.clock.now() - self._environment.settings.log_seconds:
            return None
        delivery = self.of(fired)
        return delivery if delivery is not None and delivery.attempts else None

    def _attempt(self, request_id: str, attempt: Attempt) -> JsonObject:
        request, response, error = attempt.request, attempt.response, attempt.error
        described: dict[str, Any] = {
            "requestId": request_id,
            "attempt": attempt.number,
            "executionStatus": "succeeded" if attempt.accepted else "failed",
            "httpStatusCode": self._status_code(attempt),
            "createdAt": format_time(attempt.started_at),
            "request": {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "body": as_text(request.body),
            },
            "response": None,
        }
        if response is not None:
            body = response.body.decode("utf-8", "replace")
            described["response"] = {"headers": dict(response.headers), "body": body}
        if error is not None:
            described["error"] = error.message
        return described

    def _status_code(self, attempt: Attempt) -> int:
        return attempt.status or self._environment.settings.no_answer_status


def _execution_status(delivery: Delivery) -> str:
    return "succeeded" if delivery.accepted else "failed"
