"""Which events to make: so many of a kind, from a seed and a start time, with changes to each.

One mechanism for the command line, the API and the fixture. Equal seed and start time give the same bytes, request ids
and timestamps in any process.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from inspector.sender.factory import EventFactory
from inspector.webhook.event import Event
from inspector.webhook.paths import parse_assignment, set_path, unset_path
from inspector.webhook.times import event_time, format_time

Change = Callable[[Event], Event]


class Made(NamedTuple):
    """An event ready to be sent. `message` is bytes where a body is sent as it stands; `timestamp` in Unix seconds."""

    message: Event | bytes
    request_id: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make: `count` of an event (or of lifecycles), from a seed and a start time in Unix seconds.

    `what` is an event's name, `lifecycle`, or a body to be sent as it stands; `changes` are made to each event.
    """

    what: str | bytes
    count: int
    seed: str
    at: float
    changes: tuple[Change, ...] = ()

    @classmethod
    def prepare(
        cls,
        what: str | bytes,
        count: int = 1,
        *,
        seed: int | str | None = None,
        at: float | None = None,
        changes: Iterable[Change] = (),
    ) -> Recipe:
        """A recipe with a random seed and the time of now where none are given."""
        seed = secrets.randbelow(10**9) if seed is None else seed
        # In whole milliseconds, as all times of events: the options to repeat it are then exact.
        return cls(what, count, str(seed), round(time.time(), 3) if at is None else at, tuple(changes))

    def events(self) -> Iterator[Made]:
        """Make the events one by one. Raises EventError."""
        factory = EventFactory(self.seed, self.at)
        for message in self._messages(factory):
            timestamp = self.at if isinstance(message, bytes) else event_time(message)
            yield Made(self._changed(message), factory.request_id(), int(timestamp))

    def again(self) -> str:
        """The options that make the same once more."""
        return f"--seed {self.seed} --at {format_time(self.at)}"

    def _messages(self, factory: EventFactory) -> Iterator[Event | bytes]:
        if isinstance(self.what, bytes):
            return repeat(self.what, self.count)
        return factory.stream(self.what, self.count)

    def _changed(self, message: Event | bytes) -> Event | bytes:
        if not self.changes:
            return message
        event = Event.from_bytes(message) if isinstance(message, bytes) else message
        for change in self.changes:
            event = change(event)
        return event


def assignment(text: str) -> Change:
    """The change that `PATH=VALUE` asks for. Raises EventError for a malformed one."""
    path, value = parse_assignment(text)
    return partial(set_path, path=path, value=value)


def changes_of(values: Mapping[str, Any], removed: Iterable[str]) -> list[Change]:
    """The changes that put each value at its path and take the removed paths out."""
    puts = [partial(set_path, path=path, value=value) for path, value in values.items()]
    return [*puts, *(partial(unset_path, path=path) for path in removed)]
