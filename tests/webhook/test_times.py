from __future__ import annotations

import pytest

from inspector.errors import EventError
from inspector.webhook.event import Event
from inspector.webhook.times import event_time, format_time, parse_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1732736033.504, "2024-11-27T19:33:53.504Z"),
        (1732736011.55, "2024-11-27T19:33:31.55Z"),
        (1732736030.5, "2024-11-27T19:33:50.5Z"),
        (1732736040, "2024-11-27T19:34:00Z"),
        (1732736039.9996, "2024-11-27T19:34:00Z"),
        (0, "1970-01-01T00:00:00Z"),
    ],
)
def test_trailing_zeros_are_dropped_and_milliseconds_rounded(seconds, text):
    assert format_time(seconds) == text
    assert parse_time(text) == pytest.approx(seconds, abs=0.0005)


def test_times_are_in_order_where_their_texts_are_not():
    earlier, later = "2024-11-27T19:33:11.504Z", "2024-11-27T19:33:11.55Z"
    assert parse_time(earlier) < parse_time(later)
    assert parse_time("2024-11-27T19:33:11.5Z") < parse_time(earlier)


def test_other_zones_are_understood():
    assert parse_time("2024-11-27T20:33:53+01:00") == parse_time("2024-11-27T19:33:53Z")


@pytest.mark.parametrize("text", ["", "now", "2024-11-27", "2024-11-27T19:33:53", "2024-13-01T00:00:00Z", "1732736033"])
def test_what_is_no_time_or_has_no_zone_is_refused(text):
    with pytest.raises(EventError, match="RFC 3339"):
        parse_time(text)


def test_an_event_happens_when_it_was_updated():
    assert event_time(Event("conversation.updated", {"updatedAt": "2024-11-27T19:33:53.515Z"})) == 1732736033.515


@pytest.mark.parametrize("payload", [{}, {"updatedAt": None}, {"updatedAt": 1732736033}])
def test_an_event_without_a_time_says_so(payload):
    with pytest.raises(EventError, match="The event has no time"):
        event_time(Event("conversation.updated", payload))
