"""The replay form: what it offers, the equal command, and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from inspector import Inspector
from inspector.recorder.request import RecordedRequest

Replay = Callable[..., httpx2.Response]


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    """One that was started with a key, which the page offers to sign with."""
    with Inspector({"signing_keys": "k"}) as inspector:
        yield inspector


@pytest.fixture
def recorded(inspector: Inspector) -> RecordedRequest:
    """One webhook with a secret and a body of two lines."""
    headers = {"user-agent": "Bird", "authorization": "Bearer hush"}
    inspector.fire(b'{\r\n"a": 1}', to=f"{inspector.url}/hook?a=1", headers=headers, request_id="r-1")
    return inspector.requests[0]


@pytest.fixture
def replay(http: httpx2.Client, inspector: Inspector, recorded: RecordedRequest) -> Replay:
    """Replay it: `replay(edit={…})`, or ask for the line that does the same: `replay("/line", edit={…})`."""

    def post(page: str = "", **content: Any) -> httpx2.Response:
        url = f"{inspector.url}/-/requests/{recorded.id}/replay{page}"
        return http.post(url, json={"url": inspector.url, **content})

    return post


UNCHANGED = {
    "method": "POST",
    "path": "/hook?a=1",
    "headers": "content-type: application/json\nmessagebird-request-id: r-1\nuser-agent: Bird\nauthorization: ••••••",
    "body": '{\n"a": 1}',
}


def test_the_form_offers_what_can_be_edited_and_masks_secrets(
    http: httpx2.Client, inspector: Inspector, recorded: RecordedRequest
) -> None:
    form = http.get(f"{inspector.url}/-/requests/{recorded.id}/replay").text
    assert "authorization: ••••••" in form
    assert "hush" not in form
    assert f"host: {recorded.header('host')}" not in form
    assert 'value="/hook?a=1"' in form


def test_a_body_that_is_no_text_is_not_edited(http: httpx2.Client, inspector: Inspector) -> None:
    inspector.fire(b"\xff\x00", to=inspector.url)
    form = http.get(f"{inspector.url}/-/requests/{inspector.last.id}/replay").text
    assert "sent as it was recorded" in form
    assert 'data-edit="body"' not in form


def test_an_edit_that_changes_nothing_sends_the_recorded_bytes(inspector: Inspector, replay: Replay) -> None:
    told = replay("/line", edit=UNCHANGED).json()
    assert replay(edit=UNCHANGED).status_code == 200
    recorded, again = inspector.requests
    expected = f"inspector replay {recorded.id} --to {inspector.url} --sign keep --inspector {inspector.url}"
    assert told == {"line": expected, "error": None}
    assert (again.body, again.target) == (recorded.body, b"/hook?a=1")
    assert again.header("authorization") == "Bearer hush"


def test_what_is_edited_is_sent_and_masked_values_are_put_back(inspector: Inspector, replay: Replay) -> None:
    headers = "X-More: yes\nauthorization: ••••••"
    edit = {"method": "PUT", "path": "/other", "headers": headers, "body": "new"}
    line = replay("/line", edit=edit).json()["line"]
    assert replay(edit=edit).status_code == 200
    recorded, again = inspector.requests
    assert line.startswith(f"curl -X POST {inspector.url}/-/api/requests/{recorded.id}/replay")
    assert "hush" not in line
    assert (again.method, again.path, again.body) == ("PUT", "/other", b"new")
    assert (again.header("x-more"), again.header("authorization")) == ("yes", "Bearer hush")
    assert again.header("content-type") is None


def test_the_result_is_linked_both_ways(http: httpx2.Client, inspector: Inspector, replay: Replay) -> None:
    answer = replay().json()
    assert answer["delivery"] in answer["html"]
    recorded, again = inspector.requests
    shown = f"{inspector.url}/-/requests"
    assert f'data-delivery="{answer["delivery"]}"' in http.get(f"{shown}/{recorded.id}").text
    assert f'data-goto="{recorded.id}"' in http.get(f"{shown}/{again.id}").text


def test_a_fresh_signature_by_the_inspectors_own_key_is_valid(inspector: Inspector, replay: Replay) -> None:
    replay(sign="fresh", own_key=True)
    assert inspector.requests[1].signature.verdict == "valid"


def test_an_edited_path_goes_before_that_of_the_target(inspector: Inspector, replay: Replay) -> None:
    edit = {**UNCHANGED, "path": "/other?b=2"}
    assert '"path":"/other?b=2"' in replay("/line", url=f"{inspector.url}/in", edit=edit).json()["line"]
    replay(url=f"{inspector.url}/in", edit=edit)
    assert (inspector.last.path, inspector.last.query) == ("/other", "b=2")


def test_what_was_not_recorded_whole_is_sent_with_another_body_alone(
    http: httpx2.Client, inspector: Inspector, recorded: RecordedRequest, replay: Replay
) -> None:
    recorded.incomplete = True
    form = http.get(f"{inspector.url}/-/requests/{recorded.id}/replay").text
    assert "only another one can be sent" in form
    assert "not recorded whole" in replay("/line", edit=UNCHANGED).json()["error"]["message"]
    assert replay(edit=UNCHANGED).status_code == 409
    assert replay(edit={**UNCHANGED, "body": "{}"}).status_code == 200
    assert inspector.last.body == b"{}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"edit": {"path": "/a\r\nb: c"}}, "holds a line break"),
        ({"url": ""}, "'url' is missing"),
        ({"url": "nowhere"}, "not an http"),
        ({"sign": "fresh"}, "needs a signing key"),
        ({"sign": "fresh", "own_key": True, "url": "http://127.0.0.1:1"}, "inspector alone"),
        ({"edit": {"headers": "no colon"}}, "Name: value"),
        ({"edit": {"color": "red"}}, "color"),
    ],
)
def test_what_is_wrong_is_told(inspector: Inspector, replay: Replay, content: dict[str, Any], said: str) -> None:
    line = replay("/line", **content)
    assert line.status_code == 200
    assert said in line.json()["error"]["message"]
    assert replay(**content).status_code == 400
    assert len(inspector.requests) == 1
