"""The Answers page in a real browser: rules that are made, tried and saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inspector.server import InspectorServer

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser

Send = Callable[..., list[int]]


@pytest.fixture
def page(server: InspectorServer, open_page: Callable[..., Any]) -> Any:
    return open_page(f"{server.url}/-/answers")


def test_a_preset_answers_at_once_and_its_use_is_counted(page: Any, server: InspectorServer, send: Send) -> None:
    page.get_by_role("button", name="500 twice, then 200").click()
    expect(page.get_by_text("Saved:")).to_be_visible()
    assert send(3) == [500, 500, 200]
    expect(page.get_by_text("answered 2 of 2")).to_be_visible()
    expect(page.locator(".rule[data-used-up]")).to_have_count(1)
    page.get_by_role("button", name="No rules").click()
    with page.expect_response(lambda response: response.request.method == "PUT"):
        page.get_by_role("button", name="Replace all rules?").click()
    expect(page.get_by_text("No rules: every webhook")).to_be_visible()
    assert server.app.rules.to_json() == []
    assert send() == [200]


def test_rules_are_added_moved_removed_and_saved(page: Any, server: InspectorServer, send: Send) -> None:
    for status, q in ((503, "path:/a"), (404, "path:/b"), (418, "")):
        page.get_by_role("button", name="Add a rule").click()
        page.locator(".rule").last.locator('[data-rule="q"]').fill(q)
        page.locator(".rule").last.get_by_label("Status").fill(str(status))
    page.locator(".rule").nth(2).locator('[data-rule="headers"]').fill("x-tea: pot")
    page.locator(".rule").nth(2).locator('[data-rule="body"]').fill('{"path": "{{path}}"}')
    page.locator(".rule").nth(1).get_by_role("button", name="Remove").click()
    page.locator(".rule").nth(1).get_by_role("button", name="Move up").click()
    page.get_by_role("button", name="Move down").first.click()
    page.locator("#save:enabled").click()
    expect(page.get_by_text("Saved:")).to_be_visible()
    rules = server.app.rules.to_json()
    assert [(rule["q"], rule["status"]) for rule in rules] == [("path:/a", 503), ("", 418)]
    assert (rules[1]["headers"], rules[1]["body"]) == ([["x-tea", "pot"]], '{"path": "{{path}}"}')
    assert send(path="/a") + send(path="/b") == [503, 418]
    page.reload()
    expect(page.locator('[data-rule="body"]').nth(1)).to_have_value('{"path": "{{path}}"}')


def test_rules_that_were_saved_as_they_were_typed_are_called_saved(page: Any, send: Send) -> None:
    page.get_by_role("button", name="Add a rule").click()
    page.keyboard.type("path:/hook")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved:")).to_be_visible()
    assert send() == [200]
    expect(page.get_by_text("answered 1")).to_be_visible()
    expect(page.get_by_text("Saved:")).to_be_visible()


def test_a_wrong_rule_says_so_and_is_not_saved(page: Any, server: InspectorServer) -> None:
    page.get_by_role("button", name="Add a rule").click()
    page.keyboard.type("(path:/a")
    expect(page.locator(".rule").get_by_text("never closed")).to_be_visible()
    expect(page.locator('[data-rule="q"]').first).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.keyboard.type(")")
    expect(page.locator("#save")).to_be_enabled()
    assert server.app.rules.to_json() == []
