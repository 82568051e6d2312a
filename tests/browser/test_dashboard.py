"""The dashboard in a real browser."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import signing_keys

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Send = Callable[..., None]
HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=\'document.title="owned"\'>'
IDS = "rows => rows.map(row => row.dataset.id)"


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=k"]))


@pytest.fixture
def send(server: InspectorServer) -> Send:
    """Send webhooks, one after the other: `send(3)`, `send(body=…, path=…)`."""

    def post(count: int = 1, body: bytes | None = None, path: str = "/hook", **headers: str) -> None:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        for number in range(count):
            content = event(name=f"Number {number}") if body is None else body
            connection.request("POST", path, content, {name.replace("_", "-"): text for name, text in headers.items()})
            connection.getresponse().read()
        connection.close()

    return post


def event(event_name: str = "conversation.updated", **payload: Any) -> bytes:
    return orjson.dumps({"service": "conversations", "event": event_name, "payload": payload})


def shown_ids(page: Any) -> list[str]:
    return list(page.locator("#list .row").evaluate_all(IDS))


def recorded_ids(server: InspectorServer) -> list[str]:
    return [request.id for request in server.app.log.snapshot()][::-1]


def wait_for_rows(page: Any, count: int) -> None:
    page.wait_for_function("count => document.querySelectorAll('#list .row').length >= count", arg=count)


def test_webhooks_appear_by_themselves_none_twice_none_lost(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    page = open_page(server.url)
    send(200)
    wait_for_rows(page, 200)
    assert shown_ids(page) == recorded_ids(server)
    assert page.locator("#total").text_content() == page.locator("#matched").text_content() == "200"


def test_nothing_is_lost_between_the_page_and_its_stream(server: InspectorServer, open_page: Open, send: Send) -> None:
    def send_first(route: Any) -> None:
        send(7)
        route.continue_()

    send(3)
    page = open_page(server.url)
    page.route("**/-/stream*", send_first, times=1)
    page.reload()
    wait_for_rows(page, 10)
    assert shown_ids(page) == recorded_ids(server)


def test_a_cut_stream_is_resumed_without_a_gap(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    send(20)
    wait_for_rows(page, 20)
    for listener in _listeners(server):
        server._loop.call_soon_threadsafe(listener.close)  # type: ignore[union-attr]
    page.locator('#connection[data-state="reconnecting"]').wait_for()
    send(30)
    wait_for_rows(page, 50)
    page.locator('#connection[data-state="live"]').wait_for()
    assert shown_ids(page) == recorded_ids(server)


def test_the_page_finds_back_to_a_restarted_inspector(
    serve: Callable[..., InspectorServer], open_page: Open, send: Send, server: InspectorServer
) -> None:
    send(3)
    page = open_page(server.url, tolerated="ERR_CONNECTION_REFUSED")
    server.stop()
    page.locator('#connection[data-state="reconnecting"]').wait_for()
    again = serve(port=urlsplit(server.url).port)
    send(2)
    page.wait_for_function("() => document.querySelectorAll('#list .row').length === 2")
    assert shown_ids(page) == recorded_ids(again)


def _listeners(server: InspectorServer) -> list[Any]:
    return [listener for view in server.app.site.broadcaster._views.values() for listener in view.listeners]


def test_a_gap_is_filled_by_asking_for_the_list(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    with server.app.log._lock:  # so many at once that the stream only tells a gap
        for _ in range(3000):
            _append_copy(server)
    page.wait_for_function("() => document.querySelector('#total').textContent === '3,000'")
    page.wait_for_function("id => document.querySelector('#list .row')?.dataset.id === id", arg=recorded_ids(server)[0])
    shown = shown_ids(page)
    assert len(shown) <= 200
    assert shown == recorded_ids(server)[: len(shown)]


def _append_copy(server: InspectorServer) -> None:
    from inspector.recorder.request import RecordedRequest

    request = RecordedRequest(
        received_at=1e9, method="POST", target=b"/hook", headers=(), body=b"{}", analyser=server.app.analyser
    )
    server.app.log.append(request)


def test_the_welcome_gives_way_to_the_first_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    assert page.get_by_role("heading", name="Point your webhooks here").is_visible()
    send(body=event(name="Opening hours"))
    page.get_by_role("heading", name="Opening hours").wait_for()
    assert not page.get_by_role("heading", name="Point your webhooks here").is_visible()
    assert page.locator("#list .row").is_visible()
    page.get_by_role("link", name="Help and keys").click()
    page.get_by_role("heading", name="Point your webhooks here").wait_for()


def test_on_a_narrow_screen_the_first_request_is_a_row(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url, width=400)
    send(body=event(name="Opening hours"))
    page.locator("#list .row").click()
    page.get_by_role("heading", name="Opening hours").wait_for()
    assert not page.locator("#list .row").is_visible()
    page.get_by_role("link", name="Back to the list").click()
    assert page.locator("#list .row").is_visible()


def test_the_sample_button_sends_a_valid_event(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url)
    page.get_by_role("button", name="Send a sample event").click()
    page.get_by_role("heading", name="Opening hours").wait_for()
    assert server.app.log.snapshot()[0].signature.verdict == "valid"


def test_the_sample_command_as_copied_from_the_page_is_valid(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url)
    command = page.locator("#sample-curl").inner_text()
    subprocess.run(["sh"], input=command.encode(), capture_output=True, check=True, timeout=20)
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=20)
    assert recorded.signature.verdict == "valid"


def test_hostile_content_stays_text(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    body = orjson.dumps({"service": "s", "event": HOSTILE, "payload": {"name": HOSTILE, HOSTILE: [HOSTILE]}})
    send(body=body, path="/" + HOSTILE.replace(" ", "%20"), x_hostile=HOSTILE, messagebird_request_id=HOSTILE)
    page.get_by_role("heading", name=HOSTILE).wait_for()
    assert HOSTILE in page.locator("#list").inner_text()
    assert page.locator(".detail").inner_text().count(HOSTILE) >= 4
    assert page.locator("#main img, #main script").count() == 0
    assert page.title() == "Conversations Inspector"


def test_the_keyboard_is_enough(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(3)
    page = open_page(server.url)
    ids = recorded_ids(server)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(f'.detail[data-id="{ids[1]}"]').wait_for()
    assert page.url == f"{server.url}/?id={ids[1]}"
    page.keyboard.press("p")
    page.locator(f'.row[data-id="{ids[1]}"][data-pinned]').wait_for()
    assert server.app.log.get(ids[1]).pinned
    page.keyboard.press("Escape")
    assert page.url == f"{server.url}/"
    page.keyboard.press("/")
    page.keyboard.type("path:/elsewhere")
    page.get_by_text("Nothing matches this search.").wait_for()
    page.locator("#search").evaluate("box => box.blur()")
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()


def test_c_copies_as_curl(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1)
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.get_by_text("Copied as curl").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"curl {server.url}/hook")


def test_the_search_is_the_address(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(2, path="/a")
    send(1, path="/b")
    page = open_page(server.url)
    page.get_by_role("combobox").fill("path:/b")
    page.wait_for_function("() => document.querySelectorAll('#list .row').length === 1")
    assert page.url == f"{server.url}/?q=path%3A%2Fb"
    send(1, path="/a")
    send(1, path="/b")
    wait_for_rows(page, 2)
    assert page.locator("#matched").text_content() == "2"
    page.go_back()
    wait_for_rows(page, 5)
    assert page.get_by_role("combobox").input_value() == ""


def test_a_wrong_search_says_what_is_wrong(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1)
    page = open_page(server.url + "/?q=%28path%3A%2Fa", state="idle")
    box = page.get_by_role("combobox")
    assert box.get_attribute("aria-invalid") == "true"
    box.fill("path:/hook")
    wait_for_rows(page, 1)
    assert box.get_attribute("aria-invalid") is None
    box.fill("path:/hook AND (")
    page.locator("#search[aria-invalid]").wait_for()
    assert page.locator("#search-error").inner_text() != ""
    assert len(shown_ids(page)) == 1


def test_the_list_does_not_jump_while_it_is_scrolled(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(60)
    page = open_page(server.url)
    wait_for_rows(page, 60)
    page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 1000 }")
    page.wait_for_function("() => document.querySelector('#scroller').scrollTop === 1000")
    under_pointer = "document.elementFromPoint(400, 400).closest('.row').dataset.id"
    before = page.evaluate(under_pointer)
    send(12)
    page.get_by_role("button", name="12 new").wait_for()
    assert page.evaluate(under_pointer) == before
    page.get_by_role("button", name="12 new").click()
    wait_for_rows(page, 72)
    assert shown_ids(page) == recorded_ids(server)


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
    while shown_ids(page)[0] != expected[0]:
        first = shown_ids(page)[0]
        page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = 0 }")
        page.wait_for_function(
            "first => document.querySelector('#list .row').dataset.id !== first || first.endsWith('-450')", arg=first
        )
    assert shown_ids(page) == expected[: len(shown_ids(page))]


def test_pause_holds_the_list_and_says_how_many_wait(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(2)
    page = open_page(server.url)
    page.get_by_role("button", name="Pause").click()
    send(5)
    page.get_by_text("paused, 5 waiting").wait_for()
    assert len(shown_ids(page)) == 2
    page.get_by_role("button", name="Pause").click()
    wait_for_rows(page, 7)
    assert shown_ids(page) == recorded_ids(server)


def test_follow_opens_each_newest_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1)
    page = open_page(server.url)
    page.get_by_role("button", name="Follow").click()
    for name in ("first", "second"):
        send(body=event(name=name))
        page.get_by_role("heading", name=name).wait_for()


def test_clearing_asks_first_and_keeps_what_is_pinned(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(3)
    kept = recorded_ids(server)[1]
    server.app.log.update(kept, pinned=True)
    page = open_page(server.url)
    page.get_by_role("button", name="Clear").click()
    assert len(shown_ids(page)) == 3
    page.get_by_role("button", name="Really forget them?").click()
    page.wait_for_function("() => document.querySelectorAll('#list .row').length === 1")
    assert shown_ids(page) == [kept]


def test_deleting_the_last_request_brings_back_the_welcome(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    send(1)
    page = open_page(server.url)
    page.locator("#list .row").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Really forget it?").click()
    page.get_by_role("heading", name="Point your webhooks here").wait_for()
    assert len(server.app.log) == 0


def test_secrets_are_revealed_on_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1, authorization="Bearer hush")
    page = open_page(server.url)
    page.locator("#list .row").click()
    page.get_by_role("link", name="Show the masked values").click()
    page.get_by_text("Bearer hush").wait_for()
    page.get_by_role("link", name="Mask secrets").click()
    page.get_by_role("link", name="Show the masked values").wait_for()
    assert "hush" not in page.content()


def test_the_theme_follows_the_system_until_it_is_switched(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Theme: system").click()
    assert page.evaluate(background) == dark
    page.get_by_role("button", name="Theme: dark").click()
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    page.get_by_role("button", name="Theme: light").wait_for()
    assert page.evaluate(background) == light


def test_opened_requests_are_no_longer_bold(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(2)
    page = open_page(server.url)
    page.locator("#list .row").first.click()
    page.locator(".detail").wait_for()
    page.reload()
    page.locator("#list .row[data-read]").wait_for()
    weight = "getComputedStyle(document.querySelector('#list .row{} .title')).fontWeight"
    assert page.evaluate(weight.format("[data-read]")) == "400"
    assert page.evaluate(weight.format(":not([data-read])")) == "650"


def test_arrivals_are_announced_politely(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    send(1)
    page.wait_for_function("() => document.querySelector('#announcer').textContent === '1 new request'")
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"


def test_the_page_works_without_scripts(server: InspectorServer, browser: Any, send: Send) -> None:
    send(body=event(name="Opening hours"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    page.locator("#list .row a").click()
    assert page.get_by_role("heading", name="Opening hours").is_visible()
    page.get_by_role("combobox").fill("path:/elsewhere")
    page.get_by_role("combobox").press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.get_by_text("Nothing matches this search.").is_visible()
    context.close()


@pytest.mark.parametrize("width", [360, 400, 720, 1024, 2560])
def test_nothing_sticks_out_at_any_width(server: InspectorServer, open_page: Open, send: Send, width: int) -> None:
    send(body=event(name="A long name " * 20), path="/" + "x" * 300, x_long="y" * 400)
    page = open_page(server.url, width=width)
    page.locator("#list .row").click()
    page.locator(".detail").wait_for()
    too_wide = "[document.documentElement, ...document.querySelectorAll('.scroller, .detail-pane')]"
    assert page.evaluate(f"{too_wide}.every(element => element.scrollWidth <= element.clientWidth)")
