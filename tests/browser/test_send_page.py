"""Sending and replaying in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import signing_keys

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Hold = Callable[[Any, str], list[Any]]
Send = Callable[..., list[int]]
HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=\'document.title="owned"\'>'


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=s3cret-key"]))


@pytest.fixture
def page(server: InspectorServer, open_page: Open) -> Any:
    """The Send page, its command up to date."""
    found = open_page(f"{server.url}/-/send", permissions=["clipboard-read", "clipboard-write"])
    expect(found.locator("#edits")).not_to_be_empty()
    return found


def expect_line(page: Any, part: str) -> None:
    expect(page.locator("#line")).to_contain_text(part)


def expect_attempt(page: Any, number: int, place: str = ".delivery-body") -> None:
    expect(page.locator(place).get_by_text(f"Attempt {number}")).to_be_visible()


def press_send(page: Any) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def test_one_event_is_sent_and_its_delivery_opens(page: Any, server: InspectorServer) -> None:
    press_send(page)
    expect_attempt(page, 1)
    recorded = server.app.log.snapshot()[0]
    assert (recorded.signature.verdict, recorded.contract.verdict) == ("valid", "conforms")
    assert "s3cret-key" not in page.content()
    page.get_by_role("link", name="See it among the requests").click()
    expect(page.locator("#list .row")).to_have_attribute("data-id", recorded.id)


def test_what_is_sent_before_the_page_hears_of_it_opens_as_well(
    server: InspectorServer, open_page: Open, hold: Hold
) -> None:
    page = open_page(server.url)
    held = hold(page, "**/-/send/stream")
    with page.expect_request("**/-/send/stream"):
        page.goto(f"{server.url}/-/send")
    press_send(page)
    wait_for(server.app.log, lambda _: True, timeout=30)
    expect(page.locator("#go")).to_be_enabled()
    held[0].continue_()
    expect_attempt(page, 1)


def test_form_and_json_follow_each_other(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Name", exact=True).fill('it\'s "new"')
    expect_line(page, """--set 'name=it'\\''s "new"'""")
    text = page.locator("#text").input_value()
    assert json.loads(text)["payload"]["name"] == 'it\'s "new"'
    page.locator("#text").fill(text.replace('"status": "active",', '"status": "closed",', 1))
    expect(page.get_by_label("Status", exact=True)).to_have_value("closed")
    expect_line(page, "--set status=closed")
    page.get_by_label("Last message").fill("hallo")
    expect_line(page, """--set 'lastMessage={"preview":{"text":"hallo"}}'""")
    press_send(page)
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=30)
    assert recorded.payload["name"] == 'it\'s "new"'
    assert (recorded.payload["status"], recorded.payload["lastMessage"]["preview"]["text"]) == ("closed", "hallo")
    page.get_by_role("button", name="Undo all changes").click()
    expect(page.locator("#line")).not_to_contain_text("--set")
    expect(page.get_by_label("Name", exact=True)).not_to_have_value('it\'s "new"')


def test_the_form_leaves_the_rest_of_the_text_as_it_was_typed(page: Any) -> None:
    page.get_by_label("Kind").select_option("body")
    page.locator("#text").fill('{"payload": {"id": 12345678901234567890,\n\t"name" :"a"} }')
    page.get_by_label("Name", exact=True).fill("b")
    expect(page.locator("#text")).to_have_value('{"payload": {"id": 12345678901234567890,\n\t"name" :"b"} }')
    expect(page.locator("#edits")).to_have_text("sent as it stands")


def test_a_slip_in_the_json_is_told_and_cannot_be_sent_or_copied(page: Any) -> None:
    page.locator("#text").fill('{\n  "service": nothing\n}')
    expect(page.get_by_text("Line 2, column 14")).to_be_visible()
    expect(page.locator(".gutter [data-wrong]")).to_have_text("2")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_disabled()
    expect(name).to_have_attribute("placeholder", "broken JSON")
    expect(page.locator("#go")).to_be_disabled()
    expect(page.locator('[data-copy-from="line"]')).to_be_disabled()
    page.get_by_role("button", name="Undo all changes").click()
    expect(page.locator("#go")).to_be_enabled()


def test_another_kind_asks_before_changes_are_lost(page: Any) -> None:
    page.get_by_label("Name", exact=True).fill("mine")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_label("Kind").select_option("deleted")
    expect(page.get_by_label("Kind")).to_have_value("created")
    expect(page.get_by_label("Name", exact=True)).to_have_value("mine")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Kind").focus()
    page.get_by_label("Kind").select_option("deleted")
    expect(page.locator("#text")).to_have_value(re.compile("conversation.deleted"))
    expect(page.get_by_label("Name", exact=True)).not_to_have_value("mine")


def test_a_run_that_was_refused_does_not_look_done(page: Any, server: InspectorServer) -> None:
    page.get_by_label("To", exact=True).fill("http://127.0.0.1:1/hook")
    press_send(page)
    expect(page.locator(".run")).to_have_attribute("data-outcome", "bad")
    expect(page.locator(".run-state")).to_have_text("done, none accepted")
    expect(page.locator(".run dl")).to_contain_text("ms")


