"""Our own API over the mock service: its clock, its contacts, its troubles, and the view of it all."""

from __future__ import annotations

import threading

import pytest

NOWHERE = "00000000-0000-4000-8000-000000000001"
CHANNEL = "8963269e-69e4-58aa-9bf0-9b6cc239329c"


def test_the_clock_is_moved_and_its_mode_changed(mock):
    begun = mock.own("GET", "").json["clock"]
    assert begun == {"mode": "virtual", "scale": 0, "now": "2024-11-27T19:33:53.504Z", "next_due": None}
    moved = mock.own("POST", "/clock", {"advance": 3600.5})
    assert (moved.status, moved.json["now"]) == (200, "2024-11-27T20:33:54.004Z")
    assert mock.own("POST", "/clock", {"mode": "scaled", "scale": 60}).json["scale"] == 60
    assert mock.own("POST", "/clock", {"mode": "real"}).json["mode"] == "real"
    assert mock.own("POST", "/clock", {"advance": 10}).json["now"] > "2024-11-27T20:34:04"


@pytest.mark.parametrize(
    "content", [{}, {"advance": -1}, {"advance": "1h"}, {"mode": "lunar"}, {"scale": 0}, {"go": 1}]
)
def test_what_no_clock_can_do_is_refused(mock, content):
    assert mock.own("POST", "/clock", content).status == 400


def test_draining_delivers_everything_and_counts_it(mock, inspector):
    mock.client.subscribe(inspector.url, "conversation.created")
    mock.client.subscribe("http://127.0.0.1:9/", "conversation.created")
    inspector.answer_with([500, 200])
    mock.client.create("/conversations")
    answer = mock.own("POST", "/drain")
    assert (answer.status, answer.json["deliveries"]) == (200, {"delivered": 1, "failed": 1})
    assert len(inspector.requests) == 2


def test_a_drain_that_takes_too_long_says_what_is_still_under_way(mock, inspector):
    may_answer = threading.Event()
    inspector.answer_with(lambda request: may_answer.wait(10) and 200)
    mock.client.subscribe(inspector.url, "conversation.created")
    mock.client.create("/conversations")
    answer = mock.own("POST", "/drain", {"timeout": 0.05})
    assert (answer.status, answer.json["error"]["details"]) == (408, {"sending": 1})
    may_answer.set()
    assert mock.own("POST", "/drain").status == 200


def test_an_inbound_message_creates_a_conversation_and_the_next_one_finds_it(mock, inspector):
    for event in ("conversation.created", "conversation.updated"):
        mock.client.subscribe(inspector.url, event)
    contact = {"identifier_key": "phonenumber", "identifier_value": "+31612345678"}
    first = mock.own("POST", "/inbound", {"channel_id": CHANNEL, "text": "hallo", "contact": contact})
    mock.own("POST", "/inbound", {"channel_id": CHANNEL, "text": "again"})
    made = first.json["conversation"]
    last = mock.own("POST", "/inbound", {"conversation_id": made["id"], "text": "and again"}).json["conversation"]
    mock.own("POST", "/drain")
    names = [request.event.name for request in inspector.requests]
    assert names == ["conversation.created", *["conversation.updated"] * 3]
    assert inspector.last.payload == last == mock.client.get(f"/conversations/{made['id']}").json
    assert last["lastMessage"]["preview"] == {"text": "and again"}


def test_on_an_inactive_channel_there_is_no_conversation(mock):
    mock.client.patch(f"/channels/{CHANNEL}/conversational", {"status": "inactive"})
    assert mock.own("POST", "/inbound", {"channel_id": CHANNEL, "text": "hallo"}).json == {"conversation": None}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({}, 400),
        ({"text": 1}, 400),
        ({"text": "x", "conversation_id": "1"}, 400),
        ({"text": "x", "contact": {"identifier_key": "phonenumber"}}, 400),
        ({"text": "x", "conversation_id": NOWHERE}, 404),
    ],
)
def test_an_inbound_message_that_cannot_be_is_refused_in_our_own_shape(mock, content, status):
    answer = mock.own("POST", "/inbound", content)
    assert (answer.status, set(answer.json["error"])) == (status, {"code", "message", "details"})


