"""Tests of the FastAPI consumer, most of them async: the app runs on the test's own loop.

The inspector is both sides here: it fires the webhooks, and it stands in for the service that the app calls.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fastapi_consumer import SIGNING_KEY, URL, Settings, app, told

from inspector import Inspector

pytestmark = [pytest.mark.inspector(signing_key=SIGNING_KEY), pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _crm(inspector: Inspector, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Settings, "crm_url", f"{inspector.url}/crm")
    yield
    told.clear()


async def test_a_closed_conversation_is_told(inspector: Inspector) -> None:
    delivery = await inspector.aio.fire("conversation.updated", to=app, url=URL, set={"status": "closed", "id": "c1"})
    delivery.assert_accepted()
    request = await inspector.aio.wait_for("path:/crm/closed")
    assert request.text == '{"id":"c1","status":"closed"}'


async def test_it_is_told_once(inspector: Inspector) -> None:
    inspector.expect("path:/crm/closed", count=1)
    closed = {"status": "closed", "id": "c1"}
    await inspector.aio.fire_many("updated", to=app, url=URL, count=5, concurrency=5, set=closed)


async def test_an_open_one_is_not(inspector: Inspector) -> None:
    await inspector.aio.fire("conversation.updated", to=app, url=URL, set={"status": "active"})
    await inspector.aio.assert_none("path:/crm/closed", within=0.05)


async def test_a_retry_hours_later_is_genuine(inspector: Inspector) -> None:
    seven_hours_ago = time.time() - 7 * 3600
    (await inspector.aio.fire("conversation.created", to=app, url=URL, at=seven_hours_ago)).assert_accepted()


async def test_a_replay_after_days_is_not(inspector: Inspector) -> None:
    (await inspector.aio.fire("conversation.created", to=app, url=URL, fault="stale")).assert_refused(401)
