from __future__ import annotations

import orjson
import pytest
from recordings import NOON, make_record

from inspector.recorder.drift import drift
from inspector.recorder.request import RecordedRequest


def received(seed_body: bytes, number: int, *, odd: bool = False, broken: bool = False) -> RecordedRequest:
    event = orjson.loads(seed_body)
    for person in event["payload"]["featuredParticipants"]:
        person.update({"mood": "sunny"} if odd else {})
    if broken:
        del event["payload"]["name"]
    return make_record(orjson.dumps(event), received_at=NOON + number, run="r", sequence=number)


def test_events_as_documented_do_not_drift(seed_body: bytes) -> None:
    assert drift([received(seed_body, 1), received(seed_body, 2)]) == []
    assert drift([]) == []


def test_departures_are_counted_by_request_with_indexes_left_out(seed_body: bytes) -> None:
    requests = [
        received(seed_body, 1, odd=True),
        received(seed_body, 2),
        received(seed_body, 3, odd=True),
        received(seed_body, 4, broken=True),
    ]
    missing, unknown = [found.to_json() for found in drift(requests)]
    assert missing["path"] == "payload.name"
    assert (missing["kind"], missing["severity"], missing["count"]) == ("missing", "error", 1)
    assert unknown["message"].startswith("The contract names no such field")
    del unknown["message"]
    assert unknown == {
        "path": "payload.featuredParticipants[*].mood",
        "kind": "unknown",
        "severity": "note",
        "count": 2,
        "first_seen": "2024-11-27T12:00:01.000Z",
        "last_seen": "2024-11-27T12:00:03.000Z",
        "example": "r-3",
    }


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"not json"])
def test_what_is_no_event_does_not_count(body: bytes) -> None:
    assert drift([make_record(body)]) == []
