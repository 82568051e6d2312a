"""What the calls of the service's API take is what their schemas say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from inspector import Inspector

NOWHERE = "00000000-0000-4000-8000-000000000001"
Call = Callable[..., Any]


@pytest.fixture
def call(inspector: Inspector, http: httpx2.Client) -> Call:
    """Ask the service's API: `call("POST", "clock", {…})` → status and content."""

    def ask(method: str, name: str, content: Any) -> tuple[int, Any]:
        answer = http.request(method, f"{inspector.url}/-/api/service/{name}", json=content)
        return answer.status_code, answer.json()

    return ask


@pytest.mark.parametrize(
    ("method", "name", "content", "told"),
    [
        ("POST", "clock", {"advance": -1}, "'advance' must be 0 or more and at most 3162240000."),
        ("POST", "clock", {"advance": 1e12}, "'advance' must be 0 or more and at most 3162240000."),
        ("POST", "clock", {"advance": True}, "'advance' must be a number."),
        ("POST", "clock", {"mode": "scaled", "scale": 1e300}, "'scale' must be above 0 and at most 1000000."),
        ("POST", "clock", {"mode": "lunar"}, "'mode' must be one of real, scaled, virtual."),
        ("POST", "drain", {"timeout": -1}, "'timeout' must be 0 or more."),
        ("POST", "inbound", {}, "'text' is needed: what the contact writes."),
        ("POST", "inbound", {"text": "x", "channel_id": "y"}, "'channel_id' must be a UUID; 'y' is none."),
        ("POST", "inbound", {"text": "x", "contact": {"identifier_key": "y"}}, "'contact.identifier_value' is needed."),
        ("POST", "play", {}, "'conversation_id' is needed: the conversation in which it happens."),
        ("POST", "play", {"conversation_id": NOWHERE}, "'step' is needed: what happens."),
        ("POST", "play", {"conversation_id": NOWHERE, "step": "answer"}, "'text' is needed: what is answered."),
        ("PUT", "traffic", {}, "'rate' is needed: steps a second; 0 is off."),
        ("PUT", "traffic", {"rate": None}, "'rate' is needed: steps a second; 0 is off."),
        ("PUT", "faults", {}, "'faults' is needed: those that are to be; no others."),
        ("PUT", "faults", {"faults": [{}, {"status": 200}]}, "'faults[1].status' must be 400 or more and at most 599."),
        ("PATCH", "settings", {"reads_per_second": 0}, "'reads_per_second' must be 1 or more and at most 1000000."),
        ("PATCH", "settings", {"reads_per_second": 1.5}, "'reads_per_second' must be a whole number."),
        ("PATCH", "settings", {"strict_urls": "yes"}, "'strict_urls' must be true or false."),
    ],
)
def test_what_a_schema_forbids_is_refused_with_what_it_wants(
    call: Call, method: str, name: str, content: Any, told: str
) -> None:
    status, answer = call(method, name, content)
    assert (status, answer["error"]["code"], answer["error"]["message"]) == (400, "invalid_request", told)


def test_an_unknown_field_is_refused_with_the_nearest(call: Call) -> None:
    status, answer = call("POST", "inbound", {"txt": "hallo"})
    assert (status, answer["error"]["details"]) == (400, {"field": "txt"})
    assert "text" in answer["error"]["message"]


def test_an_unknown_call_is_no_fault(call: Call) -> None:
    status, answer = call("PUT", "faults", {"faults": [{"call": "createMesage"}]})
    assert (status, "Did you mean createMessage?" in answer["error"]["message"]) == (400, True)


def test_null_counts_as_absent_but_where_it_means_something(call: Call) -> None:
    assert call("POST", "clock", {"advance": 1, "mode": None})[0] == 200
    assert call("PATCH", "settings", {"access_key": "k", "strict_urls": None})[1]["settings"]["strict_urls"] is False
    assert call("PATCH", "settings", {"access_key": None})[1]["settings"]["has_access_key"] is False


def test_whole_numbers_and_uuids_may_be_written_in_other_ways(call: Call) -> None:
    assert call("PATCH", "settings", {"reads_per_second": 2.0})[1]["settings"]["reads_per_second"] == 2
    written = {"workspace_id": NOWHERE.upper().replace("-", ""), "rate": 0}
    assert call("PUT", "traffic", written)[1]["workspace_id"] == NOWHERE


def test_the_clock_goes_on_after_a_jump_that_was_refused(call: Call) -> None:
    for _ in range(2):
        assert call("POST", "clock", {"advance": 3_162_240_000})[0] == 200
    assert call("POST", "clock", {"advance": 1e300})[0] == 400
    assert call("POST", "clock", {"advance": 0})[1]["now"] > "2200"


def test_what_the_mock_refuses_has_our_codes(call: Call, inspector: Inspector) -> None:
    conversation = inspector.service.create_conversation()
    inspector.service.close(conversation)
    asked = {"step": "answer", "text": "hi"}
    for id, expected in ((conversation.id, (409, "conflict")), (NOWHERE, (404, "not_found"))):
        status, answer = call("POST", "play", {**asked, "conversation_id": id})
        assert (status, answer["error"]["code"]) == expected
