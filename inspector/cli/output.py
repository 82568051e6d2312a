"""What commands say, and how they end: exit codes, JSON Lines, text that is safe to show in a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unicodedata import east_asian_width

import click

ACCEPTED, REFUSED, USAGE, UNREACHABLE, TIMED_OUT, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes: accepted or passed; delivered but refused or failed; usage; unreachable; timed out; Ctrl-C."""


class Failure(click.ClickException):
    """Ends a command with a sentence on stderr; what the user asked for cannot be done."""

    exit_code = USAGE

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class Unreachable(Failure):
    """Nobody answers."""

    exit_code = UNREACHABLE


class TimedOut(Failure):
    """It took too long."""

    exit_code = TIMED_OUT


def printable(text: str) -> str:
    """Text without control characters: what came over the network must not steer the terminal."""
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def wrong_search(message: str, text: str, column: int, length: int) -> Failure:
    """What is wrong with a search text, and where."""
    return Failure(f"{message}\n{pointed(text, column, length)}")


def pointed(text: str, column: int, length: int) -> str:
    """A text, indented, and under it carets at the characters from `column` (from 1) on."""
    line = "".join(character if character.isprintable() else " " for character in text)
    before = "".join("\u3000" if east_asian_width(character) in "FW" else " " for character in line[: column - 1])
    return f"  {line}\n  {before}{'^' * max(1, min(length, len(line) - column + 1))}"


def print_json(content: Any) -> None:
    """One JSON Line on stdout."""
    import orjson  # noqa: PLC0415 - --help needs none

    print_line(orjson.dumps(content))


def print_line(line: str | bytes) -> None:
    """One line on stdout, at once."""
    click.echo(line)


def note(text: str) -> None:
    """A line for people, on stderr, where no script reads it."""
    click.echo(text, err=True)


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Ends quietly when whoever reads our stdout has seen enough (`… | head`)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _escape(character: str) -> str:
    return character if character in "\n\t" else ascii(character)[1:-1]
