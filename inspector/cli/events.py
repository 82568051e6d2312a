"""Which events `send` and `generate` make: their common options, and the events with what is signed of them.

Equal seed and start time give the same bytes, request ids and timestamps in any process.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from inspector.cli.options import LINES, Parsed, option
from inspector.errors import EventError
from inspector.sender.draft import Draft
from inspector.sender.factory import EventFactory
from inspector.webhook.event import Event
from inspector.webhook.paths import parse_assignment, set_path, unset_path
from inspector.webhook.times import event_time, format_time, parse_time

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Made(NamedTuple):
    """An event ready to be sent. `message` is bytes where a file is sent as it stands; `timestamp` in Unix seconds."""

    message: Event | bytes
    request_id: str
    timestamp: int

    def draft(self, url: str, url_signed: str, signing_key: str | None) -> Draft:
        """The request in the making."""
        timestamp = str(self.timestamp)
        return Draft(self.message, url, url_signed, signing_key, self.request_id, timestamp, self.timestamp)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make: `count` of an event, from a seed and a start time in Unix seconds, with changes to each."""

    what: str
    count: int
    seed: str
    at: float
    changes: tuple[Callable[[Event], Event], ...] = ()

    def events(self) -> Iterator[Made]:
        """Make the events one by one. Raises EventError."""
        factory = EventFactory(self.seed, self.at)
        for event in self._messages(factory):
            timestamp = self.at if isinstance(event, bytes) else event_time(event)
            yield Made(self._changed(event), factory.request_id(), int(timestamp))

    def again(self) -> str:
        """The options that make the same once more."""
        return f"--seed {self.seed} --at {format_time(self.at)}"

    def _messages(self, factory: EventFactory) -> Iterator[Event | bytes]:
        if self.what.startswith("@"):
            return repeat(_read_event(self.what[1:]), self.count)
        return factory.stream(self.what, self.count)

    def _changed(self, message: Event | bytes) -> Event | bytes:
        if not self.changes:
            return message
        event = Event.from_bytes(message) if isinstance(message, bytes) else message
        for change in self.changes:
            event = change(event)
        return event


def parse_moment(text: str) -> float:
    """`2024-11-27T19:33:53.5Z` or Unix seconds → Unix seconds. Raises EventError."""
    try:
        seconds = float(text)
    except ValueError:
        return parse_time(text)
    if not math.isfinite(seconds):
        raise EventError(f"{text!r} is not a time. Write RFC 3339 or Unix seconds.")
    return seconds


def event_options(default_start: str) -> Callable[[Decorated], Decorated]:
    """Adds the event and all that says how it is made; `recipe` turns them into a Recipe."""
    decorators = (
        click.argument("what", metavar="EVENT"),
        option("--count", type=click.IntRange(min=0), default=1, help="How many events, or how many lifecycles."),
        option(
            "--seed",
            show_default="a random one, which is told",
            help="Number or text that all ids, names and texts are drawn from.",
        ),
        option(
            "--at",
            type=Parsed("time", parse_moment),
            show_default=default_start,
            help="When the first event happens: RFC 3339 or Unix seconds.",
        ),
        option(
            "--set",
            "set_",
            type=LINES,
            multiple=True,
            metavar="PATH=VALUE",
            envvar="INSPECTOR_SET",
            help="Put a value into each event: status=closed, lastMessage.recipients=null; +PATH adds a field that the "
            "contract does not know. May be repeated.",
        ),
        option("--unset", type=LINES, multiple=True, metavar="PATH", help="Take a field out. May be repeated."),
    )
    return lambda command: reduce(lambda made, decorate: decorate(made), reversed(decorators), command)


def recipe(
    *, what: str, count: int, seed: str | None, at: float | None, set_: tuple[str, ...], unset: tuple[str, ...]
) -> Recipe:
    """The Recipe that the options ask for. Raises EventError for a malformed assignment."""
    changes = [_assignment(text) for text in set_] + [partial(unset_path, path=path) for path in unset]
    seed = str(secrets.randbelow(10**9)) if seed is None else seed
    # In whole milliseconds, as all times of events: the options to repeat it are then exact.
    return Recipe(what, count, seed, round(time.time(), 3) if at is None else at, tuple(changes))


def _assignment(text: str) -> Callable[[Event], Event]:
    path, value = parse_assignment(text)
    return partial(set_path, path=path, value=value)


def _read_event(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise EventError(f"Cannot read the event from {path!r}: {error.strerror}.") from None
