from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.service.errors import InvalidPayloadError
from inspector.service.register import Paging, Register


def register(*ids, capacity=100):
    made = Register(capacity)
    for id in ids:
        made.put(id, id)
    return made


def test_the_oldest_go_when_there_are_too_many():
    assert list(register(*"abcd", capacity=2)) == ["c", "d"]


def test_what_is_put_again_keeps_its_place():
    made = register(*"abc")
    made.put("a", "A")
    assert list(made) == ["A", "b", "c"]
    assert (made.get("a"), made.get("x"), "b" in made, len(made)) == ("A", None, True, 3)


def test_a_page_without_more_has_no_token():
    page = register(*"abc").page(Paging(limit=3))
    assert (page.things, page.next_token) == (["a", "b", "c"], None)
    assert page.to_json(str.upper) == {"results": ["A", "B", "C"]}


@given(st.lists(st.integers(0, 30), unique=True, min_size=1), st.integers(1, 7), st.booleans())
def test_pages_show_everything_once_whatever_is_added_and_removed_meanwhile(numbers, limit, newest_first):
    made = register(*map(str, numbers))
    pages, token = 0, None
    seen = []
    while pages == 0 or token is not None:
        page = made.page(Paging(limit, token), newest_first=newest_first)
        seen += page.things
        pages, token = pages + 1, page.next_token
        if pages < 5:
            made.put(f"new-{pages}", "new")
            if seen[-1] in made:
                made.remove(seen[-1])
    expected = [str(number) for number in (numbers[::-1] if newest_first else numbers)]
    assert [one for one in seen if one != "new"] == expected


def test_a_token_of_another_list_is_refused_and_one_that_nobody_was_given_leads_nowhere():
    made = register(*"abcd")
    token = made.page(Paging(1, scope="these")).next_token
    assert made.page(Paging(2, token, "these")).things == ["b", "c"]
    with pytest.raises(InvalidPayloadError, match="nextPageToken of the page before"):
        made.page(Paging(1, token, "those"))
    for unknown in ("0" * 16, "f" * 16):
        assert made.page(Paging(1, unknown, "these"), newest_first=True).things == []
        assert made.page(Paging(1, unknown, "these")).things == []


@pytest.mark.parametrize("token", ["", "x" * 16, "0" * 15, "0" * 16 + "\n"])
def test_a_token_that_is_none_is_refused(token):
    with pytest.raises(InvalidPayloadError) as caught:
        register("a").page(Paging(token=token))
    assert list(caught.value.details) == [".pageToken"]
