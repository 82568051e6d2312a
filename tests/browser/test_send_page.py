"""Sending, replaying and answering in a real browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import signing_keys

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
HOSTILE = '<script>document.title="owned"</script>"><img src=x onerror=\'document.title="owned"\'>'


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=s3cret-key"]))


@pytest.fixture
def page(server: InspectorServer, open_page: Open) -> Any:
    """The Send page, its command up to date."""
    found = open_page(f"{server.url}/-/send", permissions=["clipboard-read", "clipboard-write"])
    wait_for_line(found, "--seed 1")
    return found


def wait_for_line(page: Any, part: str) -> None:
    page.wait_for_function("part => document.querySelector('#line').textContent.includes(part)", arg=part)


def post(server: InspectorServer, body: str = "{}", path: str = "/hook", **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.request("POST", path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def test_one_event_is_sent_and_its_delivery_opens(page: Any, server: InspectorServer) -> None:
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".delivery-body").get_by_text("Attempt 1").wait_for()
    recorded = server.app.log.snapshot()[0]
    assert (recorded.signature.verdict, recorded.contract.verdict) == ("valid", "conforms")
    assert "s3cret-key" not in page.content()
    page.get_by_role("link", name="See it among the requests").click()
    page.locator(f'#list .row[data-id="{recorded.id}"]').wait_for()


def test_form_and_json_follow_each_other(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Name", exact=True).fill('it\'s "new"')
    wait_for_line(page, """--set 'name=it'\\''s "new"'""")
    assert json.loads(page.locator("#text").input_value())["payload"]["name"] == 'it\'s "new"'
    text = page.locator("#text").input_value()
    page.locator("#text").fill(text.replace('"status": "active",', '"status": "closed",', 1))
    assert page.get_by_label("Status", exact=True).input_value() == "closed"
    wait_for_line(page, "--set status=closed")
    page.get_by_label("Last message").fill("hallo")
    wait_for_line(page, """--set 'lastMessage={"preview":{"text":"hallo"}}'""")
    page.get_by_role("button", name="Send", exact=True).click()
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=20)
    assert recorded.payload["name"] == 'it\'s "new"'
    assert (recorded.payload["status"], recorded.payload["lastMessage"]["preview"]["text"]) == ("closed", "hallo")
    page.get_by_role("button", name="Undo all changes").click()
    page.wait_for_function("() => !document.querySelector('#line').textContent.includes('--set')")


def test_the_form_leaves_the_rest_of_the_text_as_it_was_typed(page: Any) -> None:
    page.get_by_label("Kind").select_option("body")
    page.locator("#text").fill('{"payload": {"id": 12345678901234567890,\n\t"name" :"a"} }')
    page.get_by_label("Name", exact=True).fill("b")
    assert page.locator("#text").input_value() == '{"payload": {"id": 12345678901234567890,\n\t"name" :"b"} }'


def test_a_slip_in_the_json_is_told_with_line_and_column(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/send", tolerated="400 (Bad Request)")
    page.locator("#text").fill('{\n  "service": nothing\n}')
    page.get_by_text("Line 2, column 14").wait_for()
    assert page.locator(".gutter [data-wrong]").text_content() == "2"
    assert page.get_by_label("Name", exact=True).is_disabled()
    with page.expect_response("**/-/send/run") as refused:
        page.get_by_role("button", name="Send", exact=True).click()
    assert refused.value.status == 400
    assert len(server.app.log) == 0


def test_another_seed_or_kind_makes_another_event(page: Any) -> None:
    before = page.locator("#text").input_value()
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Seed").press("Tab")
    page.wait_for_function("before => document.querySelector('#text').value !== before", arg=before)
    page.get_by_label("Kind").select_option("deleted")
    page.wait_for_function("() => document.querySelector('#text').value.includes('conversation.deleted')")
    wait_for_line(page, "inspector send deleted")
    wait_for_line(page, "--seed 7")


def test_a_typed_key_stays_in_the_page(page: Any, server: InspectorServer) -> None:
    page.get_by_label("the inspector’s own").uncheck()
    key = page.get_by_label("Signing key")
    key.fill("typed-key")
    assert key.get_attribute("type") == "password"
    page.get_by_role("button", name="Show").click()
    assert key.get_attribute("type") == "text"
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".delivery-body").get_by_text("Attempt 1").wait_for()
    assert server.app.log.snapshot()[0].signature.verdict == "invalid"
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    assert "typed-key" not in page.evaluate(kept) + page.locator("#line").inner_text()
    page.get_by_role("button", name="Copy").click()
    assert "--signing-key @key.txt" in page.evaluate("navigator.clipboard.readText()")


