from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from recordings import CONVERSATION, NOON, make_event, make_record
from test_timeline import STRANGE

from inspector.errors import NotFoundError
from inspector.recorder.conversations import Conversations, details, summary
from inspector.recorder.log import RequestLog
from inspector.recorder.timeline import fold

JANE = {"id": "p1", "type": "contact", "displayName": "Jane Doe"}
JOHN = {"id": "p2", "type": "user", "displayName": "John Smith"}


def event(second: int, name: str = "conversation.updated", /, **payload: Any) -> bytes:
    return make_event(name, updated_at=f"2024-11-27T12:{second // 60:02}:{second % 60:02}Z", **payload)


@pytest.fixture
def log() -> RequestLog:
    log = RequestLog(now=lambda: NOON)
    log.append(make_record(event(1, "conversation.created", featuredParticipants=[JANE], channelId="ch")))
    message = {"id": "m", "preview": {"text": "hallo"}, "status": "sent", "sender": JANE}
    log.append(make_record(event(2, featuredParticipants=[JOHN, JANE], lastMessage=message), received_at=NOON + 1))
    return log


def test_one_line_of_the_list(log: RequestLog) -> None:
    (line,) = Conversations(log).page()["conversations"]
    assert line == {
        "id": CONVERSATION,
        "title": "John Smith, Jane Doe",
        "status": "active",
        "deleted": False,
        "channel_id": None,
        "participants": [
            {"id": "p2", "type": "user", "name": "John Smith"},
            {"id": "p1", "type": "contact", "name": "Jane Doe"},
        ],
        "last_message": {"id": "m", "text": "hallo", "status": "sent", "sender": "Jane Doe", "created_at": None},
        "updated_at": "2024-11-27T12:00:02Z",
        "events": 2,
        "requests": 2,
        "anomalies": {"gap": 0, "duplicate": 0, "out_of_order": 0, "after_delete": 0},
        "first_seen": "2024-11-27T12:00:00.000Z",
        "last_seen": "2024-11-27T12:00:01.000Z",
        "last_request": f"{log.run}-2",
    }


def test_steps_show_what_changed_with_people_matched_by_id(log: RequestLog) -> None:
    shown = details(Conversations(log).get(CONVERSATION))
    first, second = shown["steps"]
    assert first["changes"] == []
    changes = {change["path"]: (change["kind"], change["old"], change["new"]) for change in second["changes"]}
    assert changes["payload.featuredParticipants[0]"] == ("added", None, JOHN)
    assert changes["payload.channelId"] == ("removed", "ch", None)
    assert "payload.featuredParticipants[1].displayName" not in changes
    assert second["attempts"] == [
        {"request": f"{log.run}-2", "received_at": "2024-11-27T12:00:01.000Z", "status": 0},
    ]
    assert orjson.loads(orjson.dumps(shown)) == shown


def test_changes_are_those_since_the_event_that_happened_before() -> None:
    log = RequestLog()
    for body in (event(1, "conversation.created"), event(3, name="third"), event(2, name="second")):
        log.append(make_record(body))
    shown = details(Conversations(log).get(CONVERSATION))
    names = [change for step in shown["steps"] for change in step["changes"] if change["path"] == "payload.name"]
    assert [(change["old"], change["new"]) for change in names] == [("second", "third"), ("", "second")]
    assert [step["position"] for step in shown["steps"]] == [1, 3, 2]
    assert [step["state_of"] for step in shown["steps"]] == [f"{log.run}-{number}" for number in (1, 2, 2)]
    assert shown["state"]["name"] == "third"
    assert shown["anomalies"] == [
        {
            "request": f"{log.run}-3",
            "kind": "out_of_order",
            "message": f"It happened before {log.run}-2, which had already arrived.",
        }
    ]


def test_of_a_very_long_conversation_the_last_steps_are_shown() -> None:
    log = RequestLog()
    for number in range(10):
        log.append(make_record(event(number, name=str(number))))
    shown = details(Conversations(log).get(CONVERSATION), limit=2)
    assert shown["omitted"] == 8
    assert [step["position"] for step in shown["steps"]] == [9, 10]
    assert [change["old"] for change in shown["steps"][0]["changes"] if change["path"] == "payload.name"] == ["7"]


def test_pages_go_from_the_newest_arrival_back() -> None:
    log = RequestLog()
    for id_ in ("a", "b", "c", "a"):
        log.append(make_record(event(1, id=id_)))
    conversations = Conversations(log)
    page = conversations.page(limit=2)
    assert [line["id"] for line in page["conversations"]] == ["a", "c"]
    assert (page["total"], page["next"]) == (3, f"{log.run}-3")
    rest = conversations.page(limit=2, before=page["next"])
    assert [line["id"] for line in rest["conversations"]] == ["b"]
    assert rest["next"] is None


def test_what_arrives_is_taken_in(log: RequestLog) -> None:
    conversations = Conversations(log)
    before = conversations.get(CONVERSATION)
    assert conversations.get(CONVERSATION) is before
    log.append(make_record(event(3, id="other")))
    assert conversations.get(CONVERSATION) is before
    log.append(make_record(event(4, status="closed")))
    assert conversations.get(CONVERSATION).current.payload["status"] == "closed"
    assert len(conversations) == 2


def test_what_the_log_forgets_is_gone(log: RequestLog) -> None:
    conversations = Conversations(log)
    assert conversations.get(CONVERSATION).anomalies()["gap"] == 0
    log.remove(lambda request: request.sequence == 1)
    assert conversations.get(CONVERSATION).anomalies()["gap"] == 1
    log.remove()
    assert len(conversations) == 0
    with pytest.raises(NotFoundError, match="evicted or deleted"):
        conversations.get(CONVERSATION)


def test_what_expires_is_gone_without_a_change() -> None:
    now = [NOON]
    log = RequestLog(max_age=60, now=lambda: now[0])
    log.append(make_record(event(1)))
    conversations = Conversations(log)
    assert len(conversations) == 1
    now[0] += 61
    assert len(conversations) == 0


def test_what_is_evicted_is_gone() -> None:
    log = RequestLog(capacity=2)
    conversations = Conversations(log)
    for id_ in ("a", "b", "c"):
        log.append(make_record(event(1, id=id_)))
        assert id_ in [line["id"] for line in conversations.page()["conversations"]]
    assert [line["id"] for line in conversations.page()["conversations"]] == ["c", "b"]


@given(STRANGE, STRANGE)
def test_strange_payloads_are_shown_all_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    records = [
        make_record(orjson.dumps({"service": "s", "event": "e", "payload": {**payload, "id": "c"}}), sequence=number)
        for number, payload in enumerate((first, second), 1)
    ]
    shown = details(fold(records)["c"])
    assert summary(fold(records)["c"])["events"] == len(shown["steps"])
    assert orjson.dumps(shown)
