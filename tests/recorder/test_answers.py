"""Answer rules: the first match answers, as often and as badly as it was told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inspector import Inspector
from inspector.errors import InspectorError
from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import AnswerRules
from inspector.recorder.request import RecordedRequest

POST = b"POST /hook HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
Exchange = Callable[..., bytes]


def rules(*content: dict[str, Any]) -> AnswerRules:
    made = AnswerRules()
    made.replace(list(content))
    return made


def request(body: bytes = b"{}", target: bytes = b"/hook?x=1") -> RecordedRequest:
    headers = [(b"host", b"app.example"), (b"x-team", b"red")]
    return RecordedRequest(
        received_at=0.0, method="POST", target=target, headers=headers, body=body, analyser=Analyser()
    )


def statuses(made: AnswerRules, count: int) -> list[int | None]:
    chosen = [made.choose(request()) for _ in range(count)]
    return [found and found[0].status for found in chosen]


def test_the_first_match_answers() -> None:
    made = rules({"q": "path:/other", "status": 404}, {"q": "path:/hook", "status": 503}, {"status": 500})
    assert statuses(made, 1) == [503]


def test_times_make_a_sequence_then_fall_through() -> None:
    made = rules({"status": 500, "times": 2}, {"status": 201, "times": 1})
    assert statuses(made, 5) == [500, 500, 201, None, None]
    assert [rule["used"] for rule in made.to_json()] == [2, 1]


def test_what_is_read_can_be_written_back() -> None:
    made = rules(
        {"q": "event:~created", "status": 202, "headers": {"X-A": "1"}, "body": "hi", "delay_ms": 5, "times": 3}
    )
    copy = rules(*made.to_json())
    assert copy.to_json() == made.to_json()


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ method }} {{path}}?{{ query }}", "POST /hook?x=1"),
        ("{{ header.x-team }}/{{ header.x-none }}", "red/"),
        ("{{ event }} of {{ conversation }}", "conversation.updated of c-1"),
        (
            '{"name": "{{ payload.people.0.name }}", "list": {{ payload.people }}}',
            '{"name": "Zoë", "list": [{"name":"Zoë"}]}',
        ),
    ],
)
def test_facts_of_the_request_go_into_the_body(template: str, filled: str) -> None:
    body = '{"service":"conversations","event":"conversation.updated","payload":{"id":"c-1","people":[{"name":"Zoë"}]}}'
    found = rules({"body": template}).choose(request(body.encode()))
    assert found is not None
    assert found[0].answer(request(body.encode()), "rule 1").body["body"].decode() == filled


def test_a_json_body_says_that_it_is_json() -> None:
    rule, name = rules({"body": {"ok": False}}).choose(request()) or pytest.fail("no rule matched")
    assert (b"content-type", b"application/json") in rule.answer(request(), name).start["headers"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"status": 500}, "array of objects"),
        ([7], "Rule 1 must be an object"),
        ([{}, {"state": 500}], "Rule 2 has an unknown field 'state'"),
        ([{"status": 99}], "status from 200 to 599"),
        ([{"status": True}], "status from 200 to 599"),
        ([{"headers": {"a b": "c"}}], "'a b' in rule 1 is not a header name"),
        ([{"headers": [["a"]]}], "pairs, of header names"),
        ([{}, {"headers": [["a", "b\r\nc: d"]]}], "The header a of rule 2 holds a line break"),
        ([{"status": 204, "body": "x"}], "Rule 1 answers 204, which has no body"),
        ([{"fault": "explode"}], "one of reset, empty, partial, slow-drip"),
        ([{"times": 0}], "whole number from 1"),
        ([{}, {"q": "colour:red"}], "Rule 2 has a wrong search. .*colour"),
        ([{"q": "cause:unknown"}], "found only after the answer"),
        ([{"body": "{{ secret }}"}], "Known are: id, sequence"),
    ],
)
def test_wrong_rules_are_refused_and_change_nothing(content: Any, said: str) -> None:
    made = rules({"status": 418})
    with pytest.raises(InspectorError, match=said):
        made.replace(content)
    assert statuses(made, 1) == [418]


def test_a_rule_answers_over_the_wire(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with({"status": 503, "headers": {"Retry-After": "7"}, "body": "later"})
    answer = exchange(inspector.url, POST)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 7\r\n" in answer
    assert answer.endswith(b"\r\n\r\nlater")
    assert (inspector.last.answer_status, inspector.last.answer_rule) == (503, "rule 1")


def test_empty_closes_without_a_byte(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with({"fault": "empty"})
    assert exchange(inspector.url, POST) == b""
    assert len(inspector.requests) == 1


def test_reset_breaks_the_connection(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with({"fault": "reset"})
    with pytest.raises(ConnectionResetError):
        exchange(inspector.url, POST)
    assert len(inspector.requests) == 1


def test_partial_sends_half_of_what_it_announced(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with({"fault": "partial", "body": "0123456789"})
    answer = exchange(inspector.url, POST)
    assert b"content-length: 10" in answer
    assert answer.endswith(b"\r\n\r\n01234")


def test_slow_drip_arrives_whole(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with({"fault": "slow-drip", "body": "drip"})
    assert exchange(inspector.url, POST).endswith(b"\r\n\r\ndrip")


def test_no_content_has_no_body(inspector: Inspector, exchange: Exchange) -> None:
    inspector.answer_with(204)
    answer = exchange(inspector.url, POST)
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert answer.endswith(b"\r\n\r\n")
