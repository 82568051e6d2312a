"""Reading JSON without loss: numbers as sent, and what ordinary parsers hide."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.webhook.jsontext import MAX_DEPTH, MAX_ODDITIES, Node, Number, plain, read_json, tree

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e308, 1e308) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


def oddities(body: bytes) -> list[tuple[str, str]]:
    return [(oddity.path, oddity.kind) for oddity in read_json(body).oddities]


def test_an_ordinary_body_has_its_value_and_no_oddities() -> None:
    reading = read_json(b'{"name": "", "count": 2, "tags": ["\\u00e9", null, true]}')
    assert reading.value == {"name": "", "count": 2, "tags": ["é", None, True]}
    assert reading.oddities == ()
    assert reading.error is None


@pytest.mark.parametrize(
    "literal",
    ["1.50", "1e5", "1E+2", "-0", "0.12345678901234567890", "123456789012345678901234567890", "1e400", "-0.0e0"],
)
def test_a_number_prints_as_it_was_sent(literal: str) -> None:
    number = read_json(f"[{literal}]".encode()).value[0]
    assert isinstance(number, Number)
    assert str(number) == literal
    assert f"{number}" == literal


@pytest.mark.parametrize("literal", ["0", "-7", "9007199254740993", "18446744073709551615", "1.5", "-0.25", "0.0"])
def test_a_number_that_python_writes_the_same_way_is_a_plain_one(literal: str) -> None:
    number = read_json(f"[{literal}]".encode()).value[0]
    assert type(number) in (int, float)
    assert str(number) == literal


def test_a_number_still_computes() -> None:
    assert Number("1.50") + 1 == 2.5


def test_a_number_of_a_million_digits_is_kept() -> None:
    literal = "9" * 1_000_000
    assert str(read_json(literal.encode()).value) == literal


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": {"b": 1, "b": 2}}', ("a.b", "duplicate-key")),
        (b'{"a b": 1, "a\\u0020b": 2}', ('["a b"]', "duplicate-key")),
        (b'{"a": [0, NaN]}', ("a[1]", "not-a-number")),
        (b'{"a": -Infinity}', ("a", "not-a-number")),
        (b'{"id": 9007199254740993}', ("id", "number")),
        (b'{"id": -12345678901234567890123}', ("id", "number")),
        (b"[1e400]", ("[0]", "number")),
        (b'{"a": "\\ud83d"}', ("a", "surrogate")),
        (b'{"a": {"\\ud83d": 1}}', ("a", "surrogate")),
        (b"\xef\xbb\xbf{}", ("", "bom")),
        (b'{"a": "\xff"}', ("", "utf-8")),
    ],
)
def test_what_parsers_hide_is_reported_with_its_path(body: bytes, expected: tuple[str, str]) -> None:
    assert oddities(body) == [expected]


@pytest.mark.parametrize(
    "body", [b"9007199254740992", b"1.50", b'"27612960145016998"', b'"\\ud83d\\ude00"', b'{"\\"a\\":": 1}']
)
def test_what_no_parser_hides_is_not_reported(body: bytes) -> None:
    assert oddities(body) == []


def test_the_last_of_two_equal_keys_counts() -> None:
    assert read_json(b'{"a": 1, "a": 2}').value == {"a": 2}


def test_text_that_is_no_text_is_replaced_so_that_the_value_can_be_written() -> None:
    assert read_json(b'["\\ud83d!", "\xff"]').value == ["\ufffd!", "\ufffd"]


def test_oddities_are_bounded() -> None:
    assert len(read_json(b"[" + b"NaN," * 1000 + b"1]").oddities) == MAX_ODDITIES


@pytest.mark.parametrize(
    ("body", "line", "column", "says"),
    [
        (b"", 1, 1, "empty"),
        (b' \n{"a": 1,\n "b" 2}', 3, 6, "a colon"),
        (b"[1,]", 1, 4, "a value"),
        (b'{"a": 1,}', 1, 9, "a name in double quotes"),
        (b"[1 2]", 1, 4, "a comma or ]"),
        (b'{"a": {"b": "hal', 1, 13, "does not end"),
        (b'{"a": tru', 1, 7, "a value"),
        (b'{"a": 1', 1, 8, "ends where a comma or } was expected"),
        (b"01", 1, 2, "the end of the text"),
        ('["é", x]'.encode(), 1, 7, "a value"),
    ],
)
def test_what_is_no_json_says_where_and_why(body: bytes, line: int, column: int, says: str) -> None:
    reading = read_json(body)
    assert reading.value is None
    assert reading.error is not None
    assert (reading.error.line, reading.error.column) == (line, column)
    assert says in reading.error.message


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 200_000])
def test_what_is_nested_too_deeply_is_kept_as_text(depth: int) -> None:
    reading = read_json(b"[" * depth + b'{"a": "]"}' + b"]" * depth)
    value, levels = reading.value, 0
    while isinstance(value, list):
        value, levels = value[0], levels + 1
    assert levels == MAX_DEPTH
    assert value == "[" * (depth - MAX_DEPTH) + '{"a": "]"}' + "]" * (depth - MAX_DEPTH)
    assert [oddity.kind for oddity in reading.oddities] == ["depth"]


def test_nesting_as_deep_as_allowed_is_read() -> None:
    reading = read_json(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)
    assert reading.oddities == ()
    assert str(reading.value) == "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH


def test_nesting_that_never_closes_is_an_error() -> None:
    error = read_json(b"[" * 200_000).error
    assert error is not None
    assert "closing bracket" in error.message


def test_a_tree_shows_everything_as_sent() -> None:
    root = tree(b'{"a": 1.50, "a": [true, "x\\u0041"], "b": {}}')
    assert root is not None
    assert (root.kind, root.key, root.path, root.literal) == ("object", None, "", "")
    first, second, last = root.children
    assert (first.kind, first.key, first.path, first.literal) == ("number", "a", "a", "1.50")
    assert [(node.kind, node.path, node.literal, node.value) for node in second.children] == [
        ("true", "a[0]", "true", True),
        ("string", "a[1]", '"x\\u0041"', "xA"),
    ]
    assert (last.kind, last.children, last.value) == ("object", [], {})


def test_a_tree_of_a_scalar_is_one_node() -> None:
    root = tree(b"null")
    assert root is not None
    assert (root.kind, root.literal, root.children) == ("null", "null", [])


def test_a_tree_of_no_json_is_none() -> None:
    assert tree(b"{") is None


def test_a_full_tree_counts_what_it_has_no_room_for() -> None:
    root = tree(b'{"a": [1, 2, {"x": 3}], "b": 4}', limit=3)
    assert root is not None
    (a,) = root.children
    assert [node.literal for node in a.children] == ["1", "2"]
    assert (a.omitted, root.omitted) == (1, 1)
    assert root.value == {"a": [1, 2, {"x": 3}], "b": 4}


def test_a_tree_keeps_what_is_nested_too_deeply_as_a_literal() -> None:
    root = tree(b"[" * 5000 + b"]" * 5000)
    assert root is not None
    deepest = list(nodes(root))[-1]
    assert deepest.literal == "[" * (5000 - MAX_DEPTH) + "]" * (5000 - MAX_DEPTH)
    assert deepest.children == []


def test_ten_megabytes_are_read_in_time_linear_in_their_size() -> None:
    body = b'{"a": NaN, "b": ["' + b'text", "' * 100_000 + b"x" * 9_000_000 + b'"]}'
    started = time.process_time()
    assert len(read_json(body).value["b"]) == 100_001
    assert time.process_time() - started < 10


def test_plain_is_what_any_writer_takes() -> None:
    value = read_json(b'{"a": [1.50, -0, 1e400, NaN, 123456789012345678901234], "b": "x"}').value
    assert orjson.loads(orjson.dumps(plain(value))) == {
        "a": [1.5, 0, "1e400", "NaN", "123456789012345678901234"],
        "b": "x",
    }


def nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


@given(st.binary() | st.text(alphabet='{}[]",:0123456789.eE+-\\u dntrfalsuNI\n').map(str.encode))
@example(b"\xef\xbb\xbf")
@example(b'"\xed\xa0\x80"')
def test_any_bytes_are_read_without_raising(body: bytes) -> None:
    reading = read_json(body)
    assert (tree(body) is None) == (reading.error is not None)


@given(
    st.text(alphabet='{}[]",:01.eE+-\\u dtrue\n').map(str.encode) | JSON_VALUES.map(lambda v: json.dumps(v).encode())
)
def test_what_has_no_oddities_is_read_as_by_an_ordinary_parser(body: bytes) -> None:
    reading = read_json(body)
    try:
        expected = orjson.loads(body)
    except orjson.JSONDecodeError:
        assert reading.error or reading.oddities
    else:
        assert reading.value == expected or reading.oddities


@given(JSON_VALUES, st.booleans())
def test_value_and_tree_hold_every_json_value(value: object, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode()
    root = tree(body)
    assert root is not None
    assert root.value == read_json(body).value == json.loads(body)
    assert all(json.loads(node.literal) == node.value for node in nodes(root) if node.literal)
