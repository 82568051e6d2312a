"""The mock service in a test: new for each, its clock moved by the test alone."""

from __future__ import annotations

import httpx2
import pytest

from inspector import Inspector


def test_what_happens_there_is_delivered(inspector: Inspector) -> None:
    hook = f"{inspector.url}/hook"
    inspector.service.subscribe("conversation.updated", url=hook, signing_key="k")
    conversation = inspector.service.create_conversation()
    inspector.service.receive_message(conversation, "hallo")
    inspector.service.drain()
    request = inspector.wait_for("event:updated", payload={"id": conversation.id}, timeout=0)
    assert request.payload["lastMessage"]["preview"]["text"] == "hallo"


@pytest.mark.parametrize("again", [1, 2])
def test_it_is_new_for_each_test(again: int, inspector: Inspector) -> None:
    service = inspector.service
    answer = httpx2.get(
        f"{service.base_url}/workspaces/{service.workspace_id}/conversations", headers={"authorization": "AccessKey x"}
    )
    assert answer.json()["results"] == []
    service.create_conversation()


def test_hours_of_retries_take_no_time(inspector: Inspector) -> None:
    inspector.answer_with([500] * 35 + [200])
    inspector.service.subscribe("conversation.created", url=f"{inspector.url}/hook")
    inspector.service.create_conversation()
    inspector.service.drain()
    assert [request.attempt for request in inspector.wait_for(path="/hook", count=36)] == list(range(1, 37))


@pytest.mark.inspector(seed=7, at="2024-11-27T19:33:53.504Z")
@pytest.mark.parametrize("again", [1, 2])
def test_equal_seeds_deliver_equal_bytes(again: int, inspector: Inspector, bodies: list[bytes]) -> None:
    inspector.service.subscribe("conversation.created", url=f"{inspector.url}/hook")
    inspector.service.create_conversation()
    inspector.service.drain()
    bodies.append(inspector.wait_for("event:created").body)
    assert len(set(bodies)) == 1


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return []


@pytest.mark.anyio
async def test_an_async_test_drains_beside_its_loop(inspector: Inspector) -> None:
    inspector.service.subscribe("conversation.created", url=f"{inspector.url}/hook")
    inspector.service.create_conversation()
    await inspector.aio.drain()
    assert inspector.last.event.name == "conversation.created"


def test_the_timeline_tells_of_it(inspector: Inspector) -> None:
    inspector.service.subscribe("conversation.created", url=f"{inspector.url}/hook")
    inspector.service.create_conversation()
    inspector.service.drain()
    assert "Service    conversation.created  http://127.0.0.1" in inspector.timeline()
