from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import NOON, make_record

from inspector.errors import NotFoundError
from inspector.recorder.log import REMEMBERED_CHANGES, LogChange, RequestLog
from inspector.recorder.request import RECORD_COST


def filled(count: int, **bounds: float) -> RequestLog:
    log = RequestLog(**bounds)  # type: ignore[arg-type]
    for number in range(1, count + 1):
        log.append(make_record(b"%d" % number))
    return log


def sequences(log: RequestLog) -> list[int]:
    return [request.sequence for request in log.snapshot()]


def changes(log: RequestLog) -> list[LogChange]:
    told: list[LogChange] = []
    log.subscribe(told.append)
    return told


def test_requests_get_ids_in_order_of_arrival() -> None:
    log = filled(2)
    assert [request.id for request in log.snapshot()] == [f"{log.run}-1", f"{log.run}-2"]
    assert log.get(f"{log.run}-2").body == b"2"
    assert (len(log), log.recorded) == (2, 2)


@pytest.mark.parametrize("request_id", ["", "1", "other-1", "{run}-3", "{run}-x", "{run}-" + "9" * 5000])
def test_what_was_never_recorded_is_not_found(request_id: str) -> None:
    log = filled(2)
    with pytest.raises(NotFoundError, match="evicted or deleted"):
        log.get(request_id.format(run=log.run))


def test_beyond_its_capacity_the_oldest_go() -> None:
    log = filled(5, capacity=3)
    assert sequences(log) == [3, 4, 5]
    assert (len(log), log.evicted, log.recorded) == (3, 2, 5)


def test_beyond_its_memory_the_oldest_go_but_never_the_newest() -> None:
    log = filled(5, max_bytes=2 * (RECORD_COST + 100))
    assert sequences(log) == [4, 5]
    log.append(make_record(b"x" * 10_000))
    assert sequences(log) == [6]
    assert log.bytes == log.snapshot()[0].cost


def test_what_is_older_than_its_age_goes() -> None:
    now = [NOON]
    log = RequestLog(max_age=60, now=lambda: now[0])
    log.append(make_record(received_at=NOON))
    log.append(make_record(received_at=NOON + 30))
    now[0] += 61
    assert sequences(log) == [2]
    assert log.evicted == 1


def test_pinned_requests_outlast_others() -> None:
    log = filled(2, capacity=3)
    log.update(f"{log.run}-1", pinned=True)
    for _ in range(4):
        log.append(make_record())
    assert sequences(log) == [1, 5, 6]
    assert log.get(f"{log.run}-1").pinned


def test_pinned_requests_go_when_nothing_else_is_left() -> None:
    log = filled(3, capacity=3)
    for request in log.snapshot():
        log.update(request.id, pinned=True)
    log.append(make_record())
    assert sequences(log) == [2, 3, 4]


def test_pinned_requests_outlast_their_age() -> None:
    now = [NOON]
    log = RequestLog(max_age=60, now=lambda: now[0])
    for _ in range(3):
        log.append(make_record(received_at=NOON))
    log.update(f"{log.run}-2", pinned=True)
    now[0] += 61
    assert sequences(log) == [2]
    assert [request.sequence for request in log.since(0)] == [2]


def test_an_unpinned_request_takes_its_place_again() -> None:
    log = filled(1, capacity=3)
    log.update(f"{log.run}-1", pinned=True)
    for _ in range(3):
        log.append(make_record())
    log.update(f"{log.run}-1", pinned=False)
    log.append(make_record())
    assert sequences(log) == [3, 4, 5]


def test_attempts_are_counted_by_request_id() -> None:
    log = RequestLog()
    for request_id in ("a", "b", "a", "a"):
        log.append(make_record(headers={"messagebird-request-id": request_id}))
    log.append(make_record())
    log.append(make_record(headers={"messagebird-request-id": ""}))
    log.append(make_record(headers={"messagebird-request-id": ""}))
    found = [(request.attempt, request.duplicate_of) for request in log.snapshot()]
    first = f"{log.run}-1"
    assert found == [(1, None), (1, None), (2, first), (3, first), (1, None), (1, None), (1, None)]


def test_pages_go_from_the_newest_back() -> None:
    log = filled(5)
    first = log.select(limit=2)
    assert [request.sequence for request in first.requests] == [5, 4]
    assert (first.next, first.matched, first.total, first.evicted) == (f"{log.run}-4", 5, 5, 0)
    second = log.select(limit=2, before=first.next)
    last = log.select(limit=2, before=second.next)
    assert [request.sequence for request in (*second.requests, *last.requests)] == [3, 2, 1]
    assert last.next is None


def test_pages_hold_only_what_matches() -> None:
    log = filled(9)
    page = log.select(lambda request: request.sequence % 3 == 0, limit=2)
    assert [request.sequence for request in page.requests] == [9, 6]
    assert (page.matched, page.total) == (3, 9)
    assert log.select(lambda request: False).requests == []


@pytest.mark.parametrize("before", ["", "x", "-", "a-b", "a-" + "9" * 5000])
def test_a_page_before_nonsense_is_not_found(before: str) -> None:
    with pytest.raises(NotFoundError):
        filled(1).select(before=before)


