"""The Service page in a real browser."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.server import InspectorServer

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
HOME = "6b0cbd52-6a66-4f6c-a5a2-27a1e6f0a9d1"
HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=\'document.title="owned"\'>'


def call(server: InspectorServer, method: str, path: str, content: Any = None) -> Any:
    """Ask as an app would; the answer as JSON."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    headers = {"authorization": "AccessKey any", "content-type": "application/json"}
    connection.request(method, path, None if content is None else json.dumps(content), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def subscribe(server: InspectorServer, event: str = "updated", path: str = "/hook") -> Any:
    content = {"service": "conversations", "event": f"conversation.{event}", "url": server.url + path}
    return call(server, "POST", f"/workspaces/{HOME}/webhook-subscriptions", content)


def converse(server: InspectorServer, text: str = "hallo") -> Any:
    return call(server, "POST", "/-/api/service/inbound", {"workspace_id": HOME, "text": text})["conversation"]


@pytest.fixture
def page(server: InspectorServer, open_page: Open) -> Any:
    """The page on a service with a virtual clock."""
    call(server, "POST", "/-/api/service/clock", {"mode": "virtual"})
    found = open_page(f"{server.url}/-/service", permissions=["clipboard-read", "clipboard-write"])
    expect(found.locator("#clock-due")).to_contain_text("nothing is due")
    return found


def test_what_an_app_makes_over_http_appears_by_itself(
    page: Any, server: InspectorServer, copied: Callable[..., str]
) -> None:
    expect(page.locator("#first")).to_have_attribute("open", "")
    page.get_by_role("button", name="Copy").first.click()
    assert copied(page) == server.url
    subscribe(server)
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": "Made by an app"})
    expect(page.locator(".subscription")).to_contain_text(f"{server.url}/hook")
    expect(page.locator(".talk")).to_contain_text("Made by an app")
    expect(page.locator("#first")).not_to_have_attribute("open", "")


def test_a_reply_fires_an_event_and_its_delivery_opens_with_its_attempts(page: Any, server: InspectorServer) -> None:
    subscribe(server)
    converse(server)
    page.get_by_label("What is written").fill("Are you open, it's Sunday?")
    page.keyboard.press("Enter")
    expect(page.locator(".talk .last")).to_contain_text("Are you open, it's Sunday?")
    expect(page.get_by_label("What is written")).to_have_value("")
    expect(page.locator("#line")).to_contain_text("it'\\''s Sunday")
    expect(page.locator('.fired [data-mark="accepted"]')).to_have_count(2)
    page.locator(".fired summary").first.click()
    expect(page.locator(".fired-body").first.get_by_text("Attempt 1")).to_be_visible()
    page.get_by_text("Look for it among the requests").first.click()
    expect(page.locator("#list .row")).to_be_visible()


def test_a_contact_is_played_step_by_step(page: Any, server: InspectorServer) -> None:
    page.get_by_label("What somebody new writes").fill("Good morning")
    page.locator(".bench").get_by_role("button", name="Write").first.click()
    talk = page.locator(".talk")
    talk.get_by_role("button", name="Close").click()
    expect(talk.locator(".status-word")).to_have_text("closed")
    talk.get_by_role("button", name="Reopen").click()
    expect(talk.locator(".status-word")).to_have_text("active")
    talk.get_by_role("button", name="Answer").click()  # without a text: the field says so, and nothing is called
    expect(talk.get_by_label("What is written")).to_be_focused()
    talk.get_by_label("What is written").fill("We are open")
    talk.get_by_role("button", name="Answer").click()
    expect(talk.locator(".last")).to_contain_text("We are open")
    expect(talk.locator(".talk-head")).to_contain_text("2 messages")
    talk.get_by_role("button", name="Join").click()
    expect(talk.locator(".people")).to_contain_text(re.compile(r"\((agent|user)\)"))
    talk.get_by_role("button", name="Delete").click()
    talk.get_by_role("button", name="Delete it?").click()
    expect(page.get_by_text("Nobody has written yet")).to_be_visible()


def test_advancing_the_clock_makes_a_retry_happen_and_the_axis_grows(page: Any, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 500, "times": 8}])
    subscribe(server)
    converse(server)
    expect(page.locator('[data-mark="refused"]')).to_have_count(1)
    expect(page.locator('[data-mark="planned"]')).to_have_count(35)
    page.locator(".fired summary").click()
    page.get_by_role("button", name="+1 min").click()
    expect(page.locator('[data-mark="refused"]')).to_have_count(6)
    expect(page.locator(".fired-body").get_by_text("Attempt 6")).to_be_visible()
    expect(page.locator(".fired details")).to_have_attribute("open", "")
    expect(page.locator("#line")).to_contain_text('{"advance":60}')
    page.get_by_role("button", name="Drain").click()
    expect(page.locator('[data-mark="accepted"]')).to_have_count(1)
    expect(page.locator('[data-mark="planned"]')).to_have_count(0)
    expect(page.locator(".subscription .health .outcome")).to_have_text("200")


