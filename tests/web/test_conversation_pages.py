"""The pages about conversations and drift, without a browser."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.settings import Settings


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(Settings()), base_url="http://127.0.0.1:4747")


def send(client: TestClient, name: str = "updated", second: int = 0, request_id: str = "", **payload: Any) -> None:
    fields = {"id": "c-1", "updatedAt": f"2024-11-27T12:{second // 60:02}:{second % 60:02}Z", **payload}
    body = orjson.dumps({"service": "conversations", "event": f"conversation.{name}", "payload": fields})
    client.post("/hook", content=body, headers={"messagebird-request-id": request_id} if request_id else {})


def fragment(client: TestClient, path: str) -> str:
    answer = client.get(path + ("&" if "?" in path else "?") + "fragment=true")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return answer.text


def test_without_conversations_the_page_says_so(client: TestClient) -> None:
    assert "No event of a conversation has arrived yet." in client.get("/-/conversations").text


def test_a_line_tells_state_people_message_and_anomalies(client: TestClient) -> None:
    person = {"id": "p", "displayName": "Jane Doe"}
    message = {"id": "m", "preview": {"text": "Are you open?"}, "sender": person}
    send(client, second=5, status="closed", featuredParticipants=[person], lastMessage=message)
    send(client, second=1, request_id="r")
    send(client, second=1, request_id="r")
    line = fragment(client, "/-/conversations")
    for told in ("closed", "Jane Doe", "Jane Doe: Are you open?", "2 events, 3 requests", "gap", "out of order"):
        assert told in line


def test_steps_are_told_latest_first_in_either_order(client: TestClient) -> None:
    send(client, "created", 0)
    send(client, "updated", 9, status="closed")
    send(client, "updated", 5, status="active")
    arrived, happened = fragment(client, "/-/conversations/c-1"), client.get("/-/conversations/c-1?order=event").text
    assert arrived.index("happened #2") < arrived.index("happened #3") < arrived.index("happened #1")
    assert happened.index("happened #3") < happened.index("happened #2") < happened.index("happened #1")
    assert "Status: active → closed" in arrived
    assert "<del>&#34;active&#34;</del>" in arrived


def test_attempts_are_grouped(client: TestClient) -> None:
    send(client, "created", request_id="r")
    send(client, "created", request_id="r")
    page = fragment(client, "/-/conversations/c-1")
    assert page.count('class="step"') == 1
    assert "attempt 1" in page
    assert "attempt 2" in page


def test_a_long_conversation_comes_in_parts(client: TestClient) -> None:
    for second in range(120):
        send(client, second=second)
    first = fragment(client, "/-/conversations/c-1")
    assert first.count('class="step"') == 50
    assert "?order=arrival&amp;before=71" in first
    last = fragment(client, "/-/conversations/c-1?before=21")
    assert last.count('class="step"') == 20
    assert "Show earlier" not in last


@pytest.mark.parametrize("identity", ["a/b", "ä ?&#", "50%"])
def test_any_id_has_a_page(client: TestClient, identity: str) -> None:
    send(client, id=identity, name="Found")
    link = fragment(client, "/-/conversations").partition('<a href="')[2].partition('"')[0]
    assert "Found" in client.get(link).text


@pytest.mark.parametrize(
    "payload",
    [{"lastMessage": 3, "featuredParticipants": {"a": 1}}, {"featuredParticipants": [None, {"id": 4}], "name": []}, {}],
    ids=["retyped", "odd people", "bare"],
)
def test_any_payload_can_be_told(client: TestClient, payload: dict[str, Any]) -> None:
    send(client, "created")
    send(client, **payload)
    send(client, "strange", updatedAt=None, status=["x"])
    assert fragment(client, "/-/conversations/c-1").count('class="step"') == 3
    assert fragment(client, "/-/conversations")


def test_what_is_gone_says_so(client: TestClient) -> None:
    answer = client.get("/-/conversations/never")
    assert answer.status_code == 404
    assert "No longer here" in answer.text


def test_drift_counts_and_links_to_a_search_that_finds_them(client: TestClient) -> None:
    for _ in range(3):
        send(client, slaBreach=True, featuredParticipants=[{"id": "1", "extra": 1}])
    page = fragment(client, "/-/drift")
    links = [part.partition('"')[0] for part in page.split('<a class="mono" href="')[1:]]
    assert any("slaBreach" in link for link in links)
    for link in links:
        assert 'id="matched">3<' in client.get(link).text


def test_the_rail_counts_conversations(client: TestClient) -> None:
    send(client)
    send(client, id="c-2")
    assert client.get("/-/counts").json() == {"conversations": 2}
    assert client.get("/-/counts?q=method:POST").json() == {"conversations": 2, "matched": 2, "undiagnosed": 0}
    assert client.get("/-/counts?q=evnt:x").json() == {"conversations": 2}
    assert '<span class="count" id="conversation-count">2</span>' in client.get("/").text
