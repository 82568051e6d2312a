"""What `send` tells while it sends and at its end: lines or a bar, a summary, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from inspector.cli.output import (
    ACCEPTED,
    INTERRUPTED,
    REFUSED,
    TIMED_OUT,
    UNREACHABLE,
    note,
    print_json,
    print_line,
    printable,
)
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import LoadSummary
from inspector.sender.retry import RetryPolicy
from inspector.units import format_duration

FEW = 20
"""Deliveries up to which each has a line of its own."""

NOT_REACHED = frozenset({"refused", "unreachable", "dns", "tls"})
"""Kinds of failure in which nothing was delivered."""

Progress = Callable[[LoadSummary], None]


class Report:
    """Tells of deliveries: as JSON Lines, or to people. `total` is None where it is not known.

    With `each` every delivery has a line; `is_paced` says that each was due at a time of its own.
    """

    def __init__(self, total: int | None, *, as_json: bool, each: bool, is_paced: bool = False) -> None:
        self._total = total
        self._as_json = as_json
        self._each = each
        self._is_paced = is_paced
        self._waiting: set[Delivery] = set()
        self._first_failure: Delivery | None = None

    def bar(self) -> AbstractContextManager[Progress | None]:
        """A progress bar for the length of a block, where somebody looks and there are no lines to read."""
        if self._as_json or self._each or not sys.stderr.isatty():
            return nullcontext()
        from inspector.cli.progress import progress_bar  # noqa: PLC0415 - rich is heavy, and drawn on terminals alone

        return progress_bar(self._total, lambda: len(self._waiting))

    def watching(self, sender: Sender, retry: RetryPolicy) -> AbstractContextManager[None]:
        """For the length of a block, tell of deliveries that wait for their next attempt, where somebody looks."""
        if not retry.waits or not sys.stderr.isatty():
            return nullcontext()

        def take(delivery: Delivery) -> None:
            if delivery.state != "retrying":
                self._waiting.discard(delivery)
                return
            self._waiting.add(delivery)
            if self._each:
                wait = format_duration(round((delivery.next_attempt_at or 0) - sender.clock.now(), 2))
                note(f"{delivery_row(delivery)}; the next in {wait}")

        return sender.log.listening(take)

    def interrupted(self, delivery: Delivery | None) -> None:
        """One was stopped; None where nothing of it was sent yet."""
        if delivery is not None and (self._as_json or self._each):
            self.delivered(delivery)

    def delivered(self, delivery: Delivery, told: dict[str, Any] | None = None) -> None:
        """One delivery is done; `told` is what a running inspector tells of one of its own."""
        if self._as_json:
            print_json(told or delivery.to_json())
        elif self._each:
            print_line(delivery_row(delivery))
        elif not delivery.accepted and self._first_failure is None:
            self._first_failure = delivery

    def finish(self, summary: LoadSummary) -> None:
        """All are done, or no more will be."""
        if summary.sent == 1 and not summary.stopped:
            return
        tell = note if self._as_json else print_line
        if self._first_failure is not None:
            tell(f"First failure: {delivery_row(self._first_failure)}")
        for line in summary_lines(summary, is_paced=self._is_paced):
            tell(line)


def delivery_row(delivery: Delivery) -> str:
    """One delivery: status or failure, event, milliseconds, where it went."""
    outcome = str(delivery.status) if delivery.error is None else delivery.error.kind
    parts = [
        click.style(f"{outcome:<7}", fg="green" if delivery.accepted else "red"),
        printable(delivery.event or "no event"),
        f"{delivery.attempts[-1].ms:.1f} ms" if delivery.attempts else "not sent",
        printable(delivery.url),
    ]
    if len(delivery.attempts) > 1:
        parts.append(f"{len(delivery.attempts)} attempts")
    if delivery.error is not None:
        parts.append(printable(delivery.error.message))
    return "  ".join(parts)


def summary_lines(summary: LoadSummary, *, is_paced: bool = False) -> Iterator[str]:
    """Counts, pace, latencies, and what the answers were."""
    stopped = f", {summary.interrupted} interrupted" if summary.interrupted else ""
    stopped += ", stopped" if summary.stopped else ""
    yield (
        f"{summary.sent} sent, {summary.accepted} accepted, {summary.failed} failed{stopped}; "
        f"{summary.seconds:.2f} s, {summary.rate:.0f}/s"
    )
    if not summary.sent:
        return
    if summary.latencies:
        yield _latency(summary, is_paced)
    outcomes = [f"{status} × {number}" for status, number in sorted(summary.statuses.items())]
    yield "answers  " + "  ".join([*outcomes, *(f"{kind} × {number}" for kind, number in summary.errors.most_common())])


def _latency(summary: LoadSummary, is_paced: bool) -> str:
    told = "latency  " + "  ".join(f"{name} {ms:.1f} ms" for name, ms in summary.percentiles().items())
    return told + ("  from when each was due, waiting for its turn included" if is_paced else "")


def exit_code(summary: LoadSummary) -> int:
    """The documented exit code of what came of the deliveries; of several failures the most telling one."""
    if summary.stopped:
        return INTERRUPTED
    if summary.failed == 0:
        return ACCEPTED
    return failure_code(set(summary.errors), answered=summary.failed > summary.errors.total())


def failure_code(kinds: set[str], *, answered: bool) -> int:
    """The exit code of failures: whether any was answered, and of what kinds those without an answer are."""
    if answered or kinds - NOT_REACHED - {"timeout"}:
        return REFUSED
    return UNREACHABLE if kinds & NOT_REACHED else TIMED_OUT
