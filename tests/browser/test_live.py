"""The list, live: what arrives shows by itself, nothing is lost or told twice, and nothing moves under the reader."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.recorder.request import RecordedRequest
from inspector.server import InspectorServer

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Send = Callable[..., list[int]]
IDS = "() => [...document.querySelectorAll('#list .row')].map(row => row.dataset.id)"


def shown_ids(page: Any) -> list[str]:
    return list(page.evaluate(IDS))


def recorded_ids(server: InspectorServer) -> list[str]:
    return [request.id for request in server.app.log.snapshot()][::-1]


def expect_count(page: Any, count: int) -> None:
    expect(page.locator("#list .row")).to_have_count(count)


def expect_rows(page: Any, ids: list[str]) -> None:
    """The list comes to show these requests, in this order, and none of them twice."""
    with suppress(sync_api.TimeoutError):
        page.wait_for_function(f"ids => String(({IDS})()) === String(ids)", arg=ids)
    assert shown_ids(page) == ids


def expect_state(page: Any, state: str) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", state)


def test_webhooks_appear_by_themselves_none_twice_none_lost(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    page = open_page(server.url)
    send(200)
    expect_rows(page, recorded_ids(server))
    expect(page.locator("#total")).to_have_text("200")
    expect(page.locator("#matched")).to_have_text("200")


def test_nothing_is_lost_between_the_page_and_its_stream(server: InspectorServer, open_page: Open, send: Send) -> None:
    def send_first(route: Any) -> None:
        send(7)
        route.continue_()

    send(3)
    page = open_page(server.url)
    page.route("**/-/stream*", send_first, times=1)
    page.reload()
    expect_count(page, 10)
    expect_rows(page, recorded_ids(server))


def test_a_cut_stream_is_resumed_without_a_gap(server: InspectorServer, open_page: Open, send: Send) -> None:
    def send_meanwhile(route: Any) -> None:
        expect_state(page, "reconnecting")
        send(30)
        route.continue_()

    page = open_page(server.url)
    send(20)
    expect_count(page, 20)
    page.route("**/-/stream*", send_meanwhile, times=1)
    for listener in _listeners(server):
        server._loop.call_soon_threadsafe(listener.close)  # type: ignore[union-attr]
    expect_count(page, 50)
    expect_rows(page, recorded_ids(server))
    expect_state(page, "live")


def test_the_page_finds_back_to_a_restarted_inspector(
    serve: Callable[..., InspectorServer], open_page: Open, send: Send, server: InspectorServer
) -> None:
    send(3)
    page = open_page(server.url, tolerated="net::ERR_")
    server.stop()
    expect_state(page, "reconnecting")
    again = serve(port=urlsplit(server.url).port)
    send(2)
    expect_rows(page, recorded_ids(again))


def _listeners(server: InspectorServer) -> list[Any]:
    return [listener for view in server.app.site.broadcaster._views.values() for listener in view.listeners]


def test_a_gap_is_filled_by_asking_for_the_list(server: InspectorServer, open_page: Open, send: Send) -> None:
    async def append_many() -> None:  # in the server's own loop: so many at once that the stream can only tell a gap
        for _ in range(3000):
            server.app.log.append(_some_request(server))

    page = open_page(server.url)
    with page.expect_response("**/-/rows?*"):
        server.submit(append_many()).result()
    expect(page.locator("#total")).to_have_text("3,000")
    expect(page.locator("#matched")).to_have_text("3,000")
    expect(page.locator("#list .row").first).to_have_attribute("data-id", recorded_ids(server)[0])
    shown = shown_ids(page)
    assert len(shown) <= 200
    assert shown == recorded_ids(server)[: len(shown)]


def _some_request(server: InspectorServer) -> RecordedRequest:
    return RecordedRequest(
        received_at=1e9, method="POST", target=b"/hook", headers=(), body=b"{}", analyser=server.app.analyser
    )


def test_the_list_does_not_jump_while_it_is_scrolled(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(60)
    page = open_page(server.url)
    expect_count(page, 60)
    page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 1000 }")
    page.wait_for_function("() => document.querySelector('#scroller').scrollTop === 1000")
    under_pointer = "document.elementFromPoint(400, 400).closest('.row').dataset.id"
    before = page.evaluate(under_pointer)
    send(12)
    expect(page.get_by_role("button", name="12 new")).to_be_visible()
    assert page.evaluate(under_pointer) == before
    page.get_by_role("button", name="12 new").click()
    expect_rows(page, recorded_ids(server))


def test_all_of_a_long_log_can_be_scrolled_through(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(450)
    page = open_page(server.url)
    expected = recorded_ids(server)
    seen: list[str] = []
    while seen[-1:] != expected[-1:]:
        last = seen[-1] if seen else None
        page.wait_for_function("last => document.querySelector('#list .row:last-child').dataset.id !== last", arg=last)
        shown = shown_ids(page)
        assert len(shown) <= 200
        seen += [found for found in shown if found not in seen]
        page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight }")
    assert seen == expected
    while (first := shown_ids(page)[0]) != expected[0]:
        page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 0 }")
        page.wait_for_function("first => document.querySelector('#list .row').dataset.id !== first", arg=first)
    assert shown_ids(page) == expected[: len(shown_ids(page))]


def test_pause_holds_the_list_and_says_how_many_wait(server: InspectorServer, open_page: Open, send: Send) -> None:
    def send_first(route: Any) -> None:  # what the list is asked for, and the stream tells as well, counts once
        send(3)
        route.continue_()

    send(2)
    page = open_page(server.url)
    page.get_by_role("button", name="Pause").click()
    send(5)
    expect(page.locator("#connection")).to_have_text("paused, 5 waiting")
    expect_count(page, 2)
    page.route("**/-/rows?*", send_first, times=1)
    page.get_by_role("button", name="Pause").click()
    expect_count(page, 10)
    expect_rows(page, recorded_ids(server))
    send(1)
    expect_count(page, 11)
    expect(page.locator("#matched")).to_have_text("11")


def test_follow_opens_each_newest_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1)
    page = open_page(server.url)
    page.get_by_role("button", name="Follow").click()
    for name in ("first", "second"):
        send(name=name)
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        expect(page).to_have_url(f"{server.url}/?id={recorded_ids(server)[0]}")


def test_arrivals_are_announced_politely(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    send(1)
    expect(page.locator("#announcer")).to_have_text("1 new request")
    expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")
