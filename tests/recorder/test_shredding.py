"""Bodies taken apart come together again, and what their skeleton says of them is so."""

from __future__ import annotations

import gzip
import json
from copy import copy
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import make_record, shred, shredded

from inspector.recorder import shredding
from inspector.recorder.filters import parse_filter
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import LONGEST, SMALL, Shredded, Shredder
from inspector.recorder.spanning import longest_parts, may_span

TEXTS = st.text(alphabet='aAbt1 .,:-%eü"\\/{}[]\n', max_size=6)
JSON = st.recursive(
    TEXTS | st.integers(-20, 20) | st.floats(-2, 2) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.sampled_from([{"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}, {}])


def event(payload: Any, **layout: Any) -> bytes:
    return json.dumps({"service": "s", "event": "e", "payload": payload}, **layout).encode()


def apart(body: bytes) -> Shredded:
    kept = shredded(make_record(body)).kept
    assert type(kept) is Shredded
    return kept


def filled(skeleton: Any, values: list[bytes]) -> Any:
    """A skeleton's payload with values in place of their numbers."""
    if isinstance(skeleton, dict):
        return {name: filled(child, values) for name, child in skeleton.items()}
    if isinstance(skeleton, list):
        return [filled(child, values) for child in skeleton]
    value = values[int(skeleton)]
    return json.loads(b'"%b"' % value if isinstance(skeleton, str) else value)


@given(st.dictionaries(TEXTS, JSON, max_size=4), LAYOUTS)
def test_a_body_comes_together_again(payload: Any, layout: dict[str, Any]) -> None:
    body = event(payload, **layout)
    shredded = apart(body)
    assert shredded.body == body
    assert filled(shredded.skeleton.payload(), shredded.values.split(b"\0")) == payload
    assert [
        shredded.values[start : end - 1] for start, end in zip(shredded.starts, shredded.starts[1:], strict=False)
    ] == (shredded.values.split(b"\0"))


def test_what_a_path_for_all_leads_to_stands_side_by_side() -> None:
    people = [{"name": name, "tags": [name * 2, {"x": 1}], "own": {"age": 1}} for name in ("Anna", "Berta")]
    skeleton = apart(event({"people": people, "status": "closed", "sub": {"a": "x", "b": 2}, "z": 1})).skeleton
    for path in ("*", "people.*.name", "people.*.*", "people.*.tags.*", "people.*.own.age", "sub.*", "*.*"):
        assert len(skeleton.runs_at(tuple(path.split(".")), (str, int))) == 1


@given(st.dictionaries(TEXTS, JSON, max_size=4), LAYOUTS, st.data())
def test_what_cannot_span_stands_in_the_values_or_in_the_skeleton(
    payload: Any, layout: dict[str, Any], data: st.DataObject
) -> None:
    body = event(payload, **layout)
    shredded, text = apart(body), body.decode()
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : start + data.draw(st.integers(1, 9))]
    raw = part.encode()
    assert may_span(part.lower()) or raw in shredded.values or raw in shredded.skeleton.text
    for inner in longest_parts(part):
        assert inner in part
        assert not may_span(inner.lower())


def test_bodies_that_are_alike_share_their_skeleton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shredding, "MOST_AT_ONCE", 0)
    shredder = Shredder()
    text = "long enough to be worth it " * 3
    one, other, two, three = (
        make_record(event({"text": text, "a": value})) for value in ("x", 1, "longer", "the third")
    )
    shredder.take(one)
    assert type(one.kept) is bytes  # it is like none before
    for request in (other, two, three):
        shredder.take(request)
    assert type(other.kept) is bytes
    skeletons = {apart_of(request).skeleton for request in (one, two, three)}
    assert [skeleton.payload() for skeleton in skeletons] == [{"text": "1", "a": "0"}]
    shredder.take(make_record(other.body))
    assert apart_of(other).skeleton.payload() == {"text": "1", "a": 0}


def apart_of(request: RecordedRequest) -> Shredded:
    assert type(request.kept) is Shredded
    return request.kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"no json",
        event({"a": 1})[:-1],
        b"\xef\xbb\xbf" + event({"a": 1}),
        b'{"service":"s","event":"e","payload":{"a":NaN}}',
        b'{"service":"s","event":"e","payload":{"a":"\\ud800"}}',
        event({"a": "x" * LONGEST}),
    ],
)
def test_what_stays_as_it_is(body: bytes) -> None:
    request = make_record(body)
    shred(copy(request), request)
    assert request.kept is body


def test_a_body_of_many_short_values_stays_as_it_is() -> None:
    requests = [make_record(event({"a": [*range(number)]})) for number in (1, 7)]
    shredder = Shredder()
    for request in requests:
        shredder.take(request)
        shredder.take(copy(request))
    assert [type(request.kept) for request in requests] == [Shredded, bytes]


@pytest.mark.parametrize(
    "request_",
    [
        make_record(b'{"a":1}'),
        make_record(event({"a": 1}) + b" ", size=10_000),
        make_record(gzip.compress(event({"a": 1})), headers={"content-encoding": "gzip"}),
    ],
)
def test_a_request_that_is_no_whole_plain_event_stays_as_it_is(request_: RecordedRequest) -> None:
    body = request_.kept
    shred(copy(request_), request_)
    assert request_.kept is body


def test_there_is_a_most_of_skeletons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shredding, "MOST_SKELETONS", 2)
    monkeypatch.setattr(shredding, "MOST_AT_ONCE", 1)
    requests = [make_record(event({f"name{number // 2}": "x" * 99})) for number in range(8)]
    shredder = Shredder()
    for request in requests:
        shredder.take(request)
    assert [type(request.kept) for request in requests] == [Shredded] * 4 + [bytes] * 4


def test_skeletons_go_with_the_last_body_that_has_them() -> None:
    requests = [make_record(event({"a": "x" * 99})) for _ in range(2)]
    shred(*requests)
    skeleton = ref(apart_of(requests[0]).skeleton)
    parse_filter("payload.a:x OR x").among(requests)
    requests.clear()
    assert skeleton() is None


def test_a_request_is_the_same_shredded() -> None:
    body = event({"a": "ü", "b": [1.50, "", None]}, ensure_ascii=False)
    plain, other = make_record(body), shredded(make_record(body))
    for name in ("body", "content", "text", "has_text", "sha256", "truncated", "is_packed", "kept_size", "payload"):
        assert getattr(other, name) == getattr(plain, name)
    assert other.to_json()["body"] == plain.to_json()["body"]
    kept = other.kept
    shred(other, copy(other))
    assert other.kept is kept


def test_the_first_few_need_not_be_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shredding, "MOST_AT_ONCE", 2)
    requests = [make_record(event({f"name{number}": "x" * 99})) for number in range(3)]
    requests.insert(0, make_record(event({"name" * (SMALL // 4): "x"})))  # too large for that
    shredder = Shredder()
    for request in requests:
        shredder.take(request)
    assert [type(request.kept) for request in requests] == [bytes, Shredded, Shredded, bytes]
