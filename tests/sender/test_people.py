from __future__ import annotations

import re

from inspector.sender.people import DEFAULT_LOCALES, fill_pools


def test_pools_are_filled_once():
    assert fill_pools("nl_NL") is fill_pools(["nl_NL"])
    assert fill_pools() is fill_pools(DEFAULT_LOCALES)


def test_each_language_has_its_own_pool():
    english, *others = fill_pools()
    assert len(others) == len(DEFAULT_LOCALES) - 1
    assert all(person.name.isascii() for person in english.people)
    assert not any(person.name.isascii() for person in others[-1].people)


def test_many_locales_leave_no_pool_empty():
    pools = fill_pools(("nl_NL", "en_US") * 30)
    assert all(pool.people and pool.companies and pool.sentences for pool in pools)


def test_a_mailbox_is_the_name_in_ascii():
    mailboxes = [person.mailbox for pool in fill_pools() for person in pool.people]
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)*", mailbox) for mailbox in mailboxes)
