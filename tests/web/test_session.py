"""A recorded session as a scenario: what it holds, and what it says of the rest."""

from __future__ import annotations

import base64

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.sender.scenario import ScenarioError, parse_scenario
from inspector.settings import Settings
from inspector.web.session import write_scenario

BODIES = [b'{"a":  1}', bytes(range(256)), b"", "zoë\u2028".encode()]


def client() -> TestClient:
    return TestClient(create_app(Settings()), base_url="http://127.0.0.1:4747")


def test_a_session_is_a_scenario_that_sends_the_same_again() -> None:
    inspector = client()
    headers = {"content-type": "text/x", "user-agent": "Bird", "messagebird-request-id": "r-1", "x-team": "red"}
    for body in BODIES:
        inspector.post("/hook?b=2&a=%31", content=body, headers={**headers, "messagebird-signature": "abc="})
    steps = parse_scenario(inspector.get("/-/api/export?format=scenario").text).steps
    sent = [step.send.body.encode() if step.send.body is not None else step.send.body_base64 for step in steps]
    assert sent == [BODIES[0], base64.b64encode(BODIES[1]).decode(), BODIES[2], BODIES[3]]
    assert {(step.path, step.send.request_id) for step in steps} == {("/hook?b=2&a=%31", "r-1")}
    kept = {"content-type": "text/x", "user-agent": "Bird", "x-team": "red"}
    assert all(kept.items() <= step.send.headers.items() for step in steps)
    assert all("messagebird-signature" not in step.send.headers for step in steps)


def test_what_a_scenario_cannot_say_is_said_in_a_comment() -> None:
    inspector = client()
    inspector.put("/hook", content=b"{}")
    pairs = [("authorization", "Bearer s3cret"), ("x-twice", "1"), ("x-twice", "2"), ("x-odd", "${a.b}")]
    inspector.post("/hook?token=s3cret", content=b"{}", headers=pairs)
    inspector.post("/h\u00f6\u00f6k", content=b"{}")
    short = RecordedRequest(
        received_at=0.0, method="POST", target=b"/", headers=[], body=b"{", size=9, analyser=Analyser()
    )
    text = inspector.get("/-/api/export?format=scenario").text + b"".join(write_scenario([short])).decode()
    for said in (
        "# step-1 is left out: a scenario sends POST alone, this was PUT.",
        "# step-2: authorization is masked and left out; export with --keep-secrets to have it.",
        "# step-2: a secret in the query is replaced by 'masked'",
        "# step-2: x-twice came again, as '2'; a scenario holds one of each name.",
        "# step-2: x-odd holds what would be a reference, and is left out.",
        "# step-1 is left out: its body was not recorded whole.",
    ):
        assert said in text
    assert "s3cret" not in text
    steps = parse_scenario(inspector.get("/-/api/export?format=scenario").text).steps
    assert [step.path for step in steps] == ["/hook?token=masked", "/h%C3%B6%C3%B6k"]
    kept = parse_scenario(inspector.get("/-/api/export?format=scenario&secrets=keep").text).steps[0]
    assert (kept.path, kept.send.headers["authorization"]) == ("/hook?token=s3cret", "Bearer s3cret")


def test_a_session_of_nothing_that_can_be_sent_again_says_so() -> None:
    inspector = client()
    inspector.put("/hook", content=b"{}")
    text = inspector.get("/-/api/export?format=scenario").text
    assert "step-1 is left out" in text
    with pytest.raises(ScenarioError, match="steps must not be empty"):
        parse_scenario(text)
