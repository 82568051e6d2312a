"""The time axis of deliveries."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from inspector.sender.retry import RetryPolicy
from inspector.web.service_axis import Axis
from inspector.webhook.times import format_time

FIRED = 1_732_736_033.0


def delivery(made: list[tuple[float, int | None]], planned: list[float]) -> dict[str, Any]:
    attempts = [
        {"number": number, "started_at": format_time(FIRED + seconds), "status": status}
        for number, (seconds, status) in enumerate(made, 1)
    ]
    planned_at = [format_time(FIRED + seconds) for seconds in planned]
    return {"fired_at": format_time(FIRED), "attempts": attempts, "planned_at": planned_at}


def test_the_axis_shows_the_whole_plan_with_labels_that_do_not_overlap() -> None:
    axis = Axis.of([], RetryPolicy.bird().waits)
    assert axis.horizon == 28_798
    places = [place for place, _ in axis.ticks()]
    assert [label for _, label in axis.ticks()] == ["1 s", "1 min", "10 min", "1 h", "2 h", "4 h", "8 h"]
    assert all(later - earlier >= 9 for earlier, later in pairwise(places))


def test_all_attempts_of_the_plan_lie_apart_and_in_order() -> None:
    waits = RetryPolicy.bird().waits
    axis = Axis.of([], waits)
    places = [axis.x(sum(waits[:number])) for number in range(len(waits) + 1)]
    assert (places[0], places[-1]) == (0, 100)
    assert min(later - earlier for earlier, later in pairwise(places)) > 1.2


def test_a_short_plan_still_has_room_and_a_long_wait_makes_more() -> None:
    assert Axis.of([], ()).horizon == 10
    assert Axis.of([delivery([(0, 500), (50, 200)], [])], (5.0,)).horizon == 50


def test_a_track_tells_attempts_made_and_planned() -> None:
    retrying = delivery([(0, 500), (1, None)], [8, 27])
    track = Axis(1000).track(retrying)
    assert [mark.kind for mark in track.marks] == ["refused", "refused", "planned", "planned"]
    assert [mark.x for mark in track.marks] == [0, 10, 20, 30]
    assert Axis(1000).until(retrying, FIRED + 3.375) == 15
    assert track.words == "Attempts: 500, no answer; 2 more planned"
    assert track.marks[2].title == "Attempt 3 planned after 8 s"


def test_what_is_over_ends_at_its_last_attempt() -> None:
    over = delivery([(0, 503), (125, 204)], [])
    assert Axis(1000).until(over, FIRED + 999) == 50
    assert Axis(1000).track(over).marks[-1].kind == "accepted"


def test_what_has_not_left_has_an_empty_track() -> None:
    new = delivery([], [])
    assert Axis(1000).until(new, FIRED + 5) == 0
    assert (Axis(1000).track(new).marks, Axis(1000).track(new).words) == ((), "Not tried yet")
