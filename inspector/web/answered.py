"""What became of a request, in words: its answer, who gave it, or why there is none (yet)."""

from __future__ import annotations

from http import HTTPStatus

from inspector.recorder.request import RecordedRequest

FORWARDED = "forwarded to "
"""What the name of a rule begins with where it was no rule, but the app behind the inspector that answered."""


def answer_sentence(request: RecordedRequest) -> str:
    """One sentence: `Answered 200 OK in 0.088 ms.`, or why not."""
    if not request.answer_status:
        return unanswered(request)
    taken = "" if request.duration_ms is None else f" in {milliseconds(request.duration_ms)} ms"
    return f"Answered {status_words(request.answer_status)}{taken}."


def answer_details(request: RecordedRequest) -> str:
    """The same for its card, with who gave the answer."""
    if not request.answer_status:
        return unanswered(request)
    taken = "" if request.duration_ms is None else f", {milliseconds(request.duration_ms)} ms after it began to arrive"
    return f"{status_words(request.answer_status)}{taken}, {_by_whom(request)}."


def unanswered(request: RecordedRequest) -> str:
    """Why there is no answer."""
    rule = request.answer_rule
    if request.incomplete:
        return "Not answered: it broke off before it was complete."
    if rule is None:
        return "Not answered so far."
    if request.duration_ms is None:
        return f"Not answered yet: {rule} takes its time."
    return f"Left without an answer on purpose, by {rule}."


def status_words(status: int) -> str:
    """`404 Not Found`; only the number where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def milliseconds(value: float) -> str:
    """Three significant digits: `0.0878`, `12.3`, `1234`."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _by_whom(request: RecordedRequest) -> str:
    if request.malformed:
        return "because it could not be read as HTTP"
    if request.truncated and request.answer_rule is None:
        return "because its body is larger than --max-body"
    if request.answer_rule is None:
        return "by the default answer"
    return f"{'' if request.answer_rule.startswith(FORWARDED) else 'by '}{request.answer_rule}"
