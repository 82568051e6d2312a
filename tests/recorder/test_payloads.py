"""Reading paths out of payloads, shredded or not, gives what walking through the parsed payload gives."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from copy import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from recordings import make_record, shred, shredded

from inspector.recorder.batch import Batch
from inspector.recorder.filters import parse_filter
from inspector.recorder.payloads import Place, Values
from inspector.recorder.reading import read_value
from inspector.recorder.unparsed import text_of
from inspector.recorder.values import leaves, values_at

NAMES = st.sampled_from(["status", "Status", "lastMessage", "id", "own", "Own", "0", "a b", "ü", 'q"'])
SEGMENTS = NAMES | st.sampled_from(["STATUS", "LASTMESSAGE", "OWN", "*", "0", "1", "Ü"])
JSON = st.recursive(
    st.sampled_from(["x", 1, 1.5, True, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(NAMES, JSON, max_size=4)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map(tuple)
LAYOUTS = st.sampled_from([{"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])


def event(payload: Any, **layout: Any) -> bytes:
    return json.dumps({"service": "s", "event": "e", "payload": payload}, **layout).encode()


def parsed(values: Values) -> list[Any]:
    return [] if values is None else [*map(json.loads, values.split(b"\0"))]


def same(found: Iterable[Any], expected: Iterable[Any]) -> bool:
    """Whether these are the same, in whatever order."""
    return sorted(map(repr, found)) == sorted(map(repr, expected))


@given(st.lists(st.tuples(PAYLOADS, st.booleans()), min_size=1, max_size=4), PATHS, LAYOUTS)
def test_every_path_is_read(payloads: list[tuple[Any, bool]], path: tuple[str, ...], layout: dict[str, Any]) -> None:
    requests = [make_record(event(payload, **layout)) for payload, _ in payloads]
    batch = Batch(
        [shredded(request) if shred else request for request, (_, shred) in zip(requests, payloads, strict=True)]
    )
    place = Place(path)
    for number, (payload, _) in enumerate(payloads):
        found = values_at(payload, path)
        scalars = [value for value in found if not isinstance(value, dict | list)]
        others = [value for value in scalars if not isinstance(value, str)]
        assert place.is_there(batch)[number] is bool(found)
        assert same(parsed(place.others(batch)[number]), others)
        assert count(place.scalars(batch)[number]) == len(scalars)
        assert count(place.leaves(batch)[number]) == sum(1 for value in found for _ in leaves(value))


def count(values: Values) -> int:
    return 0 if values is None else values.count(b"\0") + 1


def read(path: str, *bodies: bytes, **headers: str) -> list[list[Any]]:
    """What is found at a path, the same in bodies that are shredded."""
    place = Place(tuple(path.split(".")) if path else ())
    requests = [make_record(body, headers=headers) for body in bodies]
    found = [[read_value(bytes(v)) if isinstance(v, Raw) else v for v in place.opened(request)] for request in requests]
    here = [[*map(text_of, place.opened(request))] for request in requests]
    for request in requests:
        shred(request, copy(request))
    assert [[*map(text_of, place.opened(request))] for request in requests] == here
    return found


def test_a_name_is_read_as_asked_or_as_the_contract_writes_it_or_in_any_case() -> None:
    bodies = [event({"status": "a"}), event({"STATUS": "b", "status": "c"}), event({"Status": "d"})]
    assert read("status", *bodies) == [["a"], ["c"], ["d"]]
    assert read("STATUS", *bodies) == [["a"], ["b"], ["d"]]
    assert read("Status", *bodies) == [["a"], ["c"], ["d"]]


def test_what_no_decoder_reads_may_stand_at_a_path() -> None:
    body = b'{"service":"s","event":"e","payload":{"own":["\\ud800",{"x":NaN}]}}'
    batch = Batch([make_record(body)])
    assert Place(("own",)).leaves(batch) == ["NaN\0\ufffd".encode()]
    assert Place(("own", "*")).scalars(batch) == ["\ufffd".encode()]
    assert Place(("own", "*", "x")).scalars(batch) == [b"NaN"]


def test_names_may_be_escaped() -> None:
    assert read("STATUS", b'{"service":"s","event":"e","payload":{"ST\\u0041TUS":"a","status":"b"}}') == [["a"]]
    assert read("own", b'{"service":"s","event":"e","payload":{"\\u006fwn":"a"}}') == [["a"]]
    assert read("a/b", b'{"service":"s","event":"e","payload":{"A\\/b":"a"}}') == [["a"]]


def test_a_name_that_the_contract_does_not_know_is_read_in_any_case() -> None:
    bodies = [event({"own": "a"}), event({"OWN": "b", "own": "c"}), event({"Own": "d"}), event({})]
    assert read("own", *bodies) == [["a"], ["c"], ["d"], []]
    assert read("oWN", *bodies) == [["a"], ["b", "c"], ["d"], []]


@pytest.mark.parametrize("body", [b"", b"no json", b'{"payload":{"status":"a"}}', event([1]), event("x"), event(None)])
def test_what_is_no_event_has_nothing(body: bytes) -> None:
    for path in ("", "status", "*", "own"):
        assert read(path, body) == [[]]
        assert read(path, event({"status": "a", "own": "b"}), body)[1] == []


@pytest.mark.parametrize(
    "body",
    [
        event({"status": "a", "list": [1, 2]}),
        event({"status": "a", "list": [1, 2]}, indent=2),
        b"\n" + event({"status": "a", "list": [1, 2]}) + b"\r\n",
        b'{"payload":{"status":"a","list":[1,2]},"service":"s","event":"e"}',
        b'{"payload":{"status":"b"},"service":"s","event":"e","payload":{"status":"a","list":[1,2]}}',
        b'{"service":"s","event":"e","payload":{"status":"a","list":[1,2]},"event":"e"}',
        b'{"service":"s","event":"e","p\\u0061yload":{"st\\u0061tus":"a","list":[1,2]}}',
        b'{"service":"s","event":"e","payload":{"status":"a","list":[1,2]},"more":NaN}',
        b'\xef\xbb\xbf{"service":"s","event":"e","payload":{"status":"a","list":[1,2]}}',
    ],
)
def test_however_an_event_is_written_its_payload_is_found(body: bytes) -> None:
    payload = {"status": "a", "list": [1, 2]}
    assert read("", body) == [[payload]]
    assert read("status", body) == [["a"]]
    assert read("list.*", body) == [[1, 2]]
    assert read("*", body) == [["a", [1, 2]]]


def test_a_packed_body_is_unpacked() -> None:
    body = gzip.compress(event({"status": "a"}))
    assert read("status", body, **{"content-encoding": "gzip"}) == [["a"]]
    assert read("", body, **{"content-encoding": "gzip"}) == [[{"status": "a"}]]


def test_a_path_deeper_than_any_type() -> None:
    payload: Any = "end"
    for _ in range(40):
        payload = {"a": payload}
    assert read(".".join(["a"] * 40), event(payload)) == [["end"]]
    assert read(".".join(["a"] * 41), event(payload)) == [[]]


@pytest.mark.parametrize(
    ("payload", "search", "expected"),
    [
        (b'{"a":{"x":"foo","x":"bar"}}', "payload.a:~bar", True),
        (b'{"a":{"x":"foo","x":"bar"}}', "payload.a:~foo", False),  # the last of several is the one that counts
        (b'{"a":{"x":"foo","x":"bar"}}', "foo", True),
        ('{"n":"\u06635"}'.encode(), "payload.n>30", False),  # digits, but none of JSON
        (b'{"n":"\\u06635"}', "payload.n>30", False),
        (b'{"n":["35"],"m":"a\\nb"}', "payload.n.*>30", True),
        (b'{"n":9007199254740993}', "payload.n>9007199254740992", True),
        (b'{"n":"9007199254740993"}', "payload.n>9007199254740992", True),
        (b'{"n":%b}' % (b"9" * 9), "payload.n>5", True),
        (b'{"n":"%b"}' % (b"9" * 5000), "payload.n>5", True),
        (b'{"n":true,"m":null}', "payload.*>-1", False),
        (b'{"n":2.0}', "payload.n:2", True),
        (b'{"n":-0}', "payload.n:0", True),
        (b'{"n":"2.0"}', "payload.n:2", False),
        (b'{"n":2}', "payload.n:2.0", True),
        (b'{"a":"say \\"hi\\""}', 'payload.a:~"\\"hi\\""', True),
        (b'{"a":{"b":"say \\"hi\\" \\\\ \\n"}}', 'payload.a:~"\\"HI\\" \\\\"', True),
    ],
)
def test_a_body_is_asked_the_same_shredded(payload: bytes, search: str, expected: bool) -> None:
    request = make_record(b'{"service":"s","event":"e","payload":%b}' % payload)
    matches = parse_filter(search)
    assert matches(request) is expected
    assert matches(shredded(request)) is expected


@pytest.mark.parametrize(
    ("body", "search", "expected"),
    [
        (b'\xef\xbb\xbf{"service":"s","event":"e","payload":{"b":0.00001}}', "payload.b:~0.00001", True),
        (b'{"service":"s","event":"e","payload":{"a":"\xe9t\xe9"}}', 'payload.a:~"\u00e9"', False),
        (b'{"service":"s","event":"e","payload":{"a":["\xe9t\xe9","x\\n"]}}', 'payload.a:~"\u00e9"', False),
        (b'{"service":"s","event":"e","payload":{"a":"\xe9t\xe9"}}', "payload.a:~t", True),
    ],
)
def test_what_only_a_tolerant_reader_reads_is_asked_as_it_is_shown(body: bytes, search: str, expected: bool) -> None:
    assert parse_filter(search)(make_record(body)) is expected
