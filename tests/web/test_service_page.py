"""The Service page without a browser: what it shows, its live answers, and the lines that equal its buttons."""

from __future__ import annotations

import http.client
import json
import shlex
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.server import InspectorServer
from inspector.web.service_page import examples

HOME = "6b0cbd52-6a66-4f6c-a5a2-27a1e6f0a9d1"
HOSTILE = "<img src=x onerror=alert(1)>"
Call = Callable[..., Any]


@pytest.fixture
def call(server: InspectorServer) -> Iterator[Call]:
    """Ask the inspector over a real socket: `call("POST", path, {…})` → status and content."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)

    def ask(method: str, path: str, content: Any = None) -> tuple[int, Any]:
        body = None if content is None else json.dumps(content)
        headers = {"authorization": "AccessKey any", "content-type": "application/json"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        return response.status, json.loads(text) if "json" in (response.headers["content-type"] or "") else text

    yield ask
    connection.close()


def subscribe(call: Call, url: str, event: str = "updated", home: str = HOME) -> dict[str, Any]:
    content = {"service": "conversations", "event": f"conversation.{event}", "url": url, "signingKey": "hush-key"}
    status, made = call("POST", f"/workspaces/{home}/webhook-subscriptions", content)
    assert status == 201
    return made  # type: ignore[no-any-return]


def converse(call: Call, text: str = "hallo", home: str = HOME) -> dict[str, Any]:
    status, told = call("POST", "/-/api/service/inbound", {"workspace_id": home, "text": text})
    assert status == 200
    return told["conversation"]  # type: ignore[no-any-return]


def test_at_first_it_says_how_to_begin(call: Call, server: InspectorServer) -> None:
    status, page = call("GET", "/-/service")
    assert status == 200
    assert '<details class="first" id="first" open>' in page
    assert f'<code id="base-url">{server.url}</code>' in page
    assert "No app has subscribed yet." in page


def test_the_commands_to_begin_with_do_what_they_say(call: Call, server: InspectorServer) -> None:
    for _, _, command in examples(server.url, HOME, has_key=False):
        words = shlex.split(command)
        content = json.loads(words[words.index("--data-raw") + 1])
        assert words[:3] == ["curl", "-X", "POST"]
        assert call("POST", urlsplit(words[3]).path, content)[0] == 201
    _, page = call("GET", "/-/service")
    assert "First try" in page
    assert "Hello, it&#39;s me" in page
    assert '<details class="first" id="first">' in page


def test_where_a_key_is_asked_for_the_commands_say_so() -> None:
    assert all("YOUR-ACCESS-KEY" in command for _, _, command in examples("http://a", HOME, has_key=True))


def test_event_answer_and_calls_are_joined_and_no_key_is_shown(call: Call, server: InspectorServer) -> None:
    call("POST", "/-/api/service/clock", {"mode": "virtual"})
    subscribe(call, f"{server.url}/hook?token=secretsecret")
    talk = converse(call)
    call("POST", "/-/api/service/drain", {})
    call("GET", f"/workspaces/{HOME}/conversations/{talk['id']}")
    _, page = call("GET", "/-/service")
    for told in ("accepted", "getConversation", "Attempts: 200", "token=••••••", talk["name"]):
        assert told in page
    assert "hush-key" not in page
    assert "secretsecret" not in page


def test_the_plan_is_drawn_until_an_attempt_is_accepted(call: Call, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 500}])
    call("POST", "/-/api/service/clock", {"mode": "virtual"})
    subscribe(call, f"{server.url}/hook")
    converse(call)
    call("POST", "/-/api/service/clock", {"advance": 2.5})
    _, page = call("GET", "/-/service")
    assert page.count('data-mark="refused"') == 2
    assert page.count('data-mark="planned"') == 34
    assert "34 more planned, the next at +3 s" in page


def test_it_shows_the_workspace_that_was_used_last_or_the_one_asked_for(call: Call) -> None:
    other = "00000000-0000-4000-8000-000000000001"
    converse(call, "in the first")
    converse(call, "in the other", other)
    assert "in the other" in call("GET", "/-/service")[1]
    page = call("GET", f"/-/service?workspace={HOME}")[1]
    assert "in the first" in page
    assert "in the other" not in page
    assert f'href="/-/service?workspace={other}"' in page


def test_live_answers_are_empty_until_something_changes(call: Call) -> None:
    _, first = call("GET", "/-/service/live")
    assert (first["is_empty"], "<html" in first["html"]) == (True, False)
    _, same = call("GET", f"/-/service/live?version={first['version']}")
    assert (same["html"], same["version"]) == (None, first["version"])
    assert same["now_text"]
    converse(call)
    _, changed = call("GET", f"/-/service/live?version={first['version']}")
    assert (changed["workspace"], changed["is_empty"]) == (HOME, False)
    assert "hallo" in changed["html"]


def test_what_is_due_next_is_told(call: Call, server: InspectorServer) -> None:
    assert call("GET", "/-/service/live")[1]["due_text"] == "nothing is due"
    server.app.rules.replace([{"status": 500}])
    call("POST", "/-/api/service/clock", {"mode": "virtual"})
    subscribe(call, f"{server.url}/hook")
    converse(call)
    call("POST", "/-/api/service/clock", {"advance": 1.5})
    assert call("GET", "/-/service/live")[1]["due_text"] == "next due in 2 s"


def test_every_button_has_its_line(call: Call, server: InspectorServer) -> None:
    asked = {"method": "POST", "path": "/-/api/service/inbound", "content": {"text": "it's 5 o'clock"}}
    _, told = call("POST", "/-/service/line", asked)
    words = shlex.split(told["line"])
    assert words[3] == f"{server.url}/-/api/service/inbound"
    assert json.loads(words[-1]) == asked["content"]


@pytest.mark.parametrize(
    "asked", [{"path": "/-/api/requests"}, {"path": "/-/api/service/clock", "method": "POST; rm -rf ~"}]
)
def test_there_is_no_line_for_anything_else(call: Call, asked: dict[str, str]) -> None:
    status, told = call("POST", "/-/service/line", asked)
    assert (status, "none of the service's calls" in told["error"]["message"]) == (400, True)


def test_a_workspace_is_a_uuid(call: Call) -> None:
    status, told = call("GET", "/-/service?workspace=mine")
    assert (status, told["error"]["message"]) == (400, "workspace='mine' is not a UUID.")


def test_what_apps_and_contacts_write_stays_text(call: Call, server: InspectorServer) -> None:
    subscribe(call, f"{server.url}/hook")
    call("POST", f"/workspaces/{HOME}/conversations", {"name": HOSTILE})
    converse(call, HOSTILE)
    page = call("GET", "/-/service")[1]
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
