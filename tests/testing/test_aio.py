"""In async tests the loop stays free: apps called in process run on it, waits do not hold it up."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from inspector import Inspector
from inspector.testing.failures import WebhookFailure

URL = "https://app.example/hook"
tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="none")

pytestmark = pytest.mark.anyio


class App:
    """Remembers where it was called."""

    def __init__(self) -> None:
        self.called_in: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.called_in.append((asyncio.get_running_loop(), threading.current_thread(), tenant.get()))
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def async_view() -> None:
    """What a WSGI framework runs on a loop of its own."""


def wsgi_app(environ: Any, start_response: Any) -> list[bytes]:
    asyncio.run(async_view())  # as Flask does: no loop may be running here
    start_response("200 OK", [])
    return []


async def test_waiting_leaves_the_loop_free(inspector: Inspector) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: inspector.aio.fire("created", to=inspector.url))
        request = await inspector.aio.wait_for("event:created")
    assert request.path == "/"
    assert await inspector.aio.wait_for(event="created", count=1) == [request]


async def test_failures_are_those_of_the_sync_calls(inspector: Inspector) -> None:
    with pytest.raises(WebhookFailure, match="Nothing matching event:created"):
        await inspector.aio.wait_for("event:created", timeout=0)
    await inspector.aio.assert_none(within=0)
    inspector.expect("event:created", within=0)
    with pytest.raises(WebhookFailure, match="none came"):
        await inspector.aio.settle()


async def test_a_wait_can_be_cancelled(inspector: Inspector) -> None:
    with anyio.move_on_after(0.01) as scope:
        await inspector.aio.wait_for("event:created", timeout=0.5)
    assert scope.cancelled_caught


async def test_apps_of_either_kind_are_called(inspector: Inspector) -> None:
    deliveries = await inspector.aio.fire_many("created", to=App(), url=URL, count=3, concurrency=3)
    deliveries.assert_accepted()
    (await inspector.aio.fire("created", to=wsgi_app, url=URL)).assert_accepted()


async def test_sync_calls_work_here_too(inspector: Inspector) -> None:
    for app in (App(), wsgi_app):
        inspector.fire("created", to=app, url=URL).assert_accepted()


class TestWhereAppsRun:
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    async def test_on_the_tests_own_loop_and_in_its_context(self, inspector: Inspector) -> None:
        app = App()
        tenant.set("acme")
        await inspector.aio.fire("created", to=app, url=URL)
        assert app.called_in == [(asyncio.get_running_loop(), threading.current_thread(), "acme")]


class TestInSyncTests:
    def test_an_asgi_app_runs_in_the_tests_thread_on_one_loop(self, inspector: Inspector) -> None:
        app = App()
        tenant.set("sync")
        for _ in range(2):
            inspector.fire("created", to=app, url=URL)
        (first, second) = app.called_in
        assert first == second
        assert first[1:] == (threading.current_thread(), "sync")

    def test_a_wsgi_app_runs_in_the_tests_thread(self, inspector: Inspector) -> None:
        called_in = []

        def app(environ: Any, start_response: Any) -> list[bytes]:
            called_in.append(threading.current_thread())
            return wsgi_app(environ, start_response)

        inspector.fire("created", to=app, url=URL).assert_accepted()
        assert called_in == [threading.current_thread()]
