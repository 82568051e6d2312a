from __future__ import annotations

from inspector.webhook.mistakes import Clues
from inspector.webhook.pools import Pool, mixtures, splits


def pool(url: str, limit: int | None = None) -> Pool:
    return Pool("url", [url], Clues(), limit)


def test_the_right_value_has_no_fault_and_wrong_ones_have_one() -> None:
    right, wrong, twice = pool("https://app.example/hook").levels
    assert [each.value for each in right] == ["https://app.example/hook"]
    assert {len(each.faults) for each in wrong} == {1}
    assert twice == []


def test_no_value_is_there_twice() -> None:
    urls = pool("https://app.example/hook?b=2&a=1")
    urls.spoil_twice()
    values = [each.value for level in urls.levels for each in level]
    assert len(values) == len(set(values))


def test_two_mistakes_follow_each_other_in_the_published_order() -> None:
    urls = pool("https://app.example/hook")
    urls.spoil_twice()
    (twice,) = (each for each in urls.levels[2] if each.value == "http://app.example/hook/")
    assert [slug for slug, _ in twice.faults] == ["url-scheme", "url-trailing-slash"]
    assert twice.origin == "https://app.example/hook"


def test_rare_values_are_not_mixed() -> None:
    urls = pool("https://app.example/hook")
    alone = [each for each in urls.at(1, mixed=False) if each.alone]
    assert alone
    assert not set(alone) & set(urls.at(1, mixed=True))


def test_another_mistake_that_makes_the_same_value_is_remembered() -> None:
    assert pool("https://app.example/").also["https://app.example"] == [("url-path", "only the origin")]


def test_a_limit_keeps_the_likeliest_of_each_mistake() -> None:
    values = [each.value for each in pool("https://app.example/hook", limit=1).levels[1]]
    assert "http://app.example/hook" in values
    assert "app.example/hook" not in values


def test_a_limit_tells_what_it_cut_short_and_does_not_count_short_values() -> None:
    bodies = Pool("body", [b'{"name": "a longer text"}'], Clues(), 1)
    assert {"body-reserialised", "body-newline"} <= bodies.cut_short
    assert not {"body-bom", "body-empty"} & bodies.cut_short
    assert b"None" in [each.value for each in bodies.levels[1]]


def test_splits_spread_faults_evenly_first() -> None:
    assert splits(2, 2) == [(1, 1), (0, 2), (2, 0)]
    assert splits(0, 3) == [(0, 0, 0)]


def test_mixtures_have_so_many_faults_together() -> None:
    keys, urls = Pool("key", [b"k"], Clues()), pool("https://app.example/hook")
    for level in (0, 1, 2):
        assert {sum(len(each.faults) for each in parts) for parts in mixtures(level, keys, urls, mixed=False)} == {
            level
        }
