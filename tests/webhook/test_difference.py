"""What changed between two JSON values, path by path."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.webhook.difference import Change, differences
from inspector.webhook.jsontext import read_json
from inspector.webhook.pathnames import format_path

JANE, JOHN = {"id": "1", "displayName": "Jane", "status": "active"}, {"id": "2", "displayName": "John"}

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "name", "a.b", ""]), inner, max_size=4)
        | st.lists(st.fixed_dictionaries({"id": st.sampled_from("xyz"), "v": inner}), max_size=4)
    ),
    max_leaves=12,
)


def test_a_changed_field_has_its_path_and_both_values() -> None:
    old, new = {"a": {"status": "active"}}, {"a": {"status": "closed"}}
    assert differences(old, new) == [Change("a.status", "active", "closed", "changed")]


def test_added_and_removed_fields_are_told_from_null() -> None:
    changes = differences({"gone": None, "same": 1}, {"same": 1, "come": None})
    assert changes == [Change("come", None, None, "added"), Change("gone", None, None, "removed")]


def test_an_added_object_is_one_change() -> None:
    message = {"id": "m", "preview": {"text": "hallo"}}
    assert differences({}, {"lastMessage": message}) == [Change("lastMessage", None, message, "added")]


def test_participants_are_matched_by_id() -> None:
    late = {**JANE, "status": "invited"}
    changes = differences({"participants": [JANE, JOHN]}, {"participants": [JOHN, late]})
    assert changes == [Change("participants[1].status", "active", "invited", "changed", "Jane")]


def test_mere_order_is_no_change() -> None:
    assert differences([JANE, JOHN], [JOHN, JANE]) == []


def test_a_removed_participant_has_its_old_index_and_an_added_one_its_new() -> None:
    mary = {"id": "3", "displayName": "Mary"}
    assert differences([JANE, JOHN], [mary, JOHN]) == [
        Change("[0]", None, mary, "added", "Mary"),
        Change("[0]", JANE, None, "removed", "Jane"),
    ]


@pytest.mark.parametrize(
    ("old", "new"), [([JANE, JANE], [JANE]), ([JANE, {}], [JANE]), ([JANE, {"id": None}], [JANE]), ([1, 2], [1])]
)
def test_elements_without_an_id_of_their_own_are_matched_by_index(old: list[Any], new: list[Any]) -> None:
    assert [(change.path, change.kind) for change in differences(old, new)] == [("[1]", "removed")]


def test_a_participant_names_the_changes_inside_it() -> None:
    old, new = ({"sender": {"displayName": "Jane", "contact": {"key": key}}} for key in "ab")
    assert [change.label for change in differences(old, new)] == ["Jane"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("1", "1.0"), ("1.50", "1.5"), ("1e2", "100"), ("-0", "0"), ("NaN", "NaN"), ("1e99999999999999999999",) * 2],
)
def test_numbers_of_equal_value_are_no_change(old: str, new: str) -> None:
    assert differences(read_json(old.encode()).value, read_json(new.encode()).value) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12345678901234567.891", "12345678901234567.892"),
        ("123456789012345678901", "123456789012345678902"),
        ("1e400", "1e401"),
        ("1", "true"),
        ("0", "null"),
        ("0", '"0"'),
        ("{}", "[]"),
        ("NaN", "0"),
    ],
)
def test_values_that_parsers_confuse_are_told_apart(old: str, new: str) -> None:
    assert len(differences(read_json(old.encode()).value, read_json(new.encode()).value)) == 1


def test_paths_can_start_in_the_payload() -> None:
    assert differences({"a": 1}, {"a": 2}, path=("payload",))[0].path == "payload.a"


def test_changes_come_in_the_order_of_the_new_value_and_are_bounded() -> None:
    new = {f"field{index}": index for index in range(100)}
    assert [change.path for change in differences({}, new, limit=3)] == ["field0", "field1", "field2"]


def test_deep_nesting_does_not_matter() -> None:
    old: Any = 1
    new: Any = 2
    for _ in range(3000):
        old, new = [old], [new]
    assert [change.path for change in differences(old, new)] == ["[0]" * 3000]


def test_json_has_numbers_that_any_writer_takes() -> None:
    (change,) = differences({"a": 1}, read_json(b'{"a": 1e400}').value)
    assert change.to_json() == {"path": "a", "old": 1, "new": "1e400", "kind": "changed", "label": None}
    assert orjson.dumps(change.to_json())


def places(value: Any, steps: tuple[str | int, ...] = ()) -> dict[str, Any]:
    """Every path of a value with what stands there."""
    found = {format_path(steps): value}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        found |= places(part, (*steps, step))
    return found


@given(JSON_VALUES)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert differences(value, copy.deepcopy(value)) == []


@given(JSON_VALUES, JSON_VALUES)
def test_every_change_is_where_its_path_says(old: Any, new: Any) -> None:
    before, after = places(old), places(new)
    for change in differences(old, new):
        if change.kind == "removed":
            assert before[change.path] is change.old
        else:
            assert after[change.path] is change.new


@given(JSON_VALUES, JSON_VALUES)
def test_backwards_the_same_places_change(old: Any, new: Any) -> None:
    there, back = differences(old, new), differences(new, old)
    assert len(there) == len(back)
    assert sorted(json.dumps([c.old, c.new]) for c in there) == sorted(json.dumps([c.new, c.old]) for c in back)
