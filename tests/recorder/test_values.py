from __future__ import annotations

from typing import Any

import pytest

from inspector.recorder.values import json_number, json_text, leaves, values_at

PAYLOAD = {"status": "active", "people": [{"id": "a"}, {"id": "b", "Tags": {"x": 1, "y": 2}}], "Status": "other"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("status", ["active"]),
        ("STATUS", ["active"]),
        ("Status", ["other"]),
        ("people.1.TAGS.X", [1]),
        ("people.1.TaGs", [{"x": 1, "y": 2}]),
        ("PEOPLE.*.ID", ["a", "b"]),
        ("people.1.id", ["b"]),
        ("people.*.id", ["a", "b"]),
        ("people.*.tags.*", [1, 2]),
        ("people.*.tags.x", [1]),
        ("people.2", []),
        ("people.-1", []),
        ("people.id", []),
        ("status.x", []),
        ("people.99999999999999999999", []),
    ],
)
def test_what_a_path_leads_to(path: str, found: list[Any]) -> None:
    assert list(values_at(PAYLOAD, path.split("."))) == found
    assert list(values_at(None, path.split("."))) == []


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1, "1"), (1.0, "1.0"), (True, "true"), (None, "null"), ({"a": [1]}, '{"a":[1]}')]
)
def test_values_as_text(value: Any, text: str) -> None:
    assert json_text(value) == text


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("-1.5e3", -1500.0), ("true", None), ("01", None), ("", None), ('"1"', None)]
)
def test_numbers_are_those_of_json(text: str, number: float | None) -> None:
    assert json_number(text) == number


def test_leaves_are_values_that_hold_no_other() -> None:
    assert sorted(leaves({"a": [1, {"b": 2}], "c": [], "d": 3})) == [1, 2, 3]
