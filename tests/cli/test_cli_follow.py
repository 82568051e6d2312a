"""Following a log over gaps, lost connections and restarts, with an inspector that does as the test says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from inspector.cli import follow
from inspector.cli.client import StreamEvent
from inspector.cli.follow import Follower
from inspector.cli.output import Failure, Unreachable

LOST = None


def request(sequence: int, run: str = "a") -> dict[str, Any]:
    return {"id": f"{run}-{sequence}", "sequence": sequence}


def arrival(sequence: int, run: str = "a") -> StreamEvent:
    return StreamEvent("request", request(sequence, run), str(100 + sequence))


READY = StreamEvent("ready", {}, "100")
GAP = StreamEvent("gap", {"missed": 5}, "150")


class Script:
    """Stands in for an inspector. `log` is what it holds; each stream tells its events, then what `log` becomes."""

    url = "http://inspector.example"

    def __init__(self, log: list[dict[str, Any]], *streams: list[StreamEvent]) -> None:
        self.log = log
        self.resumed_after: list[str | None] = []
        self._streams = list(streams)
        self.unreachable = 0

    def get(self, path: str, query: dict[str, Any] | None = None) -> tuple[int, Any]:
        if path == "/-/health":
            if self.unreachable:
                self.unreachable -= 1
                raise Unreachable("gone")
            return 200, {}
        assert query is not None
        newest_first = self.log[::-1]
        before = query.get("before")
        start = 0 if before is None else [one["id"] for one in newest_first].index(before) + 1
        page = newest_first[start : start + query["limit"]]
        more = start + len(page) < len(newest_first)
        return 200, {"requests": page, "next": page[-1]["id"] if more else None}

    def stream(self, query: str, last_event_id: str | None) -> Iterator[StreamEvent]:
        self.resumed_after.append(last_event_id)
        for event in self._streams.pop(0):
            if event.kind == "log":
                self.log = event.data
            else:
                yield event
        raise Unreachable("gone")


def grows(*log: dict[str, Any]) -> StreamEvent:
    return StreamEvent("log", list(log), None)


def told(script: Any, count: int) -> list[str]:
    return [one["id"] for one in islice(Follower(script, "").requests(), count)]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "RETRY", 0)


def test_only_what_comes_from_now_on_is_told() -> None:
    assert told(Script([request(1)], [READY, arrival(2), arrival(3)]), 2) == ["a-2", "a-3"]


def test_what_comes_before_the_stream_is_open_is_not_lost() -> None:
    script = Script([request(1)], [grows(request(1), request(2)), READY, arrival(2), arrival(3)])
    assert told(script, 2) == ["a-2", "a-3"]


def test_a_gap_is_filled_page_by_page_and_nothing_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PAGE", 2)
    grown = grows(*(request(number) for number in range(1, 8)))
    script = Script([request(1)], [READY, arrival(2), grown, GAP, arrival(7), arrival(8)])
    assert told(script, 7) == [f"a-{number}" for number in range(2, 9)]


def test_a_lost_connection_resumes_after_the_last_event(capsys: pytest.CaptureFixture[str]) -> None:
    script = Script([], [READY, arrival(1)], [READY, arrival(2)])
    script.unreachable = 2
    assert told(script, 2) == ["a-1", "a-2"]
    assert script.resumed_after == [None, "101"]
    assert "The connection to http://inspector.example is lost" in capsys.readouterr().err


def test_a_restarted_inspector_counts_from_one_again() -> None:
    afresh = [grows(request(1, "b"), request(2, "b")), READY, GAP, arrival(3, "b")]
    script = Script([request(8)], [READY, arrival(9)], afresh)
    assert told(script, 4) == ["a-9", "b-1", "b-2", "b-3"]


def test_what_comes_to_match_later_is_told_once() -> None:
    script = Script([request(1)], [READY, arrival(3), arrival(2), arrival(2), arrival(3), GAP, arrival(4)])
    assert told(script, 3) == ["a-3", "a-2", "a-4"]


def updated(sequence: int) -> StreamEvent:
    return StreamEvent("updated", request(sequence), str(200 + sequence))


def test_what_was_told_is_not_told_again_when_it_changes() -> None:
    assert told(Script([], [READY, arrival(1), updated(1), arrival(1), arrival(2)]), 2) == ["a-1", "a-2"]


def test_a_change_tells_what_was_not_told_yet() -> None:
    stream = [READY, arrival(4), updated(2), arrival(2), arrival(3), updated(3), arrival(5)]
    assert told(Script([], stream), 4) == ["a-4", "a-2", "a-3", "a-5"]


def test_changes_of_what_was_there_before_are_passed_over() -> None:
    assert told(Script([request(1), request(2)], [READY, updated(1), updated(2), arrival(3)]), 1) == ["a-3"]


def test_other_events_are_passed_over() -> None:
    others = [StreamEvent("removed", {"ids": ["a-1"]}, "120"), StreamEvent("totals", {}, "121")]
    assert told(Script([], [READY, arrival(1), *others, arrival(2)]), 2) == ["a-1", "a-2"]


def test_a_gap_also_brings_what_has_come_to_match_since() -> None:
    grown = grows(request(1), request(2), request(3), request(4))
    assert told(Script([], [READY, arrival(1), arrival(3), grown, GAP]), 4) == ["a-1", "a-3", "a-2", "a-4"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "REMEMBERED", 4)
    script = Script([], [READY, *map(arrival, range(1, 9)), updated(1), arrival(9)])
    assert told(script, 9) == [f"a-{number}" for number in range(1, 10)]


def test_a_refusal_is_not_tried_again() -> None:
    class Refusing(Script):
        def stream(self, query: str, last_event_id: str | None) -> Iterator[StreamEvent]:
            raise Failure("wrong search")

    with pytest.raises(Failure, match="wrong search"):
        told(Refusing([]), 1)