def test_the_own_key_is_offered_for_the_inspector_alone(page: Any) -> None:
    page.get_by_label("To", exact=True).fill("http://127.0.0.1:1/elsewhere")
    assert page.get_by_label("Signing key").is_enabled()
    assert not page.get_by_text("the inspector’s own").is_visible()


def test_the_target_is_remembered(page: Any, server: InspectorServer) -> None:
    page.get_by_label("To", exact=True).fill(f"{server.url}/remembered")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".delivery").wait_for()
    page.reload()
    wait_for_line(page, "/remembered")


def test_a_fault_says_what_a_correct_consumer_does(page: Any) -> None:
    page.get_by_label("Fault").select_option("duplicate")
    assert "it remembers the request id" in page.locator("#fault-text").inner_text()
    wait_for_line(page, "--fault duplicate")


def test_many_fill_the_table_and_can_be_stopped(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Count").fill("20000")
    page.get_by_text("Pace, retries, time limit").click()
    page.get_by_label("Rate, per second").fill("200")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.delivery').length > 20")
    page.get_by_role("button", name="Stop").click()
    page.locator('.run[data-state="stopped"]').wait_for()
    assert "of 20,000" in page.locator(".run-count").inner_text()
    assert page.locator(".histogram").get_by_text("200", exact=True).is_visible()
    assert 20 < len(server.app.log) < 20_000


def test_the_table_shows_the_newest_and_more_on_request(page: Any, server: InspectorServer) -> None:
    page.get_by_label("Count").fill("300")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator('.run[data-state="done"]').wait_for()
    page.wait_for_function("() => document.querySelector('.delivery')?.dataset.id === 'd300'")
    assert page.locator(".delivery").count() <= 100
    page.reload()
    page.get_by_role("button", name="Show older ones").click()
    page.locator('.delivery[data-id="d210"]').wait_for()
    assert page.locator("#delivery-count").inner_text() == "300"


def test_retries_of_an_open_delivery_appear_in_it(page: Any, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 500, "times": 2, "body": HOSTILE}])
    page.get_by_text("Pace, retries, time limit").click()
    page.get_by_label("Retry").fill("300ms,300ms")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".delivery-body").get_by_text("Attempt 3").wait_for()
    page.locator('.delivery[data-state="delivered"]').wait_for()
    assert page.title() == "Send · Conversations Inspector"
    assert page.locator("#main img, #main script").count() == 0


def test_the_keyboard_is_enough_to_send(page: Any) -> None:
    page.keyboard.press("Tab")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Control+Enter")
    page.locator(".delivery-body").get_by_text("Attempt 1").wait_for()


def test_r_replays_and_the_result_is_linked(server: InspectorServer, open_page: Open) -> None:
    post(server, path="/first")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.locator("#replay-line").get_by_text("inspector replay").wait_for()
    assert page.get_by_label("To", exact=True).evaluate("field => field === document.activeElement")
    page.keyboard.press("Enter")
    page.locator(".replay-result").get_by_text("Attempt 1").wait_for()
    original, again = wait_for(server.app.log, lambda _: True, 2, timeout=20)
    assert (again.path, again.replay_of) == ("/first", original.id)
    page.get_by_role("button", name="Close").click()
    page.locator(".card-replays summary").click()
    page.locator(".card-replays").get_by_text("Attempt 1").wait_for()
    page.locator(f'.row[data-id="{again.id}"] a').click()
    page.locator(f'.card-replays [data-goto="{original.id}"]').click()
    page.locator(f'.detail[data-id="{original.id}"]').wait_for()


