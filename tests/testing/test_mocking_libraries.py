"""The inspector works while the libraries that mock HTTP clients are at work: it uses none of what they replace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from inspector import Inspector

Mock = Callable[[], AbstractContextManager[Any]]


@contextmanager
def httpx_mocked() -> Iterator[None]:
    """respx: every request of httpx fails unless it was announced."""
    import respx

    with respx.mock(assert_all_mocked=True):
        yield


@contextmanager
def requests_mocked() -> Iterator[None]:
    import responses

    with responses.RequestsMock():
        yield


@contextmanager
def recorded_on_tape() -> Iterator[None]:
    """vcrpy replaces http.client and more; a tape that may not grow refuses every request."""
    import vcr

    with vcr.VCR(record_mode="none").use_cassette("no-such-tape.yaml"):
        yield


@contextmanager
def aiohttp_mocked() -> Iterator[None]:
    from aioresponses import aioresponses

    with aioresponses():
        yield


LIBRARIES = [httpx_mocked, requests_mocked, recorded_on_tape, aiohttp_mocked]


@pytest.mark.parametrize("mocked", LIBRARIES)
def test_it_sends_and_receives_under(mocked: Mock, inspector: Inspector) -> None:
    with mocked():
        inspector.fire("created", to=f"{inspector.url}/hook").assert_accepted()
        assert inspector.wait_for("event:created").path == "/hook"


def test_it_sends_and_receives_under_pytest_httpx(httpx_mock: Any, inspector: Inspector) -> None:
    import httpx

    httpx_mock.add_response(url="https://api.example/", status_code=418)
    assert httpx.get("https://api.example/").status_code == 418
    inspector.fire("created", to=f"{inspector.url}/hook").assert_accepted()
    assert inspector.wait_for("event:created").path == "/hook"


async def tea(scope: Any, receive: Any, send: Any) -> None:
    import httpx

    async with httpx.AsyncClient() as client:
        answer = await client.get("https://api.example/tea")
    await receive()
    await send({"type": "http.response.start", "status": answer.status_code, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_an_app_in_process_uses_what_the_test_mocked(httpx_mock: Any, inspector: Inspector) -> None:
    httpx_mock.add_response(url="https://api.example/tea", status_code=202)
    inspector.fire("created", to=tea, url="https://app.example/hook").assert_accepted()
