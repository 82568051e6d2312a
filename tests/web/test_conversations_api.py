"""The API of conversations."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.sender.factory import EventFactory
from inspector.settings import Settings


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(Settings()), base_url="http://127.0.0.1:4747")


def test_a_lifecycle_is_one_conversation(client: TestClient) -> None:
    story = EventFactory(seed=7).lifecycle()
    for event in story:
        client.post("/hook", content=event.to_bytes())
    listed = client.get("/-/api/conversations").json()
    assert listed["total"] == 1
    line = listed["conversations"][0]
    assert (line["deleted"], line["events"]) == (True, len(story))
    assert set(line["anomalies"].values()) == {0}
    whole = client.get(f"/-/api/conversations/{line['id']}").json()
    assert whole["state"] == story[-1].payload
    assert [step["event"] for step in whole["steps"]] == [event.name for event in story]
    assert set(whole["steps"][1]["changes"][0]) >= {"path", "old", "new"}


def test_anomalies_are_named(client: TestClient) -> None:
    created, updated, *_, deleted = EventFactory(seed=7).lifecycle()
    for event in (updated, created, updated, deleted, updated):
        client.post("/hook", content=event.to_bytes())
    line = client.get("/-/api/conversations").json()["conversations"][0]
    assert all(line["anomalies"][kind] for kind in ("duplicate", "out_of_order", "after_delete"))


def test_an_unknown_conversation_is_404(client: TestClient) -> None:
    assert client.get("/-/api/conversations/nope").status_code == 404


def test_drift_counts_each_departure_once(client: TestClient) -> None:
    for status in ("on-hold", "on-hold", "active"):
        client.post("/hook", content=EventFactory(seed=1).updated(status=status).to_bytes())
    findings = client.get("/-/api/drift").json()["findings"]
    assert [(found["path"], found["kind"], found["count"]) for found in findings] == [("payload.status", "value", 2)]
