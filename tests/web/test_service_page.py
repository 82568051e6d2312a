"""The Service page without a browser: what it shows, its live answers, and the lines that equal its buttons."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from inspector import Inspector
from inspector.web.service_page import examples

HOME = "6b0cbd52-6a66-4f6c-a5a2-27a1e6f0a9d1"
HOSTILE = "<img src=x onerror=alert(1)>"
Call = Callable[..., Any]


@pytest.fixture
def call(inspector: Inspector, http: httpx2.Client) -> Call:
    """Ask the inspector over a real socket: `call("POST", path, {…})` → status and content."""

    def ask(method: str, path: str, content: Any = None) -> tuple[int, Any]:
        answer = http.request(method, inspector.url + path, json=content, headers={"authorization": "AccessKey any"})
        return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else answer.text

    return ask


def converse(inspector: Inspector, text: str = "hallo", **fields: Any) -> str:
    """A contact writes in a conversation of its own; the conversation's id."""
    conversation = inspector.service.create_conversation(**fields)
    inspector.service.receive_message(conversation, text)
    return conversation.id


def test_at_first_it_says_how_to_begin(call: Call, inspector: Inspector) -> None:
    status, page = call("GET", "/-/service")
    assert status == 200
    assert '<details class="first" id="first" open>' in page
    assert f'<code id="base-url">{inspector.url}</code>' in page
    assert "No app has subscribed yet." in page


