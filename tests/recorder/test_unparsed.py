"""Asking values as bytes gives the answers that parsing them would give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from inspector.recorder.unparsed import SHORT, Meets, equals, holds, is_any, is_there, text_of
from inspector.recorder.values import scale

TEXTS = st.text(alphabet='aAbB1 .,:-eü"\\/{}[]\n', max_size=6)
NAMES = st.text(alphabet='aAb1 :"\\', max_size=3)
JSON = st.recursive(
    TEXTS | st.integers(-20, 20) | st.floats(-2, 2) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
LAYOUTS = st.sampled_from([{"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


def raw(text: str | bytes) -> Raw:
    return Raw(text if isinstance(text, bytes) else text.encode())


def numbers_as_sent(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str)


def leaf_texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from leaf_texts(child)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


@given(st.lists(JSON, min_size=1, max_size=3), LAYOUTS, TEXTS, st.data())
def test_what_a_value_holds(values: list[Any], layout: dict[str, Any], text: str, data: st.DataObject) -> None:
    written = [json.dumps(value, **layout) for value in values]
    texts = [leaf for one in written for leaf in leaf_texts(numbers_as_sent(one))]
    if data.draw(st.booleans()) and texts:
        text = data.draw(st.sampled_from(texts))[1:4].swapcase()
    expected = any(text.lower() in leaf.lower() for leaf in texts)
    assert holds(text)([raw(one) for one in written]) == expected


@given(st.lists(JSON, min_size=1, max_size=3), LAYOUTS, TEXTS)
def test_what_is_held_within_objects_and_arrays_alone(values: list[Any], layout: dict[str, Any], text: str) -> None:
    containers = [value for value in values if isinstance(value, dict | list)]
    written = [raw(json.dumps(value, **layout)) for value in values]
    inside = [raw(json.dumps(value, **layout)) for value in containers]
    assert holds(text, within=True)(written) == holds(text)(inside)
    assert holds(text, within=True)(values) == holds(text)(containers)


@given(st.lists(JSON, min_size=1, max_size=3), LAYOUTS, TEXTS, st.data())
def test_what_a_value_equals(values: list[Any], layout: dict[str, Any], text: str, data: st.DataObject) -> None:
    scalars = [value for value in values if not isinstance(value, dict | list)]
    if data.draw(st.booleans()) and scalars:
        picked = data.draw(st.sampled_from(scalars))
        text = picked.swapcase() if isinstance(picked, str) else json.dumps(picked)
    try:
        number = json.loads(text)
    except ValueError:
        number = None
    is_number = isinstance(number, int | float) and not isinstance(number, bool)

    def is_this(value: Any) -> bool:
        if is_number and isinstance(value, int | float) and not isinstance(value, bool):
            return bool(value == number)
        return (value if isinstance(value, str) else json.dumps(value)).lower() == text.lower()

    assert equals(text)([raw(json.dumps(value, **layout)) for value in values]) == any(map(is_this, scalars))
    assert equals(text)(values) == any(map(is_this, scalars))


@pytest.mark.parametrize(
    ("test", "values", "expected"),
    [
        (holds("1.50"), ["1.50"], True),
        (holds("1e2"), ["[1E2]"], True),
        (holds("100"), ["1e2"], False),
        (holds("name"), ['{"name": "x", "surname" : 1}'], False),
        (holds("name"), ['{"name": ["Her Name"]}'], True),
        (holds("ok, so"), ['{"a": "OK, so"}'], True),
        (holds('a", "b'), ['["a", "b"]'], False),
        (holds(","), ["[1,2]"], False),
        (holds("rue"), ["true"], True),
        (holds("anna"), ['"\\u0041nna"'], True),
        (holds("na"), ['"\\name"'], False),
        (holds("00e9"), ['"\\u00e9"'], False),
        (holds("a/b"), ['"a\\/b"'], True),
        (holds("x" * SHORT), ['"' + "X" * 300 + '"'], True),
        (holds(""), ["[]"], False),
        (holds(""), ['""'], True),
        (equals("true"), ["true"], True),
        (equals("True"), ['"TRUE"'], True),
        (equals("1"), ["1.0"], True),
        (equals("1"), ['"1"'], True),
        (equals("1"), ["[1]"], False),
        (equals("-1e1"), ["-10"], True),
        (equals("a"), ['["a"]'], False),
        (equals("a"), ['"\\u0061"'], True),
        (equals("jürgen"), ['"JÜRGEN"'], True),
        (equals("b"), ['"a"', '"B"'], True),
        (equals("2"), ['"a"', '{"b":2}', "2"], True),
        (is_there, ["null"], True),
        (is_there, [], False),
    ],
)
def test_values_as_bytes(test: Meets, values: list[str], expected: bool) -> None:
    assert test([raw(value) for value in values]) is expected


def test_what_is_compared_is_parsed() -> None:
    is_more = is_any(lambda value: (found := scale(value)) is not None and found[1] > 5)
    assert is_more([raw("1"), raw("6")])
    assert is_more([raw('"1970-01-01T00:00:06Z"')])
    assert not is_more([raw("[6]"), raw('"six"')])
    assert is_more([1, 6])
    assert not is_more([])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (raw('"J\\u00fcrgen"'), "Jürgen"),
        (raw("1.50"), "1.50"),
        (raw('{ "a": 1 }'), '{"a":1}'),
        (raw("null"), "null"),
        (1.5, "1.5"),
    ],
)
def test_values_are_shown(value: Any, shown: str) -> None:
    assert text_of(value) == shown


def test_bytes_that_are_no_text_are_asked_all_the_same() -> None:
    assert holds("anna")([raw(b'["\xff anna"]')])
    assert equals("anna")([raw(b'"anna"')])
    assert not equals("annä")([raw(b'"ann\xff"')])
