"""The API of what is sent: an inspector sends to itself, and what it recorded is compared."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from inspector.server import InspectorServer


def call(server: InspectorServer, method: str, path: str, content: Any = None) -> tuple[int, Any]:
    body = None if content is None else json.dumps(content).encode()
    request = Request(server.url + path, body, {"content-type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def send(server: InspectorServer, **content: Any) -> Any:
    status, answer = call(server, "POST", "/-/api/send", {"url": f"{server.url}/hook", **content})
    assert status == 200, answer
    return answer


def test_one_event_answers_with_its_delivery_whole(server: InspectorServer) -> None:
    answer = send(server, event="created", signing_key="k", seed=7)
    (delivery,) = answer["deliveries"]
    (attempt,) = delivery["attempts"]
    assert (delivery["event"], delivery["state"], delivery["status"]) == ("conversation.created", "delivered", 200)
    assert attempt["response"]["status"] == 200
    assert answer["summary"]["accepted"] == 1
    recorded = server.app.log.snapshot()[0]
    assert recorded.text == attempt["request"]["body"]["text"]
    assert recorded.contract.verdict == "conforms"


def test_a_live_event_is_signed_with_the_time_of_sending(server: InspectorServer) -> None:
    send(server, event="lifecycle", signing_key="k")
    recorded = server.app.log.snapshot()
    assert len(recorded) > 5
    assert all(abs(request.signature.age_seconds or 0) < 60 for request in recorded)


def test_a_dated_one_is_the_same_again(server: InspectorServer) -> None:
    for _ in range(2):
        send(server, event="lifecycle", signing_key="k", seed=7, at=1732736033.5)
    heads = [request.head for request in server.app.log.snapshot()]
    assert heads[: len(heads) // 2] == heads[len(heads) // 2 :]


def test_values_are_set_and_taken_out(server: InspectorServer) -> None:
    send(server, event="updated", set={"status": "closed", "lastMessage.recipients": None}, unset=["description"])
    payload = server.app.log.snapshot()[0].payload
    assert payload["status"] == "closed"
    assert "description" not in payload


@pytest.mark.parametrize(("body", "sent"), [("{ as it is", b"{ as it is"), ({"a": [1.5]}, b'{"a":[1.5]}')])
def test_a_body_is_sent_as_it_stands(server: InspectorServer, body: Any, sent: bytes) -> None:
    send(server, body=body, headers=[["X-Team", "red"]])
    recorded = server.app.log.snapshot()[0]
    assert recorded.body == sent
    assert recorded.header("x-team") == "red"


def test_many_events_answer_with_a_summary(server: InspectorServer) -> None:
    answer = send(server, event="updated", count=50, concurrency=8)
    assert answer["summary"]["accepted"] == 50
    assert answer["summary"]["statuses"] == {"200": 50}
    assert len(answer["deliveries"]) == 50
    assert "attempts" not in answer["deliveries"][0]
    assert len(server.app.log) == 50


def test_faults_are_sent_by_name(server: InspectorServer) -> None:
    send(server, event="created", signing_key="k", fault="duplicate")
    assert [request.attempt for request in server.app.log.snapshot()] == [1, 2]


def test_reorder_swaps_neighbours(server: InspectorServer) -> None:
    send(server, event="lifecycle", fault="reorder", seed=7)
    names = [request.event.name for request in server.app.log.snapshot() if request.event]
    assert names[:2] == ["conversation.updated", "conversation.created"]


def test_a_target_that_is_down_is_told(server: InspectorServer) -> None:
    answer = send(server, event="created", url="http://127.0.0.1:1/hook")
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
def test_wrong_orders_are_a_clear_400(server: InspectorServer, content: dict[str, Any], said: str) -> None:
    status, answer = call(server, "POST", "/-/api/send", content)
    assert status == 400
    assert said in answer["error"]["message"]


def test_keys_are_in_no_answer(server: InspectorServer) -> None:
    answer = send(server, event="created", signing_key="s3cret-key")
    assert "s3cret-key" not in json.dumps(answer)
    _, listed = call(server, "GET", f"/-/api/deliveries/{answer['deliveries'][0]['id']}")
    assert "s3cret-key" not in json.dumps(listed)


def test_deliveries_are_listed_in_pages(server: InspectorServer) -> None:
    send(server, event="updated", count=5)
    _, first = call(server, "GET", "/-/api/deliveries?limit=3")
    _, second = call(server, "GET", f"/-/api/deliveries?limit=3&before={first['next']}")
    ids = [delivery["id"] for delivery in first["deliveries"] + second["deliveries"]]
    assert ids == ["d5", "d4", "d3", "d2", "d1"]
    assert second["next"] is None
    assert call(server, "GET", "/-/api/deliveries/d9")[0] == 404


def test_a_replay_is_linked_both_ways(server: InspectorServer) -> None:
    send(server, event="created", signing_key="k")
    original = server.app.log.snapshot()[0]
    status, answer = call(server, "POST", f"/-/api/requests/{original.id}/replay", {"url": f"{server.url}/again"})
    assert status == 200
    assert answer["replay_of"] == original.id
    again = server.app.log.snapshot()[1]
    assert (again.path, again.body) == ("/again", original.body)
    assert again.replay_of == original.id
    _, shown = call(server, "GET", f"/-/api/requests/{original.id}")
    assert shown["replays"] == [answer["id"]]


def test_a_replay_can_be_edited_and_signed_anew(server: InspectorServer) -> None:
    send(server, event="created")
    original = server.app.log.snapshot()[0]
    content = {"url": server.url, "sign": "fresh", "signing_key": "k", "edit": {"path": "/edited", "body": {"a": 1}}}
    status, _ = call(server, "POST", f"/-/api/requests/{original.id}/replay", content)
    assert status == 200
    again = server.app.log.snapshot()[1]
    assert (again.path, again.body) == ("/edited", b'{"a":1}')
    assert again.header("messagebird-signature") is not None


@pytest.mark.parametrize(
    "content", [{}, {"url": "x"}, {"url": "http://a/", "sign": "fresh"}, {"url": "http://a/", "edit": 5}]
)
def test_a_wrong_replay_is_a_clear_400(server: InspectorServer, content: dict[str, Any]) -> None:
    send(server, event="created")
    original = server.app.log.snapshot()[0]
    assert call(server, "POST", f"/-/api/requests/{original.id}/replay", content)[0] == 400
