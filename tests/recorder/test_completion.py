from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import make_event, make_record

from inspector.recorder.completion import OFFERED, complete
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog


@pytest.fixture(scope="module")
def log() -> RequestLog:
    log = RequestLog()
    for name, status in (("created", "active"), ("updated", "active"), ("updated", "closed")):
        message = {"preview": {"text": "hallo Welt"}}
        body = make_event(
            f"conversation.{name}", status=status, lastMessage=message, featuredParticipants=[{"id": "p"}]
        )
        log.append(make_record(body, headers={"content-type": "application/json"}, answer_status=200))
    return log


def inserts(text: str, log: RequestLog) -> list[str]:
    """What is offered where `|` stands."""
    return [offer["insert"] for offer in complete(text.replace("|", ""), text.index("|"), log)]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("si|", ["signature:", "size:"]),
        ("SI|", ["signature:", "size:"]),
        ("-si|", ["signature:", "size:"]),
        ("size|", ["size:", "size>", "size<"]),
        ("event:updated pa|", ["path:", "payload."]),
        ("(pa|", ["path:", "payload."]),
        ('"a b" pi|', ["pinned:"]),
        ("header.con|", ["header.content-type:"]),
        ("payload.last|", ["payload.lastMessage:"]),
        ("payload.LAST|", ["payload.lastMessage:"]),
        ("payload.lastMessage.|", ["payload.lastMessage.preview:"]),
        ("payload.featuredParticipants.|", ["payload.featuredParticipants.*:"]),
        ("payload.featuredParticipants.*.|", ["payload.featuredParticipants.*.id:"]),
        ("event:|", ["event:conversation.updated", "event:conversation.created", "event:*"]),
        ("event:cr|", ["event:conversation.created"]),
        ("-event:~up|", ["event:~conversation.updated"]),
        ("status:|", ["status:200", "status:*"]),
        ("status>|", ["status>200"]),
        ("pinned:|", ["pinned:false", "pinned:true", "pinned:*"]),
        ("signature:mi|", ["signature:missing"]),
        ("contract:c|", ["contract:conforms"]),
        ("cause:url-q|", ["cause:url-query-dropped", "cause:url-query-order"]),
        ("payload.status:|", ["payload.status:active", "payload.status:closed", "payload.status:*"]),
        ('payload.lastMessage.preview.text:"hallo w|', ['payload.lastMessage.preview.text:"hallo Welt"']),
        ("header.content-type:app|", ["header.content-type:application/json"]),
        ("nope:|", []),
        ("nope.x|", []),
        ("payload..x|", []),
        ("zebra|", []),
        ('"pa|', []),
    ],
)
def test_what_is_offered(text: str, offered: list[str], log: RequestLog) -> None:
    assert inserts(text, log) == offered


def test_an_empty_box_offers_fields(log: RequestLog) -> None:
    offered = inserts("|", log)
    assert offered[:3] == ["event:", "signature:", "contract:"]
    assert len(offered) == OFFERED


def test_the_term_under_the_cursor_is_replaced(log: RequestLog) -> None:
    text = "a event:cre OR b"
    (offer,) = complete(text, 10, log)
    assert text[: offer["from"]] + offer["insert"] + text[offer["to"] :] == "a event:conversation.created OR b"


def test_an_offer_says_how_often_it_was_seen(log: RequestLog) -> None:
    offers = complete("event:", 6, log)
    assert [(offer["label"], offer["detail"]) for offer in offers] == [
        ("conversation.updated", "seen 2×"),
        ("conversation.created", "seen 1×"),
        ("*", "any at all"),
    ]


def test_long_values_are_not_offered() -> None:
    log = RequestLog()
    log.append(make_record(b"{}", note="x" * 100))
    assert inserts("note:|", log) == ["note:*"]


@given(st.text(alphabet='ab event:payload.status"()-OR ~*', max_size=20), st.integers(-2, 25))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    log = RequestLog()
    log.append(make_record(make_event()))
    for offer in complete(text, cursor, log):
        assert 0 <= offer["from"] <= offer["to"] <= len(text)


@pytest.mark.parametrize(
    "text", ["event:", "payload.status:", "header.content-type:~", "status>", "pinned:", "finding:"]
)
def test_what_is_offered_for_a_value_is_a_search(text: str, log: RequestLog) -> None:
    offered = complete(text, len(text), log)
    assert offered
    assert all(str(parse_filter(offer["insert"])) for offer in offered)
