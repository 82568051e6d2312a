"""Answers of several searches at once, and what is no answer."""

from __future__ import annotations

import httpx2
import pytest

from inspector import Inspector
from inspector.errors import ConfigError


def status(inspector: Inspector, path: str) -> int:
    return httpx2.post(inspector.url + path).status_code


def test_answers_for_several_searches_stand_side_by_side(inspector: Inspector) -> None:
    inspector.answer_with(500, q="path:/a")
    inspector.answer_with(503, q="path:/b")
    inspector.answer_with(404)
    assert [status(inspector, path) for path in ("/a", "/b", "/c")] == [500, 503, 404]


def test_later_answers_for_a_search_take_the_place_of_earlier_ones(inspector: Inspector) -> None:
    inspector.answer_with([500, 501], q="path:/a")
    inspector.answer_with([502, 200], q="path:/a")
    assert [status(inspector, "/a") for _ in range(3)] == [502, 200, 200]
    inspector.answer_with(503)
    inspector.answer_with(202)
    assert status(inspector, "/b") == 202


def test_a_rule_may_name_its_search_itself(inspector: Inspector) -> None:
    inspector.answer_with({"status": 500, "q": "path:/a"})
    inspector.answer_with({"status": 501, "q": "path:/a"})
    assert (status(inspector, "/a"), status(inspector, "/b")) == (501, 200)


def test_what_is_no_answer_is_refused_and_changes_nothing(inspector: Inspector) -> None:
    inspector.answer_with(503)
    with pytest.raises(ConfigError, match="'teapot' is no answer"):
        inspector.answer_with(["teapot"])  # type: ignore[list-item]
    assert status(inspector, "/") == 503
