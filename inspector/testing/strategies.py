"""Hypothesis strategies: what may reach a consumer of the service, and in which order.

    @given(sequence=event_sequences())
    def test_the_newest_state_wins(sequence):
        with Inspector(signing_key="k") as inspector:
            sequence.fire(inspector, to=app, url="https://app.example/hook").assert_accepted()

A sequence is causally valid: conversations live as the service lets them. On its way some events come twice and some
change places, which the steps say. A failing example prints as a scenario, which `inspector scenario run` plays again.
Needs the extra `hypothesis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import yaml
from hypothesis import strategies as st

from inspector.sender.factory import EventFactory
from inspector.sender.story import ConversationStory
from inspector.testing.delivered import FiredDeliveries
from inspector.testing.firing import FireOptions
from inspector.testing.inprocess import App
from inspector.webhook.event import EVENT_NAMES, Event
from inspector.webhook.signature import REQUEST_ID_HEADER
from inspector.webhook.times import event_time

if TYPE_CHECKING:
    from inspector.testing.inspector import Inspector

_ACTIONS: dict[str, Callable[[ConversationStory], Event]] = {
    "receive": lambda story: story.receive(),
    "send": lambda story: story.send(),
    "deliver": lambda story: story.deliver(),
    "join": lambda story: story.join(),
    "invite": lambda story: story.invite(),
    "rename": lambda story: story.rename(),
}
_ENDINGS = ("", "close", "delete", "close delete")


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """One delivery: `name` says which event it is, and whether it comes `again` or `late`."""

    name: str
    event: Event
    request_id: str


@dataclass(frozen=True, slots=True, repr=False)
class EventSequence:
    """Deliveries in the order in which they arrive."""

    steps: tuple[SequenceStep, ...]

    def __iter__(self) -> Iterator[SequenceStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"\n{self.to_scenario()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Hypothesis would take a dataclass apart.
        printer.text(repr(self))

    @property
    def events(self) -> list[Event]:
        """Each event once, as they happened."""
        by_id = {step.request_id: step.event for step in self.steps}
        return sorted(by_id.values(), key=_moment)

    def fire(self, inspector: Inspector, *, to: str | App, **options: Unpack[FireOptions]) -> FiredDeliveries:
        """Fire all in order; options are those of `Inspector.fire`."""
        return FiredDeliveries(
            [inspector.fire(step.event, to=to, **_with_id(options, step.request_id)) for step in self.steps]
        )

    def to_scenario(self) -> str:
        """The same as a scenario file."""
        steps = [{"name": step.name, "send": _send(step)} for step in self.steps]
        content = {"version": 1, "name": "A sequence that Hypothesis found", "steps": steps}
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10**6)


@st.composite
def event_sequences(
    draw: st.DrawFn,
    *,
    max_conversations: int = 2,
    max_changes: int = 8,
    max_duplicates: int = 2,
    max_swaps: int = 2,
) -> EventSequence:
    """Deliveries of one or several conversations, interleaved, with duplicates and with neighbours that swap places."""
    steps = draw(_happenings(max_conversations, max_changes))
    for _ in range(draw(st.integers(0, max_duplicates))):
        place = draw(st.integers(0, len(steps) - 1))
        again = draw(st.integers(place + 1, len(steps)))
        steps.insert(again, replace(steps[place], name=f"{steps[place].name}-again"))
    for _ in range(draw(st.integers(0, max_swaps) if len(steps) > 1 else st.just(0))):
        place = draw(st.integers(0, len(steps) - 2))
        steps[place : place + 2] = [steps[place + 1], replace(steps[place], name=f"{steps[place].name}-late")]
    return EventSequence(tuple(_named_apart(steps)))


@st.composite
def _happenings(draw: st.DrawFn, max_conversations: int, max_changes: int) -> list[SequenceStep]:
    """What happens, in the order in which it does."""
    factory = EventFactory(draw(st.integers(0, 2**16)))
    stories = [_Told(factory.story()) for _ in range(draw(st.integers(1, max_conversations)))]
    events = [story.create() for story in stories]
    for _ in range(draw(st.integers(0, max_changes))):
        events.append(draw(st.sampled_from(stories)).act(draw(st.sampled_from(list(_ACTIONS)))))
    for story in stories:
        events += story.end(draw(st.sampled_from(_ENDINGS)))
    names = [event.name.removeprefix("conversation.") for event in events]
    return [
        SequenceStep(f"{name}-{number}", event, factory.request_id())
        for number, (name, event) in enumerate(zip(names, events, strict=True), 1)
    ]


class _Told:
    """A story, and whether it has come to a message yet."""

    def __init__(self, story: ConversationStory) -> None:
        self._story = story
        self._has_message = False

    def create(self) -> Event:
        return self._story.create(after=1.0)

    def act(self, name: str) -> Event:
        if name == "deliver" and not self._has_message:
            name = "receive"
        self._has_message = self._has_message or name in ("receive", "send")
        return _ACTIONS[name](self._story)

    def end(self, how: str) -> list[Event]:
        return [getattr(self._story, name)() for name in how.split()]


def _named_apart(steps: list[SequenceStep]) -> Iterator[SequenceStep]:
    seen: dict[str, int] = {}
    for step in steps:
        seen[step.name] = seen.get(step.name, 0) + 1
        yield step if seen[step.name] == 1 else replace(step, name=f"{step.name}-{seen[step.name]}")


def _with_id(options: FireOptions, request_id: str) -> FireOptions:
    return {**options, "request_id": request_id}


def _send(step: SequenceStep) -> dict[str, Any]:
    return {"body": step.event.to_bytes().decode(), "headers": {REQUEST_ID_HEADER: step.request_id}}


def _moment(event: Event) -> tuple[float, int]:
    return event_time(event), EVENT_NAMES.index(event.name)
