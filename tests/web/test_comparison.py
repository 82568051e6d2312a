"""What an event changed in its conversation, marked in the tree of its body."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from inspector.recorder.analysis import Analyser
from inspector.recorder.conversations import Conversations
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.web.comparison import Comparison, marked
from inspector.web.jsontree import Mark, tree_marks


@pytest.fixture
def log() -> RequestLog:
    return RequestLog()


def record(log: RequestLog, second: int, **payload: Any) -> RecordedRequest:
    fields = {"id": "c-1", "updatedAt": f"2024-11-27T12:00:{second:02}Z", **payload}
    body = orjson.dumps({"service": "conversations", "event": "conversation.updated", "payload": fields})
    request = RecordedRequest(received_at=1.0, method="POST", target=b"/", headers=(), body=body, analyser=Analyser(()))
    log.append(request)
    return request


def marks(log: RequestLog, request: RecordedRequest) -> list[Mark]:
    found = tree_marks(request.body)
    assert found is not None
    return list(marked(found, Comparison.of(request, Conversations(log))))


def changes(log: RequestLog, request: RecordedRequest) -> dict[str, tuple[str, str]]:
    found = [mark for mark in marks(log, request) if mark.change and mark.path != "payload.updatedAt"]
    return {mark.path: (mark.change, mark.old) for mark in found}


def test_the_first_event_has_nothing_to_compare_with(log: RequestLog) -> None:
    request = record(log, 0)
    comparison = Comparison.of(request, Conversations(log))
    assert comparison is not None
    assert (comparison.previous, comparison.changes, comparison.events) == (None, [], 1)


def test_the_event_before_is_the_one_that_happened_before(log: RequestLog) -> None:
    first, late = record(log, 1, status="a"), record(log, 9, status="c")
    middle = record(log, 5, status="b")
    assert changes(log, late) == {"payload.status": ("changed", '"b"')}
    assert changes(log, middle) == {"payload.status": ("changed", '"a"')}
    assert changes(log, first) == {}


def test_what_is_gone_stands_at_the_end_of_where_it_stood(log: RequestLog) -> None:
    record(log, 1, lastMessage={"id": "m", "recipients": [1]}, hasDraft=True)
    found = marks(log, record(log, 2, lastMessage={"id": "m"}))
    gone = {mark.path: (place, mark.key, mark.old) for place, mark in enumerate(found) if mark.shape == "gone"}
    assert gone.keys() == {"payload.lastMessage.recipients", "payload.hasDraft"}
    place, key, old = gone["payload.lastMessage.recipients"]
    assert (key, old) == ("recipients", "[1]")
    assert found[place - 1].path == "payload.lastMessage.id"
    assert found[place + 1].shape == "close"


def test_people_are_matched_by_id_wherever_they_stand(log: RequestLog) -> None:
    ann, bob = {"id": "a", "displayName": "Ann"}, {"id": "b", "displayName": "Bob", "status": "invited"}
    record(log, 1, featuredParticipants=[ann, bob])
    request = record(log, 2, featuredParticipants=[{**bob, "status": "active"}, {"id": "c", "displayName": "Cy"}])
    assert changes(log, request) == {
        "payload.featuredParticipants[0].status": ("changed", '"invited"'),
        "payload.featuredParticipants[1]": ("added", ""),
        "payload.featuredParticipants[0]": ("removed", '{"id":"a","displayName":"Ann"}'),
    }


def test_long_numbers_are_not_rounded(log: RequestLog) -> None:
    record(log, 1, attributes={"n": 1})
    first = log.snapshot()[0]
    first.kept = first.body.replace(b'"n":1', b'"n":12345678901234567890123')
    assert changes(log, record(log, 2, attributes={"n": 2})) == {
        "payload.attributes.n": ("changed", "12345678901234567890123")
    }


def test_what_is_no_event_is_compared_with_nothing(log: RequestLog) -> None:
    request = record(log, 1)
    request.kept = b"[1]"
    assert Comparison.of(request, Conversations(log)) is None
    assert [mark.change for mark in marks(log, request)] == ["", "", ""]
