"""The Answers page: its rules, what is wrong with each, and the call that sets them."""

from __future__ import annotations

import json
import shlex

import pytest
from starlette.testclient import TestClient

from inspector.app import InspectorApp, create_app
from inspector.recorder.answers import FAULTS, AnswerRules
from inspector.web.answers_page import PRESETS

OWN = "http://127.0.0.1:4747"
HOSTILE = '"><img src=x onerror=alert(1)></textarea>'


@pytest.fixture
def app() -> InspectorApp:
    return create_app()


@pytest.fixture
def client(app: InspectorApp) -> TestClient:
    return TestClient(app, base_url=OWN)


def test_the_page_shows_the_rules_and_how_often_they_answered(app: InspectorApp, client: TestClient) -> None:
    app.rules.replace([{"q": "path:/a", "status": 500, "times": 2, "body": HOSTILE, "headers": {"x-a": "1"}}])
    client.post("/a", content=b"{}")
    page = client.get("/-/answers").text
    assert 'value="path:/a"' in page
    assert "answered 1 of 2" in page
    assert "x-a: 1" in page
    assert "<img" not in page.partition("<main")[2]


def test_the_page_names_every_fault_and_fact(client: TestClient) -> None:
    page = client.get("/-/answers").text
    assert all(summary in page for summary in FAULTS.values())
    for fact in ("event", "request-id", "header.NAME", "payload.PATH"):
        assert f"{{{{{fact}}}}}" in page


def test_each_rule_has_its_own_error(client: TestClient) -> None:
    rules = [{"q": "status:200"}, {"q": "(status:200"}, {"status": 99}, {"body": "{{nothing}}"}, 5]
    errors = client.post("/-/answers/check", json=rules).json()["errors"]
    assert errors[0] is None
    assert (errors[1]["code"], "bracket" in errors[1]["message"]) == ("invalid_query", True)
    assert "'status' of rule 3" in errors[2]["message"]
    assert "{{nothing}}" in errors[3]["message"]
    assert "Rule 5" in errors[4]["message"]


def test_a_check_changes_nothing(app: InspectorApp, client: TestClient) -> None:
    client.post("/-/answers/check", json=[{"status": 500}])
    assert app.rules.to_json() == []


@pytest.mark.parametrize("content", [b"{", b"{}"])
def test_anything_but_an_array_is_refused(client: TestClient, content: bytes) -> None:
    assert client.post("/-/answers/check", content=content).status_code == 400


def test_the_command_sets_the_same_rules(client: TestClient) -> None:
    rules = [{"q": "it's", "status": 500, "times": 2, "headers": [], "body": None}, {"status": 200, "fault": None}]
    words = shlex.split(client.post("/-/answers/check", json=rules).json()["line"])
    assert words[:4] == ["curl", "-X", "PUT", f"{OWN}/-/api/answers"]
    assert json.loads(words[-1]) == [{"q": "it's", "status": 500, "times": 2}, {}]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_rules(name: str) -> None:
    rules = AnswerRules()
    rules.replace(PRESETS[name][1])
    assert len(rules.to_json()) == len(PRESETS[name][1])
