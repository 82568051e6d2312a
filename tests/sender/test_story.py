from __future__ import annotations

from itertools import pairwise

import pytest

from inspector.errors import EventError
from inspector.sender.story import ConversationStory
from inspector.sender.world import SeededWorld
from inspector.webhook.times import event_time, parse_time

SEEDS = range(30)


def told(seed):
    return [event.payload for event in ConversationStory(SeededWorld(seed)).tell()]


@pytest.fixture
def story():
    return ConversationStory(SeededWorld(1))


def test_time_moves_strictly_forward():
    for seed in SEEDS:
        times = [parse_time(payload["updatedAt"]) for payload in told(seed)]
        assert all(earlier < later for earlier, later in pairwise(times))


def test_counts_agree_with_the_participants():
    for seed in SEEDS:
        for payload in told(seed):
            statuses = [one["status"] for one in payload["featuredParticipants"]]
            assert len(statuses) < 5, "else the featured ones would not be all"
            assert payload["activeParticipantCount"] == statuses.count("active")
            assert payload["pendingParticipantCount"] == len(statuses) - statuses.count("active")


def test_whoever_began_it_and_when_stays():
    for seed in SEEDS:
        first, *rest = told(seed)
        assert first["createdAt"] == first["updatedAt"]
        for payload in rest:
            assert payload["initiatingParticipant"] == first["initiatingParticipant"]
            assert payload["createdAt"] == first["createdAt"]


def test_it_tells_messages_in_both_directions_people_who_join_and_the_end():
    first, *rest = told(3)
    assert "lastMessage" not in first
    assert any("lastMessageIncomingAt" in payload for payload in rest)
    assert any("lastMessageOutgoingAt" in payload for payload in rest)
    assert rest[-1]["activeParticipantCount"] > first["activeParticipantCount"]
    assert [payload["status"] for payload in rest[-3:]] == ["active", "closed", "closed"]


def test_each_status_step_of_a_message_is_an_event(story):
    story.create()
    sent, delivered = story.send("Hello").payload, story.deliver().payload
    assert sent["lastMessage"]["status"] == "sent"
    assert delivered["lastMessage"] == {**sent["lastMessage"], "status": "delivered"}
    assert delivered["lastMessageOutgoingAt"] == sent["lastMessageOutgoingAt"] == sent["lastMessage"]["createdAt"]


def test_the_contact_writes(story):
    message = story.receive("hallo").payload["lastMessage"]
    assert message["preview"] == {"text": "hallo"}
    assert message["sender"] == story.contact
    assert message["recipients"] is None


def test_an_email_names_its_recipients():
    world = SeededWorld(1)
    email = next(channel for channel in world.channels if channel.platform == "email")
    story = ConversationStory(world, email)
    message = story.send().payload["lastMessage"]
    assert message["type"] == "html"
    assert message["recipients"] == [{"type": "to", "id": story.contact["id"], **story.contact["contact"]}]


def test_there_is_nothing_to_deliver_before_a_message(story):
    with pytest.raises(EventError, match="no message to deliver yet"):
        story.deliver()


def test_who_is_invited_is_pending_until_they_join(story):
    before = story.create().payload["activeParticipantCount"]
    invited, joined = story.invite().payload, story.join().payload
    assert (invited["activeParticipantCount"], invited["pendingParticipantCount"]) == (before, 1)
    assert (joined["activeParticipantCount"], joined["pendingParticipantCount"]) == (before + 1, 0)


def test_at_most_five_are_featured_and_all_are_counted(story):
    for _ in range(30):
        payload = story.join().payload
    assert len(payload["featuredParticipants"]) == 5
    assert payload["activeParticipantCount"] == len(story.participants) > 30
    assert len({one["id"] for one in story.participants}) == len(story.participants)


def test_a_new_name_is_given_or_made_up(story):
    assert story.rename("Order 66").payload["name"] == "Order 66"
    assert story.rename().payload["name"] in story.pool.sentences


def test_the_pause_before_a_change_can_be_given(story):
    first = event_time(story.create())
    assert event_time(story.close(after=3600)) - first == pytest.approx(3600)
    with pytest.raises(EventError, match="Time cannot go back by 1 s"):
        story.close(after=-1)


def test_events_share_nothing_with_each_other_or_the_story(story):
    earlier = story.receive("hallo").payload
    earlier["featuredParticipants"][0]["contact"]["identifierValue"] = "changed"
    later = story.receive("again").payload
    assert "changed" not in str(later)
    assert earlier["lastMessage"]["sender"]["contact"]["identifierValue"] != "changed"


def test_a_conversation_under_way_began_before_its_last_message():
    for seed in SEEDS:
        world = SeededWorld(seed)
        payload = ConversationStory.under_way(world).close(after=0).payload
        times = [payload["createdAt"], payload["lastMessage"]["createdAt"], payload["updatedAt"]]
        began, wrote, closed = (parse_time(time) for time in times)
        assert began <= wrote <= closed == world.time()
