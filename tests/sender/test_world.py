from __future__ import annotations

import pytest

from inspector.errors import EventError
from inspector.sender.world import START, SeededWorld


@pytest.mark.parametrize("start", [-1, float("nan"), float("inf"), START * 1000])
def test_a_start_that_is_no_unix_time_in_seconds_is_refused(start):
    with pytest.raises(EventError, match="Unix time in seconds"):
        SeededWorld(start=start)


def test_ids_are_version_4_and_never_repeat():
    world = SeededWorld(1)
    ids = [world.uuid() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(id_[14] == "4" and id_[19] in "89ab" for id_ in ids)


def test_channels_and_users_do_not_depend_on_what_was_drawn_before():
    early, late = SeededWorld(5), SeededWorld(5)
    late.message(late.participant())
    assert early.channels == late.channels
    assert early.users == late.users


def test_a_pause_is_a_millisecond_at_least_unless_it_is_none():
    world = SeededWorld(start=100)
    assert world.advance(0.0001) == 100.001
    assert world.advance(0) == 100.001
    assert world.advance(0.07) == 100.071


def test_people_are_of_any_documented_type_and_only_contacts_have_an_address():
    world = SeededWorld(1)
    assert list(world.participant("user", status="invited")) == ["id", "type", "status", "displayName", "avatarUrl"]
    assert world.participant("contact", channel=world.channels[2])["contact"]["identifierKey"] == "phonenumber"


def test_a_message_is_made_up_where_nothing_is_given():
    world = SeededWorld(1)
    sender = world.participant()
    made_up, given = world.message(sender), world.message(sender, "hallo", channel=world.channels[3], ago=0.5)
    assert made_up["preview"]["text"]
    assert (given["type"], given["preview"], given["sender"]) == ("html", {"text": "hallo"}, sender)
    assert (made_up["createdAt"], given["createdAt"]) == ("2024-11-27T19:33:53.504Z", "2024-11-27T19:33:53.004Z")
