"""Playing a scenario: its steps one after the other, each judged by what it expects."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from inspector.errors import ConfigError, EventError
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.factory import EventFactory
from inspector.sender.retry import RetryPolicy
from inspector.sender.scenario import REFERENCE, Expect, Scenario, Send, Step
from inspector.units import parse_duration
from inspector.webhook.event import Event
from inspector.webhook.paths import set_path, unset_path
from inspector.webhook.times import event_time, format_time, parse_time


@dataclass(slots=True)
class StepResult:
    """What became of a step: its deliveries, and what was not as expected (empty: it passed)."""

    name: str
    deliveries: list[Delivery] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "step": self.name,
            "result": "pass" if self.passed else "fail",
            "problems": self.problems,
            "deliveries": [delivery.summary() for delivery in self.deliveries],
        }


@dataclass(frozen=True, slots=True)
class _Sent:
    """What later steps may refer to."""

    payload: dict[str, Any]
    delivery: Delivery

    def value(self, path: str) -> Any:
        root, _, rest = path.partition(".")
        if root == "payload":
            return _follow(self.payload, rest)
        if root == "response":
            response = self.delivery.response
            return _follow(orjson.loads(response.body) if response and response.body else None, rest)
        return self.delivery.request_id if root == "request_id" else self.delivery.status


class Player:
    """Plays one scenario through `sender`. `to` and `signing_key` go before what the scenario says.

    Raises ConfigError where a step has no target.
    """

    def __init__(
        self, scenario: Scenario, sender: Sender, *, to: str | None = None, signing_key: str | None = None
    ) -> None:
        self._scenario = scenario
        self._sender = sender
        self._to = to
        self._signing_key = signing_key
        self._sent: dict[str, _Sent] = {}
        self._dated = scenario.at is not None
        start = parse_time(scenario.at) if scenario.at is not None else sender.clock.now()
        self._factory = EventFactory(scenario.seed, start)
        for step in scenario.steps:
            self._target(step)

    async def play(self, on_step: Callable[[StepResult], None] = lambda result: None) -> list[StepResult]:
        """Play all steps; `on_step` hears of each. Raises EventError for a reference that leads nowhere."""
        results = []
        for step in self._scenario.steps:
            results.append(await self._play(step))
            on_step(results[-1])
        return results

    async def _play(self, step: Step) -> StepResult:
        result = StepResult(step.name)
        pause = parse_duration(step.after)
        await self._sender.clock.sleep(pause)
        self._factory.advance(pause)
        for _ in range(step.repeat):
            delivery = await self._deliver(step)
            result.deliveries.append(delivery)
            result.problems += _problems(step.expect, delivery)
        return result

    async def _deliver(self, step: Step) -> Delivery:
        message, payload = self._message(step.send)
        timestamp = event_time(message) if self._dated and isinstance(message, Event) else None
        delivery = await self._sender.deliver(
            message,
            self._target(step),
            self._signing_key,
            request_id=self._factory.request_id(),
            timestamp=None if timestamp is None else int(timestamp),
            url_signed=self._scenario.url_signed,
            headers=[(name, str(self._filled(value))) for name, value in step.send.headers.items()],
            fault=step.fault,
            retry=RetryPolicy.parse(step.retry) if step.retry else None,
        )
        self._sent[step.name] = _Sent(payload, delivery)
        return delivery

    def _message(self, sent: Send) -> tuple[Event | bytes, dict[str, Any]]:
        if sent.event is None:
            raw = self._body(sent)
            return raw, _payload_of(raw)
        event = self._factory.event(sent.event)
        if sent.continues is not None:
            payload = copy.deepcopy(self._sent[sent.continues].payload)
            event = Event(event.name, {**payload, "updatedAt": format_time(self._factory.time())})
        for path, value in sent.set.items():
            event = set_path(event, path, self._filled(value))
        for path in sent.unset:
            event = unset_path(event, path)
        return event, event.payload

    def _body(self, sent: Send) -> bytes:
        if sent.body_base64 is not None:
            return base64.b64decode(sent.body_base64)
        body = self._filled(sent.body)
        return body.encode() if isinstance(body, str) else orjson.dumps(body)

    def _filled(self, value: Any) -> Any:
        """A value with the references in it replaced; one that is all of a text keeps its type."""
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = REFERENCE.fullmatch(value)
        if whole:
            return self._sent[whole[1]].value(whole[2])
        return REFERENCE.sub(lambda found: str(self._sent[found[1]].value(found[2])), value)

    def _target(self, step: Step) -> str:
        target = self._to or step.to or self._scenario.to
        if target is None:
            raise ConfigError(f"Step {step.name!r} has no target. Give --to URL, or 'to' in the scenario.")
        return target


def _problems(expect: Expect | None, delivery: Delivery) -> list[str]:
    if expect is None:
        return []
    problems = []
    wanted = expect.status
    got = "no answer" if delivery.status is None else str(delivery.status)
    if not any(got == status or (status.endswith("xx") and got[0] == status[0]) for status in wanted):
        reason = f" ({delivery.error.message})" if delivery.error else ""
        problems.append(f"expected {' or '.join(wanted)}, got {got}{reason}")
    took = delivery.elapsed * 1000
    if expect.within_ms is not None and took > expect.within_ms:
        problems.append(f"expected an answer within {expect.within_ms:g} ms, it took {took:.0f} ms")
    return problems


def _follow(value: Any, path: str) -> Any:
    steps = [step for step in path.replace("[", ".").replace("]", "").split(".") if step]
    for step in steps:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise EventError(f"A reference to {path!r} leads nowhere: there is no {step!r}.", path=path) from None
    return value


def _payload_of(body: bytes) -> dict[str, Any]:
    try:
        return Event.from_bytes(body).payload
    except EventError:
        return {}
