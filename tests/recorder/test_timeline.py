from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import CONVERSATION, NOON, make_event, make_record

from inspector.recorder.request import RecordedRequest
from inspector.recorder.timeline import ConversationTimeline, fold
from inspector.sender.factory import EventFactory

CREATED, UPDATED, DELETED = "conversation.created", "conversation.updated", "conversation.deleted"


def arrive(*bodies: bytes, request_ids: str = "") -> list[RecordedRequest]:
    """Records of bodies in order of arrival, a second apart; each letter of `request_ids` is one request id."""
    records = []
    for number, body in enumerate(bodies):
        headers = {"messagebird-request-id": request_ids[number]} if request_ids else {}
        records.append(make_record(body, headers=headers, received_at=NOON + number, run="r", sequence=number + 1))
    return records


def folded(*bodies: bytes, request_ids: str = "") -> ConversationTimeline:
    return fold(arrive(*bodies, request_ids=request_ids))[CONVERSATION]


def at(second: str, name: str = UPDATED, /, **payload: Any) -> bytes:
    return make_event(name, updated_at=f"2024-11-27T12:00:{second}Z", **payload)


def kinds(conversation: ConversationTimeline) -> list[list[str]]:
    return [[anomaly.kind for anomaly in step.anomalies] for step in conversation.steps]


