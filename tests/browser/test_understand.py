"""What the dashboard explains: signatures, contract, differences, conversations, searches."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from inspector.sender.factory import EventFactory
from inspector.server import InspectorServer
from inspector.settings import signing_keys
from inspector.webhook.event import Event
from inspector.webhook.signature import sign

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Send = Callable[..., str]
KEY = "hush-hush"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys([f"staging={KEY}"]))


@pytest.fixture
def send(server: InspectorServer) -> Send:
    """Send a signed webhook; the id it was recorded under. `url` is the one that is signed."""

    def post(body: bytes | Event, *, path: str = "/hook", url: str | None = None, **headers: str) -> str:
        content = body if isinstance(body, bytes) else body.to_bytes()
        timestamp = str(int(time.time()))
        signature = sign(KEY, timestamp, url or server.url + path, content)
        signed = {"messagebird-request-timestamp": timestamp, "messagebird-signature": signature}
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        connection.request("POST", path, content, signed | {name.replace("_", "-"): headers[name] for name in headers})
        connection.getresponse().read()
        connection.close()
        return server.app.log.snapshot()[-1].id

    return post


def event(event_name: str = "conversation.updated", **payload: Any) -> bytes:
    fields = {"id": "badbf15c-bad3-4bf3-9223-6b7f414f9770", "name": "Opening hours", **payload}
    return orjson.dumps({"service": "conversations", "event": event_name, "payload": fields})


def open_request(open_page: Open, server: InspectorServer, request_id: str, **options: Any) -> Any:
    page = open_page(f"{server.url}/?id={request_id}", **options)
    expect(page.locator(".detail")).to_be_visible()
    return page


def expect_arrival(page: Any, address: str) -> None:
    """A link has led there, and the scripts of that page have begun."""
    expect(page).to_have_url(re.compile(address))
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def test_a_wrong_signature_is_explained_part_by_part(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event(), url=server.url.replace("http:", "https:") + "/hook")
    page = open_request(open_page, server, sent)
    card = page.get_by_role("region", name="Signature")
    expect(card.locator(".sentence")).to_contain_text("https://")
    expect(card.locator("tr[data-differs] th")).to_have_text(["URL"])
    expect(card.locator(".was mark")).to_have_text(["https"])
    expect(card.locator(".should mark")).to_have_text(["http"])
    expect(card).to_contain_text("32 raw bytes")


def test_the_cause_comes_to_the_row_by_itself(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    send(event(), url=server.url.replace("http:", "https:") + "/hook")
    expect(page.locator("#list .row")).to_contain_text("url-scheme")


def test_a_hostile_event_stays_text_everywhere(server: InspectorServer, open_page: Open, send: Send) -> None:
    names = {"name": HOSTILE, "status": HOSTILE, "lastMessage": {"id": "1", "preview": {"text": HOSTILE}}}
    sent = send(event(**names | {HOSTILE: 1}, id=HOSTILE), path=f"/{HOSTILE.replace(' ', '%20')}", url=HOSTILE)
    send(event(**names | {"name": HOSTILE + HOSTILE}, id=HOSTILE))
    paths = [f"/?id={sent}", "/-/conversations", "/-/drift", f"/-/verify?id={sent}"]
    page = open_page(server.url + "/-/conversations")
    conversation = page.locator(".conversation a").get_attribute("href")
    for path in (*paths, conversation):
        page.goto(server.url + path)
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        expect(page.locator("main img, main script")).to_have_count(0)
        assert "owned" not in page.title().split("·")[-1]
        assert HOSTILE in page.locator("main").inner_text() or "verify" in path or "drift" in path


def test_differences_to_the_event_before_are_marked_and_walked_through(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    send(event(status="active", hasDraft=True, updatedAt="2024-11-27T12:00:00Z"))
    sent = send(event(status="closed", summary="Done", updatedAt="2024-11-27T12:00:01Z"))
    page = open_request(open_page, server, sent)
    marks = page.locator(".tree [data-change]")
    expect(marks).to_have_count(4)
    kinds = {mark.locator(".key").inner_text(): mark.get_attribute("data-change") for mark in marks.all()}
    assert kinds == {"status": "changed", "summary": "added", "updatedAt": "changed", "hasDraft": "removed"}
    expect(page.locator('.tree [id="at:payload.status"] del')).to_have_text('"active"')
    page.keyboard.press("d")
    expect(page.locator("[data-here] .key")).to_have_text("status")
    page.get_by_role("button", name="4 changes").click()
    expect(page.locator(".tree .gone")).to_be_hidden()
    page.get_by_role("link", name="the event before").click()
    expect(page).to_have_url(re.compile(r"/\?id=.*-1$"))
    expect(page.locator(".detail")).to_have_attribute("data-id", re.compile("-1$"))


def test_a_finding_leads_to_its_place_in_the_payload(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event(activeParticipantCount="2"))
    page = open_request(open_page, server, sent)
    page.get_by_role("link", name="payload.activeParticipantCount").click()
    expect(page.locator("[data-jumped] .key")).to_have_text("activeParticipantCount")


def test_a_click_on_a_value_searches_for_it(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event(status="active"))
    send(event(status="on hold"))
    sent = send(event(status="on hold", featuredParticipants=[{"id": "1", "displayName": "Jane"}]))
    page = open_request(open_page, server, sent)
    page.get_by_role("button", name='"on hold"').first.click()
    expect(page.locator("#matched")).to_have_text("2")
    expect(page.locator("#search")).to_have_value('payload.status:"on hold"')
    page.get_by_role("button", name='"Jane"').click()
    expect(page.locator("#matched")).to_have_text("1")
    expect(page.locator("#search")).to_have_value(re.compile(r"payload\.featuredParticipants\.\*\.displayName:Jane$"))
    expect(page).to_have_url(re.compile("displayName"))


def test_values_are_reached_with_the_arrows(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event())
    page = open_request(open_page, server, sent)
    expect(page.locator('.tree [tabindex="0"]')).to_have_count(1)
    page.locator('.tree [tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("event%3Aconversation.updated"))


def test_the_search_is_completed_with_the_keyboard(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event(status="active"))
    page = open_page(server.url)
    box = page.get_by_role("combobox")
    box.fill("😀 conv")  # at once: each keystroke would ask anew, and what is offered then begins at the top
    expect(page.get_by_role("option", name="conversation:")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(page.locator("#completion-0")).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "completion-0")
    box.press("Enter")
    expect(box).to_have_value("😀 conversation:")
    page.get_by_role("option", name="badbf15c").click()
    expect(box).to_have_value("😀 conversation:badbf15c-bad3-4bf3-9223-6b7f414f9770 ")
    expect(page.locator("#completions")).to_be_hidden()
    box.press("End")
    box.press_sequentially("si")
    expect(page.get_by_role("option", name="size:")).to_be_visible()
    box.press("Escape")
    expect(page.locator("#completions")).to_be_hidden()
    expect(box).to_be_focused()
    box.press("Escape")
    expect(box).not_to_be_focused()


def test_a_wrong_search_is_shown_and_mended(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event())
    page = open_page(f"{server.url}/?q=evnt:updated+-pinned:true", state="idle")
    expect(page.locator("#search-error mark")).to_have_text("evnt:updated")
    page.get_by_role("link", name="Search for event:updated -pinned:true").click()
    expect(page.locator("#list .row")).to_have_count(1)
    expect(page.locator("#search")).to_have_value("event:updated -pinned:true")
    expect(page.locator("#search-error")).to_be_empty()


def test_a_conversation_is_told_step_by_step(server: InspectorServer, open_page: Open, send: Send) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    created, received, closed = story.create(), story.receive("Are you open?"), story.close()
    for happened in (created, closed, received):
        send(happened)
    page = open_page(server.url)
    page.get_by_role("link", name="Conversations 1").click()
    page.locator(".conversation", has_text="out of order").get_by_role("link").click()
    expect_arrival(page, "/-/conversations/.")
    expect(page.locator(".step .numbers")).to_have_text(
        ["arrived #3 · happened #2", "arrived #2 · happened #3", "arrived #1 · happened #1"]
    )
    expect(page.locator(".step").first).to_contain_text("Are you open?")
    expect(page.locator(".step").nth(1)).to_contain_text("Status: active → closed")
    page.get_by_role("link", name="As it happened").click()
    expect(page.locator(".step .numbers").first).to_contain_text("happened #3")
    expect(page).to_have_url(re.compile(r"\?order=event$"))
    page.locator(".step").first.get_by_role("link", name="Request").click()
    expect(page).to_have_url(re.compile(r"/\?id=.*-2$"))


def test_a_timeline_and_the_list_grow_by_themselves(server: InspectorServer, open_page: Open, send: Send) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    send(story.create())
    page = open_page(f"{server.url}/-/conversations")
    timeline = page.locator(".conversation a").get_attribute("href")
    page.locator(".conversation").evaluate("line => { window.kept = line }")
    send(EventFactory(seed=5, start=time.time()).created())
    expect(page.locator(".conversation")).to_have_count(2)
    assert page.evaluate("kept === document.querySelectorAll('.conversation')[1]")
    expect(page.locator("#conversation-count")).to_have_text("2")
    page.goto(server.url + timeline)
    expect_arrival(page, "/-/conversations/.")
    send(story.receive("Hello?"))
    expect(page.locator(".step", has_text="Hello?")).to_be_visible()
    expect(page.locator(".step")).to_have_count(2)


def test_a_long_conversation_opens_at_once_and_shows_more_on_demand(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    send(story.create())
    for number in range(119):
        send(story.receive(f"Message {number}"))
    page = open_page(f"{server.url}/-/conversations")
    page.locator(".conversation a").click()
    expect_arrival(page, "/-/conversations/.")
    expect(page.locator(".step")).to_have_count(50)
    page.get_by_role("link", name="Show earlier steps (70 left)").click()
    page.get_by_role("link", name="Show earlier steps (20 left)").click()
    expect(page.locator(".step")).to_have_count(120)
    send(story.receive("The last one"))
    expect(page.locator(".step", has_text="The last one")).to_be_visible()
    expect(page.locator(".step .numbers span:first-child")).to_have_text(
        [f"arrived #{number}" for number in range(121, 0, -1)]
    )


def test_drift_leads_to_the_requests(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(f"{server.url}/-/drift")
    expect(page.get_by_text("Nothing departs from the contract")).to_be_visible()
    send(event(slaBreach=True))
    send(event(slaBreach=False))
    page.locator("tr", has_text="payload.slaBreach").get_by_role("link", name="2", exact=True).click()
    expect(page).to_have_url(re.compile(r"/\?q=finding"))
    expect(page.locator("#list .row")).to_have_count(2)


def test_what_ones_own_code_computed_is_explained(server: InspectorServer, open_page: Open, send: Send) -> None:
    body = event().replace(b",", b",\r\n")
    sent = send(body)
    page = open_request(open_page, server, sent)
    page.get_by_role("link", name="Compare with what your code computed").click()
    expect_arrival(page, "/-/verify")
    key, signature = page.get_by_label("Signing key"), page.get_by_label("Signature that your code computed")
    expect(key).to_have_attribute("type", "password")
    timestamp = page.get_by_label("messagebird-request-timestamp").input_value()
    signature.fill(sign("my-own", timestamp, server.url + "/", body))
    key.fill("my-own")
    page.get_by_role("button", name="Show").click()
    expect(key).to_have_attribute("type", "text")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#answer code", has_text="url-path")).to_be_visible()
    signature.fill(sign("my-own", timestamp, server.url + "/hook", body))
    page.get_by_role("button", name="Explain").click()
    expect(page.locator('#answer .verdict[data-verdict="valid"]')).to_be_visible()
    assert "my-own" not in str(page.evaluate("JSON.stringify([localStorage, sessionStorage, location.href])"))


@pytest.mark.parametrize("width", [360, 720, 1440, 2560])
def test_nothing_sticks_out_of_these_pages(server: InspectorServer, open_page: Open, send: Send, width: int) -> None:
    long = "A-long-name-without-a-blank" * 8
    send(event(id=long, name=long, status="a" * 300, updatedAt="2024-11-27T12:00:00Z"))
    sent = send(event(id=long, name=long[1:], **{long: 1}), path="/" + "x" * 300, url="https://example.com")
    page = open_page(f"{server.url}/-/conversations", width=width)
    timeline = page.locator(".conversation a").get_attribute("href")
    for path in ("/-/conversations", timeline, "/-/drift", f"/-/verify?id={sent}", f"/?id={sent}"):
        page.goto(server.url + path)
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        parts = "[document.documentElement, ...document.querySelectorAll('.page, .detail-pane, .step, .card')]"
        wide = page.evaluate(f"{parts}.filter(part => part.scrollWidth > part.clientWidth).map(part => part.className)")
        assert wide == [], path


def test_these_pages_work_without_scripts(server: InspectorServer, open_plain: Open, send: Send) -> None:
    for number in range(60):
        send(event(name=f"Number {number}", updatedAt=f"2024-11-27T12:00:{number:02}Z"))
    page = open_plain(server.url)
    page.get_by_role("link", name="Conversations 1").click()
    page.locator(".conversation a").click()
    page.get_by_role("link", name="Show earlier steps (10 left)").click()
    expect(page.locator(".step")).to_have_count(10)
    expect(page.get_by_text("Number 9").first).to_be_visible()
