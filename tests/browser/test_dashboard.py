"""The dashboard in a real browser."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import signing_keys

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Send = Callable[..., list[int]]
Hold = Callable[[Any, str], list[Any]]
HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=\'document.title="owned"\'>'


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=k"]))


def rows(page: Any) -> Any:
    return page.locator("#list .row")


def heading(page: Any, name: str) -> Any:
    return page.get_by_role("heading", name=name)


def test_the_welcome_gives_way_to_the_first_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    expect(heading(page, "Point your webhooks here")).to_be_visible()
    send(name="Opening hours")
    expect(heading(page, "Opening hours")).to_be_visible()
    expect(heading(page, "Point your webhooks here")).to_be_hidden()
    expect(rows(page)).to_be_visible()
    page.get_by_role("link", name="Help and keys").click()
    expect(heading(page, "Point your webhooks here")).to_be_visible()


def test_on_a_narrow_screen_the_first_request_is_a_row(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url, width=400)
    send(name="Opening hours")
    rows(page).click()
    expect(heading(page, "Opening hours")).to_be_visible()
    expect(rows(page)).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(rows(page)).to_be_visible()


def test_the_sample_button_sends_a_valid_event(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url)
    page.get_by_role("button", name="Send a sample event").click()
    expect(heading(page, "Opening hours")).to_be_visible()
    assert server.app.log.snapshot()[0].signature.verdict == "valid"


def test_the_sample_command_as_copied_from_the_page_is_valid(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url)
    command = page.locator("#sample-curl").inner_text()
    subprocess.run(["sh"], input=command.encode(), capture_output=True, check=True, timeout=60)
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=30)
    assert recorded.signature.verdict == "valid"


def test_hostile_content_stays_text(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    body = orjson.dumps({"service": "s", "event": HOSTILE, "payload": {"name": HOSTILE, HOSTILE: [HOSTILE]}})
    send(body=body, path="/" + HOSTILE.replace(" ", "%20"), x_hostile=HOSTILE, messagebird_request_id=HOSTILE)
    expect(heading(page, HOSTILE)).to_be_visible()
    expect(page.locator("#list")).to_contain_text(HOSTILE)
    assert page.locator(".detail").inner_text().count(HOSTILE) >= 4
    expect(page.locator("#main img, #main script")).to_have_count(0)
    expect(page).to_have_title("Conversations Inspector")


def test_the_keyboard_is_enough(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(3)
    page = open_page(server.url)
    second = server.app.log.snapshot()[1].id
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".detail")).to_have_attribute("data-id", second)
    expect(page).to_have_url(f"{server.url}/?id={second}")
    page.keyboard.press("p")
    expect(page.locator("#list .row[data-pinned]")).to_have_attribute("data-id", second)
    assert server.app.log.get(second).pinned
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{server.url}/")
    expect(page.locator(".detail")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("path:/elsewhere")
    expect(page.get_by_text("Nothing matches this search.")).to_be_visible()
    page.locator("#search").evaluate("box => box.blur()")
    page.keyboard.press("?")
    expect(heading(page, "Keys")).to_be_visible()


def test_a_request_that_was_left_does_not_come_back(
    server: InspectorServer, open_page: Open, send: Send, hold: Hold
) -> None:
    send(1)
    page = open_page(server.url)
    held = hold(page, "**/-/requests/*")
    page.keyboard.press("j")
    with page.expect_request("**/-/requests/*"):
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{server.url}/")
    held[0].fulfill(body='<article class="detail">too late</article>')
    send(name="The next")
    expect(page.locator("#list")).to_contain_text("The next")
    expect(page.locator(".detail")).to_have_count(0)


def test_c_copies_as_curl(server: InspectorServer, open_page: Open, send: Send, copied: Callable[..., str]) -> None:
    send(1)
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("j")
    page.keyboard.press("c")
    assert copied(page).startswith(f"curl {server.url}/hook")
    expect(page.locator("#toast")).to_have_text("Copied as curl")


def test_the_search_is_the_address(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(2, path="/a")
    send(1, path="/b")
    page = open_page(server.url)
    page.get_by_role("combobox").fill("path:/b")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(f"{server.url}/?q=path%3A%2Fb")
    send(1, path="/a")
    send(1, path="/b")
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#matched")).to_have_text("2")
    page.go_back()
    expect(rows(page)).to_have_count(5)
    expect(page.get_by_role("combobox")).to_have_value("")


def test_a_wrong_search_says_what_is_wrong(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1)
    page = open_page(server.url + "/?q=%28path%3A%2Fa", state="idle")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("path:/hook")
    expect(rows(page)).to_have_count(1)
    expect(box).not_to_have_attribute("aria-invalid", "true")
    box.fill("path:/hook AND (")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#search-error")).not_to_be_empty()
    expect(rows(page)).to_have_count(1)


def test_an_earlier_search_does_not_hide_what_is_wrong_with_this_one(
    server: InspectorServer, open_page: Open, hold: Hold
) -> None:
    page = open_page(server.url)
    box, earlier = page.get_by_role("combobox"), "**/-/rows?q=path%3A%2Fhook"
    held = hold(page, earlier)
    with page.expect_request(earlier):
        box.fill("path:/hook")
    box.fill("path:/hook AND (")
    expect(box).to_have_attribute("aria-invalid", "true")
    with page.expect_response(earlier):
        held[0].continue_()
    page.get_by_role("button", name="Theme: system").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")


def test_clearing_asks_first_and_keeps_what_is_pinned(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(3)
    kept = server.app.log.snapshot()[1].id
    server.app.log.update(kept, pinned=True)
    page = open_page(server.url)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("button", name="Really forget them?")).to_be_visible()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="Really forget them?").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_have_attribute("data-id", kept)


def test_deleting_the_last_request_brings_back_the_welcome(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    send(1)
    page = open_page(server.url)
    rows(page).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Really forget it?").click()
    expect(heading(page, "Point your webhooks here")).to_be_visible()
    assert len(server.app.log) == 0


def test_secrets_are_revealed_on_request(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(1, authorization="Bearer hush")
    page = open_page(server.url)
    rows(page).click()
    page.get_by_role("link", name="Show the masked values").click()
    expect(page.get_by_text("Bearer hush")).to_be_visible()
    page.get_by_role("link", name="Mask secrets").click()
    expect(page.get_by_role("link", name="Show the masked values")).to_be_visible()
    assert "hush" not in page.content()


def test_the_theme_follows_the_system_until_it_is_switched(server: InspectorServer, open_page: Open) -> None:
    page = open_page(server.url, color_scheme="dark")
    body, background = page.locator("body"), "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Theme: system").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    expect(body).to_have_css("background-color", dark)
    page.get_by_role("button", name="Theme: dark").click()
    expect(body).not_to_have_css("background-color", dark)
    light = page.evaluate(background)
    page.reload()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    expect(body).to_have_css("background-color", light)


def test_opened_requests_are_no_longer_bold(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(2)
    page = open_page(server.url)
    rows(page).first.click()
    expect(page.locator("#list .row[data-read]")).to_have_count(1)
    page.reload()
    expect(page.locator("#list .row[data-read] .title")).to_have_css("font-weight", "400")
    expect(page.locator("#list .row:not([data-read]) .title")).to_have_css("font-weight", "650")


def test_the_page_works_without_scripts(server: InspectorServer, open_plain: Open, send: Send) -> None:
    send(name="Opening hours")
    page = open_plain(server.url)
    page.locator("#list .row a").click()
    expect(heading(page, "Opening hours")).to_be_visible()
    page.get_by_role("combobox").fill("path:/elsewhere")
    page.get_by_role("combobox").press("Enter")
    expect(page).to_have_url(re.compile(r"/\?q="))
    expect(page.get_by_text("Nothing matches this search.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 400, 720, 1024, 2560])
def test_nothing_sticks_out_at_any_width(server: InspectorServer, open_page: Open, send: Send, width: int) -> None:
    send(name="A long name " * 20, path="/" + "x" * 300, x_long="y" * 400)
    page = open_page(server.url, width=width)
    rows(page).click()
    expect(page.locator(".detail")).to_be_visible()
    too_wide = "[document.documentElement, ...document.querySelectorAll('.scroller, .detail-pane')]"
    assert page.evaluate(f"{too_wide}.every(element => element.scrollWidth <= element.clientWidth)")
