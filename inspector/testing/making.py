"""The events that a test fires, made from its seed: equal seed and start time give equal bytes in any process.

What makes them is imported when the first is made: a test that only receives need not wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.errors import ConfigError, EventError
from inspector.webhook.event import Event
from inspector.webhook.times import event_time, parse_time

if TYPE_CHECKING:
    from inspector.sender.factory import EventFactory
    from inspector.sender.recipe import Made, Recipe

EventLike = str | bytes | Event | Mapping[str, Any]
"""An event's name (`conversation.created`, `created`), an event, its envelope as a dict, or a body as it stands."""

Seed = int | str


@dataclass(frozen=True, slots=True)
class Making:
    """What one call makes: the recipe, and the events where they were given ready made."""

    recipe: Recipe
    given: tuple[Event, ...] = ()

    def messages(self) -> Iterator[Made]:
        """The events one by one, with request ids and timestamps. Raises EventError."""
        return self._with_given() if self.given else self.recipe.events()

    def _with_given(self) -> Iterator[Made]:
        from inspector.sender.recipe import Made  # noqa: PLC0415

        factory = _factory(self.recipe.seed, self.recipe.at)
        for event in self.given:
            for change in self.recipe.changes:
                event = change(event)  # noqa: PLW2901 - each change is made to the one before
            yield Made(event, factory.request_id(), int(self.recipe.at))


class Maker:
    """Makes the events of one test. Each call has a seed of its own, derived from the test's.

    `at` is the Unix time or RFC 3339 text at which time stands still; without it, it is now.
    """

    def __init__(self, seed: Seed, at: float | str | None = None) -> None:
        self.seed = seed
        self._at = moment(at)
        self._calls = 0
        self._last = 0.0

    def make(
        self,
        what: EventLike | Iterable[Event],
        count: int = 1,
        *,
        seed: Seed | None = None,
        at: float | str | None = None,
        set_: Mapping[str, Any] | None = None,
        unset: Iterable[str] = (),
    ) -> Making:
        """What a call asks for. Raises EventError."""
        from inspector.sender.recipe import Recipe, changes_of  # noqa: PLC0415

        given = () if isinstance(what, str | bytes) else tuple(_events(what)) * count
        name = what if isinstance(what, str | bytes) else b""
        seed, at, changes = self.next_seed(seed), self.next_time(at), changes_of(set_ or {}, unset)
        return Making(Recipe.prepare(name, count, seed=seed, at=at, changes=changes), given)

    def sequence(self, seed: Seed | None = None, at: float | str | None = None) -> list[Event]:
        """All events of one conversation, in the order in which they happen."""
        return _factory(self.next_seed(seed), self.next_time(at)).lifecycle()

    def next_seed(self, seed: Seed | None = None) -> Seed:
        """The seed given, or that of this call: the test's own for the first, then `seed/2`, `seed/3` …"""
        if seed is not None:
            return seed
        self._calls += 1
        return self.seed if self._calls == 1 else f"{self.seed}/{self._calls}"

    def next_time(self, at: float | str | None = None) -> float:
        """The time given, or that of this call, in Unix seconds: at least a millisecond after the one before."""
        given = moment(at)
        if given is not None:
            return given
        now = round(time.time() if self._at is None else self._at, 3)
        self._last = max(now, round(self._last + 0.001, 3))
        return self._last

    def timestamp(self, made: Made, at: float) -> int:
        """What is signed for an event: where time stands still the event's own, so that it is never in the future."""
        if self._at is None or not isinstance(made.message, Event):
            return made.timestamp
        try:
            return max(int(at), int(event_time(made.message)))
        except EventError:
            return made.timestamp


def moment(at: float | str | None) -> float | None:
    """A moment in Unix seconds. Raises ConfigError for a text that is no time."""
    if not isinstance(at, str):
        return at
    try:
        return parse_time(at)
    except EventError as error:
        raise ConfigError(f"at={at!r}: {error.message}") from None


def one_event(what: EventLike) -> EventLike:
    """Refuse what makes several events. Raises EventError."""
    if what == "lifecycle":
        raise EventError("fire sends one event. For all events of a conversation write fire_many('lifecycle', to=…).")
    return what


def _events(what: Any) -> Iterator[Event]:
    if isinstance(what, Event | Mapping):
        what = (what,)
    for one in what:
        yield one if isinstance(one, Event) else Event.from_json(one)


def _factory(seed: Seed, at: float) -> EventFactory:
    from inspector.sender.factory import EventFactory  # noqa: PLC0415

    return EventFactory(seed, at)
