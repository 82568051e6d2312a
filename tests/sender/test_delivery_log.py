from __future__ import annotations

import pytest

from inspector.errors import NotFoundError
from inspector.sender.delivery_log import DeliveryLog
from inspector.sender.record import Delivery
from inspector.sender.request import Request
from inspector.sender.response import Response


def delivery(body: bytes = b"{}") -> Delivery:
    return Delivery(Request.build("POST", "http://app.example/", (), body), created_at=0.0)


def filled(count: int, **bounds: int) -> DeliveryLog:
    log = DeliveryLog(**bounds)
    for _ in range(count):
        log.append(delivery())
    return log


def test_ids_count_from_one() -> None:
    assert [one.id for one in filled(3).select()] == ["d3", "d2", "d1"]


def test_oldest_go_beyond_the_capacity() -> None:
    log = filled(5, capacity=2)
    assert [one.id for one in log.select()] == ["d5", "d4"]
    assert (len(log), log.evicted) == (2, 3)


def test_oldest_go_beyond_the_memory_bound() -> None:
    log = DeliveryLog(max_bytes=100_000)
    for _ in range(3):
        log.append(delivery(b"x" * 40_000))
    assert [one.id for one in log.select()] == ["d3", "d2"]


def test_newest_stays_whatever_its_size() -> None:
    log = DeliveryLog(max_bytes=10)
    log.append(delivery())
    log.append(delivery())
    assert [one.id for one in log.select()] == ["d2"]


def test_answers_count_too() -> None:
    log = DeliveryLog(max_bytes=100_000)
    first, second = delivery(), delivery()
    log.append(first)
    log.append(second)
    answer = Response.build(200, (), b"x" * 60_000)
    second.add(0.0, answer)
    second.add(1.0, answer)
    log.note(second)
    assert log.select() == [second]
    log.note(first)  # still being retried, though no longer here
    assert log.select() == [second]


def test_page_after_page() -> None:
    log = filled(5)
    first = log.select(limit=2)
    second = log.select(limit=2, before=first[-1].id)
    assert [one.id for one in first + second] == ["d5", "d4", "d3", "d2"]
    assert [one.id for one in log.select(before="d2")] == ["d1"]
    assert log.select(before="d1") == []


def test_get_by_id() -> None:
    log = filled(2)
    assert log.get("d1").id == "d1"


@pytest.mark.parametrize("id", ["d0", "d1", "d4", "2", "d", "d02", "x2", ""])
def test_id_that_is_not_there(id: str) -> None:
    log = filled(3, capacity=2)
    with pytest.raises(NotFoundError, match=f"no delivery {id!r}"):
        log.get(id)
    with pytest.raises(NotFoundError):
        log.select(before=id)


def test_clear_forgets_all_and_goes_on_counting() -> None:
    log = filled(2)
    log.clear()
    assert len(log) == 0
    log.append(delivery())
    assert [one.id for one in log.select()] == ["d3"]


def test_listeners_hear_of_every_change() -> None:
    log = DeliveryLog()
    one = delivery()
    heard: list[str] = []
    with log.listening(lambda changed: heard.append(f"{changed.id} {changed.state}")):
        log.append(one)
        one.state = "delivered"
        log.note(one)
    log.append(delivery())
    assert heard == ["d1 sending", "d1 delivered"]
