"""The API of what is sent: an inspector sends to itself, and what it recorded is compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from inspector import Inspector

Send = Callable[..., Any]
Replay = Callable[..., httpx2.Response]


@pytest.fixture
def send(inspector: Inspector, http: httpx2.Client) -> Send:
    """Have the inspector send to itself: `send(event="created")` → what it answers."""

    def order(**content: Any) -> Any:
        answer = http.post(f"{inspector.url}/-/api/send", json={"url": f"{inspector.url}/hook", **content})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return order


def test_one_event_answers_with_its_delivery_whole(inspector: Inspector, send: Send) -> None:
    answer = send(event="created", signing_key="k")
    (delivery,) = answer["deliveries"]
    (attempt,) = delivery["attempts"]
    assert (delivery["event"], delivery["state"], delivery["status"]) == ("conversation.created", "delivered", 200)
    assert attempt["response"]["status"] == 200
    assert answer["summary"]["accepted"] == 1
    (recorded,) = inspector.requests
    assert recorded.text == attempt["request"]["body"]["text"]
    assert recorded.contract.verdict == "conforms"


def test_a_live_event_is_signed_with_the_time_of_sending(inspector: Inspector, send: Send) -> None:
    send(event="lifecycle", signing_key="k")
    recorded = inspector.requests
    assert len(recorded) > 5
    assert all(abs(request.signature.age_seconds or 0) < 60 for request in recorded)


def test_a_dated_one_is_the_same_again(inspector: Inspector, send: Send) -> None:
    for _ in range(2):
        send(event="lifecycle", signing_key="k", seed="dated", at=1732736033.5)
    heads = [request.head for request in inspector.requests]
    assert heads[: len(heads) // 2] == heads[len(heads) // 2 :]


def test_values_are_set_and_taken_out(inspector: Inspector, send: Send) -> None:
    send(event="updated", set={"status": "closed", "lastMessage.recipients": None}, unset=["description"])
    payload = inspector.last.payload
    assert payload["status"] == "closed"
    assert "description" not in payload


@pytest.mark.parametrize(("body", "sent"), [("{ as it is", b"{ as it is"), ({"a": [1.5]}, b'{"a":[1.5]}')])
def test_a_body_is_sent_as_it_stands(inspector: Inspector, send: Send, body: Any, sent: bytes) -> None:
    send(body=body, headers=[["X-Team", "red"]])
    (recorded,) = inspector.requests
    assert recorded.body == sent
    assert recorded.header("x-team") == "red"


def test_many_events_answer_with_a_summary(inspector: Inspector, send: Send) -> None:
    answer = send(event="updated", count=50, concurrency=8)
    assert answer["summary"]["accepted"] == 50
    assert answer["summary"]["statuses"] == {"200": 50}
    assert len(answer["deliveries"]) == 50
    assert "attempts" not in answer["deliveries"][0]
    assert len(inspector.requests) == 50


def test_faults_are_sent_by_name(inspector: Inspector, send: Send) -> None:
    send(event="created", signing_key="k", fault="duplicate")
    assert [request.attempt for request in inspector.requests] == [1, 2]


def test_reorder_swaps_neighbours(inspector: Inspector, send: Send) -> None:
    send(event="lifecycle", fault="reorder")
    names = [request.event.name for request in inspector.requests if request.event]
    assert names[:2] == ["conversation.updated", "conversation.created"]


def test_a_target_that_is_down_is_told(send: Send) -> None:
    answer = send(event="created", url="http://127.0.0.1:1/hook")
    (delivery,) = answer["deliveries"]
    assert (delivery["state"], delivery["error"]["kind"]) == ("failed", "refused")
    assert answer["summary"]["errors"] == {"refused": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"event": "created"}, "'url' is missing"),
        ({"url": "http://127.0.0.1/"}, "either 'event' or 'body'"),
        ({"url": "localhost:1", "event": "created"}, "not an http"),
        ({"url": "http://127.0.0.1/", "event": "creatd"}, "Did you mean"),
        ({"url": "http://127.0.0.1/", "event": "created", "count": 0}, "'count'"),
        ({"url": "http://127.0.0.1/", "event": "created", "count": True}, "'count'"),
        ({"url": "http://127.0.0.1/", "event": "created", "rate": -1}, "above 0"),
        ({"url": "http://127.0.0.1/", "event": "created", "set": {"stauts": 1}}, "status"),
        ({"url": "http://127.0.0.1/", "event": "created", "unset": [1]}, "'unset'"),
        ({"url": "http://127.0.0.1/", "event": "created", "fault": "explode"}, "no fault"),
        ({"url": "http://127.0.0.1/", "event": "created", "retry": "soon"}, "soon"),
        ({"url": "http://127.0.0.1/", "event": "created", "headers": [["a"]]}, "'headers'"),
        ({"url": "http://127.0.0.1/", "event": "created", "color": 1}, "Unknown field 'color'"),
    ],
)
def test_wrong_orders_are_a_clear_400(
    inspector: Inspector, http: httpx2.Client, content: dict[str, Any], said: str
) -> None:
    answer = http.post(f"{inspector.url}/-/api/send", json=content)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_keys_are_in_no_answer(inspector: Inspector, http: httpx2.Client, send: Send) -> None:
    answer = send(event="created", signing_key="s3cret-key")
    assert "s3cret-key" not in json.dumps(answer)
    shown = http.get(f"{inspector.url}/-/api/deliveries/{answer['deliveries'][0]['id']}")
    assert (shown.status_code, "s3cret-key" in shown.text) == (200, False)


def test_deliveries_are_listed_in_pages(http: httpx2.Client) -> None:
    with Inspector() as inspector:  # one that has sent nothing before
        inspector.fire_many("updated", to=inspector.url, count=5)
        address = f"{inspector.url}/-/api/deliveries"
        first = http.get(f"{address}?limit=3").json()
        second = http.get(f"{address}?limit=3&before={first['next']}").json()
        ids = [delivery["id"] for delivery in first["deliveries"] + second["deliveries"]]
        assert ids == ["d5", "d4", "d3", "d2", "d1"]
        assert second["next"] is None
        assert http.get(f"{address}/d9").status_code == 404


@pytest.fixture
def replay(inspector: Inspector, http: httpx2.Client) -> Replay:
    """Replay an event that was recorded: `replay(url=…)`."""
    inspector.fire("created", to=inspector.url, signing_key="k")
    return lambda **content: http.post(f"{inspector.url}/-/api/requests/{inspector.last.id}/replay", json=content)


def test_a_replay_is_linked_both_ways(inspector: Inspector, http: httpx2.Client, replay: Replay) -> None:
    answer = replay(url=f"{inspector.url}/again").json()
    original, again = inspector.requests
    assert answer["replay_of"] == again.replay_of == original.id
    assert (again.path, again.body) == ("/again", original.body)
    assert http.get(f"{inspector.url}/-/api/requests/{original.id}").json()["replays"] == [answer["id"]]


def test_an_edited_path_goes_before_that_of_the_target(inspector: Inspector, replay: Replay) -> None:
    assert replay(url=f"{inspector.url}/in?x=1", edit={"path": "/other?y=2"}).status_code == 200
    assert (inspector.last.path, inspector.last.query) == ("/other", "y=2")


@pytest.mark.parametrize("path", ["/a\r\nx: y", "/a\nb", "/a b"])
def test_a_path_that_no_request_can_have_is_refused(inspector: Inspector, replay: Replay, path: str) -> None:
    answer = replay(url=inspector.url, edit={"path": path})
    assert answer.status_code == 400
    assert "path" in answer.text or "Percent-encode" in answer.text


def test_what_was_not_recorded_whole_is_sent_with_another_body_alone(inspector: Inspector, replay: Replay) -> None:
    inspector.last.incomplete = True
    refused = replay(url=inspector.url)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    assert replay(url=inspector.url, edit={"body": "{}"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/-/api/send", '{"event": "created", "url": "http://a.example/", "set": {"attributes": %s}}'),
        ("POST", "/-/api/send", '{"body": {"a": %s}, "url": "http://a.example/"}'),
        ("PUT", "/-/api/answers", '[{"body": {"a": %s}}]'),
        ("POST", "/-/answers/check", '[{"body": {"a": %s}}]'),
    ],
)
def test_json_of_any_depth_is_a_clear_400(
    inspector: Inspector, http: httpx2.Client, method: str, path: str, body: str
) -> None:
    content = (body % ("[" * 300 + "]" * 300)).encode()
    answer = http.request(method, inspector.url + path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "nested deeper than 100 levels" in answer.json()["error"]["message"]


def test_a_replay_can_be_edited_and_signed_anew(inspector: Inspector, replay: Replay) -> None:
    edit = {"path": "/edited", "body": {"a": 1}}
    assert replay(url=inspector.url, sign="fresh", signing_key="other", edit=edit).status_code == 200
    original, again = inspector.requests
    assert (again.path, again.body) == ("/edited", b'{"a":1}')
    assert again.header("messagebird-signature") not in (None, original.header("messagebird-signature"))


@pytest.mark.parametrize(
    "content", [{}, {"url": "x"}, {"url": "http://a/", "sign": "fresh"}, {"url": "http://a/", "edit": 5}]
)
def test_a_wrong_replay_is_a_clear_400(replay: Replay, content: dict[str, Any]) -> None:
    assert replay(**content).status_code == 400
