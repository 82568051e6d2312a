from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from inspector.sender.collection import SELDOM, SeldomCollected, seldom_collected


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)


def test_the_collector_looks_seldom_for_a_while() -> None:
    gc.set_threshold(700, 10, 5)
    with seldom_collected:
        assert gc.get_threshold()[:2] == (SELDOM, 10)
    assert gc.get_threshold()[:2] == (700, 10)


def test_blocks_that_overlap_leave_the_usual_behind() -> None:
    gc.set_threshold(701, 10, 5)
    loads = SeldomCollected()
    loads.__enter__()
    loads.__enter__()
    loads.__exit__(None, None, None)
    assert gc.get_threshold()[0] == SELDOM
    loads.__exit__(None, None, None)
    assert gc.get_threshold()[0] == 701


@pytest.mark.parametrize("usual", [0, SELDOM + 1])
def test_one_that_looks_still_less_often_is_left_alone(usual: int) -> None:
    gc.set_threshold(usual, 10, 5)
    with seldom_collected:
        assert gc.get_threshold()[0] == usual


def test_a_failure_restores_it_too() -> None:
    gc.set_threshold(702, 10, 5)
    with pytest.raises(ZeroDivisionError), seldom_collected:
        _ = 1 / 0
    assert gc.get_threshold()[0] == 702
