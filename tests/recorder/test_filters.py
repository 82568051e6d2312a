from __future__ import annotations

import orjson
import pytest
from recordings import CONVERSATION, KEY, NOON, make_event, make_record, signed

from inspector.errors import FilterError
from inspector.recorder.analysis import Analyser
from inspector.recorder.fields import FIELDS
from inspector.recorder.filters import parse_filter, terms_of
from inspector.recorder.log import RequestLog
from inspector.recorder.query import parse
from inspector.recorder.request import RecordedRequest
from inspector.settings import SigningKey

BODY = make_event(
    "conversation.updated",
    channelId="8963269e-69e4-58aa-9bf0-9b6cc239329c",
    activeParticipantCount=2,
    hasDraft=False,
    summary=None,
    attributes={"a.b": "dotted", "price": 1.5, "Two Words": "yes", "list": []},
    featuredParticipants=[
        {"id": "p1", "displayName": "Jane Doe"},
        {"id": "p2", "displayName": "Jürgen Groß"},
    ],
    lastMessage={"id": "m1", "preview": {"text": "hallo Welt"}, "recipients": None},
)


@pytest.fixture(scope="module")
def webhook() -> RecordedRequest:
    """A genuine redelivery, two hours old, that departs from the contract."""
    headers = signed(BODY, at=NOON - 7200, request_id="5C9D7E1A-REQUEST")
    request = make_record(
        BODY,
        target="/hook?tenant=Seven",
        headers={"content-type": "application/json", "x-trace": "Abc", **headers},
        analyser=Analyser([SigningKey(KEY, "staging")], public_url="http://inspector.test/hook?"),
        client="127.0.0.1:50123",
        answer_status=503,
        attempt=2,
        run="a1b2c3",
        sequence=7,
        first=3,
        pinned=True,
        note="look at this",
        test="tests/test_app.py::test_hook",
    )
    request.analyser.public_url = "http://inspector.test/hook?x"
    return request


@pytest.fixture(scope="module")
def probe() -> RecordedRequest:
    """A GET that is no webhook at all."""
    return make_record(b"", method="GET", target="/Health", headers={"x-trace": "9"}, answer_status=200, sequence=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "method:post",
        "path:/hook",
        "path:~HOO",
        "query:tenant=seven",
        "query:~seven",
        'url:"http://inspector.test/hook?tenant=seven"',
        "header.X-Trace:abc",
        "header.x-trace:~b",
        "header.host:*",
        "header.messagebird-request-timestamp>1732700000",
        "body:~WELT",
        'body:~"Jürgen"',
        "body:*",
        "size>500",
        "size<10kB",
        "size>=0.5kB",
        "client:127.0.0.1:50123",
        "client:127.0.0.1",
        "status:503",
        "status>499",
        "status:~50",
        "event:conversation.updated",
        "event:UPDATED",
        "event:~update",
        "service:conversations",
        f"conversation:{CONVERSATION.upper()}",
        "channel:8963269e-69e4-58aa-9bf0-9b6cc239329c",
        "request-id:5c9d7e1a-request",
        "signature:invalid",
        "age>1h",
        "age:7200",
        "age<=2h",
        "stale:no",
        "-stale:*",
        "contract:departs",
        "finding:missing",
        "finding:payload.visibility",
        'finding:"payload.featuredParticipants[*].type"',
        "finding:~participants",
        "duplicate:true",
        "duplicate:*",
        "attempt:2",
        "attempt>1",
        "pinned:yes",
        "note:~look",
        'note:"look at this"',
        "test:~test_hook",
        "id:A1B2C3-7",
        "payload.status:ACTIVE",
        "payload.Status:active",
        "payload.lastmessage.preview.text:~welt",
        "payload.lastMessage:~hallo",
        "payload.featuredParticipants.1.displayName:\"jürgen groß\"",
        "payload.featuredParticipants.*.displayName:~jane",
        "payload.featuredParticipants[0].id:p1",
        "payload.activeParticipantCount:2",
        "payload.activeParticipantCount:2.0",
        "payload.activeParticipantCount>1",
        "payload.attributes.price>=1.5",
        'payload.attributes["a.b"]:dotted',
        'payload.attributes."two words":yes',
        "payload.attributes.*:dotted",
        "payload.attributes.list:*",
        "payload.hasDraft:false",
        "payload.summary:null",
        "payload.summary:*",
        "payload.updatedAt>2024-11-27",
        "payload.updatedAt<2024-11-27T12:00:00.5Z",
        "payload.updatedAt>=2024-11-27T12:00",
        "hallo",
        "Tenant",
        "x-trace",
        "POST",
        '"hallo welt"',
        "event:created OR status:503",
        "event:updated -status:200",
        "-(event:created OR event:deleted)",
    ],
)  # fmt: skip
def test_the_webhook_matches(text: str, webhook: RecordedRequest) -> None:
    assert parse_filter(text)(webhook)


