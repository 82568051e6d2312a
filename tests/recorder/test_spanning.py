"""What spans a value is found where it stands, and nothing is told of what may span several."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import make_record, shredded

from inspector.recorder.batch import Batch
from inspector.recorder.spanning import MOST_BLANKS, Span, may_span
from inspector.recorder.words import in_body

EVENT = {
    "service": "s",
    "event": "e",
    "payload": {
        "status": "Active",
        "people": [{"name": "Anna Berta", "status": "closed"}, {"name": "", "status": "closed", "age": 41}],
        "flags": [True, None, 1.50],
        "text": "long enough to be worth taking it apart" * 3,
    },
}
BODY = json.dumps(EVENT, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna", False),
        ("anna berta", False),
        ("http://x", False),
        ("12:30", False),
        ("a, b", False),
        ('"anna', True),
        ("true,", True),
        (" 5", True),
        (": 5", True),
        ("1,2", True),
        ("5}", True),
        ("{", True),
        ("\0", True),
    ],
)
def test_what_may_span(text: str, expected: bool) -> None:
    assert may_span(text) is expected


def can_tell(text: bytes, body: bytes) -> bool:
    (answer,) = Span(text).can_tell(Batch([shredded(make_record(body))]))
    return answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"status":"active"', True),
        ('"STATUS":"ACTIVE"', True),
        ('"status":"closed"', True),
        ('"status":"clos', True),
        ('"status":"losed"', False),
        ('status":"closed"}', True),
        ('"status":""', False),
        ('"name":""', True),
        ('"name":"anna berta","', True),
        ('berta","status', True),
        ('anna","status', False),
        ('"age":41}', True),
        ('"age":4', True),
        ('"age":1', False),
        ("41}", True),
        ("4}", False),
        ("true,", True),
        ("[true", True),
        ("[rue", False),
        ('apart"}}', True),
    ],
)
def test_what_spans_one_value(text: str, expected: bool) -> None:
    assert (text.lower().encode() in BODY.lower()) is expected
    assert can_tell(text.lower().encode(), BODY)
    assert Span(text.lower().encode()).found_in(Batch([shredded(make_record(BODY))])) == [expected]


@pytest.mark.parametrize("text", ['"anna berta","status":"closed"', "true,null", '"closed"},{"name":""'])
def test_what_spans_several_is_looked_for_in_the_whole(text: str) -> None:
    assert not can_tell(text.encode(), BODY)
    assert in_body(text)(Batch([shredded(make_record(BODY))])) == [True]


@pytest.mark.parametrize("body", [BODY.replace(b"Active", b"\\u0041ctive"), BODY.replace(b"flags", b"fl\\u0061gs")])
def test_nothing_is_told_of_what_has_escapes(body: bytes) -> None:
    assert not can_tell(b'"status":"active"', body)


def test_nothing_is_told_of_a_text_of_many_parts() -> None:
    assert can_tell(b'"text":"a b c', BODY)
    assert not can_tell(b'"text":"' + b"a " * MOST_BLANKS, BODY)


def test_nothing_is_told_of_what_is_whole() -> None:
    assert Span(b'"status":"active"').can_tell(Batch([make_record(BODY)])) == [False]


TEXTS = st.text(alphabet='aAb1 :,"}', max_size=4)
"""No escapes but of quotes."""
PAYLOADS = st.dictionaries(
    TEXTS, TEXTS | st.integers(0, 12) | st.booleans() | st.lists(TEXTS | st.integers(0, 12), max_size=3), max_size=4
)


@given(st.lists(PAYLOADS, min_size=1, max_size=3), st.sampled_from([(",", ":"), (", ", ": ")]), st.data())
def test_a_part_of_a_body_is_found_in_just_those_that_hold_it(
    payloads: list[Any], separators: tuple[str, str], data: st.DataObject
) -> None:
    bodies = [json.dumps({**EVENT, "payload": payload}, separators=separators) for payload in payloads]
    start = data.draw(st.integers(0, len(bodies[0]) - 1))
    part = bodies[0][start : start + data.draw(st.integers(1, 16))].lower()
    found = in_body(part)(Batch([shredded(make_record(body.encode())) for body in bodies]))
    assert found == [part in body.lower() or part in body.replace("\\", "").lower() for body in bodies]