@given(st.integers(0, 12), st.integers(1, 5), st.sets(st.integers(1, 12)))
def test_pages_show_every_match_once(count: int, limit: int, wanted: set[int]) -> None:
    log = filled(count)
    shown: list[int] = []
    before: str | None = None
    while True:
        page = log.select(lambda request: request.sequence in wanted, limit, before)
        shown += [request.sequence for request in page.requests]
        before = page.next
        if before is None:
            break
    assert shown == sorted((number for number in wanted if number <= count), reverse=True)


def test_since_gives_what_came_after() -> None:
    log = filled(4)
    assert [request.sequence for request in log.since(2)] == [3, 4]
    assert log.since(4) == []


def test_every_change_is_told_in_order() -> None:
    log = RequestLog()
    told = changes(log)
    log.append(make_record())
    log.append(make_record())
    log.update(f"{log.run}-1", note="look")
    log.touch(log.get(f"{log.run}-2"))
    log.remove(lambda request: request.sequence == 1)
    log.remove()
    log.close()
    assert [(change.id, change.kind) for change in told] == [
        (1, "request"),
        (2, "request"),
        (3, "updated"),
        (4, "updated"),
        (5, "removed"),
        (6, "cleared"),
        (7, "closed"),
    ]
    assert told[4].ids == (f"{log.run}-1",)
    assert told[2].request is not None
    assert told[2].request.note == "look"


def test_an_update_tells_which_fields_may_have_changed() -> None:
    log = filled(1)
    told = changes(log)
    log.update(f"{log.run}-1", pinned=True)
    log.update(f"{log.run}-1", pinned=False, note="look")
    log.touch(log.get(f"{log.run}-1"), "status")
    assert [change.fields for change in told] == [("pinned",), ("pinned", "note"), ("status",)]


def test_what_is_older_than_the_oldest_is_gone_but_for_the_pinned() -> None:
    log = RequestLog(capacity=3)
    assert log.oldest == 1
    log.append(make_record())
    log.update(f"{log.run}-1", pinned=True)
    for _ in range(4):
        log.append(make_record())
    assert (log.oldest, sequences(log)) == (4, [1, 4, 5])
    log.remove(pinned=True)
    assert log.oldest == 6


def test_removing_nothing_is_no_change() -> None:
    log = filled(1)
    told = changes(log)
    assert log.remove(lambda request: False) == 0
    assert told == []


def test_pinned_requests_are_removed_only_if_asked() -> None:
    log = filled(2)
    log.update(f"{log.run}-1", pinned=True)
    assert log.remove() == 1
    assert sequences(log) == [1]
    assert log.remove(pinned=True) == 1
    assert (len(log), log.bytes) == (0, 0)


def test_an_update_of_what_is_gone_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        filled(1).update("x-1", pinned=True)


def test_a_listener_can_stop_listening() -> None:
    log = RequestLog()
    told: list[LogChange] = []
    with log.listening(told.append):
        log.append(make_record())
    log.append(make_record())
    assert len(told) == 1
    unsubscribe = log.subscribe(told.append)
    unsubscribe()
    unsubscribe()


def test_a_failing_listener_costs_nobody_anything(caplog: pytest.LogCaptureFixture) -> None:
    log = RequestLog()

    def fail(change: LogChange) -> None:
        raise RuntimeError("broken")

    log.subscribe(fail)
    told = changes(log)
    log.append(make_record())
    assert len(told) == 1
    assert "broken" in caplog.text


def test_missed_changes_can_be_told() -> None:
    log = filled(3)
    log.update(f"{log.run}-1", note="x")
    missed, gap = log.changes_since(2)
    assert [(change.id, change.kind) for change in missed] == [(3, "request"), (4, "updated")]
    assert not gap


def test_a_gap_is_owned_up_to_after_evictions() -> None:
    log = filled(5, capacity=2)
    assert log.changes_since(0)[1]
    assert not log.changes_since(3)[1]


def test_a_gap_is_owned_up_to_after_very_many_edits() -> None:
    log = filled(1)
    for number in range(REMEMBERED_CHANGES + 1):
        log.update(f"{log.run}-1", note=str(number))
    missed, gap = log.changes_since(1)
    assert gap
    assert len(missed) == REMEMBERED_CHANGES
    assert not log.changes_since(2)[1]


def test_threads_may_append_at_once() -> None:
    log = RequestLog(capacity=50)
    told = changes(log)

    def append() -> None:
        for _ in range(100):
            log.append(make_record())

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [change.id for change in told] == list(range(1, 401))
    assert sequences(log) == list(range(351, 401))


@given(st.lists(st.sampled_from(["append", "pin", "unpin", "remove", "age"]), max_size=30), st.integers(1, 4))
def test_the_log_keeps_its_books(actions: list[str], capacity: int) -> None:
    now = [NOON]
    log = RequestLog(capacity=capacity, max_age=5, now=lambda: now[0])
    for action in actions:
        newest = log.snapshot()[-1:]
        if action == "append":
            log.append(make_record(received_at=now[0]))
        elif action == "age":
            now[0] += 2
        elif action == "remove":
            log.remove(lambda request: request.sequence % 2 == 0)
        elif newest:
            log.update(newest[0].id, pinned=action == "pin")
        held = log.snapshot()
        assert [request.sequence for request in held] == sorted(request.sequence for request in held)
        assert len(held) == len(log) <= capacity
        assert log.bytes == sum(request.cost for request in held)
        assert all(log.get(request.id) is request for request in held)
        assert all(request.pinned or request.received_at >= now[0] - 5 for request in held)
        assert log.since(0) == held
