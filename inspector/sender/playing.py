"""Playing a scenario: its steps one after the other, each judged by what it expects."""

from __future__ import annotations

import base64
import copy
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from inspector.errors import ConfigError, EventError, InspectorError
from inspector.sender.clock import RealClock
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.factory import LIFECYCLE, LIFECYCLE_SECONDS, EventFactory
from inspector.sender.faults import Fault, arrange, parse_faults
from inspector.sender.request import Request, Transmission, target_url
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy
from inspector.sender.scenario import REFERENCE, Expect, Scenario, ScenarioError, Send, Step
from inspector.units import parse_duration
from inspector.webhook.event import Event
from inspector.webhook.paths import set_path, unset_path
from inspector.webhook.times import event_time, format_time, parse_time

REHEARSED = 100
"""Repetitions of a step that a rehearsal makes at most."""

Message = tuple[Event | bytes, dict[str, Any]]
"""What is sent, and its payload."""


@dataclass(slots=True)
class StepResult:
    """What became of a step: its deliveries, and what was not as expected (empty: it passed), and with which."""

    name: str
    deliveries: list[Delivery] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failed: list[Delivery] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.problems

    def take(self, delivery: Delivery, expect: Expect) -> None:
        """Judge a delivery."""
        self.deliveries.append(delivery)
        problems = _problems(expect, delivery)
        self.problems += problems
        if problems:
            self.failed.append(delivery)

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
    """What later steps may refer to. In a rehearsal nobody has answered, and anything may be in the answer."""

    name: str
    payload: dict[str, Any]
    delivery: Delivery
    rehearsed: bool

    def value(self, path: str) -> Any:
        root, _, rest = path.partition(".")
        if root == "payload":
            return _follow(self.payload, rest)
        if root == "response":
            return {} if self.rehearsed else _follow(self._answer(), rest)
        return self.delivery.request_id if root == "request_id" else self.delivery.status

    def _answer(self) -> Any:
        response = self.delivery.response
        if response is None:
            raise EventError(f"step {self.name!r} had no answer")
        try:
            return orjson.loads(response.body)
        except orjson.JSONDecodeError:
            raise EventError(f"what step {self.name!r} was answered is no JSON") from None


