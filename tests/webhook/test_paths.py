from __future__ import annotations

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import EventError
from inspector.webhook.event import Event
from inspector.webhook.pathnames import format_path, walk
from inspector.webhook.paths import get_path, parse_assignment, set_path, unset_path

EXAMPLE = Event.from_bytes((Path(__file__).parents[1] / "data" / "conversation.updated.json").read_bytes())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "path",
    [
        "featuredParticipants.0.displayName",
        "featuredParticipants[0].displayName",
        "payload.featuredParticipants[0].displayName",
        "featured_participants[0].display_name",
        'featuredParticipants[0]["displayName"]',
    ],
)
def test_one_place_written_in_several_ways(path):
    assert get_path(EXAMPLE, path) == "Jane Doe"
    assert set_path(EXAMPLE, path, "Joe").payload["featuredParticipants"][0]["displayName"] == "Joe"


def test_the_given_event_is_never_changed():
    before = copy.deepcopy(EXAMPLE)
    set_path(EXAMPLE, "lastMessage.sender.contact.identifierValue", "0")
    set_path(EXAMPLE, "attributes.team", "blue")
    unset_path(EXAMPLE, "featuredParticipants[0]")
    unset_path(EXAMPLE, "status")
    assert before == EXAMPLE


def test_service_and_event_are_the_envelopes():
    changed = set_path(set_path(EXAMPLE, "event", "conversation.archived"), "service", "channels")
    assert changed == Event("conversation.archived", EXAMPLE.payload, "channels")
    assert get_path(EXAMPLE, "event") == "conversation.updated"


def test_the_payload_as_a_whole():
    assert set_path(EXAMPLE, "payload", {"id": 1}).payload == {"id": 1}


def test_an_envelope_that_is_none_any_more_is_refused():
    with pytest.raises(EventError, match="Not an event envelope"):
        set_path(EXAMPLE, "payload", [])
    with pytest.raises(EventError, match="Not an event envelope"):
        unset_path(EXAMPLE, "event")


def test_a_value_of_a_wrong_type_is_let_through():
    assert set_path(EXAMPLE, "activeParticipantCount", "two").payload["activeParticipantCount"] == "two"


def test_missing_and_null_objects_on_the_way_are_made():
    without = unset_path(EXAMPLE, "lastMessage")
    null = set_path(EXAMPLE, "lastMessage", None)
    assert set_path(without, "lastMessage.preview.text", "hi").payload["lastMessage"] == {"preview": {"text": "hi"}}
    assert set_path(null, "lastMessage.status", "sent").payload["lastMessage"] == {"status": "sent"}


def test_unset_takes_a_field_or_an_element_away():
    assert "status" not in unset_path(EXAMPLE, "status").payload
    people = unset_path(EXAMPLE, "featuredParticipants[0]").payload["featuredParticipants"]
    assert [one["displayName"] for one in people] == ["John Smith"]


@pytest.mark.parametrize("path", ["hasDraft", "resource.id", "attributes.team.name", "lastMessage.+newField"])
def test_unset_of_what_is_not_there_changes_nothing(path):
    assert unset_path(EXAMPLE, path) == EXAMPLE


def test_get_of_what_is_not_there_is_an_error():
    with pytest.raises(EventError, match=r"The event has no 'resource\.id'"):
        get_path(EXAMPLE, "resource.id")


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("staus", "status"),
        ("payload.chanelId", "channelId"),
        ("lastMessage.preveiw", "lastMessage.preview"),
        ("featuredParticipants[1].displayname", "featuredParticipants[1].displayName"),
        ("displayName", "featuredParticipants[0].displayName"),
        ("identifierKey", "featuredParticipants[0].contact.identifierKey"),
    ],
)
def test_a_wrong_name_says_which_is_near(path, nearest):
    with pytest.raises(EventError) as caught:
        set_path(EXAMPLE, path, 1)
    assert caught.value.details["nearest"][0] == nearest
    assert f"Did you mean {nearest}" in caught.value.message


@pytest.mark.parametrize("change", [set_path, lambda event, path, _: unset_path(event, path)])
def test_a_name_like_no_other_says_how_to_add_it(change):
    with pytest.raises(EventError) as caught:
        change(EXAMPLE, "lastMessage.zzz", 1)
    assert caught.value.message == (
        "The contract knows no field 'zzz' in lastMessage. To add it on purpose, write lastMessage.+zzz."
    )


def test_a_plus_adds_a_field_on_purpose():
    assert set_path(EXAMPLE, "+priority", "high").payload["priority"] == "high"
    assert set_path(EXAMPLE, "+event", "odd").payload["event"] == "odd"
    assert set_path(EXAMPLE, "lastMessage.+seen.by", 2).payload["lastMessage"]["seen"] == {"by": 2}


