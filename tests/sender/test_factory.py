from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from itertools import islice, pairwise

import pytest

from inspector.errors import EventError
from inspector.sender.factory import EventFactory
from inspector.sender.world import START
from inspector.webhook.event import EVENT_NAMES
from inspector.webhook.models import CONTRACT, Conversation, Envelope
from inspector.webhook.times import event_time

FINGERPRINT = """
import hashlib
from inspector.sender.factory import EventFactory
factory = EventFactory(seed={seed!r}, start=1700000000.25)
digest = hashlib.sha256(factory.request_id().encode())
for name in ("created", "updated", "deleted", "lifecycle"):
    for event in factory.stream(name, 20):
        digest.update(event.to_bytes())
print(digest.hexdigest())
"""


def fingerprint(seed, hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": f"UTC-{hash_seed}"}
    command = [sys.executable, "-c", FINGERPRINT.format(seed=seed)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("seed", [7, "an issue number"])
def test_equal_seed_and_start_give_equal_bytes_in_any_process(seed):
    assert fingerprint(seed, "1") == fingerprint(seed, "2")


def test_a_seed_is_the_same_as_number_and_as_text():
    assert EventFactory(7).updated() == EventFactory("7").updated()


def test_another_seed_gives_other_events():
    assert EventFactory(1).created().payload["id"] != EventFactory(-1).created().payload["id"]


def test_drawing_request_ids_does_not_change_the_events():
    alone, delivering = EventFactory(3), EventFactory(3)
    request_ids = {delivering.request_id(), delivering.request_id()}
    assert len(request_ids) == 2
    assert delivering.updated() == alone.updated()


def test_the_random_numbers_of_others_are_left_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    EventFactory(1, locale="it_IT").updated()
    assert random.random() == expected


@pytest.mark.parametrize("name", ["created", "updated", "deleted", "lifecycle"])
def test_every_event_conforms_without_a_note(name):
    for seed in range(150):
        for event in EventFactory(seed).stream(name, 2):
            Envelope.model_validate(event.to_json(), context=CONTRACT, extra="forbid")
            assert event.service == "conversations"


def test_keys_stand_in_the_documented_order():
    documented = [field.alias for field in Conversation.model_fields.values()]
    for event in EventFactory(1).stream("updated", 100):
        assert list(event.payload) == [key for key in documented if key in event.payload]


def test_the_first_event_happens_at_the_start():
    assert event_time(EventFactory(start=1700000000.25).updated()) == 1700000000.25
    assert EventFactory().created().payload["updatedAt"] == "2024-11-27T19:33:53.504Z"


def test_events_made_one_by_one_follow_each_other_within_milliseconds():
    times = [event_time(event) for event in EventFactory().stream("updated", 50)]
    assert all(0.0009 < later - earlier < 0.01 for earlier, later in pairwise(times))


def test_an_unknown_locale_is_refused():
    with pytest.raises(EventError, match="'xx_YY' is not a locale"):
        EventFactory(locale="xx_YY").created()


def test_a_locale_decides_the_names():
    event = EventFactory(locale="ja_JP").created()
    assert not event.payload["featuredParticipants"][0]["displayName"].isascii()


def test_events_are_various():
    payloads = [event.payload for event in EventFactory(11).stream("updated", 600)]
    names = [payload["name"] for payload in payloads]
    messages = [payload["lastMessage"] for payload in payloads]
    assert "" in names
    assert not "".join(names).isascii()
    assert len({payload["channelId"] for payload in payloads}) == 4
    assert {payload["status"] for payload in payloads} == {"active", "closed"}
    assert {payload["platformStyle"] for payload in payloads} == {"direct", "email"}
    assert {message["type"] for message in messages} == {"text", "html", "image", "file", "location"}
    assert {message["status"] for message in messages} == {"sent", "delivered"}
    assert any(message["recipients"] for message in messages)
    assert any(payload["activeParticipantCount"] > len(payload["featuredParticipants"]) for payload in payloads)
    assert 0 < sum(payload.get("likelySpam", False) for payload in payloads) < 60


def test_contacts_are_known_by_what_their_channel_knows():
    contacts = [event.payload["featuredParticipants"][0]["contact"] for event in EventFactory(2).stream("created", 200)]
    by_key = {contact["identifierKey"].partition("-")[0]: contact["identifierValue"] for contact in contacts}
    assert set(by_key) == {"phonenumber", "facebookid", "emailaddress"}
    assert by_key["phonenumber"].startswith("+1")
    assert by_key["phonenumber"][5:10] == "55501"
    assert by_key["emailaddress"].endswith("@example.com")
    assert by_key["facebookid"].isdigit()


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_an_event_by_its_full_or_its_short_name(name):
    short = name.removeprefix("conversation.")
    assert EventFactory(1).event(name) == EventFactory(1).event(short) == getattr(EventFactory(1), short)()
    assert EventFactory(1).event(short).name == name


def test_an_unknown_event_name_says_which_is_near():
    with pytest.raises(EventError, match=r"Did you mean conversation\.deleted") as caught:
        EventFactory().event("conversation.delete")
    assert caught.value.details["nearest"][0] == "conversation.deleted"


def test_an_event_name_like_none_lists_all():
    with pytest.raises(EventError, match=r"conversation\.created, conversation\.updated, conversation\.deleted"):
        EventFactory().event("message.inbound")


def test_overrides_take_wire_names_snake_case_and_paths():
    event = EventFactory().updated(
        channelId="1", active_participant_count=9, **{"featuredParticipants[0].displayName": ""}
    )
    assert event.payload["channelId"] == "1"
    assert event.payload["activeParticipantCount"] == 9
    assert event.payload["featuredParticipants"][0]["displayName"] == ""


def test_an_override_may_be_called_name():
    assert EventFactory().event("created", name="Order 66").payload["name"] == "Order 66"


def test_an_unknown_override_says_which_is_near():
    with pytest.raises(EventError, match="Did you mean channelId"):
        EventFactory().created(chanelId="1")


def test_a_lifecycle_is_one_conversation_from_created_to_deleted():
    for seed in range(30):
        events = EventFactory(seed).lifecycle()
        assert [event.name for event in events[:1] + events[-1:]] == ["conversation.created", "conversation.deleted"]
        assert {event.name for event in events[1:-1]} == {"conversation.updated"}
        assert len({event.payload["id"] for event in events}) == 1


def test_a_stream_of_lifecycles_counts_lifecycles():
    names = Counter(event.name for event in EventFactory().stream("lifecycle", 3))
    assert names["conversation.created"] == names["conversation.deleted"] == 3


def test_a_stream_is_made_as_it_is_taken():
    factory = EventFactory()
    endless = factory.stream("created")
    assert len(list(islice(endless, 5))) == 5
    assert factory.time() < START + 1


def test_a_stream_refuses_wrong_names_and_counts_at_once():
    with pytest.raises(EventError, match="no event 'renamed'"):
        EventFactory().stream("renamed", 1)
    with pytest.raises(EventError, match="Cannot make -1 events"):
        EventFactory().stream("created", -1)


def test_the_package_imports_without_faker():
    code = "import sys, inspector.sender.factory as f; f.EventFactory(1); print('faker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