@pytest.mark.parametrize(
    "text",
    [
        "method:pos",
        "path:/hoo",
        "header.x-nope:*",
        "header.trace:*",
        "header.x-trace>1",
        "event:created",
        "event:conversation",
        "client:127.0.0",
        "signature:valid",
        "key:*",
        "stale:true",
        "status:50",
        "status<503",
        "finding:nope",
        "payload.status:act",
        "payload.nope:*",
        "payload.lastMessage.recipients.0:*",
        "payload.featuredParticipants.2:*",
        "payload.featuredParticipants.id:*",
        "payload.featuredParticipants:p1",
        "payload.hasDraft>0",
        "payload.status>1",
        "payload.status.x:*",
        "payload.updatedAt>5",
        "pinned:false",
        '"tenant seven"',
        "hallo zebra",
        "zebra OR giraffe",
        "-hallo",
    ],
)
def test_the_webhook_does_not_match(text: str, webhook: RecordedRequest) -> None:
    assert not parse_filter(text)(webhook)


@pytest.mark.parametrize(
    "text",
    [
        "-event:*",
        "-conversation:*",
        "-body:*",
        "-payload.status:*",
        "-payload.status:active",
        "-age:*",
        "-age>0",
        "-client:*",
        "-query:*",
        "-request-id:*",
        "-cause:*",
        "-note:*",
        "-test:*",
        "duplicate:false",
        "signature:missing",
        "contract:not_an_event",
        "path:/health",
        "size:0",
        "header.x-trace>8",
        "status:200",
    ],
)
def test_what_a_plain_request_lacks_matches_nothing(text: str, probe: RecordedRequest) -> None:
    assert parse_filter(text)(probe)


def test_the_key_is_known_by_its_label() -> None:
    request = make_record(b"{}", headers=signed(b"{}"), analyser=Analyser([SigningKey(KEY, "staging")]))
    assert parse_filter("signature:valid key:staging age:0 -cause:*")(request)


def test_a_signature_from_the_future_has_a_negative_age() -> None:
    request = make_record(b"{}", headers=signed(b"{}", at=NOON + 60))
    assert parse_filter("age<0 age:-60 age>-2min")(request)


def test_numbers_have_several_spellings() -> None:
    request = make_record(b'{"service":"s","event":"e","payload":{"n":1e3,"big":12345678901234567890}}')
    assert parse_filter("payload.n:1000 payload.n:1e3 payload.big:12345678901234567890")(request)
    assert not parse_filter("payload.big:12345678901234567891")(request)


def test_a_name_as_written_is_preferred_to_another_case() -> None:
    request = make_record(make_event(attributes={"Tag": "upper", "tag": "lower"}))
    assert parse_filter("payload.attributes.tag:lower -payload.attributes.tag:upper")(request)
    assert parse_filter("payload.attributes.TAG:lower payload.attributes.TAG:upper")(request)


def test_escapes_in_a_payload_hide_nothing() -> None:
    body = make_event().replace(b'"active"', rb'"\u0061ctive"')
    assert parse_filter("payload.status:active active")(make_record(body))


def test_a_payload_nested_deeper_than_json_is_written() -> None:
    deep = b"[" * 500 + b"1" + b"]" * 500
    request = make_record(b'{"service":"s","event":"e","payload":{"deep":%b}}' % deep)
    assert parse_filter("payload.deep:~1")(request)
    assert parse_filter("payload.deep:2").misses(request)[0].actual(request) == "…"


