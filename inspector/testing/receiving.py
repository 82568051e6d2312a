"""What a test expects to arrive: waited for now, settled at its end, and told well when it does not come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inspector.errors import ConfigError
from inspector.recorder.request import RecordedRequest
from inspector.recorder.waiting import wait_for
from inspector.testing import messages
from inspector.testing.answering import AnswerLike, install_answers
from inspector.testing.engine import Engine
from inspector.testing.expectations import Expectation
from inspector.testing.failures import WebhookFailure, told_at_the_call
from inspector.testing.matching import Query, Wanted, wanted
from inspector.testing.texts import Scene


class Receiving:
    """The receiving half of an Inspector. `scene` gives what a message is made of, as it is then."""

    def __init__(self, engine: Engine, test: str | None, scene: Callable[[], Scene]) -> None:
        self._engine = engine
        self._test = test
        self._scene = scene
        self._expectations: list[Expectation] = []
        self._errors: list[Exception] = []
        self._claimed: set[int] = set()

    @told_at_the_call
    def wait_for(self, query: Query, fields: Mapping[str, Any], count: int, timeout: float) -> list[RecordedRequest]:
        """The first so many that match. Raises WebhookFailure."""
        __tracebackhide__ = True
        if timeout < 0 or count < 1:
            raise ConfigError(f"Cannot wait {timeout:g} s for {count} requests. Give a count from 1 and 0 s or more.")
        looked_for = wanted(query, fields)
        found = self._gather(looked_for, count, timeout)[:count]
        if len(found) < count:
            raise WebhookFailure(messages.not_arrived(self._scene(), looked_for, count, found, timeout))
        self.claim(found)
        return found

    def assert_none(self, query: Query, fields: Mapping[str, Any], within: float) -> None:
        """Raises WebhookFailure if one that matches is there, or comes."""
        __tracebackhide__ = True
        looked_for = wanted(query, fields)
        found = self._gather(looked_for, 1, within)
        if found:
            raise WebhookFailure(messages.unwanted(self._scene(), looked_for, found, within))

    def expect(self, query: Query, fields: Mapping[str, Any], count: int | None, within: float) -> None:
        """Take note of an expectation."""
        self._expectations.append(Expectation(wanted(query, fields), count, within))

    def answer_with(self, answers: AnswerLike | Iterable[AnswerLike], q: str) -> None:
        """Answer by these, and take note of errors in them. Raises ConfigError, FilterError."""
        install_answers(self._engine.server.app.rules, answers, q, self._errors.append)

    @property
    def awaited(self) -> tuple[Expectation, ...]:
        """What was expected and is not settled yet."""
        return tuple(self._expectations)

    def claim(self, requests: Iterable[RecordedRequest]) -> None:
        """The test has looked at these: they are no surprise to a strict one."""
        self._claimed.update(request.sequence for request in requests)

    def unsettled(self, *, strict: bool) -> str | None:
        """Settle, and tell what is not as it should be; None if all is."""
        errors, self._errors = self._errors, []
        expectations, self._expectations = self._expectations, []
        failures = [messages.rule_failed(errors)] if errors else []
        failures += [failure for failure in map(self._settle, expectations) if failure]
        strangers = self._strangers() if strict and not failures else []
        if strangers:
            failures.append(messages.unexpected(self._scene(), strangers))
        return "\n\n".join(failures) or None

    def _settle(self, expectation: Expectation) -> str | None:
        found = self._gather(expectation.wanted, expectation.least, expectation.within)
        self.claim(found)
        return None if expectation.is_met(found) else messages.unmet(self._scene(), expectation, found)

    def _strangers(self) -> list[RecordedRequest]:
        return [one for one in self._engine.requests(self._test) if one.sequence not in self._claimed]

    def _gather(self, looked_for: Wanted, count: int, timeout: float) -> list[RecordedRequest]:
        engine, test = self._engine, self._test
        return wait_for(engine.server.app.log, lambda one: engine.is_of(test, one) and looked_for(one), count, timeout)