def test_a_whole_life_has_nothing_odd() -> None:
    conversation = folded(at("01", CREATED), at("02", status="closed"), at("03", DELETED, status="closed"))
    assert kinds(conversation) == [[], [], []]
    assert conversation.deleted
    assert conversation.current.payload["status"] == "closed"
    assert [step.position for step in conversation.steps] == [1, 2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_a_made_up_life_has_nothing_odd(seed: int) -> None:
    records = arrive(*(event.to_bytes() for event in EventFactory(seed).lifecycle()))
    (conversation,) = fold(records).values()
    assert [anomaly for step in conversation.steps for anomaly in step.anomalies] == []


def test_times_are_compared_as_times_not_as_text() -> None:
    conversation = folded(at("11.504", CREATED), at("11.55", name="newest"))
    assert conversation.current.payload["name"] == "newest"
    assert kinds(conversation) == [[], []]


def test_an_older_event_that_arrives_later_does_not_win() -> None:
    conversation = folded(at("01", CREATED), at("03", status="closed"), at("02", status="active"))
    assert conversation.current.payload["status"] == "closed"
    assert kinds(conversation) == [[], [], ["out_of_order"]]
    assert [step.position for step in conversation.steps] == [1, 3, 2]
    assert [newest.position for _, newest in conversation.states()] == [1, 3, 3]


def test_a_create_that_arrives_late_is_out_of_order_and_no_gap() -> None:
    conversation = folded(at("01"), at("01", CREATED))
    assert kinds(conversation) == [[], ["out_of_order"]]
    assert [step.position for step in conversation.steps] == [2, 1]


def test_a_redelivery_is_an_attempt_of_its_step() -> None:
    conversation = folded(at("01", CREATED), at("02"), at("01", CREATED), request_ids="aba")
    assert [len(step.attempts) for step in conversation.steps] == [2, 1]
    assert kinds(conversation) == [["duplicate", "out_of_order"], []]
    assert [request.sequence for request in conversation.requests] == [1, 2, 3]


def test_a_redelivery_of_the_newest_event_is_only_a_duplicate() -> None:
    conversation = folded(at("01", CREATED), at("02"), at("02"), request_ids="abb")
    assert kinds(conversation) == [[], ["duplicate"]]


def test_a_redelivery_after_the_delete_would_resurrect_the_conversation() -> None:
    conversation = folded(
        at("01", CREATED), at("02", DELETED), at("01", CREATED), at("01", CREATED), request_ids="abaa"
    )
    assert [len(step.attempts) for step in conversation.steps] == [3, 1]
    assert kinds(conversation) == [["duplicate", "out_of_order", "after_delete"], []]
    assert "r-3" in conversation.steps[0].anomalies[2].message
    assert conversation.current.point.name == DELETED


def test_a_redelivered_delete_is_no_event_after_the_delete() -> None:
    conversation = folded(at("01", CREATED), at("02", DELETED), at("02", DELETED), request_ids="abb")
    assert kinds(conversation) == [[], ["duplicate"]]


def test_the_same_content_under_another_request_id_is_a_duplicate() -> None:
    conversation = folded(at("01", CREATED), at("01", CREATED), request_ids="ab")
    assert kinds(conversation) == [[], ["duplicate"]]
    assert "r-1" in conversation.steps[1].anomalies[0].message


def test_the_same_json_in_other_bytes_is_a_duplicate_too() -> None:
    body = at("01", CREATED)
    written_again = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    conversation = folded(body, written_again, request_ids="ab")
    assert kinds(conversation) == [[], ["duplicate"]]
    assert "in other bytes" in conversation.steps[1].anomalies[0].message
    (step,) = folded(body, written_again, request_ids="aa").steps
    assert len(step.attempts) == 2


def test_a_request_id_used_for_other_content_is_a_step_of_its_own() -> None:
    conversation = folded(at("01", CREATED), at("02", status="closed"), request_ids="aa")
    assert kinds(conversation) == [[], ["duplicate"]]
    assert conversation.current.payload["status"] == "closed"


def test_an_update_without_a_create_is_a_gap() -> None:
    conversation = folded(at("02"), at("03"))
    assert kinds(conversation) == [["gap"], []]


def test_an_update_after_the_delete() -> None:
    conversation = folded(at("01", CREATED), at("02", DELETED), at("03", status="active"))
    assert kinds(conversation) == [[], [], ["after_delete"]]
    assert conversation.deleted


def test_a_late_update_after_the_delete_is_both() -> None:
    conversation = folded(at("01", CREATED), at("03", DELETED), at("02"))
    assert kinds(conversation)[2] == ["out_of_order", "after_delete"]


def test_a_delete_of_the_same_moment_comes_last() -> None:
    conversation = folded(at("01", CREATED), at("02", name="last"), at("02", DELETED, name="last"))
    assert conversation.current.point.name == DELETED
    assert kinds(conversation) == [[], [], []]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"activeParticipantCount": 1}, {"activeParticipantCount": 3}, "2 participants joined"),
        ({"activeParticipantCount": 4}, {"activeParticipantCount": 1}, "3 participants left"),
        (
            {"lastMessageIncomingAt": "2024-11-27T11:00:00Z"},
            {"lastMessageIncomingAt": "2024-11-27T12:00:00Z", "lastMessageOutgoingAt": "2024-11-27T12:00:01Z"},
            "came in and another went out",
        ),
    ],
)
def test_a_jump_in_the_fields_betrays_a_gap(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    conversation = folded(at("01", CREATED, **before), at("02", **after))
    assert kinds(conversation) == [[], ["gap"]]
    assert said in conversation.steps[1].anomalies[0].message


def test_one_change_at_a_time_is_no_gap() -> None:
    conversation = folded(
        at("01", CREATED, activeParticipantCount=1),
        at("02", activeParticipantCount=2),
        at("03", activeParticipantCount=2, lastMessageIncomingAt="2024-11-27T12:00:03Z"),
        at("04", activeParticipantCount=2, lastMessageIncomingAt="2024-11-27T12:00:03Z"),
    )
    assert kinds(conversation) == [[], [], [], []]


def test_requests_that_are_no_events_of_a_conversation_are_passed_over() -> None:
    bodies = [b"", b"[]", b"{", make_event(id=5), b'{"service":"conversations","event":"x","payload":[]}']
    assert fold(arrive(*bodies)) == {}


def test_conversations_are_kept_apart() -> None:
    conversations = fold(arrive(at("01", CREATED, id="b"), at("02", CREATED, id="a"), at("03", id="b")))
    assert {id_: len(conversation.steps) for id_, conversation in conversations.items()} == {"b": 2, "a": 1}


def test_an_event_without_a_time_stands_where_it_arrived() -> None:
    conversation = folded(at("00", CREATED), make_event(updated_at="yesterday"), at("59"))
    assert [step.position for step in conversation.steps] == [1, 2, 3]
    assert kinds(conversation) == [[], [], []]


@given(st.data())
def test_the_newest_event_is_the_state_in_whatever_order_events_arrive(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    times = data.draw(st.lists(st.integers(0, 999), min_size=count, max_size=count, unique=True))
    bodies = [
        make_event(UPDATED, updated_at=f"2024-11-27T12:00:00.{time:03}".rstrip("0").rstrip(".") + "Z", name=str(time))
        for time in times
    ]
    copies = data.draw(st.lists(st.sampled_from(range(count)), max_size=6))
    order = data.draw(st.permutations([*range(count), *copies]))
    request_ids = "".join(str(data.draw(st.sampled_from([index, index + 5]))) for index in order)
    conversation = folded(*(bodies[index] for index in order), request_ids=request_ids)
    assert conversation.current.payload["name"] == str(max(times))
    assert sum(len(step.attempts) for step in conversation.steps) == len(order)
    assert sorted(step.position for step in conversation.steps) == list(range(1, len(conversation.steps) + 1))


TIMES = ["updatedAt", "lastMessageIncomingAt", "lastMessageOutgoingAt"]
FIELDS = [*TIMES, "name", "status", "featuredParticipants", "activeParticipantCount", "lastMessage", "channelId"]
ANYTHING = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "x", "9999-12-31T23:59:59-10:00"])
STRANGE = st.dictionaries(
    st.sampled_from(FIELDS),
    ANYTHING | st.lists(ANYTHING, max_size=2) | st.dictionaries(st.sampled_from(["id", "preview"]), ANYTHING),
)


@given(st.lists(st.tuples(st.sampled_from([CREATED, UPDATED, DELETED, "other"]), STRANGE), min_size=1, max_size=5))
def test_strange_payloads_raise_nothing(events: list[tuple[str, dict[str, Any]]]) -> None:
    bodies = [
        orjson.dumps({"service": "conversations", "event": name, "payload": {**payload, "id": CONVERSATION}})
        for name, payload in events
    ]
    conversation = folded(*bodies)
    assert len(conversation.requests) == len(events)
    assert conversation.anomalies().total() == sum(len(found) for found in kinds(conversation))
