"""The replay form: what it offers, the equal command, and what it sends."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.recorder.request import RecordedRequest
from inspector.server import InspectorServer
from inspector.settings import signing_keys


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["k"]))


def call(server: InspectorServer, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    content = json.dumps(body) if isinstance(body, dict) else body
    given = {"content-type": "application/json", **headers} if content else headers
    connection.request(method, path, content, given)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.fixture
def recorded(server: InspectorServer) -> RecordedRequest:
    """One webhook with a secret and a body of two lines."""
    call(server, "POST", "/hook?a=1", '{\r\n"a": 1}', authorization="Bearer hush")
    return server.app.log.snapshot()[0]


def replay(server: InspectorServer, recorded: RecordedRequest, **content: Any) -> tuple[int, Any]:
    status, text = call(server, "POST", f"/-/requests/{recorded.id}/replay", {"url": server.url, **content})
    return status, json.loads(text)


def line(server: InspectorServer, recorded: RecordedRequest, **content: Any) -> Any:
    status, text = call(server, "POST", f"/-/requests/{recorded.id}/replay/line", {"url": server.url, **content})
    assert status == 200
    return json.loads(text)


UNCHANGED = {
    "method": "POST",
    "path": "/hook?a=1",
    "headers": "accept-encoding: identity\ncontent-type: application/json\nauthorization: ••••••",
    "body": '{\n"a": 1}',
}


def test_the_form_offers_what_can_be_edited_and_masks_secrets(
    server: InspectorServer, recorded: RecordedRequest
) -> None:
    _, form = call(server, "GET", f"/-/requests/{recorded.id}/replay")
    assert "authorization: ••••••" in form
    assert "hush" not in form
    assert f"host: {urlsplit(server.url).netloc}" not in form
    assert 'value="/hook?a=1"' in form


def test_a_body_that_is_no_text_is_not_edited(server: InspectorServer) -> None:
    call(server, "POST", "/hook", b"\xff\x00")
    _, form = call(server, "GET", f"/-/requests/{server.app.log.snapshot()[0].id}/replay")
    assert "sent as it was recorded" in form
    assert 'data-edit="body"' not in form


def test_an_edit_that_changes_nothing_sends_the_recorded_bytes(
    server: InspectorServer, recorded: RecordedRequest
) -> None:
    told = line(server, recorded, edit=UNCHANGED)
    expected = f"inspector replay {recorded.id} --to {server.url} --sign keep --inspector {server.url}"
    assert told == {"line": expected, "error": None}
    status, _ = replay(server, recorded, edit=UNCHANGED)
    again = server.app.log.snapshot()[1]
    assert status == 200
    assert (again.body, again.path, again.query) == (recorded.body, "/hook", "a=1")
    assert again.header("authorization") == "Bearer hush"


def test_what_is_edited_is_sent_and_masked_values_are_put_back(
    server: InspectorServer, recorded: RecordedRequest
) -> None:
    headers = "X-More: yes\nauthorization: ••••••"
    edit = {"method": "PUT", "path": "/other", "headers": headers, "body": "new"}
    told = line(server, recorded, edit=edit)
    assert told["line"].startswith(f"curl -X POST {server.url}/-/api/requests/{recorded.id}/replay")
    assert "hush" not in told["line"]
    replay(server, recorded, edit=edit)
    again = server.app.log.snapshot()[1]
    assert (again.method, again.path, again.body) == ("PUT", "/other", b"new")
    assert (again.header("x-more"), again.header("authorization")) == ("yes", "Bearer hush")
    assert again.header("content-type") is None


def test_the_result_is_linked_both_ways(server: InspectorServer, recorded: RecordedRequest) -> None:
    _, answer = replay(server, recorded)
    assert answer["delivery"] in answer["html"]
    _, original = call(server, "GET", f"/-/requests/{recorded.id}")
    assert f'data-delivery="{answer["delivery"]}"' in original
    _, repeated = call(server, "GET", f"/-/requests/{server.app.log.snapshot()[1].id}")
    assert f'data-goto="{recorded.id}"' in repeated


def test_a_fresh_signature_by_the_inspectors_own_key_is_valid(
    server: InspectorServer, recorded: RecordedRequest
) -> None:
    replay(server, recorded, sign="fresh", own_key=True)
    assert server.app.log.snapshot()[1].signature.verdict == "valid"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"url": ""}, "'url' is missing"),
        ({"url": "nowhere"}, "not an http"),
        ({"sign": "fresh"}, "needs a signing key"),
        ({"sign": "fresh", "own_key": True, "url": "http://127.0.0.1:1"}, "inspector alone"),
        ({"edit": {"headers": "no colon"}}, "Name: value"),
        ({"edit": {"color": "red"}}, "color"),
    ],
)
def test_what_is_wrong_is_told(
    server: InspectorServer, recorded: RecordedRequest, content: dict[str, Any], said: str
) -> None:
    assert said in line(server, recorded, **content)["error"]["message"]
    assert replay(server, recorded, **content)[0] == 400
    assert len(server.app.log) == 1
