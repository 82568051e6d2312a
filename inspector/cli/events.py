"""The options of `send` and `generate` that say which events to make."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial, reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from inspector.cli.options import LINES, Parsed, option
from inspector.errors import EventError
from inspector.sender.factory import LIFECYCLE, LIFECYCLE_SECONDS, EventFactory
from inspector.sender.recipe import Change, Recipe, assignment
from inspector.webhook.paths import unset_path
from inspector.webhook.times import parse_time

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def event_options(default_start: str) -> Callable[[Decorated], Decorated]:
    """Adds the event and all that says how it is made; `prepare` turns them into a Recipe."""
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
            help="Put a value into each event: status=closed, lastMessage.recipients=null; +PATH adds a field that the "
            "contract does not know. May be repeated.",
        ),
        option("--unset", type=LINES, multiple=True, metavar="PATH", help="Take a field out. May be repeated."),
    )
    return lambda command: reduce(lambda made, decorate: decorate(made), reversed(decorators), command)


def prepare(
    *, what: str, count: int, seed: str | None, at: float | None, set_: tuple[str, ...], unset: tuple[str, ...]
) -> Recipe:
    """The Recipe that the options ask for. Raises EventError for a malformed assignment or a file that is not there."""
    changes: list[Change] = [*map(assignment, set_), *(partial(unset_path, path=path) for path in unset)]
    if at is None and what == LIFECYCLE:
        at = round(time.time() - count * LIFECYCLE_SECONDS, 3)
    message = _read(what[1:]) if what.startswith("@") else _known(what)
    return Recipe.prepare(message, count, seed=seed, at=at, changes=changes)


def parse_moment(text: str) -> float:
    """`2024-11-27T19:33:53.5Z` or Unix seconds → Unix seconds. Raises EventError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = parse_time(text)
    if not math.isfinite(seconds):
        raise EventError(f"{text!r} is not a time. Write RFC 3339 or Unix seconds.")
    return EventFactory("", seconds).start  # which refuses milliseconds, and times before 1970


def _known(what: str) -> str:
    """A name that events can be made by. Raises EventError that tells of all there is, files among it."""
    try:
        EventFactory("").stream(what)
    except EventError as error:
        if Path(what).is_file():
            raise EventError(f"{what!r} is a file. For the event in it write @{what}.") from None
        raise error if error.details.get("nearest") else EventError(f"{error.message[:-1]}, or @file.json.") from None
    return what


def _read(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise EventError(f"Cannot read the event from {path!r}: {error.strerror}.") from None
