"""Asking values as bytes gives the answers that parsing them would give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from recordings import make_record, shredded

from inspector.recorder.batch import Asked, Batch
from inspector.recorder.comparing import COMPARE, Comparison
from inspector.recorder.payloads import Place
from inspector.recorder.unparsed import compares, equals, holds, text_of

TEXTS = st.text(alphabet='aAbB1 .,:-eü"\\/{}[]\n', max_size=6)
NAMES = st.text(alphabet='aAb1 :"\\', max_size=3)
JSON = st.recursive(
    TEXTS | st.integers(-20, 20) | st.floats(-2, 2) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
LAYOUTS = st.sampled_from([{"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


ALL = Place(("v", "*"))


def raw(text: str) -> Raw:
    return Raw(text.encode())


def asked(question: Asked, values: list[str]) -> bool:
    """The answer for values as they were sent, at ALL; the same whether the body is shredded or not."""
    body = b'{"service":"s","event":"e","payload":{"v":[%b]}}' % ",".join(values).encode()
    request = make_record(body)
    (plain,) = question(Batch([request]))
    assert values == [] or question(Batch([shredded(request)])) == [plain]
    return plain


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
    assert asked(holds(ALL, text), written) == expected


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

    written = [json.dumps(value, **layout) for value in values]
    assert asked(equals(ALL, text), written) == any(map(is_this, scalars))


SOON = st.sampled_from(
    [
        "2024-01-02",
        "2024-01-02T00:00:01Z",
        "2024",
        "20",
        "-3.5",
        "1e1",
        "2024-01",
        "x",
        "",
        "\u00b2",
        "2024-02-03t10:00:00z",
        "2024-02-03\t10:00:00Z",
        "2024-02-03/10:00:00Z",
        "2024-02-03é10:00:00Z",
        "2024-02-03 10:00:00+14:00",
    ]
)


@given(
    st.lists(JSON | SOON, min_size=1, max_size=4),
    LAYOUTS,
    st.sampled_from([*COMPARE]),
    st.sampled_from(["2024-01-02", "5", "-3.5"]),
)
def test_what_is_compared(values: list[Any], layout: dict[str, Any], sign: str, limit: str) -> None:
    comparison = Comparison(sign, limit)
    written = [json.dumps(value, **layout) for value in values]
    scalars = [value if isinstance(value, str) else json.dumps(value) for value in values]
    assert asked(compares(ALL, comparison), written) is any(map(comparison, scalars))


@pytest.mark.parametrize(
    ("question", "values", "expected"),
    [
        (holds(ALL, "1.50"), ["1.50"], True),
        (holds(ALL, "1e2"), ["[1E2]"], True),
        (holds(ALL, "100"), ["1e2"], False),
        (holds(ALL, "name"), ['{"name": "x", "surname" : 1}'], False),
        (holds(ALL, "name"), ['{"name": ["Her Name"]}'], True),
        (holds(ALL, "ok, so"), ['{"a": "OK, so"}'], True),
        (holds(ALL, 'a", "b'), ['["a", "b"]'], False),
        (holds(ALL, '"a"'), ['"a"'], False),
        (holds(ALL, '"a"'), ['"\\"A\\""'], True),
        (holds(ALL, ","), ["[1,2]"], False),
        (holds(ALL, "a\0b"), ['"a"', '"b"'], False),
        (holds(ALL, "a\0b"), ['"a\\u0000b"'], True),
        (holds(ALL, "rue"), ["true"], True),
        (holds(ALL, "anna"), ['"\\u0041nna"'], True),
        (holds(ALL, "na"), ['"\\name"'], False),
        (holds(ALL, "00e9"), ['"\\u00e9"'], False),
        (holds(ALL, "a/b"), ['"a\\/b"'], True),
        (holds(ALL, "x" * 30), ['"' + "X" * 300 + '"'], True),
        (holds(ALL, ""), ["[]"], False),
        (holds(ALL, ""), ['""'], True),
        (equals(ALL, "true"), ["true"], True),
        (equals(ALL, "True"), ['"TRUE"'], True),
        (equals(ALL, "1"), ["1.0"], True),
        (equals(ALL, "1"), ['"1"'], True),
        (equals(ALL, "1"), ["[1]"], False),
        (equals(ALL, "-1e1"), ["-10"], True),
        (equals(ALL, "a"), ['["a"]'], False),
        (equals(ALL, "a"), ['"\\u0061"'], True),
        (equals(ALL, ""), ['""'], True),
        (equals(ALL, ""), ["1"], False),
        (equals(ALL, ""), [], False),
        (equals(ALL, "jürgen"), ['"JÜRGEN"'], True),
        (equals(ALL, "b"), ['"a"', '"B"'], True),
        (equals(ALL, "2"), ['"a"', '{"b":2}', "2"], True),
        (ALL.is_there, ["null"], True),
        (ALL.is_there, [], False),
    ],
)
def test_values_as_bytes(question: Asked, values: list[str], expected: bool) -> None:
    assert asked(question, values) is expected


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
