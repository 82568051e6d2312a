"""How requests and deliveries read in a test report: one line each, and aligned blocks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inspector.recorder.request import RecordedRequest
from inspector.sender.record import Attempt, Delivery
from inspector.units import format_duration, format_size

if TYPE_CHECKING:
    from inspector.testing.delivered import FiredDelivery
    from inspector.testing.expectations import Expectation

INDENT = 11
MOST_LINES = 20
"""Requests listed in one message; a longer list says how many it leaves out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a message about received requests draws on. `arrived` is in order of arrival, `start` is Unix time.

    `fired` is what the test fired, `delivered` what the mock service did, `awaited` what it expects at its end.
    """

    url: str
    start: float
    arrived: Sequence[RecordedRequest]
    fired: Sequence[FiredDelivery] = ()
    delivered: Sequence[Delivery] = ()
    late: Mapping[str, int] = field(default_factory=dict)
    awaited: Sequence[Expectation] = ()

    def number(self, request: RecordedRequest) -> int:
        """The number of a request in this test, from 1; 0 if it is forgotten already."""
        return next((number for number, other in enumerate(self.arrived, 1) if other is request), 0)


def block(label: str, *lines: str) -> str:
    """Lines under a label that stands to the left of the first."""
    text = "\n".join(lines).split("\n")
    head = f"{label:<{INDENT - 1}} {text[0]}".rstrip()
    return "\n".join([head, *(f"{'':{INDENT}}{line}".rstrip() for line in text[1:])])


def counted(count: int, noun: str) -> str:
    """`1 request`, `2 requests`, `3 deliveries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def request_line(request: RecordedRequest, scene: Scene) -> str:
    """One recorded request, with its number and its time in the test."""
    time = max(0.0, request.received_at - scene.start)
    words = [f"{scene.number(request)}.", f"+{time:.3f} s", request.method, _target(request)]
    event = request.event
    if event is None:
        words.append(f"no event, {format_size(request.size)}")
    else:
        words.append(f"{event.name} “{event.title}”" if event.title else event.name)
    if request.attempt > 1:
        words.append(f"attempt {request.attempt}")
    answered = str(request.answer_status) if request.answer_status else "nothing yet"
    return f"{'  '.join(words)}  → {answered}, signature {signature_words(request)}"


def signature_words(request: RecordedRequest) -> str:
    """The verdict, with the cause where it is known."""
    verdict = request.signature.verdict
    return f"{verdict} ({request.known_cause})" if request.known_cause else verdict


def request_lines(requests: Sequence[RecordedRequest], scene: Scene) -> list[str]:
    """Several requests in the order given, the first ones if they are many."""
    lines = [request_line(request, scene) for request in requests[:MOST_LINES]]
    left_out = len(requests) - MOST_LINES
    return [*lines, f"… and {left_out} more"] if left_out > 0 else lines


def delivery_line(delivery: Delivery) -> str:
    """One delivery, and what came of it."""
    faults = f"  fault {'+'.join(delivery.faults)}" if delivery.faults else ""
    return f"{delivery.event or 'a body that is no event'}  {delivery.url}{faults}  → {outcome(delivery)}"


def outcome(delivery: Delivery) -> str:
    """What came of a delivery."""
    if not delivery.attempts:
        return "nothing sent"
    last = delivery.attempts[-1]
    tries = f" at attempt {last.number}" if last.number > 1 else ""
    return f"{attempt_words(last)}{tries}, after {format_duration(delivery.elapsed)}"


def attempt_words(attempt: Attempt) -> str:
    """An answer's status, or why there was none."""
    if attempt.error is not None:
        return f"no answer: {attempt.error.message}"
    assert attempt.response is not None
    return f"{attempt.response.status} {attempt.response.reason}".rstrip()


def join(parts: Iterable[str | None]) -> str:
    """A message of several blocks; what is None is left out."""
    return "\n".join(part for part in parts if part is not None)


def _target(request: RecordedRequest) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path
