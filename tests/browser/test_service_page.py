"""The Service page in a real browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.server import InspectorServer

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
    found.locator("#clock-due", has_text="nothing is due").wait_for()
    return found


def test_what_an_app_makes_over_http_appears_by_itself(page: Any, server: InspectorServer) -> None:
    assert page.locator("#first").evaluate("details => details.open") is True
    page.get_by_role("button", name="Copy").first.click()
    page.locator(".toast[data-shown]").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == server.url
    subscribe(server)
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": "Made by an app"})
    page.locator(".subscription").get_by_text(f"{server.url}/hook").wait_for()
    page.locator(".talk").get_by_text("Made by an app").wait_for()
    assert page.locator("#first").evaluate("details => details.open") is False


def test_a_reply_fires_an_event_and_its_delivery_opens_with_its_attempts(page: Any, server: InspectorServer) -> None:
    subscribe(server)
    converse(server)
    page.get_by_label("What is written").fill("Are you open, it's Sunday?")
    page.keyboard.press("Enter")
    page.locator(".talk .last").get_by_text("Are you open, it's Sunday?").wait_for()
    assert page.get_by_label("What is written").input_value() == ""
    page.locator("#line").get_by_text("it'\\''s Sunday").wait_for()
    page.locator(".fired").nth(1).locator('[data-mark="accepted"]').wait_for()
    page.locator(".fired summary").first.click()
    page.locator(".fired-body").first.get_by_text("Attempt 1").wait_for()
    page.get_by_text("Look for it among the requests").first.click()
    page.locator("#list .row").wait_for()


def test_a_contact_is_played_step_by_step(page: Any, server: InspectorServer) -> None:
    page.get_by_label("What somebody new writes").fill("Good morning")
    page.locator(".bench").get_by_role("button", name="Write").first.click()
    talk = page.locator(".talk")
    talk.get_by_role("button", name="Close").click()
    talk.locator('.status-word[data-state="closed"]').wait_for()
    talk.get_by_role("button", name="Reopen").click()
    talk.locator('.status-word[data-state="active"]').wait_for()
    talk.get_by_role("button", name="Answer").click()  # without a text: the field says so, and nothing is called
    talk.get_by_label("What is written").fill("We are open")
    talk.get_by_role("button", name="Answer").click()
    talk.locator(".last").get_by_text("We are open").wait_for()
    talk.get_by_role("button", name="Join").click()
    talk.locator(".people").get_by_text("(agent)").or_(talk.locator(".people").get_by_text("(user)")).first.wait_for()
    talk.get_by_role("button", name="Delete").click()
    talk.get_by_role("button", name="Delete it?").click()
    page.get_by_text("Nobody has written yet").wait_for()


def test_advancing_the_clock_makes_a_retry_happen_and_the_axis_grows(page: Any, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 500, "times": 8}])
    subscribe(server)
    converse(server)
    page.locator('[data-mark="refused"]').wait_for()
    assert page.locator('[data-mark="planned"]').count() == 35
    row = page.locator(".fired summary")
    row.click()
    page.get_by_role("button", name="+1 min").click()
    page.locator('[data-mark="refused"]').nth(5).wait_for()
    assert page.locator(".fired-body").get_by_text("Attempt 6").is_visible()
    assert page.locator(".fired details").evaluate("details => details.open") is True
    page.locator("#line").get_by_text('{"advance":60}').wait_for()
    page.get_by_role("button", name="Drain").click()
    page.locator('[data-mark="accepted"]').wait_for()
    assert page.locator('[data-mark="planned"]').count() == 0
    page.locator(".subscription .health").get_by_text("200").wait_for()


def test_the_clock_changes_how_it_runs(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Seconds that pass there").fill("3600")
    page.get_by_role("button", name="Scaled").click()
    page.locator('[data-part="mode-scaled"][aria-pressed="true"]').wait_for()
    assert call(server, "GET", "/-/api/service")["clock"]["scale"] == 3600
    page.get_by_role("button", name="Real").click()
    page.locator('[data-part="mode-real"][aria-pressed="true"]').wait_for()


def test_faults_are_switched_on_and_off(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Call").select_option("createMessage")
    page.get_by_label("Times").fill("2")
    page.get_by_label("Share, %").fill("50")
    page.get_by_role("button", name="Switch on").click()
    page.locator(".faults").get_by_text("createMessage status 503, 50 %, 2 left").wait_for()
    page.get_by_label("Call").select_option("*")
    page.get_by_label("What happens").select_option("latency")
    page.get_by_label("Times").fill("")
    page.get_by_label("Share, %").fill("")
    page.get_by_role("button", name="Switch on").click()
    page.locator(".faults").get_by_text("any call latency 2 s").wait_for()
    page.get_by_role("button", name="Switch off fault 1").click()
    page.locator(".faults li").nth(1).wait_for(state="detached")
    (left,) = call(server, "GET", "/-/api/service/faults")["faults"]
    assert (left["call"], left["fault"], left["seconds"], left["share"]) == ("*", "latency", 2, 1)


def test_what_is_refused_is_told_beside_the_line(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/service", tolerated="status of 4")
    page.get_by_label("Steps a second").evaluate("field => { field.min = ''; field.value = '-1'; }")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("alert").get_by_text("Traffic cannot have -1").wait_for()
    assert call(server, "GET", "/-/api/service")["traffic"]["rate"] == 0


def test_traffic_plays_until_it_is_stopped(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Steps a second").fill("50")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator('[data-part="traffic"]').get_by_text("50 steps a second").wait_for()
    page.locator(".talk").nth(2).wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator('[data-part="traffic"]').get_by_text("off").wait_for()
    assert call(server, "GET", "/-/api/service")["traffic"]["rate"] == 0


def test_nothing_moves_under_the_pointer_and_what_is_written_stays(page: Any, server: InspectorServer) -> None:
    converse(server)
    field = page.locator(".talk").get_by_label("What is written")
    field.fill("half a sen")
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": "Another one"})
    page.locator("[data-later]").get_by_text("1 new").wait_for()
    assert page.locator(".talk").count() == 1
    assert field.input_value() == "half a sen"
    page.get_by_label("Times").focus()
    page.locator(".talk").get_by_text("Another one").wait_for()
    assert field.last.input_value() == "half a sen"


def test_starting_afresh_asks_first(page: Any, server: InspectorServer) -> None:
    converse(server)
    page.locator(".talk").wait_for()
    page.get_by_role("button", name="Start afresh").click()
    page.get_by_role("button", name="Forget everything?").click()
    page.get_by_text("Nobody has written yet").wait_for()
    assert page.locator(".talk").count() == 0


def test_hostile_content_stays_text(page: Any, server: InspectorServer) -> None:
    subscribe(server, path="/hook?" + "%3Cb%3E" * 20)
    call(server, "POST", f"/workspaces/{HOME}/conversations", {"name": HOSTILE})
    converse(server, HOSTILE)
    page.locator(".talk-name").get_by_text(HOSTILE).wait_for()
    page.locator(".last").get_by_text(HOSTILE).first.wait_for()
    assert page.locator(".talk :is(img, script)").count() == 0
    assert "owned" not in page.title()


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
    page.locator(".fired-body").first.get_by_text("Attempt 9").wait_for()
    for element in ("document.documentElement", "document.querySelector('main')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= document.documentElement.clientHeight")