def calls_of(command: str) -> list[list[str]]:
    """The words of each curl in a command, as a shell reads it."""
    curl = r"""curl() { printf '%s\0' "$@"; printf '\n'; }; """
    told = subprocess.run(["sh", "-c", curl + command], capture_output=True, text=True, check=True, timeout=20)
    return [line.split("\0") for line in told.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")
def test_the_commands_to_begin_with_do_what_they_say(call: Call, inspector: Inspector) -> None:
    service = inspector.service
    for _, _, command in examples(inspector.url, HOME, has_key=False):
        for words in calls_of(command):
            content = json.loads(words[words.index("--data-raw") + 1])
            assert words[:2] == ["-X", "POST"]
            assert call("POST", urlsplit(words[2]).path, content)[0] == 201
    service.drain()
    fired = [request.event.name for request in inspector.requests]
    assert fired == ["conversation.created", *["conversation.updated"] * 3]
    _, page = call("GET", "/-/service")
    assert "First try" in page
    assert "Hello, it&#39;s me" in page
    assert '<details class="first" id="first">' in page


def test_where_a_key_is_asked_for_the_commands_say_so() -> None:
    assert all("YOUR-ACCESS-KEY" in command for _, _, command in examples("http://a", HOME, has_key=True))


def test_event_answer_and_calls_are_joined_and_no_key_is_shown(call: Call, inspector: Inspector) -> None:
    hook = f"{inspector.url}/hook?token=secretsecret"
    inspector.service.subscribe("conversation.updated", url=hook, signing_key="hush-key")
    id = converse(inspector, name="Opening hours")
    inspector.service.drain()
    call("GET", f"/workspaces/{inspector.service.workspace_id}/conversations/{id}")
    _, page = call("GET", "/-/service")
    for told in ("accepted", "getConversation", "Attempts: 200", "token=••••••", "Opening hours"):
        assert told in page
    assert "hush-key" not in page
    assert "secretsecret" not in page


def test_the_plan_is_drawn_until_an_attempt_is_accepted(call: Call, inspector: Inspector) -> None:
    inspector.answer_with(500)
    inspector.service.subscribe("conversation.updated", url=inspector.url)
    converse(inspector)
    inspector.service.advance(2.5)
    _, page = call("GET", "/-/service")
    assert page.count('data-mark="refused"') == 2
    assert page.count('data-mark="planned"') == 34
    assert "34 more planned, the next at +3 s" in page


def test_it_shows_the_workspace_that_was_used_last_or_the_one_asked_for(call: Call, inspector: Inspector) -> None:
    other = "00000000-0000-4000-8000-000000000001"
    converse(inspector, "in the first", workspace_id=HOME)
    converse(inspector, "in the other", workspace_id=other)
    assert "in the other" in call("GET", "/-/service")[1]
    page = call("GET", f"/-/service?workspace={HOME}")[1]
    assert "in the first" in page
    assert "in the other" not in page
    assert f'href="/-/service?workspace={other}"' in page


def test_live_answers_are_empty_until_something_changes(call: Call, inspector: Inspector) -> None:
    _, first = call("GET", "/-/service/live")
    assert (first["is_empty"], "<html" in first["html"]) == (True, False)
    _, same = call("GET", f"/-/service/live?version={first['version']}")
    assert (same["html"], same["version"]) == (None, first["version"])
    assert same["now_text"]
    converse(inspector, workspace_id=HOME)
    _, changed = call("GET", f"/-/service/live?version={first['version']}")
    assert (changed["workspace"], changed["is_empty"]) == (HOME, False)
    assert "hallo" in changed["html"]


def test_what_is_due_next_is_told(call: Call, inspector: Inspector) -> None:
    assert call("GET", "/-/service/live")[1]["due_text"] == "nothing is due"
    inspector.answer_with(500)
    inspector.service.subscribe("conversation.updated", url=inspector.url)
    converse(inspector)
    inspector.service.advance(1.5)
    assert call("GET", "/-/service/live")[1]["due_text"] == "next due in 2 s"


def test_every_button_has_its_line(call: Call, inspector: Inspector) -> None:
    asked = {"method": "POST", "path": "/-/api/service/inbound", "content": {"text": "it's 5 o'clock"}}
    _, told = call("POST", "/-/service/line", asked)
    words = shlex.split(told["line"])
    assert words[3] == f"{inspector.url}/-/api/service/inbound"
    assert json.loads(words[-1]) == asked["content"]


@pytest.mark.parametrize(
    "asked", [{"path": "/-/api/requests"}, {"path": "/-/api/service/clock", "method": "POST; rm -rf ~"}]
)
def test_there_is_no_line_for_anything_else(call: Call, asked: dict[str, str]) -> None:
    status, told = call("POST", "/-/service/line", asked)
    assert (status, "none of the service's calls" in told["error"]["message"]) == (400, True)


def test_a_workspace_is_a_uuid_else_the_page_says_so_and_shows_the_one_used_last(
    call: Call, inspector: Inspector
) -> None:
    converse(inspector, "in the last", workspace_id=HOME)
    status, page = call("GET", "/-/service?workspace=mine")
    assert status == 400
    assert "must be a UUID; &#39;mine&#39; is none. This is the workspace that was used last." in page
    assert "in the last" in page
    assert call("GET", "/-/service/live?workspace=mine")[0] == 400


def test_workspaces_are_told_apart_by_both_ends(call: Call, inspector: Inspector) -> None:
    for number in (1, 2):
        converse(inspector, workspace_id=f"00000000-0000-4000-8000-00000000000{number}")
    page = call("GET", "/-/service")[1]
    assert 'title="00000000-0000-4000-8000-000000000001">0000…000001 ' in page
    assert "0000…000002 " in page


def test_a_delivery_says_to_whom(call: Call, inspector: Inspector) -> None:
    made = inspector.service.subscribe("conversation.created", url=f"{inspector.url}/hook?token=secretsecret")
    inspector.service.create_conversation()
    page = call("GET", "/-/service")[1]
    address = f"{inspector.url.removeprefix('http://')}/hook?token=••••••"
    assert f'<span class="fired-target mono" title="http://{address}">{address}</span>' in page
    assert f'Subscription <span class="mono">{made.id}</span>' in page


def test_a_conversation_is_called_alike_wherever_it_is_shown(call: Call, inspector: Inspector) -> None:
    inspector.service.subscribe("conversation.created", url=inspector.url)
    people = [{"type": "user", "id": HOME}, {"type": "bot", "id": HOME.replace("6b0", "7b0")}]
    inspector.service.create_conversation(participants=people)
    nameless = inspector.service.create_conversation(participants=[])
    page = call("GET", "/-/service")[1]
    for title in ("user 6b0cbd52, bot 7b0cbd52", f"conversation {nameless.id[:8]}…"):
        assert page.count(f"<bdi>{title}</bdi>") == 2


def test_a_subscription_that_never_fired_has_no_outcome(call: Call, inspector: Inspector) -> None:
    inspector.service.subscribe("conversation.deleted", url=inspector.url)
    page = call("GET", "/-/service")[1]
    assert '<dt>last</dt><dd class="none-yet">none yet</dd>' in page


def test_what_apps_and_contacts_write_stays_text(call: Call, inspector: Inspector) -> None:
    inspector.service.subscribe("conversation.updated", url=inspector.url)
    converse(inspector, HOSTILE, name=HOSTILE)
    page = call("GET", "/-/service")[1]
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