def test_a_conversation_is_played(mock):
    id = mock.own("POST", "/inbound", {"text": "hallo"}).json["conversation"]["id"]

    def play(step, **more):
        return mock.own("POST", "/play", {"conversation_id": id, "step": step, **more})

    assert play("answer", text="hi").json["conversation"]["lastMessage"]["preview"] == {"text": "hi"}
    assert play("delivered").json["conversation"]["lastMessage"]["status"] == "delivered"
    assert play("join").json["conversation"]["activeParticipantCount"] == 2
    assert play("close").json["conversation"]["status"] == "closed"
    closed = play("answer", text="hi")
    assert (closed.status, closed.json["error"]["code"]) == (409, "conflict")
    assert play("dance").status == 400
    assert play("delete").json == {"conversation": None}
    assert play("close").status == 404


def test_the_view_joins_the_event_the_apps_answer_and_the_calls_it_then_made(mock, inspector):
    subscription = mock.client.subscribe(inspector.url, "conversation.created", signingKey="k")

    def call_back(request):
        mock.client.patch(f"/conversations/{request.payload['id']}", {"name": "seen"})
        return 500 if request.attempt == 1 else 200

    inspector.answer_with(call_back)
    made = mock.client.create("/conversations")
    mock.service.advance(0)
    seen = mock.own("GET", "").json
    [delivery] = seen["workspace"]["deliveries"]
    assert (delivery["event"], delivery["state"], delivery["conversation_id"]) == (
        "conversation.created",
        "retrying",
        made["id"],
    )
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500]
    assert len(delivery["planned_at"]) == 35
    assert [(call["operation"], call["status"]) for call in delivery["calls"]] == [("updateConversation", 200)]
    [shown] = seen["workspace"]["subscriptions"]
    assert (shown["id"], shown["signed"], shown["health"]["retrying"]) == (subscription["id"], True, 1)
    assert shown["health"]["last_status"] == 500
    assert seen["workspace"]["conversations"][0]["name"] == "seen"
    assert seen["workspaces"][0]["deliveries"] == 1
    assert "k" not in (shown.get("signing_key"), shown.get("signingKey"))

    mock.service.drain()
    [delivery] = mock.own("GET", "").json["workspace"]["deliveries"]
    assert (delivery["state"], delivery["planned_at"], len(delivery["attempts"])) == ("delivered", [], 2)
    assert len(delivery["calls"]) == 2


def test_settings_are_switched_while_it_runs(mock):
    answer = mock.own("PATCH", "/settings", {"access_key": "secret", "strict_urls": True})
    assert (answer.json["settings"]["has_access_key"], answer.json["settings"]["strict_urls"]) == (True, True)
    assert b"secret" not in answer.body
    assert mock.client.get("/conversations").status == 401
    mock.own("PATCH", "/settings", {"access_key": ""})
    assert mock.client.get("/conversations").status == 200
    assert mock.own("PATCH", "/settings", {"seed": 1}).status == 400


def test_traffic_plays_believable_conversations_until_it_is_switched_off(mock, inspector):
    for event in ("conversation.created", "conversation.updated", "conversation.deleted"):
        mock.client.subscribe(inspector.url, event)
    assert mock.own("PUT", "/traffic", {"rate": 500}).json["rate"] == 500
    inspector.wait_for(count=30, timeout=20)
    assert mock.own("PUT", "/traffic", {"rate": 0}).json["rate"] == 0
    mock.service.drain()
    by_conversation = {}
    for request in inspector.requests:
        by_conversation.setdefault(request.payload["id"], []).append(request.event.name)
    assert all(events[0] == "conversation.created" for events in by_conversation.values())
    assert mock.own("PUT", "/traffic", {"rate": -1}).status == 400


def test_a_reset_begins_anew(mock):
    mock.client.create("/conversations")
    shown = mock.own("POST", "/reset").json
    assert shown["workspaces"] == []
    assert mock.client.get("/conversations").json == {"results": []}


def test_another_workspace_is_shown_when_it_is_asked_for(mock):
    assert mock.own("GET", f"?workspace={NOWHERE}").json["workspace"]["id"] == NOWHERE
    assert mock.own("GET", "?workspace=mine").status == 400


def test_an_inspector_that_is_not_asked_has_no_service(serve):
    server = serve()
    assert server.app.mock.existing is None
    assert server.app.mock.service.base_url == server.url
    server.app.mock.service.create_conversation(participants=[])
    server.app.mock.service.drain()
