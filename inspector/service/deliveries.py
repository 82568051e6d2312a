"""The delivery log: what was fired, and what came of it (contract.md §3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inspector.errors import NotFoundError
from inspector.sender.record import Attempt, Delivery
from inspector.sender.request import as_text
from inspector.sender.world import JsonObject
from inspector.service.environment import Environment
from inspector.service.errors import MissingResourceError
from inspector.service.fired import Fired
from inspector.service.register import Page, Paging, Register
from inspector.webhook.times import format_time


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
            is_logged = fired.subscription_id == subscription_id and self._is_logged(fired)
            return is_logged and execution_status in (None, _execution_status(fired))

        return self._all.page(paging, matches, newest_first=True)

    def summary(self, fired: Fired) -> JsonObject:
        """One line of the log; `error` only where it was given up."""
        line = {
            "requestId": fired.request_id,
            "attemptCount": fired.attempt_count,
            "httpStatusCode": self._status_code(fired.status),
            "executionStatus": _execution_status(fired),
            "createdAt": format_time(fired.fired_at),
        }
        return line if fired.given_up is None else {**line, "error": fired.given_up}

    def details(self, subscription_id: str, request_id: str) -> list[JsonObject]:
        """Every attempt at one delivery, oldest first. Raises MissingResourceError, also for what is forgotten."""
        fired = self._all.get(request_id)
        if fired is None or fired.subscription_id != subscription_id or not self._is_logged(fired):
            raise MissingResourceError.of("delivery", request_id)
        delivery = self.of(fired)
        if delivery is None and fired.delivery_id is not None:
            raise MissingResourceError(
                f"What was sent and answered in delivery {request_id!r} is no longer kept: the mock keeps that of the "
                f"newest {self._environment.deliveries.capacity:,} deliveries at most. Ask for it sooner."
            )
        attempts = [self._attempt(request_id, attempt) for attempt in delivery.attempts] if delivery else []
        if attempts and fired.given_up is not None:
            attempts[-1]["error"] = " ".join(filter(None, (fired.error, fired.given_up)))
        return attempts

    def _is_logged(self, fired: Fired) -> bool:
        """Whether it stands in the log: once it was tried or given up, for as long as the log is kept."""
        oldest = self._environment.clock.now() - self._environment.settings.log_seconds
        return fired.fired_at >= oldest and (fired.attempt_count > 0 or fired.given_up is not None)

    def _attempt(self, request_id: str, attempt: Attempt) -> JsonObject:
        request, response, error = attempt.request, attempt.response, attempt.error
        described: dict[str, Any] = {
            "requestId": request_id,
            "attempt": attempt.number,
            "executionStatus": "succeeded" if attempt.accepted else "failed",
            "httpStatusCode": self._status_code(attempt.status),
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

    def _status_code(self, status: int | None) -> int:
        return status or self._environment.settings.no_answer_status


def _execution_status(fired: Fired) -> str:
    return "succeeded" if fired.accepted else "failed"
