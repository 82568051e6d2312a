"""What became of a request, in true sentences."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.web.answered import answer_details, answer_sentence, milliseconds


def request(status: int = 200, duration_ms: float | None = 0.08782100121607073, **facts: Any) -> RecordedRequest:
    rule = facts.pop("rule", None)
    made = RecordedRequest(
        received_at=0.0, method="POST", target=b"/", headers=(), body=b"abc", analyser=Analyser(), **facts
    )
    made.answer_status, made.duration_ms, made.answer_rule = status, duration_ms, rule
    return made


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (request(), "Answered 200 OK in 0.0878 ms."),
        (request(599, None), "Answered 599."),
        (request(0, None, incomplete=True), "Not answered: it broke off before it was complete."),
        (request(0, None, rule="rule 1"), "Not answered yet: rule 1 takes its time."),
        (request(0, 5.0, rule="rule 1"), "Left without an answer on purpose, by rule 1."),
        (request(0, None), "Not answered so far."),
    ],
)
def test_the_sentence(made: RecordedRequest, sentence: str) -> None:
    assert answer_sentence(made) == sentence


@pytest.mark.parametrize(
    ("made", "end"),
    [
        (request(), "200 OK, 0.0878 ms after it began to arrive, by the default answer."),
        (request(503, 812.4, rule="rule 2"), "503 Service Unavailable, 812 ms after it began to arrive, by rule 2."),
        (request(500, None, rule="forwarded to http://app/"), "500 Internal Server Error, forwarded to http://app/."),
        (request(400, None, malformed="Broken."), "400 Bad Request, because it could not be read as HTTP."),
        (request(size=9, status=413, duration_ms=None), "because its body is larger than --max-body."),
        (request(0, None), "Not answered so far."),
    ],
)
def test_who_answered(made: RecordedRequest, end: str) -> None:
    assert answer_details(made).endswith(end)


@pytest.mark.parametrize(
    ("value", "text"), [(0.08782, "0.0878"), (1.0, "1"), (12.34, "12.3"), (99.96, "100"), (1234.5, "1234")]
)
def test_milliseconds_have_three_digits(value: float, text: str) -> None:
    assert milliseconds(value) == text