class Player:
    """Plays one scenario through `sender`.

    `to`, `signing_key`, `seed` and `at` (Unix seconds) go before what the scenario says; without a seed anywhere one is
    drawn, and `seed` tells it. Raises ConfigError where a step has no target.
    """

    def __init__(
        self,
        scenario: Scenario,
        sender: Sender,
        *,
        to: str | None = None,
        signing_key: str | None = None,
        seed: str | None = None,
        at: float | None = None,
        rehearsing: bool = False,
    ) -> None:
        self.seed = seed or scenario.seed or str(secrets.randbelow(10**9))
        self._scenario = scenario
        self._sender = sender
        self._to = to
        self._signing_key = signing_key
        self._rehearsing = rehearsing
        self._here = 0
        self._sent: dict[str, _Sent] = {}
        given = parse_time(scenario.at) if at is None and scenario.at is not None else at
        self._dated = given is not None
        self.at = round(sender.clock.now() - _lifetimes(scenario), 3) if given is None else given
        self._factory = EventFactory(self.seed, self.at)
        for step in scenario.steps:
            self._target(step)

    async def play(self, on_step: Callable[[StepResult], None] = lambda result: None) -> list[StepResult]:
        """Play all steps; `on_step` hears of each. Raises ScenarioError for a step that cannot be made."""
        results = []
        for index, step in enumerate(self._scenario.steps):
            self._here = index
            with self._errors_at():
                results.append(await self._play(step))
            on_step(results[-1])
        return results

    async def _play(self, step: Step) -> StepResult:
        result = StepResult(step.name)
        pause = parse_duration(step.after)
        await self._sender.clock.sleep(pause)
        self._factory.advance(pause)
        faults = parse_faults(step.fault)
        # Where there is but one message to put into another order, the fault itself says that it needs more.
        several = step.repeat > 1 or step.send.event == LIFECYCLE
        own = tuple(fault for fault in faults if fault.stage != "sequence" or not several)
        for message, payload in arrange(self._messages(step), faults if several else ()):
            delivery = await self._deliver(step, message, own)
            self._sent[step.name] = _Sent(step.name, payload, delivery, self._rehearsing)
            result.take(delivery, step.expect)
        return result

    async def _deliver(self, step: Step, message: Event | bytes, faults: tuple[Fault, ...]) -> Delivery:
        sent = step.send
        timestamp = event_time(message) if self._dated and isinstance(message, Event) else None
        request_id = self._factory.request_id()
        return await self._sender.deliver(
            message,
            self._target(step),
            self._signing_key,
            request_id=str(self._filled(sent.request_id, "send", "request_id")) if sent.request_id else request_id,
            timestamp=None if timestamp is None else int(timestamp),
            url_signed=self._scenario.url_signed,
            headers=[(name, str(self._filled(value, "send", "headers", name))) for name, value in sent.headers.items()],
            fault=faults,
            retry=RetryPolicy.parse(step.retry) if step.retry else None,
        )

    def _messages(self, step: Step) -> Iterator[Message]:
        """What a step sends, in the order of its making."""
        sent = step.send
        times = min(step.repeat, REHEARSED) if self._rehearsing else step.repeat
        if sent.event is None:
            raw = self._body(sent)
            yield from [(raw, _payload_of(raw))] * times
            return
        with self._errors_at("send", "event"):
            events = self._factory.stream(sent.event, times)
        for event in events:
            changed = self._changed(event, sent)
            yield changed, changed.payload

    def _changed(self, event: Event, sent: Send) -> Event:
        if sent.continues is not None:
            payload = copy.deepcopy(self._sent[sent.continues].payload)
            event = Event(event.name, {**payload, "updatedAt": format_time(self._factory.time())})
        for path, value in sent.set.items():
            filled = self._filled(value, "send", "set", path)
            with self._errors_at("send", "set", path, of_name=True):
                event = set_path(event, path, filled)
        for number, path in enumerate(sent.unset):
            with self._errors_at("send", "unset", number):
                event = unset_path(event, path)
        return event

    def _body(self, sent: Send) -> bytes:
        if sent.body_base64 is not None:
            return base64.b64decode(sent.body_base64)
        body = self._filled(sent.body, "send", "body")
        return body.encode() if isinstance(body, str) else orjson.dumps(body)

    def _filled(self, value: Any, *at: Any) -> Any:
        """A value with the references in it replaced; one that is all of a text keeps its type."""
        if isinstance(value, dict):
            return {key: self._filled(item, *at, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, *at, index) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        with self._errors_at(*at):
            if whole := REFERENCE.fullmatch(value):
                return self._referred(whole[1], whole[2])
            return REFERENCE.sub(lambda found: str(self._referred(found[1], found[2])), value)

    def _referred(self, name: str, path: str) -> Any:
        try:
            return self._sent[name].value(path)
        except EventError as error:
            raise EventError(f"${{{name}.{path}}} leads nowhere: {error.message}.") from None

    @contextmanager
    def _errors_at(self, *at: Any, of_name: bool = False) -> Iterator[None]:
        """Errors of the step that is being played say its name, and where that stands in the file."""
        try:
            yield
        except ScenarioError:
            raise
        except InspectorError as error:
            problem = f"step {self._scenario.steps[self._here].name!r}: {error.message}"
            raise self._scenario.error(("steps", self._here, *at), problem, of_name=of_name) from None

    def _target(self, step: Step) -> str:
        target = self._to or step.to or self._scenario.to
        if target is None:
            raise ConfigError(f"Step {step.name!r} has no target. Give --to URL, or 'to' in the scenario.")
        return target_url(target, step.path) if step.path else target


class _Stage:
    """Stands in place of clock and wire in a rehearsal: no time passes, and nothing leaves."""

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        return Response.build(200)

    async def aclose(self) -> None:
        pass


class _StandingClock(RealClock):
    async def sleep(self, seconds: float) -> None:
        pass


async def rehearse(scenario: Scenario, **options: Any) -> None:
    """Make what a Player with these options would send, and send nothing.

    Raises ScenarioError for the first step that cannot be made, as far as that does not depend on what is answered.
    """
    async with Sender(_StandingClock(), transport=_Stage()) as sender:
        await Player(scenario, sender, **options, rehearsing=True).play()


def _lifetimes(scenario: Scenario) -> float:
    """Seconds that the lifecycles of a scenario take: they end about now, so that nothing comes from the future."""
    return sum(step.repeat for step in scenario.steps if step.send.event == LIFECYCLE) * LIFECYCLE_SECONDS


def _problems(expect: Expect, delivery: Delivery) -> list[str]:
    problems = []
    wanted = expect.status
    got = "no answer" if delivery.status is None else str(delivery.status)
    fits = any(got == status or (status.endswith("xx") and got[0] == status[0]) for status in wanted)
    if not fits and not _was_cut_as_asked(expect, delivery):
        reason = f" ({delivery.error.message})" if delivery.error else ""
        problems.append(f"expected {' or '.join(wanted)}, got {got}{reason}")
    took = delivery.elapsed * 1000
    if expect.within_ms is not None and took > expect.within_ms:
        problems.append(f"expected an answer within {expect.within_ms:g} ms, it took {took:.0f} ms")
    return problems


def _was_cut_as_asked(expect: Expect, delivery: Delivery) -> bool:
    return delivery.error is not None and delivery.error.kind == "cut" and "status" not in expect.model_fields_set


def _follow(value: Any, path: str) -> Any:
    steps = [step for step in path.replace("[", ".").replace("]", "").split(".") if step]
    for step in steps:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise EventError(f"there is no {step!r}") from None
    return value


def _payload_of(body: bytes) -> dict[str, Any]:
    try:
        return Event.from_bytes(body).payload
    except EventError:
        return {}
