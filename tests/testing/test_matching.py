"""What a test can look for, and what it is told of a request that is near."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import pytest

from inspector.errors import ConfigError, FilterError
from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.testing.matching import Miss, wanted
from inspector.webhook.event import Event

EVENT = Event(
    "conversation.updated",
    {"id": "c1", "status": "active", "hasDraft": True, "tags": [1, 2], "lastMessage": {"status": "sent"}},
)


@pytest.fixture
def request_() -> RecordedRequest:
    headers = [(b"host", b"app.example"), (b"x-tenant", b"acme")]
    return RecordedRequest(
        received_at=0.0, method="POST", target=b"/hook", headers=headers, body=EVENT.to_bytes(), analyser=Analyser()
    )


@pytest.mark.parametrize(
    "query",
    [
        None,
        "",
        "event:conversation.updated path:/hook",
        EVENT,
        {"event": "conversation.updated"},
        {"payload": {"lastMessage": {"status": "sent"}, "tags": [1, 2]}},
        {"payload": {"id": ANY, "hasDraft": True}},
        lambda request: request.method == "POST",
    ],
)
def test_any_way_to_look_finds_it(query: Any, request_: RecordedRequest) -> None:
    assert wanted(query)(request_)
    assert wanted(query).misses(request_) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "conversation.updated", "method": "post"},
        {"header": {"x-tenant": "acme"}},
        {"payload": {"status": "active"}},
        {"request_id": None},
        {"duplicate": False},
        {"size": EVENT.to_bytes().__len__()},
    ],
)
def test_fields_are_keyword_arguments(fields: dict[str, Any], request_: RecordedRequest) -> None:
    assert wanted(None, fields)(request_)


@pytest.mark.parametrize(
    ("query", "miss"),
    [
        ("event:deleted", Miss("", "event:deleted", "conversation.updated")),
        ({"payload": {"status": "closed"}}, Miss("payload.status", '"closed"', '"active"')),
        ({"payload": {"hasDraft": 1}}, Miss("payload.hasDraft", "1", "true")),
        ({"payload": {"name": ANY}}, Miss("payload.name", '"<ANY>"', None)),
        ({"payload": {"tags": [1]}}, Miss("payload.tags", "[1]", "[1, 2]")),
        ({"payload": {"lastMessage": {"status": "read"}}}, Miss("payload.lastMessage.status", '"read"', '"sent"')),
    ],
)
def test_a_miss_says_where_and_what(query: Any, miss: Miss, request_: RecordedRequest) -> None:
    assert wanted(query).misses(request_) == [miss]
    assert not wanted(query)(request_)


def test_all_that_is_given_must_hold(request_: RecordedRequest) -> None:
    looked_for = wanted("event:updated", {"method": "GET", "payload": {"status": "closed"}})
    assert [miss.expected for miss in looked_for.misses(request_)] == ["method:GET", '"closed"']
    assert str(looked_for) == 'event:updated method:GET {"payload": {"status": "closed"}}'


def test_part_of_an_event_is_not_in_a_body_that_is_none() -> None:
    plain = RecordedRequest(received_at=0, method="GET", target=b"/", headers=[], body=b"hallo", analyser=Analyser())
    assert wanted({"event": "x"}).misses(plain) == [Miss("body", "an event", "5 bytes that are none")]


def test_a_misspelt_field_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(FilterError, match="Did you mean 'event'"):
        wanted(None, {"evnt": "conversation.updated"})


def test_what_cannot_be_looked_for_is_an_error() -> None:
    with pytest.raises(ConfigError, match="42 is nothing to look for"):
        wanted(42)  # type: ignore[arg-type]
