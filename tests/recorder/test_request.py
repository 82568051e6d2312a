from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import orjson
import pytest
from recordings import CONVERSATION, KEY, NOON, make_event, make_record, signed

from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RECORD_COST, EventFacts, RecordedRequest, decode
from inspector.settings import SigningKey
from inspector.webhook.times import utc


def test_headers_keep_order_and_repeats() -> None:
    pairs = [(b"host", b"a:1"), (b"x-b", b"1"), (b"x-a", b"t: c:d"), (b"x-b", b""), (b"x-c", b"\xfc")]
    request = RecordedRequest(received_at=NOON, method="GET", target=b"/", headers=pairs, body=b"", analyser=Analyser())
    assert list(request.raw_headers()) == pairs
    assert request.headers == [("host", "a:1"), ("x-b", "1"), ("x-a", "t: c:d"), ("x-b", ""), ("x-c", "ü")]
    assert (request.header("X-B"), request.header("x-a"), request.header("x")) == ("1", "t: c:d", None)


def test_a_request_may_have_no_header() -> None:
    request = RecordedRequest(received_at=NOON, method="GET", target=b"/", headers=[], body=b"", analyser=Analyser())
    assert (request.headers, request.url, request.request_id) == ([], "http:///", None)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/hook", "/hook", ""),
        ("/h%6Fok?b=2&a=%20", "/h%6Fok", "b=2&a=%20"),
        ("/a?b?c", "/a", "b?c"),
        ("/a?", "/a", ""),
        ("*", "*", ""),
    ],
)
def test_the_target_stays_as_sent(target: str, path: str, query: str) -> None:
    request = make_record(target=target)
    assert (request.path, request.query) == (path, query)
    assert request.url == f"http://inspector.test{target}"


@pytest.mark.parametrize(
    ("method", "target", "url"),
    [
        ("GET", "http://other.example/abs?x=1", "http://other.example/abs?x=1"),
        ("CONNECT", "other.example:443", "http://other.example:443"),
        ("-", "", ""),
    ],
)
def test_a_target_that_names_its_host_makes_the_url(method: str, target: str, url: str) -> None:
    assert make_record(method=method, target=target).url == url


@pytest.mark.parametrize("name", ["messagebird-request-id", "MessageBird-Request-Id"])
def test_the_webhook_request_id_is_at_hand(name: str) -> None:
    assert make_record(headers={name: "abc", "x-messagebird-request-id": "no"}).request_id == "abc"


def test_an_empty_webhook_request_id_is_none() -> None:
    assert make_record(headers={"messagebird-request-id": ""}).request_id is None


def test_a_truncated_body_counts_what_was_received() -> None:
    request = make_record(b"abc", size=10)
    assert (request.size, request.truncated) == (10, True)
    assert request.cost == RECORD_COST + len(b"abc") + len(request.head) + len("/hook")


@pytest.mark.parametrize(("body", "text"), [(b"", ""), ("zoë".encode(), "zoë"), (b"\xff", None)])
def test_the_body_as_text(body: bytes, text: str | None) -> None:
    assert make_record(body).text == text


def test_facts_of_an_event() -> None:
    request = make_record(make_event("conversation.created", name="Support", channelId="ch"))
    assert request.event == EventFacts("conversations", "conversation.created", CONVERSATION, "ch", "Support")
    assert request.event is request.event
    assert request.payload["status"] == "active"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"service":1,"event":"e","payload":{}}',
        b'{"service":"s","event":null,"payload":{}}',
        b'{"service":"s","event":"e","payload":[]}',
        b'{"service":"s","event":"e"}',
        b"\xff\xfe",
    ],
)
def test_anything_else_is_no_event(body: bytes) -> None:
    request = make_record(body)
    assert request.event is None
    assert request.payload is None
    assert request.summary()["event"] is None


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        ({"name": "Support"}, "Support"),
        ({"name": " ", "featuredParticipants": [{"displayName": "Jane"}, {"displayName": "John"}]}, "Jane, John"),
        ({"name": 5, "featuredParticipants": [None, {}, {"displayName": 5}, {"displayName": ""}]}, ""),
        ({"featuredParticipants": {"displayName": "x"}}, ""),
        ({"id": 5, "channelId": []}, ""),
    ],
)
def test_a_title_for_people(payload: dict[str, Any], title: str) -> None:
    event = make_record(make_event(**payload)).event
    assert event is not None
    assert event.title == title


