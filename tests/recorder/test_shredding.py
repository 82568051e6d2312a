"""Bodies taken apart come together again, and what their skeleton says of them is so."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import make_record

from inspector.recorder import shredding
from inspector.recorder.shredding import LONGEST, Shredded, Shredder, longest_part, may_span, values_in
from inspector.recorder.values import leaves

TEXTS = st.text(alphabet='aAbt1 .,:-%eü"\\/{}[]\n', max_size=6)
JSON = st.recursive(
    TEXTS | st.integers(-20, 20) | st.floats(-2, 2) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
LAYOUTS = st.sampled_from([{"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}, {}])


@pytest.fixture(autouse=True, scope="module")
def _short_bodies_are_worth_it() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shredding, "WORTH_IT", 1)
        yield


def event(payload: Any, **layout: Any) -> bytes:
    return json.dumps({"service": "s", "event": "e", "payload": payload}, **layout).encode()


def shred(body: bytes) -> Shredded:
    shredded = Shredder().shred(body)
    assert shredded is not None
    return shredded


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
    shredded = shred(body)
    assert shredded.body == body
    assert filled(shredded.skeleton.payload(), shredded.values.split(b"\0")) == payload
    assert [
        shredded.values[start : end - 1] for start, end in zip(shredded.starts, shredded.starts[1:], strict=False)
    ] == (shredded.values.split(b"\0"))


@given(st.dictionaries(TEXTS, JSON, max_size=4), LAYOUTS, st.data())
def test_what_cannot_span_stands_in_the_values_or_in_the_skeleton(
    payload: Any, layout: dict[str, Any], data: st.DataObject
) -> None:
    body = event(payload, **layout)
    shredded, text = shred(body), body.decode()
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : start + data.draw(st.integers(1, 9))]
    raw = part.encode()
    assert may_span(part.lower()) or raw in shredded.values or raw in shredded.skeleton.text
    inner = longest_part(part)
    assert inner in part
    assert not inner or not may_span(inner.lower())


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


def test_bodies_that_are_alike_share_their_skeleton() -> None:
    shredder = Shredder()
    one, two, other = (shredder.shred(event(payload)) for payload in ({"a": "x"}, {"a": "longer"}, {"a": 1}))
    assert one is not None
    assert two is not None
    assert other is not None
    assert one.skeleton is two.skeleton
    assert one.skeleton is not other.skeleton
    assert one.skeleton.payload() == {"a": "2"}
    assert other.skeleton.payload() == {"a": 2}


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
    assert Shredder().shred(body) is None


def test_a_body_of_many_short_values_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    body = event({"a": [1, 2, 3, 4, 5, 6, 7]})
    assert Shredder().shred(body) is not None
    monkeypatch.setattr(shredding, "WORTH_IT", 16)
    assert Shredder().shred(body) is None


def test_a_request_is_the_same_folded() -> None:
    body = event({"a": "ü", "b": [1.50, "", None]}, ensure_ascii=False)
    plain, shredded = make_record(body), make_record(body)
    shredded.shred(Shredder())
    assert type(shredded.kept) is Shredded
    for name in ("body", "content", "text", "has_text", "sha256", "truncated", "is_packed", "kept_size", "payload"):
        assert getattr(shredded, name) == getattr(plain, name)
    assert shredded.to_json()["body"] == plain.to_json()["body"]
    kept = shredded.kept
    shredded.shred(Shredder())
    assert shredded.kept is kept


@pytest.mark.parametrize(
    "request_",
    [
        make_record(b'{"a":1}'),
        make_record(event({"a": 1}) + b" ", size=10_000),
        make_record(gzip.compress(event({"a": 1})), headers={"content-encoding": "gzip"}),
    ],
)
def test_a_request_that_is_no_whole_plain_event_stays_as_it_is(request_: Any) -> None:
    body = request_.kept
    request_.shred(Shredder())
    assert request_.kept is body


@given(JSON, LAYOUTS)
def test_every_value_in_some_json(value: Any, layout: dict[str, Any]) -> None:
    found = values_in(json.dumps([value], **layout).encode())
    read = [json.loads(b'"%b"' % raw if is_string else raw) for raw, is_string in found]
    assert sorted(map(repr, read)) == sorted(map(repr, leaves(value)))
