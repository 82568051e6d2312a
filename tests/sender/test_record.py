from __future__ import annotations

import json

import pytest

from inspector.sender.record import Delivery, Failure
from inspector.sender.request import Request
from inspector.sender.response import Response
from inspector.webhook.signature import signed_message

URL = "http://app.example/hook"


def delivery_with(*outcomes: Response | Failure) -> Delivery:
    request = Request.build("POST", URL, [("x", "1")], b'{"a":1}')
    signed = ("1732736033", URL, request.body)
    delivery = Delivery(
        request,
        created_at=1732736033.5,
        event="conversation.created",
        request_id="id-1",
        signed=signed,
        faults=("stale",),
    )
    for number, outcome in enumerate(outcomes):
        delivery.add(1732736033.5 + number * 60, outcome)
    return delivery


REFUSED = Failure("refused", "Nothing listens.", 1.5)


def test_nothing_sent_yet() -> None:
    delivery = delivery_with()
    assert (delivery.state, delivery.accepted, delivery.status, delivery.error) == ("sending", False, None, None)
    assert delivery.elapsed == 0.0


def test_attempts_count_from_one_and_keep_the_request() -> None:
    delivery = delivery_with(REFUSED, Response.build(200))
    assert [attempt.number for attempt in delivery.attempts] == [1, 2]
    assert {attempt.request for attempt in delivery.attempts} == {delivery.request}


def test_cost_grows_with_what_is_kept() -> None:
    delivery = delivery_with()
    before = delivery.cost
    delivery.add(0.0, Response.build(200, (), b"x" * 1000))
    assert delivery.cost >= before + 1000


def test_last_attempt_speaks_for_the_delivery() -> None:
    delivery = delivery_with(REFUSED, Response.build(204, ms=250.0))
    assert (delivery.status, delivery.error) == (204, None)
    assert delivery.response is delivery.attempts[1].response
    assert delivery.elapsed == pytest.approx(60.25)


def test_failure_speaks_too() -> None:
    delivery = delivery_with(Response.build(500), REFUSED)
    assert (delivery.status, delivery.response) == (None, None)
    assert delivery.error == REFUSED


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (299, True), (199, False), (301, False), (404, False)])
def test_only_2xx_is_accepted(status: int, accepted: bool) -> None:
    attempt = delivery_with(Response.build(status)).attempts[0]
    assert attempt.accepted is accepted


def test_signed_text_ends_in_the_raw_digest() -> None:
    delivery = delivery_with()
    assert delivery.signed_text == signed_message("1732736033", URL, b'{"a":1}')
    delivery.signed = None
    assert delivery.signed_text is None


def test_as_json() -> None:
    delivery = delivery_with(REFUSED, Response.build(200, [("y", "2")], b"ok", reason="OK", ms=250.0))
    delivery.number, delivery.state, delivery.next_attempt_at = 1, "retrying", 1732736100.0
    shown = delivery.to_json()
    attempts = shown.pop("attempts")
    assert shown == {
        "id": "d1",
        "event": "conversation.created",
        "url": URL,
        "request_id": "id-1",
        "state": "retrying",
        "status": 200,
        "error": None,
        "faults": ["stale"],
        "attempt_count": 2,
        "created_at": "2024-11-27T19:33:53.500Z",
        "next_attempt_at": "2024-11-27T19:35:00.000Z",
        "given_up": None,
        "elapsed_ms": 60250.0,
        "signed": {
            "timestamp": "1732736033",
            "url": URL,
            "body_sha256": "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
        },
    }
    assert attempts[0]["error"] == {"kind": "refused", "message": "Nothing listens."}
    assert attempts[0]["response"] is None
    assert attempts[1]["error"] is None
    assert attempts[1]["started_at"] == "2024-11-27T19:34:53.500Z"
    assert attempts[1]["duration_ms"] == 250.0
    assert attempts[1]["request"]["headers"] == [["host", "app.example"], ["x", "1"], ["content-length", "7"]]
    assert attempts[1]["request"]["body"]["text"] == '{"a":1}'
    assert attempts[1]["response"]["headers"] == [["y", "2"]]
    assert json.dumps(attempts)


def test_repr_is_a_line() -> None:
    delivery = delivery_with(REFUSED)
    delivery.number = 1
    assert repr(delivery) == f"<Delivery d1 of conversation.created to {URL}: sending, attempts: 1>"
