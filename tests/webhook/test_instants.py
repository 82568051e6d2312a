from __future__ import annotations

import pytest

from inspector.webhook.instants import LIKELY_BATCHES, NEAR, distance, instants

HEADER = 1719823259


def every_moment(header: str, now: float | None) -> list[int]:
    return [moment for batch in instants(header, now) for moment in batch]


def test_every_second_within_a_quarter_of_an_hour_is_there_once() -> None:
    moments = every_moment(str(HEADER), None)
    near = [moment for moment in moments if abs(moment - HEADER) <= NEAR]
    assert sorted(near) == [*range(HEADER - NEAR, HEADER), *range(HEADER + 1, HEADER + NEAR + 1)]
    assert len(set(moments)) == len(moments)


def test_times_around_now_are_there_too() -> None:
    now = HEADER + 86_400.7
    assert set(range(int(now) - NEAR, int(now) + NEAR + 1)) <= set(every_moment(str(HEADER), now))


def test_likely_times_come_first() -> None:
    seconds, minutes, zones = instants(str(HEADER), None)[:LIKELY_BATCHES]
    assert seconds[:2] == [HEADER - 1, HEADER + 1]
    assert minutes[:2] == [HEADER - 60, HEADER + 60]
    assert {HEADER + 90, HEADER + 7200, HEADER - 5 * 3600} <= set(zones)


@pytest.mark.parametrize("header", ["", "x", "1719823259.5", "1719823259000", "٣"])
def test_a_header_that_is_no_time_has_no_neighbours(header: str) -> None:
    assert every_moment(header, None) == []
    assert len(every_moment(header, float(HEADER))) > NEAR


def test_there_is_no_time_before_1970() -> None:
    assert min(every_moment("5", None)) == 0


def test_the_distance_in_words() -> None:
    assert distance(HEADER + 90, str(HEADER)) == f"the time {HEADER + 90}, 1 min 30 s later than the header,"
    assert distance(HEADER, "x") == f"the time {HEADER} in place of the header"