def test_the_key_field_says_that_the_own_key_signs(page: Any) -> None:
    key = page.get_by_label("Signing key")
    expect(key).to_have_attribute("placeholder", "the inspector’s own")
    page.get_by_label("the inspector’s own").uncheck()
    expect(key).to_have_attribute("placeholder", "none: unsigned")


@pytest.mark.parametrize("path", ["send", "answers", "service"])
def test_a_narrow_command_line_ends_with_a_whole_line(path: str, server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/{path}")
    page.set_viewport_size({"width": 400, "height": 800})
    code = page.locator(".go code")
    shown, line, padding = code.evaluate(
        "code => { code.textContent = 'inspector send '.repeat(40); const s = getComputedStyle(code);"
        " return [code.clientHeight, parseFloat(s.lineHeight), parseFloat(s.paddingTop)]; }"
    )
    lines = (shown - padding) / line
    assert lines == pytest.approx(round(lines), abs=0.06)


def test_another_seed_or_kind_makes_another_event(page: Any) -> None:
    before = page.locator("#text").input_value()
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Seed").press("Tab")
    expect(page.locator("#text")).not_to_have_value(before)
    page.get_by_label("Kind").select_option("deleted")
    expect(page.locator("#text")).to_have_value(re.compile("conversation.deleted"))
    expect_line(page, "inspector send deleted")
    expect_line(page, "--seed 7")


def test_what_is_chosen_last_is_made(page: Any, hold: Hold) -> None:
    held = hold(page, "**/-/send/preview?event=updated*")
    with page.expect_request("**/-/send/preview?event=updated*"):
        page.get_by_label("Kind").select_option("updated")
    page.get_by_label("Kind").select_option("deleted")
    expect(page.locator("#text")).to_have_value(re.compile("conversation.deleted"))
    with page.expect_response("**/-/send/preview?event=updated*"):
        held[0].continue_()
    page.get_by_label("Seed").fill("8")
    expect_line(page, "--seed 8")
    expect(page.locator("#text")).to_have_value(re.compile("conversation.deleted"))


def test_a_typed_key_stays_in_the_page(page: Any, server: InspectorServer, copied: Callable[..., str]) -> None:
    page.get_by_label("the inspector’s own").uncheck()
    key = page.get_by_label("Signing key")
    key.fill("typed-key")
    expect(key).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show").click()
    expect(key).to_have_attribute("type", "text")
    press_send(page)
    expect_attempt(page, 1)
    assert server.app.log.snapshot()[0].signature.verdict == "invalid"
    expect_line(page, "--signing-key @key.txt")
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    assert "typed-key" not in page.evaluate(kept) + page.locator("#line").inner_text()
    page.get_by_role("button", name="Copy").click()
    assert "--signing-key @key.txt" in copied(page)


def test_the_own_key_is_offered_for_the_inspector_alone(page: Any) -> None:
    page.get_by_label("To", exact=True).fill("http://127.0.0.1:1/elsewhere")
    expect(page.get_by_label("Signing key")).to_be_enabled()
    expect(page.get_by_text("the inspector’s own")).to_be_hidden()


def test_the_target_is_remembered(page: Any, server: InspectorServer) -> None:
    page.get_by_label("To", exact=True).fill(f"{server.url}/remembered")
    press_send(page)
    expect(page.locator(".delivery")).to_be_visible()
    expect(page.locator("#go")).to_be_enabled()  # it was accepted, and only then is it remembered
    page.reload()
    expect(page.get_by_label("To", exact=True)).to_have_value(f"{server.url}/remembered")
    expect_line(page, "/remembered")


def test_a_fault_says_what_a_correct_consumer_does(page: Any) -> None:
    page.get_by_label("Fault").select_option("duplicate")
    expect(page.locator("#fault-text")).to_contain_text("it remembers the request id")
    expect_line(page, "--fault duplicate")


def test_many_fill_the_table_and_can_be_stopped(page: Any, server: InspectorServer) -> None:
    send_many(page, count=20_000, rate=200)
    expect(page.locator(".delivery").nth(20)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".run")).to_have_attribute("data-state", "stopped")
    expect(page.locator(".run-count")).to_contain_text("of 20,000")
    expect(page.locator(".histogram .outcome").first).to_have_text("200")
    assert 20 < len(server.app.log) < 20_000


def test_a_slow_press_on_stop_stops_while_the_numbers_change(page: Any) -> None:
    send_many(page, count=20_000, rate=200)
    page.get_by_role("button", name="Stop").hover()
    page.mouse.down()
    pressed_at = page.locator(".run-count").inner_text()
    expect(page.locator(".run-count")).not_to_have_text(pressed_at)
    page.mouse.up()
    expect(page.locator(".run")).to_have_attribute("data-state", "stopped")