def test_a_duplicate_names_the_first_record() -> None:
    assert make_record(run="ab", first=3).duplicate_of == "ab-3"
    assert make_record(run="ab").duplicate_of is None


def test_the_whole_record_has_the_published_shape() -> None:
    body = make_event(name="Support")
    request = make_record(
        body,
        target="/hook?a=1",
        headers={"x-a": "1", "x-inspector-replay-of": "ab-1", **signed(body, request_id="wid")},
        client="127.0.0.1:5",
        analyser=Analyser([SigningKey(KEY, "staging")], public_url="http://inspector.test/hook?"),
        run="ab",
        sequence=2,
        first=1,
        attempt=2,
        answer_status=200,
        duration_ms=1.5,
        answer_rule="rule 1",
        note="n",
        test="t",
    )
    shown = request.to_json()
    assert orjson.loads(orjson.dumps(shown))["headers"][:2] == [["host", "inspector.test"], ["x-a", "1"]]
    assert {name: shown[name] for name in ("id", "sequence", "received_at", "method", "url", "path", "query")} == {
        "id": "ab-2",
        "sequence": 2,
        "received_at": "2024-11-27T12:00:00.000Z",
        "method": "POST",
        "url": "http://inspector.test/hook?a=1",
        "path": "/hook",
        "query": "a=1",
    }
    assert shown["body"] == {
        "size": len(body),
        "sha256": sha256(body).hexdigest(),
        "truncated": False,
        "text": body.decode(),
        "base64": None,
    }
    assert shown["event"]["conversation_id"] == CONVERSATION
    assert (shown["event"]["name"], shown["event"]["request_id"]) == ("conversation.updated", "wid")
    assert shown["answer"] == {"status": 200, "duration_ms": 1.5, "rule": "rule 1"}
    assert (shown["attempt"], shown["duplicate_of"], shown["replay_of"]) == (2, "ab-1", "ab-1")
    assert (shown["pinned"], shown["note"], shown["test"]) == (False, "n", "t")
    assert (shown["forwards"], shown["replays"]) == ([], [])
    assert shown["contract"]["verdict"] == "departs"
    assert {"path", "kind", "severity", "message"} == set(shown["contract"]["findings"][0])
    assert shown["signature"]["age_seconds"] == 0


def test_the_whole_record_says_why_a_signature_does_not_hold() -> None:
    body = make_event()
    request = make_record(
        body, headers=signed(body, key="other"), analyser=Analyser([SigningKey(KEY)], public_url="http://else.test/")
    )
    listed = request.summary()["signature"]
    assert (listed["verdict"], listed["cause"]) == ("invalid", None)
    whole = request.to_json()["signature"]
    assert whole["cause"] == "unknown"
    assert whole["message"] == request.analyser.explain(request).message != listed["message"]
    assert request.summary()["signature"] == whole


def test_bytes_that_are_no_text_are_shown_in_base64() -> None:
    body = make_record(b"\xff\x00").to_json()["body"]
    assert body["text"] is None
    assert base64.b64decode(body["base64"]) == b"\xff\x00"


@pytest.mark.parametrize(("raw", "text"), [(b"a", "a"), ("ü".encode(), "ü"), (b"\xfc", "ü")])
def test_bytes_are_decoded_as_utf_8_or_else_latin_1(raw: bytes, text: str) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize(
    ("timestamp", "text"), [(0, "1970-01-01T00:00:00.000Z"), (1732736033.515, "2024-11-27T19:33:53.515Z")]
)
def test_times_are_shown_in_utc_with_milliseconds(timestamp: float, text: str) -> None:
    assert utc(timestamp) == text
