"""The list follows what becomes true after an arrival, counts right, and nothing moves under the pointer."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from inspector.recorder.readahead import ReadAhead
from inspector.server import InspectorServer
from inspector.settings import signing_keys
from inspector.web import looking

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Send = Callable[..., None]
Serve = Callable[..., InspectorServer]
IDS = "() => [...document.querySelectorAll('#list .row')].map(row => row.dataset.id)"


def post(
    server: InspectorServer, count: int = 1, path: str = "/hook", body: bytes = b"{}", **headers: str
) -> list[str]:
    """Send webhooks to an inspector; the ids under which they were recorded."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    for _ in range(count):
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        connection.getresponse().read()
    connection.close()
    log = server.app.log
    return [f"{log.run}-{number}" for number in range(log.recorded - count + 1, log.recorded + 1)]


def expect_rows(page: Any, ids: list[str]) -> None:
    """The list comes to show these requests, in this order, and none of them twice."""
    with suppress(sync_api.TimeoutError):
        page.wait_for_function(f"ids => String(({IDS})()) === String(ids)", arg=ids)
    assert page.evaluate(IDS) == ids


def expect_matched(page: Any, count: int) -> None:
    expect(page.locator("#matched")).to_have_text(str(count))


@pytest.fixture
def failing_app() -> Iterator[str]:
    """The address of an app that answers everything with 500."""

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(500)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as app:
        thread = Thread(target=app.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{app.server_port}"
        app.shutdown()


def test_a_late_answer_brings_a_request_into_the_search_for_it(server: InspectorServer, open_page: Open) -> None:
    server.app.rules.replace([{"status": 503, "delay_ms": 300, "q": "path:/slow"}])
    page = open_page(f"{server.url}/?q=status:503")
    post(server, 3)
    slow = post(server, 2, "/slow")
    expect_rows(page, slow[::-1])
    expect_matched(page, 2)


def test_what_the_app_answered_is_found_as_it_happens(serve: Serve, open_page: Open, failing_app: str) -> None:
    server = serve(forward_to=(failing_app,))
    page = open_page(f"{server.url}/?q=status:500")
    expect_rows(page, post(server, 3)[::-1])
    expect_matched(page, 3)


def test_what_is_pinned_comes_into_the_list_of_pinned_and_goes(server: InspectorServer, open_page: Open) -> None:
    first, second, third = post(server, 3)
    page = open_page(f"{server.url}/?q=pinned:true")
    for id in (second, first, third):
        server.app.log.update(id, pinned=True)
    expect_rows(page, [third, second, first])
    server.app.log.update(second, pinned=False)
    expect_rows(page, [third, first])
    expect_matched(page, 2)


def test_a_cause_comes_into_the_search_for_it_once_it_is_known(serve: Serve, open_page: Open) -> None:
    server = serve(signing_keys=signing_keys(["staging=k"]))
    page = open_page(f"{server.url}/?q=cause:unknown")
    ids = post(server, 3, messagebird_signature=b64encode(bytes(32)).decode(), messagebird_request_timestamp="1")
    expect_rows(page, ids[::-1])
    expect_matched(page, 3)


def test_a_search_for_a_cause_tells_how_much_is_not_known_yet(
    serve: Serve, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "SMALL_LOG", 0)
    monkeypatch.setattr(ReadAhead, "start", lambda self: None)
    server = serve(signing_keys=signing_keys(["staging=k"]))
    ids = post(server, 2, messagebird_signature=b64encode(bytes(32)).decode(), messagebird_request_timestamp="1")
    page = open_page(f"{server.url}/?q=cause:unknown")
    expect_rows(page, [])
    expect(page.locator("#undiagnosed")).to_have_text("2 not diagnosed yet")
    for request in server.app.log.snapshot():
        assert request.cause == "unknown"
        server.app.log.touch(request, "cause")
    expect_rows(page, ids[::-1])
    expect(page.locator("#undiagnosed")).to_be_hidden()
    expect_matched(page, 2)


def test_evicted_requests_leave_the_list_and_are_counted(serve: Serve, open_page: Open) -> None:
    server = serve(capacity=100)
    page = open_page(server.url)
    ids = post(server, 150)
    expect_rows(page, ids[:49:-1])
    expect_matched(page, 100)
    expect(page.get_by_text("50 evicted")).to_be_visible()
    page.reload()
    expect(page.get_by_text("50 evicted")).to_be_visible()


def test_pinned_requests_stay_when_others_are_evicted(serve: Serve, open_page: Open) -> None:
    server = serve(capacity=10)
    page = open_page(server.url)
    (kept,) = post(server)
    server.app.log.update(kept, pinned=True)
    ids = post(server, 20)
    expect_rows(page, [*ids[:10:-1], kept])
    expect_matched(page, 10)


def test_the_count_of_a_search_follows_evictions_and_removals(serve: Serve, open_page: Open) -> None:
    server = serve(capacity=30)
    post(server, 20, "/mine")
    page = open_page(f"{server.url}/?q=path:/mine")
    expect_matched(page, 20)
    post(server, 20, "/other")
    expect_matched(page, 10)
    server.app.log.remove(lambda request: request.path == "/other")
    expect(page.locator("#total")).to_have_text("10")
    expect_matched(page, 10)
    server.app.log.remove(lambda request: request.sequence < 16)
    expect_matched(page, 5)
    expect(page.locator("#list .row")).to_have_count(5)


def test_nothing_comes_in_under_the_pointer(server: InspectorServer, open_page: Open) -> None:
    first = post(server, 5)
    page = open_page(server.url)
    page.locator("#list .row").nth(1).hover()
    later = post(server, 3)
    expect(page.get_by_role("button", name="3 new")).to_be_visible()
    expect_rows(page, first[::-1])
    expect_matched(page, 8)
    page.locator("#search").hover()
    expect_rows(page, [*first, *later][::-1])
    expect(page.locator("#pill")).to_be_hidden()
    assert page.locator("#scroller").evaluate("scroller => scroller.scrollTop") == 0


def test_the_first_request_comes_in_wherever_the_pointer_is(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/?q=path:/hook")
    page.mouse.move(300, 300)
    expect_rows(page, post(server))


def test_follow_goes_on_under_the_pointer(server: InspectorServer, open_page: Open, send: Send) -> None:
    post(server, 5)
    page = open_page(server.url)
    page.get_by_role("button", name="Follow").click()
    page.locator("#list .row").nth(2).hover()
    send(name="the newest")
    expect(page.get_by_role("heading", name="the newest")).to_be_visible()
    expect(page.locator("#pill")).to_be_hidden()


def test_an_address_far_down_the_list_is_shown_and_marked_in_it(server: InspectorServer, open_page: Open) -> None:
    ids = post(server, 300)
    page = open_page(f"{server.url}/?id={ids[40]}")
    row = page.locator(f'#list .row[data-id="{ids[40]}"]')
    expect(row.locator("a")).to_have_attribute("aria-current", "true")
    expect(row).to_be_in_viewport()
    (newest,) = post(server)
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    page.get_by_role("button", name="1 new").click()
    expect(page.locator("#list .row").first).to_have_attribute("data-id", newest)


def test_a_request_that_is_gone_leads_back(server: InspectorServer, open_page: Open) -> None:
    post(server)
    page = open_page(f"{server.url}/?id=abcdef-1")
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(f"{server.url}/")


def test_a_wrong_search_does_not_say_that_nothing_matches(server: InspectorServer, open_page: Open) -> None:
    post(server)
    page = open_page(f"{server.url}/?q=evnt:x", state="idle")
    expect(page.locator("#none")).to_have_text("This search cannot be read.")
    page.get_by_role("link", name="Search for event:x").click()
    expect(page.locator("#none")).to_have_text("Nothing matches this search.")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_value_is_searched_for_with_the_keyboard(
    server: InspectorServer, open_page: Open, send: Send, key: str
) -> None:
    send(name="Opening hours")
    page = open_page(f"{server.url}/?id={server.app.log.snapshot()[0].id}")
    value = page.locator(".tree .value", has_text="Opening hours")
    value.evaluate("value => value.focus()")
    page.keyboard.press(key)
    expect(page.locator("#search")).to_have_value('payload.name:"Opening hours"')


def test_the_focus_stays_in_the_pane_when_it_is_filled_anew(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url)
    page.get_by_role("button", name="Send a sample event").press("Enter")
    expect(page.locator("#detail .detail")).to_be_visible()
    expect(page.locator("#detail")).to_be_focused()
    page.get_by_role("button", name="Pin").press("Enter")
    expect(page.get_by_role("button", name="Pinned")).to_be_focused()


def test_what_is_missing_leads_to_where_it_should_be(server: InspectorServer, open_page: Open) -> None:
    event = {"service": "conversations", "event": "conversation.updated", "payload": {"featuredParticipants": [{}]}}
    (id,) = post(server, body=json.dumps(event).encode())
    page = open_page(f"{server.url}/?id={id}")
    page.get_by_role("link", name="payload.featuredParticipants[0].type", exact=True).click()
    expect(page.locator("[data-jumped]")).to_have_attribute("data-path", "payload.featuredParticipants[0]")


def test_the_command_beside_the_list_follows_the_search(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url, width=1440)
    post(server)
    expect(page.locator("#line")).to_have_text(f"inspector tail --inspector {server.url}")
    page.locator("#search").fill("status:200 path:/hook")
    page.locator("#search").press("Enter")
    expect(page.locator("#line")).to_have_text(f"inspector tail 'status:200 path:/hook' --inspector {server.url}")


def test_a_page_finds_back_to_an_inspector_that_is_further_on(
    serve: Serve, open_page: Open, server: InspectorServer
) -> None:
    """A restarted one counts from one again: what it had before the page came back must not be passed over."""
    post(server, 3)
    page = open_page(server.url, tolerated="net::ERR_")
    server.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "reconnecting")
    page.route("**/-/stream*", lambda route: route.abort())
    again = serve(port=urlsplit(server.url).port)
    ids = post(again, 10)
    page.unroute("**/-/stream*")
    expect_rows(page, ids[::-1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_row_has_its_words_on_a_phone(server: InspectorServer, open_page: Open, send: Send, scheme: str) -> None:
    post(server)
    send(name="Opening hours")
    page = open_page(f"{server.url}/?q={quote('path:/hook')}", width=400, color_scheme=scheme)
    for word in ("unsigned", "no event"):
        shown = page.locator("#list .verdict", has_text=word).first
        assert (
            shown.evaluate(
                "place => place.scrollWidth <= place.clientWidth && parseFloat(getComputedStyle(place).fontSize)"
            )
            > 10
        )