def send_many(page: Any, count: int, rate: int) -> None:
    page.get_by_label("Count").fill(str(count))
    page.get_by_text("Pace, retries, time limit").click()
    page.get_by_label("Rate, per second").fill(str(rate))
    press_send(page)


def test_the_table_shows_the_newest_and_more_on_request(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Count").fill("300")
    press_send(page)
    expect(page.locator(".run")).to_have_attribute("data-state", "done")
    expect(page.locator(".delivery").first).to_have_attribute("data-id", "d300")
    assert page.locator(".delivery").count() <= 100
    page.reload()
    page.get_by_role("button", name="Show older ones").click()
    expect(page.locator('.delivery[data-id="d210"]')).to_be_visible()
    expect(page.locator("#delivery-count")).to_have_text("300")


def test_retries_of_an_open_delivery_appear_in_it(page: Any, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 500, "times": 2, "body": HOSTILE}])
    page.get_by_text("Pace, retries, time limit").click()
    page.get_by_label("Retry").fill("300ms,300ms")
    press_send(page)
    expect_attempt(page, 3)
    expect(page.locator(".delivery")).to_have_attribute("data-state", "delivered")
    expect(page).to_have_title("Send · Conversations Inspector")
    expect(page.locator("#main img, #main script")).to_have_count(0)


def test_the_keyboard_is_enough_to_send(page: Any, server: InspectorServer) -> None:
    page.keyboard.press("Tab")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Control+Enter")
    expect_attempt(page, 1)
    assert len(server.app.log) == 1


def test_r_replays_and_the_result_is_linked(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(path="/first")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#replay-line")).to_contain_text("inspector replay")
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect_attempt(page, 1, ".replay-result")
    original, again = wait_for(server.app.log, lambda _: True, 2, timeout=30)
    assert (again.path, again.replay_of) == ("/first", original.id)
    expect(page.locator(".card-replays")).to_be_visible()  # the request is shown anew, and the form stays
    page.get_by_role("button", name="Close").click()
    page.locator(".card-replays summary").click()
    expect_attempt(page, 1, ".card-replays")
    page.locator(f'.row[data-id="{again.id}"] a').click()
    page.locator(f'.card-replays [data-goto="{original.id}"]').click()
    expect(page.locator(".detail")).to_have_attribute("data-id", original.id)


def test_e_edits_and_replays_with_a_fresh_signature(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(body=b'{"id": 12345678901234567890}', authorization="Bearer hush")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("e")
    body = page.get_by_label("Body", exact=True)
    expect(body).to_be_visible()
    assert "hush" not in page.content()
    page.get_by_role("button", name="Lay out as JSON").click()
    expect(body).to_have_value('{\n  "id": 12345678901234567890\n}')
    page.get_by_label("Path and query").fill("/edited")
    page.get_by_label("fresh").check()
    expect(page.locator("#replay-line")).to_contain_text("curl -X POST")
    page.locator(".replay").get_by_role("button", name="Replay").click()
    expect_attempt(page, 1, ".replay-result")
    _, again = wait_for(server.app.log, lambda _: True, 2, timeout=30)
    assert (again.path, again.body) == ("/edited", b'{\n  "id": 12345678901234567890\n}')
    assert again.signature.verdict == "valid"
    assert again.header("authorization") == "Bearer hush"


def test_the_form_stays_while_the_request_is_shown_anew(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(body=b"typed")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.get_by_label("Body", exact=True).fill("changed")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_role("button", name="Pinned")).to_be_visible()
    expect(page.get_by_label("Body", exact=True)).to_have_value("changed")


@pytest.mark.parametrize("width", [360, 400, 720, 1024, 2560])
@pytest.mark.parametrize("place", ["send", "answers", "replay"])
def test_nothing_sticks_out_at_any_width(
    server: InspectorServer, open_page: Open, send: Send, place: str, width: int
) -> None:
    send(body=json.dumps({"long": "y" * 400}).encode(), path="/" + "x" * 300, x_long="z" * 400)
    server.app.rules.replace([{"q": "a" * 300, "body": "b" * 300}])
    page = open_page(server.url if place == "replay" else f"{server.url}/-/{place}", width=width)
    if place == "replay":
        page.locator("#list .row").click()
        expect(page.locator(".detail")).to_be_visible()
        page.keyboard.press("e")
        expect(page.locator("#replay-line")).to_contain_text("inspector replay")
    if place == "send":
        page.locator("#url").fill(f"{server.url}/{'x' * 300}")
        press_send(page)
        expect_attempt(page, 1)
    too_wide = "[document.documentElement, ...document.querySelectorAll('main, .detail-pane')]"
    assert page.evaluate(f"{too_wide}.every(element => element.scrollWidth <= element.clientWidth)")


@pytest.mark.parametrize("place", ["send", "answers"])
def test_the_pages_show_what_they_can_without_scripts(server: InspectorServer, open_plain: Open, place: str) -> None:
    server.app.rules.replace([{"q": "path:/a", "status": 500}])
    page = open_plain(f"{server.url}/-/{place}")
    expect_line(page, "inspector send" if place == "send" else "curl -X PUT")
