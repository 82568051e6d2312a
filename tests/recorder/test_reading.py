"""What the bytes of a body say: odd JSON is read as the contract check reads it, compressed bodies are unpacked."""

from __future__ import annotations

import gzip

import pytest
from recordings import CONVERSATION, make_event, make_record

from inspector.recorder.filters import parse_filter
from inspector.recorder.reading import EventFacts, read_value, unpack

EVENT = make_event(name="Support", likelySpamReason="PLACE")
PACKED = {"content-encoding": "gzip"}


def with_value(json: bytes) -> bytes:
    """The event with another value in it, as it stands in the JSON."""
    return EVENT.replace(b'"PLACE"', json)


ODD = {
    "byte-order mark": b"\xef\xbb\xbf" + EVENT,
    "NaN": with_value(b"NaN"),
    "half a surrogate pair": with_value(rb'"\ud83d"'),
    "no UTF-8": with_value(b'"caf\xe9"'),
    "very deep": with_value(b"[" * 3000 + b"]" * 3000),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_what_departs_from_the_contract_is_an_event_all_the_same(body: bytes) -> None:
    request = make_record(body)
    assert request.event == EventFacts("conversations", "conversation.updated", CONVERSATION, None, "Support")
    assert request.contract.verdict == "departs"


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.parametrize("q", ["event:updated", f"conversation:{CONVERSATION}", "payload.status:active", "Support"])
def test_and_searches_find_it(body: bytes, q: str) -> None:
    assert parse_filter(q)(make_record(body))


def test_a_number_that_no_float_can_say_stands_as_text() -> None:
    assert read_value(b'{"a": NaN, "b": 1.5}') == {"a": "NaN", "b": 1.5}
    assert read_value(b"{") is None


def test_a_compressed_body_is_unpacked_for_whoever_reads_it() -> None:
    body = gzip.compress(EVENT)
    request = make_record(body, headers=PACKED)
    assert (request.body, request.content) == (body, EVENT)
    assert request.event is not None
    assert request.payload["name"] == "Support"
    assert parse_filter("payload.name:Support body:~support")(request)


def test_bytes_that_only_look_compressed_stay_as_they_are() -> None:
    body = gzip.compress(EVENT)
    assert make_record(body).content == body


@pytest.mark.parametrize("body", [gzip.compress(EVENT)[:-9], b"\x1f\x8b nonsense"], ids=["cut", "damaged"])
def test_what_cannot_be_unpacked_stays_as_it_is(body: bytes) -> None:
    assert unpack(body) is None
    assert make_record(body, headers=PACKED).content == body


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.recorder.reading.MAX_UNPACKED", 1000)
    assert unpack(gzip.compress(b"x" * 1000)) is not None
    assert unpack(gzip.compress(b"x" * 1001)) is None
