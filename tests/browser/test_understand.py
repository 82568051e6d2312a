"""What the dashboard explains: signatures, contract, differences, conversations, searches."""

from __future__ import annotations

import http.client
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
    page.locator(".detail").wait_for()
    return page


def test_a_wrong_signature_is_explained_part_by_part(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event(), url=server.url.replace("http:", "https:") + "/hook")
    page = open_request(open_page, server, sent)
    card = page.get_by_role("region", name="Signature")
    assert "the URL was signed with https://" in card.inner_text()
    assert card.locator("tr[data-differs] th").all_inner_texts() == ["URL"]
    assert card.locator(".was mark").all_inner_texts() == ["https"]
    assert card.locator(".should mark").all_inner_texts() == ["http"]
    assert "32 raw bytes" in card.inner_text()


def test_the_cause_comes_to_the_row_by_itself(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(server.url)
    send(event(), url=server.url.replace("http:", "https:") + "/hook")
    page.locator("#list .row").get_by_text("url-scheme").wait_for()


def test_a_hostile_event_stays_text_everywhere(server: InspectorServer, open_page: Open, send: Send) -> None:
    names = {"name": HOSTILE, "status": HOSTILE, "lastMessage": {"id": "1", "preview": {"text": HOSTILE}}}
    sent = send(event(**names | {HOSTILE: 1}, id=HOSTILE), path=f"/{HOSTILE.replace(' ', '%20')}", url=HOSTILE)
    send(event(**names | {"name": HOSTILE + HOSTILE}, id=HOSTILE))
    paths = [f"/?id={sent}", "/-/conversations", "/-/drift", f"/-/verify?id={sent}"]
    page = open_page(server.url + "/-/conversations")
    conversation = page.locator(".conversation a").get_attribute("href")
    for path in (*paths, conversation):
        page.goto(server.url + path)
        page.locator('#connection[data-state="live"]').wait_for()
        assert page.locator("main img, main script").count() == 0, path
        assert "owned" not in page.title().split("·")[-1]
        assert HOSTILE in page.locator("main").inner_text() or "verify" in path or "drift" in path


def test_differences_to_the_event_before_are_marked_and_walked_through(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    send(event(status="active", hasDraft=True, updatedAt="2024-11-27T12:00:00Z"))
    sent = send(event(status="closed", summary="Done", updatedAt="2024-11-27T12:00:01Z"))
    page = open_request(open_page, server, sent)
    marks = page.locator(".tree [data-change]")
    kinds = {mark.locator(".key").inner_text(): mark.get_attribute("data-change") for mark in marks.all()}
    assert kinds == {"status": "changed", "summary": "added", "updatedAt": "changed", "hasDraft": "removed"}
    assert page.locator('.tree [id="at:payload.status"] del').inner_text() == '"active"'
    page.keyboard.press("d")
    assert page.locator("[data-here] .key").inner_text() == "status"
    page.get_by_role("button", name="4 changes").click()
    page.locator(".tree .gone").wait_for(state="hidden")
    page.get_by_role("link", name="the event before").click()
    page.wait_for_url("**/?id=*-1")


def test_a_finding_leads_to_its_place_in_the_payload(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event(activeParticipantCount="2"))
    page = open_request(open_page, server, sent)
    page.get_by_role("link", name="payload.activeParticipantCount").click()
    assert page.locator("[data-jumped] .key").inner_text() == "activeParticipantCount"


def test_a_click_on_a_value_searches_for_it(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event(status="active"))
    sent = send(event(status="on hold", featuredParticipants=[{"id": "1", "displayName": "Jane"}]))
    page = open_request(open_page, server, sent)
    page.get_by_role("button", name='"on hold"').click()
    page.wait_for_function("() => document.querySelectorAll('#list .row').length === 1")
    assert page.locator("#search").input_value() == 'payload.status:"on hold"'
    page.get_by_role("button", name='"Jane"').click()
    page.wait_for_url("**displayName*")
    assert page.locator("#search").input_value().endswith("payload.featuredParticipants.*.displayName:Jane")
    assert page.locator("#matched").inner_text() == "1"


def test_values_are_reached_with_the_arrows(server: InspectorServer, open_page: Open, send: Send) -> None:
    sent = send(event())
    page = open_request(open_page, server, sent)
    assert page.locator('.tree [tabindex="0"]').count() == 1
    page.locator('.tree [tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**event%3Aconversation.updated*")


def test_the_search_is_completed_with_the_keyboard(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event(status="active"))
    page = open_page(server.url)
    box = page.get_by_role("combobox")
    box.press_sequentially("😀 conv")
    page.get_by_role("option", name="conversation:").wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    assert page.locator('[role="option"][aria-selected="true"]').get_attribute("id") == "completion-0"
    assert box.get_attribute("aria-activedescendant") == "completion-0"
    box.press("Enter")
    assert box.input_value() == "😀 conversation:"
    page.get_by_role("option", name="badbf15c").click()
    assert box.input_value() == "😀 conversation:badbf15c-bad3-4bf3-9223-6b7f414f9770 "
    page.locator("#completions").wait_for(state="hidden")
    box.press("End")
    box.press_sequentially("si")
    page.get_by_role("option", name="size:").wait_for()
    box.press("Escape")
    page.locator("#completions").wait_for(state="hidden")
    assert box.evaluate("box => box === document.activeElement")
    box.press("Escape")
    assert not box.evaluate("box => box === document.activeElement")


def test_a_wrong_search_is_shown_and_mended(server: InspectorServer, open_page: Open, send: Send) -> None:
    send(event())
    page = open_page(f"{server.url}/?q=evnt:updated+-pinned:true", state="idle")
    assert page.locator("#search-error mark").inner_text() == "evnt:updated"
    page.get_by_role("link", name="Search for event:updated -pinned:true").click()
    page.wait_for_function("() => document.querySelectorAll('#list .row').length === 1")
    assert page.locator("#search").input_value() == "event:updated -pinned:true"
    assert page.locator("#search-error").inner_text() == ""


def test_a_conversation_is_told_step_by_step(server: InspectorServer, open_page: Open, send: Send) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    created, received, closed = story.create(), story.receive("Are you open?"), story.close()
    for happened in (created, closed, received):
        send(happened)
    page = open_page(server.url)
    page.get_by_role("link", name="Conversations 1").click()
    page.locator(".conversation", has_text="out of order").get_by_role("link").click()
    page.locator(".step").first.wait_for()
    assert page.locator(".step .numbers").all_inner_texts() == [
        "arrived #3 · happened #2",
        "arrived #2 · happened #3",
        "arrived #1 · happened #1",
    ]
    assert "Are you open?" in page.locator(".step").first.inner_text()
    assert "Status: active → closed" in page.locator(".step").nth(1).inner_text()
    page.get_by_role("link", name="As it happened").click()
    page.wait_for_function("() => document.querySelector('.step .numbers').textContent.includes('happened #3')")
    assert page.url.endswith("?order=event")
    page.locator(".step").first.get_by_role("link", name="Request").click()
    page.wait_for_url("**/?id=*-2")


def test_a_timeline_and_the_list_grow_by_themselves(server: InspectorServer, open_page: Open, send: Send) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    send(story.create())
    page = open_page(f"{server.url}/-/conversations")
    timeline = page.locator(".conversation a").get_attribute("href")
    page.locator(".conversation").evaluate("line => { window.kept = line }")
    send(EventFactory(seed=5, start=time.time()).created())
    page.wait_for_function("() => document.querySelectorAll('.conversation').length === 2")
    assert page.evaluate("kept === document.querySelectorAll('.conversation')[1]")
    page.wait_for_function("() => document.querySelector('#conversation-count').textContent === '2'")
    page.goto(server.url + timeline)
    page.locator('#connection[data-state="live"]').wait_for()
    send(story.receive("Hello?"))
    page.locator(".step", has_text="Hello?").wait_for()
    assert page.locator(".step").count() == 2


def test_a_long_conversation_opens_at_once_and_shows_more_on_demand(
    server: InspectorServer, open_page: Open, send: Send
) -> None:
    story = EventFactory(seed=4, start=time.time(), locale="en_US").story()
    send(story.create())
    for number in range(119):
        send(story.receive(f"Message {number}"))
    page = open_page(f"{server.url}/-/conversations")
    page.locator(".conversation a").click()
    page.locator(".step").first.wait_for()
    assert page.locator(".step").count() == 50
    page.get_by_role("link", name="Show earlier steps (70 left)").click()
    page.get_by_role("link", name="Show earlier steps (20 left)").click()
    page.wait_for_function("() => document.querySelectorAll('.step').length === 120")
    send(story.receive("The last one"))
    page.locator(".step", has_text="The last one").wait_for()
    assert page.locator(".step").count() == 121
    numbers = page.locator(".step .numbers span:first-child").all_inner_texts()
    assert numbers == [f"arrived #{number}" for number in range(121, 0, -1)]


def test_drift_leads_to_the_requests(server: InspectorServer, open_page: Open, send: Send) -> None:
    page = open_page(f"{server.url}/-/drift")
    assert page.get_by_text("Nothing departs from the contract").is_visible()
    send(event(slaBreach=True))
    send(event(slaBreach=False))
    page.locator("tr", has_text="payload.slaBreach").get_by_role("link", name="2", exact=True).click()
    page.wait_for_url("**/?q=finding*")
    assert page.locator("#list .row").count() == 2


def test_what_ones_own_code_computed_is_explained(server: InspectorServer, open_page: Open, send: Send) -> None:
    body = event().replace(b",", b",\r\n")
    sent = send(body)
    page = open_request(open_page, server, sent)
    page.get_by_role("link", name="Compare with what your code computed").click()
    key, signature = page.get_by_label("Signing key"), page.get_by_label("Signature that your code computed")
    assert key.get_attribute("type") == "password"
    timestamp = page.get_by_label("messagebird-request-timestamp").input_value()
    signature.fill(sign("my-own", timestamp, server.url + "/", body))
    key.fill("my-own")
    page.get_by_role("button", name="Show").click()
    assert key.get_attribute("type") == "text"
    page.get_by_role("button", name="Explain").click()
    page.locator("#answer code", has_text="url-path").wait_for()
    signature.fill(sign("my-own", timestamp, server.url + "/hook", body))
    page.get_by_role("button", name="Explain").click()
    page.locator('#answer .verdict[data-verdict="valid"]').wait_for()
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
        page.locator('#connection[data-state="live"]').wait_for()
        parts = "[document.documentElement, ...document.querySelectorAll('.page, .detail-pane, .step, .card')]"
        wide = page.evaluate(f"{parts}.filter(part => part.scrollWidth > part.clientWidth).map(part => part.className)")
        assert wide == [], path


def test_these_pages_work_without_scripts(server: InspectorServer, browser: Any, send: Send) -> None:
    for number in range(60):
        send(event(name=f"Number {number}", updatedAt=f"2024-11-27T12:00:{number:02}Z"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("link", name="Conversations 1").click()
    page.locator(".conversation a").click()
    page.get_by_role("link", name="Show earlier steps (10 left)").click()
    assert page.locator(".step").count() == 10
    assert page.get_by_text("Number 9", exact=False).first.is_visible()
    context.close()
