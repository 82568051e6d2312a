"""Requests that are searched together are each answered as they would be alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recordings import make_record, shred

from inspector.recorder.batch import Batch, narrowing, widening
from inspector.recorder.filters import parse_filter
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import MOST


def event(payload: Any) -> bytes:
    return json.dumps({"service": "s", "event": "e", "payload": payload}).encode()


@pytest.mark.parametrize(
    "text",
    [
        "payload.status:closed",
        "payload.*:~closed",
        "payload.*:closed",
        "payload.*:1",
        "payload.own:~X payload.status:closed",
        "payload.own.*:~closed",
        "closed OR payload.own:x OR -payload.status:*",
        "-closed -size>60 -payload.own:x",
        "payload.n>50 payload.n<90 payload.status:closed",
        "(payload.n:8 OR payload.n:71) -other",
        '"\\"status\\": \\"closed\\"" payload.n<90',
        "body:~own -body:~xx",
        '", "',
        "body:*",
    ],
)
def test_many_requests_are_asked_as_each_is(text: str) -> None:
    search = parse_filter(text)
    requests, plain = ([some_request(number) for number in range(3 * MOST)] for _ in range(2))
    alone = [number for number, request in enumerate(plain) if search(request)]
    assert 0 < len(alone) < len(requests)
    shred(*requests[::2])
    for _ in range(2):  # the second time with what it has learnt
        assert [requests.index(request) for request in search.among(requests)] == alone


def some_request(number: int) -> RecordedRequest:
    if number % 7 == 0:
        return make_record(b"other" * number)
    status = "closed" if number % 3 else "active"
    payload = {"n": number, "status": status, "own": "x" * (number % 2), "text": "long enough to be shredded" * 4}
    return make_record(event(payload if number % 11 else {"STATUS": "CLOSED", "own": [payload]}))


def test_a_cause_is_searched_for_in_those_alone_that_meet_the_rest() -> None:
    asked: list[int] = []

    def cheap(batch: Batch) -> list[bool]:
        return [request.size != 2 for request in batch.requests]

    def dear(batch: Batch) -> list[bool]:
        asked.extend(request.size for request in batch.requests)
        return [request.size > 3 for request in batch.requests]

    batch = Batch([make_record(b"x" * size) for size in range(1, 6)])
    assert narrowing([cheap, dear], 1)(batch) == [False, False, False, True, True]
    assert asked == [1, 3, 4, 5]
    assert widening([cheap, dear], 1)(batch) == [True, False, True, True, True]
    assert asked[4:] == [2]