def test_e_edits_and_replays_with_a_fresh_signature(server: InspectorServer, open_page: Open) -> None:
    post(server, '{"id": 12345678901234567890}', authorization="Bearer hush")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("e")
    body = page.get_by_label("Body", exact=True)
    body.wait_for()
    assert "hush" not in page.content()
    page.get_by_role("button", name="Lay out as JSON").click()
    assert body.input_value() == '{\n  "id": 12345678901234567890\n}'
    page.get_by_label("Path and query").fill("/edited")
    page.get_by_label("fresh").check()
    page.locator("#replay-line").get_by_text("curl -X POST").wait_for()
    page.locator(".replay").get_by_role("button", name="Replay").click()
    page.locator(".replay-result").get_by_text("Attempt 1").wait_for()
    _, again = wait_for(server.app.log, lambda _: True, 2, timeout=20)
    assert (again.path, again.body) == ("/edited", b'{\n  "id": 12345678901234567890\n}')
    assert again.signature.verdict == "valid"
    assert again.header("authorization") == "Bearer hush"


def test_the_form_stays_while_the_request_is_shown_anew(server: InspectorServer, open_page: Open) -> None:
    post(server, "typed")
    page = open_page(server.url)
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.get_by_label("Body", exact=True).fill("changed")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Pinned").wait_for()
    assert page.get_by_label("Body", exact=True).input_value() == "changed"


def test_a_preset_answers_at_once_and_its_use_is_counted(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/answers")
    page.get_by_role("button", name="500 twice, then 200").click()
    page.get_by_text("Saved:").wait_for()
    assert [post(server) for _ in range(3)] == [500, 500, 200]
    page.get_by_text("answered 2 of 2").wait_for()
    assert page.locator(".rule[data-used-up]").count() == 1
    page.get_by_role("button", name="No rules").click()
    page.get_by_role("button", name="Replace all rules?").click()
    page.get_by_text("No rules: every webhook").wait_for()
    assert post(server) == 200


def test_rules_are_added_moved_removed_and_saved(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/answers")
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
    page.get_by_text("Saved:").wait_for()
    rules = server.app.rules.to_json()
    assert [(rule["q"], rule["status"]) for rule in rules] == [("path:/a", 503), ("", 418)]
    assert (rules[1]["headers"], rules[1]["body"]) == ([["x-tea", "pot"]], '{"path": "{{path}}"}')
    assert [post(server, path="/a"), post(server, path="/b")] == [503, 418]
    page.reload()
    assert page.locator('[data-rule="body"]').nth(1).input_value() == '{"path": "{{path}}"}'


def test_a_wrong_rule_says_so_and_is_not_saved(server: InspectorServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/-/answers")
    page.get_by_role("button", name="Add a rule").click()
    page.keyboard.type("(path:/a")
    page.locator(".rule").get_by_text("never closed").wait_for()
    assert page.locator('[data-rule="q"]').get_attribute("aria-invalid") == "true"
    assert page.get_by_role("button", name="Save").is_disabled()
    page.keyboard.type(")")
    page.locator("#save:enabled").wait_for()
    assert server.app.rules.to_json() == []


@pytest.mark.parametrize("width", [360, 400, 720, 1024, 2560])
@pytest.mark.parametrize("place", ["send", "answers", "replay"])
def test_nothing_sticks_out_at_any_width(server: InspectorServer, open_page: Open, place: str, width: int) -> None:
    post(server, json.dumps({"long": "y" * 400}), path="/" + "x" * 300, x_long="z" * 400)
    server.app.rules.replace([{"q": "a" * 300, "body": "b" * 300}])
    page = open_page(server.url if place == "replay" else f"{server.url}/-/{place}", width=width)
    if place == "replay":
        page.locator("#list .row").click()
        page.locator(".detail").wait_for()
        page.keyboard.press("e")
        page.locator("#replay-line").get_by_text("inspector replay").wait_for()
    if place == "send":
        page.locator("#url").fill(f"{server.url}/{'x' * 300}")
        page.get_by_role("button", name="Send", exact=True).click()
        page.locator(".delivery-body").get_by_text("Attempt 1").wait_for()
    too_wide = "[document.documentElement, ...document.querySelectorAll('main, .detail-pane')]"
    assert page.evaluate(f"{too_wide}.every(element => element.scrollWidth <= element.clientWidth)")


@pytest.mark.parametrize("place", ["send", "answers"])
def test_the_pages_show_what_they_can_without_scripts(server: InspectorServer, browser: Any, place: str) -> None:
    server.app.rules.replace([{"q": "path:/a", "status": 500}])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/-/{place}")
    assert page.locator("#line").inner_text().startswith("inspector send" if place == "send" else "curl -X PUT")
    context.close()