def test_a_field_that_the_event_has_needs_no_plus():
    event = set_path(EXAMPLE, "+priority", "high")
    assert set_path(event, "priority", "low").payload["priority"] == "low"
    assert unset_path(event, "priority") == EXAMPLE


def test_free_objects_take_any_name():
    event = set_path(EXAMPLE, "attributes.order.lines", [{"sku": "a"}])
    assert set_path(event, "attributes.order.lines[0].amount", 2).payload["attributes"] == {
        "order": {"lines": [{"sku": "a", "amount": 2}]}
    }
    assert set_path(EXAMPLE, 'attributes["a.b c"]', 1).payload["attributes"] == {"a.b c": 1}


@pytest.mark.parametrize("index", ["2", "[2]", "[999999999999999999999]", "-1", "first"])
def test_an_index_out_of_range_is_an_error(index):
    path = f"featuredParticipants.{index}".replace(".[", "[")
    with pytest.raises(EventError, match="featuredParticipants is an array of 2, counted from 0"):
        set_path(EXAMPLE, path, {})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("status.code", "status is no object: it has no 'code'"),
        ("lastMessage[0]", "lastMessage is no array: it has no '0'"),
        ("event.name", "event is no object"),
        ("summary.text.0.x", "summary is no object"),
    ],
)
def test_a_path_into_what_has_no_parts_is_an_error(path, message):
    with pytest.raises(EventError, match=message):
        set_path(set_path(EXAMPLE, "summary", "short"), path, 1)


@pytest.mark.parametrize("path", ["", ".", ".status", "status.", "a..b", "a[", "a[x]", "a b", "a[0", '["a]', 'a."b"'])
def test_what_is_no_path_is_an_error(path):
    with pytest.raises(EventError, match="is not a path"):
        get_path(EXAMPLE, path)


def test_a_key_in_brackets_must_be_a_json_text():
    with pytest.raises(EventError, match="is not a JSON text"):
        get_path(EXAMPLE, r'attributes["\q"]')


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("payload.status=closed", "payload.status", "closed"),
        ("status=closed", "status", "closed"),
        ("hasDraft=true", "hasDraft", True),
        ("activeParticipantCount=3", "activeParticipantCount", 3),
        ("name=123", "name", 123),
        ('name="123"', "name", "123"),
        ("name=", "name", ""),
        ("name=a=b", "name", "a=b"),
        ("lastMessage=null", "lastMessage", None),
        ('attributes={"a":[1]}', "attributes", {"a": [1]}),
        ('attributes["a=b"]=1', 'attributes["a=b"]', 1),
        ("+newField={broken", "+newField", "{broken"),
    ],
)
def test_an_assignments_value_is_json_or_else_text(text, path, value):
    assert parse_assignment(text) == (path, value)


@pytest.mark.parametrize("text", ["", "status", "=closed", "status closed", "a b=1"])
def test_what_is_no_assignment_is_an_error(text):
    with pytest.raises(EventError, match="Write PATH=VALUE"):
        parse_assignment(text)


def test_a_value_that_is_no_text_is_an_error():
    with pytest.raises(EventError, match="cannot be written as UTF-8"):
        parse_assignment("name=\udcff")


def test_walk_gives_every_leaf_in_order():
    value = {"a": [{"b": 1}, "x"], "c": [], "d": {}, "e.f": None}
    assert list(walk(value)) == [("a[0].b", 1), ("a[1]", "x"), ("c", []), ("d", {}), ('["e.f"]', None)]
    assert list(walk(5, "payload", "id")) == [("payload.id", 5)]


def test_walk_survives_any_depth():
    deep = []
    for _ in range(5000):
        deep = [deep]
    ((path, leaf),) = walk(deep)
    assert (path, leaf) == ("[0]" * 5000, [])


def test_every_path_of_an_event_leads_back_to_its_value():
    for path, value in walk(EXAMPLE.to_json()):
        assert get_path(EXAMPLE, path) == value


@given(JSON)
def test_every_path_that_walk_writes_can_be_read(value):
    event = set_path(EXAMPLE, "attributes", value)
    leaves = list(walk(value, "payload", "attributes"))
    assert [get_path(event, path) for path, _ in leaves] == [leaf for _, leaf in leaves]


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ((), ""),
        (("payload", "featuredParticipants", 0, "id"), "payload.featuredParticipants[0].id"),
        ((0, "a", 1, 2), "[0].a[1][2]"),
        (("a", "0", "", "b.c", 'd"e', "+f", "ü"), r'a.0[""]["b.c"]["d\"e"]["+f"].ü'),
    ],
)
def test_steps_are_written_as_a_path(steps, path):
    assert format_path(steps) == path
