"""More of the Service page in a real browser: what tells one thing from another, and commands that are seen whole."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.server import InspectorServer

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FIRST, SECOND = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
LINES = """box => {
  const style = getComputedStyle(box);
  return (box.clientHeight - parseFloat(style.paddingTop)) / parseFloat(style.lineHeight);
}"""
CUT = """boxes => boxes.filter(box => box.scrollHeight > box.clientHeight).length"""


def call(server: InspectorServer, path: str, content: Any) -> Any:
    """POST as an app would; the answer as JSON."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    headers = {"authorization": "AccessKey any", "content-type": "application/json"}
    connection.request("POST", path, json.dumps(content), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.parametrize("width", [400, 1440])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_commands_to_begin_with_are_seen_whole(
    server: InspectorServer, open_page: Open, width: int, scheme: str
) -> None:
    page = open_page(f"{server.url}/-/service", width=width, color_scheme=scheme)
    expect(page.locator(".first .command code")).to_have_count(2)
    assert page.locator(".first .command code").evaluate_all(CUT) == 0


def test_a_long_line_ends_between_two_lines_of_text(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/service", width=400)
    seen = page.locator("#line").evaluate(LINES)
    assert seen == pytest.approx(round(seen), abs=0.05)


def test_workspaces_with_equal_beginnings_are_told_apart_and_chosen(server: InspectorServer, open_page: Open) -> None:
    for home, text in ((FIRST, "in the first"), (SECOND, "in the second")):
        call(server, "/-/api/service/inbound", {"workspace_id": home, "text": text})
    page = open_page(f"{server.url}/-/service")
    expect(page.locator(".talk .last")).to_contain_text("in the second")
    page.get_by_role("link", name="0000…000001").click()
    expect(page.locator(".talk .last")).to_contain_text("in the first")
    call(server, "/-/api/service/inbound", {"workspace_id": SECOND, "text": "again"})
    call(server, "/-/api/service/inbound", {"workspace_id": FIRST, "text": "again in the first"})
    expect(page.locator(".talk .last")).to_contain_text("again in the first")


def test_a_workspace_that_is_none_is_told_on_the_page_which_lives_on(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/service?workspace=zzz", tolerated="400 (Bad Request)")
    expect(page.locator(".serving-head").get_by_role("alert")).to_contain_text("'zzz' is none")
    call(server, "/-/api/service/inbound", {"text": "hallo"})
    expect(page.locator(".talk .last")).to_contain_text("hallo")


def test_what_helps_to_begin_stays_while_the_pointer_is_below_it(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/service")
    page.get_by_label("What somebody new writes").hover()
    call(server, "/-/api/service/inbound", {"text": "hallo"})
    expect(page.locator(".talk")).to_be_visible()
    expect(page.locator("#first")).to_have_attribute("open", "")
    page.get_by_role("heading", name="Service", exact=True).hover()
    expect(page.locator("#first")).not_to_have_attribute("open", "")


def test_a_delivery_says_to_whom_and_about_what(server: InspectorServer, open_page: Open) -> None:
    subscription = {"service": "conversations", "event": "conversation.updated", "url": f"{server.url}/hook"}
    home = f"/workspaces/{FIRST}"
    made = call(server, f"{home}/webhook-subscriptions", subscription)
    call(server, f"{home}/webhook-subscriptions", {**subscription, "event": "conversation.deleted"})
    call(server, "/-/api/service/inbound", {"workspace_id": FIRST, "text": "hallo"})
    page = open_page(f"{server.url}/-/service")
    delivery = page.locator(".fired")
    expect(delivery.locator(".fired-target")).to_have_text(f"{server.url}/hook".removeprefix("http://"))
    expect(delivery.locator(".fired-name")).to_have_text(page.locator(".talk-name").inner_text())
    delivery.locator("summary").click()
    expect(delivery.locator(".fired-body")).to_contain_text(f"Subscription {made['id']}")
    health = page.locator(".subscription .health").nth(1)
    expect(health).to_contain_text("none yet")
    expect(health.locator(".outcome")).to_have_count(0)