def test_the_clock_changes_how_it_runs(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Seconds that pass there").fill("3600")
    page.get_by_role("button", name="Scaled").click()
    expect(page.locator('[data-part="mode-scaled"]')).to_have_attribute("aria-pressed", "true")
    assert call(server, "GET", "/-/api/service")["clock"]["scale"] == 3600
    page.get_by_role("button", name="Real").click()
    expect(page.locator('[data-part="mode-real"]')).to_have_attribute("aria-pressed", "true")
    assert call(server, "GET", "/-/api/service")["clock"]["mode"] == "real"


def test_faults_are_switched_on_and_off(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Call").select_option("createMessage")
    page.get_by_label("Times").fill("2")
    page.get_by_label("Share, %").fill("50")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".faults")).to_contain_text("createMessage status 503, 50 %, 2 left")
    page.get_by_label("Call").select_option("*")
    page.get_by_label("What happens").select_option("latency")
    page.get_by_label("Times").fill("")
    page.get_by_label("Share, %").fill("")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".faults")).to_contain_text("any call latency 2 s")
    page.get_by_role("button", name="Switch off fault 1").click()
    expect(page.locator(".faults li")).to_have_count(1)
    (left,) = call(server, "GET", "/-/api/service/faults")["faults"]
    assert (left["call"], left["fault"], left["seconds"], left["share"]) == ("*", "latency", 2, 1)


def test_what_is_refused_is_told_beside_the_line(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/service", tolerated="status of 4")
    page.get_by_label("Steps a second").evaluate("field => { field.min = ''; field.value = '-1'; }")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("'rate' must be 0 or more")
    assert call(server, "GET", "/-/api/service")["traffic"]["rate"] == 0


def test_traffic_plays_until_it_is_stopped(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Steps a second").fill("50")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator('[data-part="traffic"]')).to_have_text("50 steps a second")
    expect(page.locator(".talk").nth(2)).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator('[data-part="traffic"]')).to_have_text("off")
    assert call(server, "GET", "/-/api/service")["traffic"]["rate"] == 0


def test_nothing_moves_under_the_pointer_and_what_is_written_stays(page: Any, server: InspectorServer) -> None:
    converse(server)
    field = page.locator(".talk").get_by_label("What is written")
    field.fill("half a sen")
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": "Another one"})
    expect(page.locator("[data-later]").get_by_text("1 new")).to_be_visible()
    expect(page.locator(".talk")).to_have_count(1)
    expect(field).to_have_value("half a sen")
    page.get_by_label("Times").focus()
    expect(page.locator(".talk").get_by_text("Another one")).to_be_visible()
    expect(field.last).to_have_value("half a sen")


def test_starting_afresh_asks_first(page: Any, server: InspectorServer) -> None:
    converse(server)
    expect(page.locator(".talk")).to_be_visible()
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_role("button", name="Forget everything?")).to_be_visible()
    expect(page.locator(".talk")).to_have_count(1)
    page.get_by_role("button", name="Forget everything?").click()
    expect(page.get_by_text("Nobody has written yet")).to_be_visible()
    expect(page.locator(".talk")).to_have_count(0)


def test_hostile_content_stays_text(page: Any, server: InspectorServer) -> None:
    subscribe(server, path="/hook?" + "%3Cb%3E" * 20)
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": HOSTILE})
    converse(server, HOSTILE)
    expect(page.locator(".talk-name").get_by_text(HOSTILE)).to_be_visible()
    expect(page.locator(".last").get_by_text(HOSTILE)).to_be_visible()
    expect(page.locator(".talk :is(img, script)")).to_have_count(0)
    expect(page).not_to_have_title(re.compile("owned"))


@pytest.mark.parametrize("width", [360, 400, 720, 1024, 2560])
def test_nothing_sticks_out_at_any_width(server: InspectorServer, open_page: Open, width: int) -> None:
    server.app.rules.replace([{"status": 500}])
    call(server, "POST", "/-/api/service/clock", {"mode": "virtual"})
    subscribe(server, path="/" + "x" * 300)
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": "n" * 300})
    converse(server, "m" * 300)
    call(server, "POST", "/-/api/service/clock", {"advance": 600})
    page = open_page(f"{server.url}/-/service", width=width)
    page.locator(".fired summary").first.click()
    expect(page.locator(".fired-body").first.get_by_text("Attempt 9")).to_be_visible()
    for element in ("document.documentElement", "document.querySelector('main')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= document.documentElement.clientHeight")