@pytest.mark.parametrize(
    ("text", "column", "length", "suggestion"),
    [
        ("evnt:created", 1, 12, "event"),
        ("hallo  sig:valid", 8, 9, "signature"),
        ("(a -statsu:200)", 5, 10, "status"),
        ("request_id:x", 1, 12, "request-id"),
        ("headers.accept:x", 1, 16, "header.accept"),
        ("paylod.status:x", 1, 15, "payload.status"),
        ("lastMessage.status:sent", 1, 23, "payload.lastmessage.status"),
        ("header:x", 1, 8, "header."),
        ("payload:x", 1, 9, "payload."),
        ("event.name:x", 1, 12, "event"),
        ("zzz:x", 1, 5, None),
        ("event>5", 1, 7, None),
        ("size>big", 1, 8, None),
        ("age<5x", 1, 6, None),
        ("status:ok", 1, 9, None),
        ("pinned:maybe", 1, 12, None),
        ("pinned:~true", 1, 12, None),
        ("payload.x>abc", 1, 13, None),
    ],
)
def test_what_makes_no_sense_is_pointed_at(text: str, column: int, length: int, suggestion: str | None) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert caught.value.details == {"column": column, "length": length, "suggestion": suggestion}


def test_an_unknown_field_is_explained() -> None:
    with pytest.raises(FilterError, match=r"no field 'evnt'\. Did you mean 'event'\?.*quotes"):
        parse_filter("evnt:x")


def test_misses_name_the_clauses_that_fail_with_what_is_there(webhook: RecordedRequest) -> None:
    matches = parse_filter("event:updated status:200 header.x-trace:9 payload.status:closed zebra -pinned:true")
    shown = {str(clause): clause.actual(webhook) for clause in matches.misses(webhook)}
    assert shown == {
        "status:200": "503",
        "header.x-trace:9": "Abc",
        "payload.status:closed": "active",
        "zebra": None,
        "-pinned:true": "true",
    }


def test_a_group_shows_each_field_it_looks_at(webhook: RecordedRequest) -> None:
    (clause,) = parse_filter("(status:200 OR key:staging) event:*").misses(webhook)
    assert (str(clause), clause.actual(webhook)) == ("(status:200 OR key:staging)", "status: 503, key: nothing")


def test_a_match_misses_nothing(webhook: RecordedRequest) -> None:
    assert parse_filter("event:updated").misses(webhook) == []
    assert parse_filter("").misses(webhook) == []


def test_equal_searches_are_equal() -> None:
    first, second = parse_filter("a AND  event:x"), parse_filter('"a" event:x')
    assert first == second
    assert hash(first) == hash(second)
    assert (str(first), repr(second)) == ("a event:x", "RequestFilter('a event:x')")
    assert first != parse_filter("a")


def test_terms_of_every_group_are_found() -> None:
    node = parse("a -(event:b OR (c size>1))")
    assert node is not None
    assert [str(term) for term in terms_of(node)] == ["a", "event:b", "c", "size>1"]


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_can_be_asked_for(name: str, webhook: RecordedRequest, probe: RecordedRequest) -> None:
    field = FIELDS[name]
    assert all(isinstance(text, str) for request in (webhook, probe) for text in field.texts(request))
    assert isinstance(parse_filter(f"{name}:*")(webhook), bool)


def test_no_header_reaches_into_the_next_line() -> None:
    request = make_record(b"", headers={"host": "h", "a": "1", "b": "2"})
    assert parse_filter("header.a:1 header.b:2")(request)
    assert not parse_filter('header."host:h\na":*')(request)


def test_what_unreadable_bytes_are_read_as_is_found_beside_others_as_alone() -> None:
    unreadable = make_record(b'{"service":"s","event":"e","payload":{"x":"\xff"}}')
    others = [make_record(make_event(status="\ufffd")) for _ in range(20)]
    search = parse_filter("payload.x:~\ufffd")
    assert search(unreadable)
    assert search.among([*others, unreadable]) == [unreadable]


def test_a_log_is_searched() -> None:
    log = RequestLog()
    for number in range(20):
        log.append(make_record(make_event(status="closed" if number % 5 == 0 else "active", attributes={"n": number})))
    found = log.select(parse_filter("payload.status:closed payload.attributes.n>0"))
    assert [orjson.loads(request.body)["payload"]["attributes"]["n"] for request in found.requests] == [15, 10, 5]
