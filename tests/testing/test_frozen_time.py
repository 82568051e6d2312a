"""Frozen or moved time decides on what is sent and never holds up a wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import freezegun
import httpx2
import pytest
import time_machine

from inspector import Inspector
from inspector.testing.failures import WebhookFailure

THEN = datetime(2024, 11, 27, 19, 33, 53, tzinfo=UTC)

FREEZERS: list[Any] = [
    pytest.param(lambda: freezegun.freeze_time(THEN), id="freezegun"),
    pytest.param(lambda: freezegun.freeze_time(THEN, tick=True), id="freezegun ticking"),
    pytest.param(lambda: time_machine.travel(THEN, tick=False), id="time-machine"),
    pytest.param(lambda: time_machine.travel(THEN), id="time-machine ticking"),
]
Freeze = Callable[[], AbstractContextManager[Any]]


@pytest.fixture(params=FREEZERS)
def freeze(request: pytest.FixtureRequest) -> Freeze:
    return request.param


def test_what_is_fired_carries_the_frozen_time(freeze: Freeze, inspector: Inspector) -> None:
    with freeze():
        delivery = inspector.fire("created", to=f"{inspector.url}/hook", signing_key="k")
    delivery.assert_accepted()
    assert dict(delivery.headers)["messagebird-request-timestamp"] == str(int(THEN.timestamp()))
    assert inspector.last.payload["createdAt"].startswith("2024-11-27T19:33:53")


def test_a_wait_ends_in_real_time(freeze: Freeze, inspector: Inspector) -> None:
    with freeze(), pytest.raises(WebhookFailure, match="within 10 ms"):
        inspector.wait_for("event:created", timeout=0.01)


def test_a_wait_sees_what_arrives(freeze: Freeze, inspector: Inspector) -> None:
    with freeze():
        thread = threading.Thread(target=httpx2.post, args=(f"{inspector.url}/later",))
        thread.start()
        assert inspector.wait_for("path:/later").path == "/later"
    thread.join()


def test_retries_pass_in_frozen_time(freeze: Freeze, inspector: Inspector) -> None:
    inspector.answer_with([500, 500, 200])
    with freeze():
        delivery = inspector.fire("created", to=inspector.url, retry="1m,1h")
    assert (len(delivery.attempts), round(delivery.elapsed)) == (3, 3660)


async def slow_app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_an_app_is_called_in_frozen_time(freeze: Freeze, inspector: Inspector) -> None:
    with freeze():
        inspector.fire("created", to=slow_app, url="https://app.example/hook").assert_accepted()


@pytest.mark.anyio
async def test_an_async_wait_ends_in_real_time(freeze: Freeze, inspector: Inspector) -> None:
    with freeze():
        with pytest.raises(WebhookFailure, match="within 10 ms"):
            await inspector.aio.wait_for("event:created", timeout=0.01)
        await inspector.aio.fire("created", to=slow_app, url="https://app.example/hook")
        await inspector.aio.assert_none(within=0.01)
