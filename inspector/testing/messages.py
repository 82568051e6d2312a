"""What a failing test says: expected, what came, how near it was, why, how to see it again, and how to ask for less."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.recorder.request import RecordedRequest
from inspector.testing.expectations import Expectation
from inspector.testing.matching import Miss, Wanted
from inspector.testing.texts import (
    Scene,
    attempt_words,
    block,
    counted,
    delivery_line,
    join,
    request_lines,
)
from inspector.units import format_duration

if TYPE_CHECKING:
    from inspector.sender.faults import Fault
    from inspector.testing.delivered import FiredDelivery

_SHOWN_BODY = 500


def not_arrived(scene: Scene, wanted: Wanted, count: int, found: Sequence[RecordedRequest], timeout: float) -> str:
    """`wait_for` ran out of time."""
    first = f"{'Nothing' if not found else f'Only {len(found)} of {count}'} matching {wanted} arrived"
    return join([f"{first} within {format_duration(timeout)}.", "", *_unmet(scene, wanted, count, found, "timeout")])


def unmet(scene: Scene, expectation: Expectation, found: Sequence[RecordedRequest]) -> str:
    """`expect` was not met when the test ended."""
    wanted = expectation.wanted
    head = f"Expected {expectation}; {len(found) or 'none'} came."
    if len(found) > expectation.least:
        advice = "expect at least one: leave count= out" if expectation.count else "a narrower search lets others by"
        surplus = block("Came", *request_lines(found[::-1], scene))
        return join([head, "", surplus, _repeat(scene, found[-1]), _late(scene), block("Relax", advice)])
    return join([head, "", *_unmet(scene, wanted, expectation.least, found, "within")])


def unwanted(scene: Scene, wanted: Wanted, found: Sequence[RecordedRequest], within: float) -> str:
    """`assert_none` found some."""
    return join(
        [
            f"{counted(len(found), 'request')} matching {wanted} arrived; none was expected.",
            "",
            block("Came", *request_lines(found[::-1], scene)),
            _repeat(scene, found[-1]),
            block(
                "Relax",
                f"it looked for {format_duration(within)}: within= is how long; a narrower search lets others by",
            ),
        ]
    )


def unexpected(scene: Scene, strangers: Sequence[RecordedRequest]) -> str:
    """A strict test received what it never looked for."""
    return join(
        [
            f"{counted(len(strangers), 'request')} arrived that this strict test neither waited for nor expected.",
            "",
            block("Came", *request_lines(strangers[::-1], scene)),
            _repeat(scene, strangers[-1]),
            block("Relax", "@pytest.mark.inspector(strict=False), or expect(…) what may come"),
        ]
    )


def rule_failed(errors: Sequence[Exception]) -> str:
    """A function of `answer_with` raised."""
    first = errors[0]
    times = f" {len(errors)} times, first" if len(errors) > 1 else ""
    within = first.__traceback__ and first.__traceback__.tb_next  # without our own frame
    lines = traceback.format_exception(type(first), first, within)
    return join(
        [
            f"A function given to answer_with raised{times} {type(first).__name__}: {first}",
            "",
            block("Expected", "a status such as 503, or a rule such as {'status': 503}"),
            block("Answered", "500 in its place"),
            block("Raised", "".join(lines).rstrip("\n")),
        ]
    )


def not_accepted(fired: FiredDelivery) -> str:
    """A delivery was not answered 2xx."""
    what = fired.delivery.event or "the body"
    return join([f"{what} was not accepted: {_answered(fired)}.", "", *_delivery_blocks(fired, "2xx", _advice(fired))])


def too_slow(fired: FiredDelivery, within: float) -> str:
    """A delivery was accepted, but late."""
    took = f"{fired.elapsed:.3f} s" if fired.elapsed < 60 else format_duration(fired.elapsed)
    advice = f"within= (now {within:g} s); or answer first and do slow work afterwards"
    expected = f"2xx within {within:g} s"
    head = f"{fired.delivery.event or 'The body'} was accepted, but after {took}, not within {within:g} s."
    return join([head, "", *_delivery_blocks(fired, expected, advice)])


def not_refused(fired: FiredDelivery, expected: Container[int]) -> str:
    """A delivery was not answered with one of the statuses."""
    what = fired.delivery.event or "the body"
    wanted = _statuses(expected) or "no status at all"
    advice = "assert_refused(status=…) takes other statuses, such as range(400, 600)"
    if fired.accepted:
        advice = f"nothing, if it must be refused: verify the signature before anything else. Else {advice}"
    return join([f"{what} was not refused: {_answered(fired)}.", "", *_delivery_blocks(fired, wanted, advice)])


def wrong_answer(fired: FiredDelivery, fault: Fault, right: Container[int]) -> str:
    """An attack was not answered as a correct consumer does."""
    if fired.delivery.faults:
        head = f"The attack {fault.name} was not answered as it should be: {_answered(fired)}."
    else:
        head = f"After the attack {fault.name} the next delivery was not accepted: {_answered(fired)}."
    advice = f"leave it out: if inspector_attack.name == {fault.name!r}: pytest.skip()"
    about = [block("Sent", fault.summary), block("Right", fault.expected)]
    return join([head, "", *about, *_delivery_blocks(fired, _statuses(right) or "2xx", advice)])


def several_failed(all_fired: Sequence[FiredDelivery], verb: str, failed: Sequence[FiredDelivery]) -> str:
    """Several deliveries of one call did not end as they should."""
    lines = [delivery_line(one.delivery) for one in failed[:20]]
    return join(
        [
            f"{len(failed)} of {counted(len(all_fired), 'delivery')} were not {verb} as expected.",
            "",
            block("Failed", *lines, *([f"… and {len(failed) - 20} more"] if len(failed) > 20 else [])),
            block("Repeat", failed[0].repeat),
        ]
    )


def timeline(scene: Scene) -> str:
    """The report section of a failed test: what it received and fired, in order."""
    received = request_lines(scene.arrived, scene) or ["nothing"]
    fired = [delivery_line(one.delivery) for one in scene.fired]
    delivered = [delivery_line(one) for one in scene.delivered]
    return join(
        [
            block("Received", f"at {scene.url}", *received),
            block("Awaited", *map(str, scene.awaited), "which is only settled when a test reaches its end")
            if scene.awaited
            else None,
            block("Fired", *fired) if fired else None,
            block("Service", *delivered) if delivered else None,
            _late(scene),
        ]
    )


def late_summary(late: Iterable[Mapping[str, int]]) -> str:
    """The end of a run: whose webhooks came late."""
    total: Counter[str] = Counter()
    for counts in late:
        total.update(counts)
    lines = [f"{counted(count, 'request')} of {test}" for test, count in total.items()]
    return "\n".join([*lines, "Let these tests wait for what they set off: wait_for(…) or expect(…)."])


def _unmet(scene: Scene, wanted: Wanted, count: int, found: Sequence[RecordedRequest], switch: str) -> list[str | None]:
    parts: list[str | None] = [block("Expected", f"{counted(count, 'request')} matching {wanted}"), _arrived(scene)]
    others = [request for request in scene.arrived if request not in found]
    if not others:
        repeat = _repeat(scene, found[-1]) if found else None
        return [*parts, repeat, _late(scene), block("Relax", f"{switch}= is how long it waits")]
    nearest, misses = _nearest(wanted, others)
    return [
        *parts,
        block("Nearest", f"request {scene.number(nearest)}", *_miss_lines(misses)),
        _signature(nearest, wanted, scene),
        _repeat(scene, nearest),
        _late(scene),
        block("Relax", *_switches(scene, nearest, misses, switch)),
    ]


def _arrived(scene: Scene) -> str:
    if not scene.arrived:
        return block("Arrived", f"nothing, at {scene.url}", "Does the app send there? Is it still at work?")
    lines = request_lines(scene.arrived[::-1], scene)
    return block("Arrived", f"{counted(len(scene.arrived), 'request')}, newest first:", *lines)


def _nearest(wanted: Wanted, requests: Sequence[RecordedRequest]) -> tuple[RecordedRequest, list[Miss]]:
    newest_first = [(request, wanted.misses(request)) for request in requests[::-1][:200]]
    return min(newest_first, key=lambda pair: len(pair[1]))


def _miss_lines(misses: Sequence[Miss]) -> list[str]:
    lines = []
    for miss in misses:
        actual = "nothing there" if miss.actual is None else miss.actual
        wanted = f"{miss.where}: {miss.expected}" if miss.where else miss.expected
        lines.append(f"expected {wanted}   was {actual}")
    return lines


def _signature(request: RecordedRequest, wanted: Wanted, scene: Scene) -> str | None:
    verdict = request.signature.verdict
    if verdict == "valid" or (verdict != "invalid" and not wanted.asks_for("signature")):
        return None
    if verdict == "unchecked":
        return block("Signature", "unchecked: no signing key is known here, so none can be valid")
    found = request.analyser.explain(request)
    cause = f", cause {request.cause}" if request.cause else ""
    hints = [hint for hint in (found.fix, _own_hint(request, scene)) if hint]
    return block("Signature", f"{verdict}{cause}", found.message, *hints)


def _own_hint(request: RecordedRequest, scene: Scene) -> str | None:
    if _fired(request, scene) is None:
        return None
    return "This test fired it: are signing_key= and url= there what the marker and the address here say?"


def _fired(request: RecordedRequest, scene: Scene) -> FiredDelivery | None:
    if request.request_id is None:
        return None
    request_id = request.request_id
    return next((fired for fired in scene.fired if fired.request_id == request_id), None)


def _repeat(scene: Scene, request: RecordedRequest) -> str:
    fired = _fired(request, scene)
    if fired is not None:
        return block("Repeat", fired.repeat)
    from inspector.web.copy_as import Source, as_curl  # noqa: PLC0415 - only a failing test needs it

    return block("Repeat", as_curl(Source.of(request, secrets=False)).rstrip("\n"))


def _switches(scene: Scene, nearest: RecordedRequest, misses: Sequence[Miss], switch: str) -> list[str]:
    lines = [f"{switch}= is how long it waits"]
    if len(misses) == 1:
        name = misses[0].where or misses[0].expected
        lines.append(f"without {name} request {scene.number(nearest)} would match")
    if nearest.signature.verdict == "unchecked" and any(miss.expected.startswith("signature:") for miss in misses):
        lines.append("@pytest.mark.inspector(signing_key=…) gives the key to check with")
    return lines


def _late(scene: Scene) -> str | None:
    if not scene.late:
        return None
    lines = [f"{counted(count, 'request')} of {test}, which had finished" for test, count in scene.late.items()]
    return block("Left out", *lines, "They came late. Let that test wait for them: wait_for(…) or expect(…).")


def _answered(fired: FiredDelivery) -> str:
    attempts = fired.attempts
    if not attempts:
        return "nothing was sent"
    words = attempt_words(attempts[-1])
    words = words if attempts[-1].error else f"it was answered {words}"
    return f"{words} ({counted(len(attempts), 'attempt')})" if len(attempts) > 1 else words.removesuffix(".")


def _delivery_blocks(fired: FiredDelivery, expected: str, advice: str) -> list[str | None]:
    return [
        block("Expected", expected),
        block("Answered", *_attempt_lines(fired)),
        block("Raised", *_raised(fired.errors)) if fired.errors else None,
        block("Signed", _signed(fired)),
        block("Repeat", fired.repeat),
        block("Relax", advice),
    ]


def _raised(errors: Sequence[Exception]) -> list[str]:
    lines = [f"{type(error).__name__}: {error}" for error in errors]
    if any("'State' object has no attribute" in line for line in lines):
        lines.append("An app called in process is given requests alone: start its lifespan yourself, as with")
        lines.append("asgi_lifespan.LifespanManager(app), and fire at the app that this gives.")
    return lines


def _attempt_lines(fired: FiredDelivery) -> list[str]:
    lines = [f"{attempt_words(attempt)}, in {attempt.ms:.0f} ms" for attempt in fired.attempts]
    shown = [*lines[:3], f"… {len(lines) - 6} more", *lines[-3:]] if len(lines) > 7 else lines
    body = fired.response.body.decode("utf-8", "replace").strip() if fired.response else ""
    return [*shown, body[:_SHOWN_BODY]] if body else shown or ["nothing"]


def _signed(fired: FiredDelivery) -> str:
    signed = fired.delivery.signed
    if signed is None:
        return "not at all: no signing key was given"
    timestamp, url, body = signed
    return f"{timestamp} LF {url} LF SHA-256 of {counted(len(body), 'byte')}"


def _advice(fired: FiredDelivery) -> str:
    if fired.error is not None:
        return "timeout= is the limit of each attempt, retry= tries again"
    if fired.status in (401, 403) and fired.delivery.signed is None:
        return "signing_key= signs it with the key that the app knows"
    if fired.status in (400, 401, 403):
        return "signing_key= and url= must be those that the app verifies with"
    if fired.status == 404:
        return "the path is that of to=, or of url= for an app in process"
    if len(fired.attempts) > 1:
        return "nothing: more attempts end like these. Look at what the app answered, and at its log"
    return "retry= tries again, as the service does, for up to 8 h: retry='bird'"


def _statuses(expected: Container[int]) -> str:
    """`4xx, 503`: whole hundreds are told as such."""
    words: list[str] = []
    for hundred in range(100, 600, 100):
        inside = [status for status in range(hundred, hundred + 100) if status in expected]
        words += [f"{hundred // 100}xx"] if len(inside) == 100 else map(str, inside)
    return ", ".join(words)
