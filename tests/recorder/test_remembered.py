"""What was found out once is not asked again, and is not kept for ever."""

from __future__ import annotations

import pytest

from inspector.recorder import remembered
from inspector.recorder.remembered import Remembered


def test_each_is_found_out_once() -> None:
    asked: list[int] = []
    squares = Remembered(lambda number: asked.append(number) or number**2)  # type: ignore[func-returns-value]
    assert [squares[number] for number in (2, 3, 2, 2)] == [4, 9, 4, 4]
    assert asked == [2, 3]


def test_much_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    same = Remembered(lambda number: number)
    assert [same[number] for number in range(8)] == [*range(8)]
    assert len(same) <= 3


def test_answers_about_long_texts_are_not_kept() -> None:
    length: Remembered[str | bytes, int] = Remembered(len)
    assert [length[text] for text in ("x", "x" * 1000, b"x" * 1000)] == [1, 1000, 1000]
    assert [*length] == ["x"]
