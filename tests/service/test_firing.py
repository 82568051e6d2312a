"""What fires which webhooks, to whom, and how they are signed. The app checks with code of its own."""

from __future__ import annotations

import threading

import pytest

from inspector.webhook.times import parse_time

EVENTS = ("conversation.created", "conversation.updated", "conversation.deleted")
CHANNEL = "8963269e-69e4-58aa-9bf0-9b6cc239329c"
CONTACT = {"type": "contact", "identifierKey": "phonenumber", "identifierValue": "+31612345678"}
TEXT = {"type": "text", "text": {"text": "hallo"}}
NOBODY = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def subscribed(client, inspector):
    """The app hears of everything."""
    for event in EVENTS:
        client.subscribe(inspector.url, event, signingKey="k")
    return client


def events(inspector):
    return [request.event.name.removeprefix("conversation.") for request in inspector.requests]


def test_a_conversation_fires_created_and_with_a_message_updated(mock, subscribed, inspector):
    subscribed.create("/conversations", participants=[CONTACT])
    mock.service.drain()
    assert events(inspector) == ["created"]
    incoming = {"participantType": "contact", "body": TEXT}
    subscribed.create("/conversations", participants=[CONTACT], initialMessage=incoming)
    mock.service.drain()
    assert events(inspector) == ["created", "created", "updated"]
    assert "lastMessage" not in inspector.requests[1].payload
    assert inspector.last.payload["lastMessage"]["preview"] == {"text": "hallo"}


def test_an_opening_message_of_the_app_takes_its_steps(mock, subscribed, inspector):
    subscribed.create("/conversations", participants=[CONTACT], initialMessage={"body": TEXT})
    mock.service.drain()
    assert events(inspector) == ["created", *["updated"] * 3]
    updates = [request.payload["lastMessage"] for request in inspector.requests[1:]]
    assert [last["status"] for last in updates] == ["accepted", "sent", "delivered"]


@pytest.mark.parametrize(
    "change",
    [
        lambda client, id: client.patch(f"/conversations/{id}", {"status": "closed"}),
        lambda client, id: client.post(f"/conversations/{id}/participants", {"type": "user", "id": NOBODY}),
        lambda client, id: client.patch(
            f"/conversations/{id}/participants/phonenumber/%2B31612345678", {"displayName": "Jane"}
        ),
        lambda client, id: client.delete(
            f"/conversations/{id}/participants/{client.get(f'/conversations/{id}/participants').json['results'][0]['id']}"
        ),
        lambda client, id: client.post(
            f"/conversations/{id}/messages", {"participantId": NOBODY, "participantType": "contact", "body": TEXT}
        ),
    ],
    ids=["patch", "participant added", "participant changed", "participant removed", "message in"],
)
def test_every_change_fires_one_update_with_what_get_returns_then(mock, subscribed, inspector, is_signed, change):
    id = subscribed.create("/conversations", participants=[CONTACT])["id"]
    mock.service.drain()
    seen = []
    inspector.answer_with(lambda request: seen.append(subscribed.get(f"/conversations/{id}").json) or 200)
    assert change(subscribed, id).status in (200, 201, 204)
    mock.service.drain()
    assert events(inspector) == ["created", "updated"]
    assert [inspector.last.payload] == seen
    assert is_signed(inspector.last, "k", inspector.url)


def test_a_message_out_is_updated_again_with_each_of_its_steps(mock, subscribed, inspector):
    id = subscribed.create("/conversations", participants=[CONTACT])["id"]
    subscribed.create(f"/conversations/{id}/messages", participantId=NOBODY, participantType="flow", body=TEXT)
    mock.service.drain()
    assert events(inspector) == ["created", "updated", "updated", "updated"]
    updates = [request.payload for request in inspector.requests[1:]]
    assert [payload["lastMessage"]["status"] for payload in updates] == ["accepted", "sent", "delivered"]
    times = [parse_time(payload["updatedAt"]) for payload in updates]
    assert times == sorted(set(times))


def test_a_delete_fires_the_conversation_as_it_last_was(mock, subscribed, inspector):
    made = subscribed.create("/conversations", name="Jane")
    subscribed.delete(f"/conversations/{made['id']}")
    mock.service.drain()
    assert events(inspector) == ["created", "deleted"]
    assert inspector.last.payload == made


def test_only_active_subscriptions_whose_filters_all_match_are_served(mock, client, inspector):
    def subscribe(path, *filters):
        pairs = [{"key": "channelId", "value": value} for value in filters]
        return client.subscribe(inspector.url + path, "conversation.created", eventFilters=pairs)

    for path, filters in (("/all", ()), ("/this", (CHANNEL,)), ("/other", (NOBODY,)), ("/both", (CHANNEL, NOBODY))):
        subscribe(path, *filters)
    asleep = subscribe("/asleep")
    client.patch(f"/webhook-subscriptions/{asleep['id']}", {"status": "inactive"})
    client.create("/conversations", channelId=CHANNEL)
    mock.service.drain()
    assert sorted(request.path for request in inspector.requests) == ["/all", "/this"]


def test_each_subscription_has_its_own_request_id_key_and_url(mock, client, inspector, is_signed):
    url = f"{inspector.url}/hook?b=2&a="
    for name in ("one", "two"):
        client.subscribe(url + name, "conversation.created", signingKey=name)
    client.create("/conversations")
    mock.service.drain()
    first, second = sorted(inspector.requests, key=lambda request: request.query)
    assert first.request_id != second.request_id
    assert is_signed(first, "one", f"{url}one")
    assert is_signed(second, "two", f"{url}two")
    assert not is_signed(second, "one", f"{url}two")


def test_without_a_key_there_is_neither_signature_nor_timestamp(mock, client, inspector):
    made = client.subscribe(inspector.url, "conversation.created", signingKey="k")
    client.patch(f"/webhook-subscriptions/{made['id']}", {"signingKey": ""})
    client.create("/conversations")
    mock.service.drain()
    names = dict(inspector.last.headers).keys()
    assert "messagebird-request-id" in names
    assert names.isdisjoint({"messagebird-signature", "messagebird-request-timestamp"})


def test_five_equal_subscriptions_are_all_served(mock, client, inspector):
    for _ in range(5):
        client.subscribe(inspector.url, "conversation.created")
    client.create("/conversations")
    mock.service.drain()
    assert len({request.request_id for request in inspector.requests}) == 5


def test_events_leave_in_order_and_retries_hold_nothing_up(mock, client, inspector):
    client.subscribe(inspector.url, "conversation.updated")
    id = client.create("/conversations")["id"]
    inspector.answer_with([500, 200])
    for number in range(20):
        client.patch(f"/conversations/{id}", {"name": str(number)})
    mock.service.drain()
    assert [request.payload["name"] for request in inspector.requests] == [*map(str, range(20)), "0"]


def test_the_next_event_waits_for_the_first_attempt_at_the_one_before(mock, client, inspector):
    client.subscribe(inspector.url, "conversation.created")
    may_answer = threading.Event()
    inspector.answer_with(lambda request: may_answer.wait(10) and 200)
    for name in ("first", "second", "third"):
        client.create("/conversations", name=name)
    inspector.wait_for(payload={"name": "first"})
    client.get("/conversations")  # what was fired before is in its place when this is answered
    assert mock.service.courier.waiting == 2
    may_answer.set()
    mock.service.drain()
    assert [request.payload["name"] for request in inspector.requests] == ["first", "second", "third"]


def test_what_was_fired_is_still_delivered_after_its_subscription_is_deleted(mock, client, inspector):
    made = client.subscribe(inspector.url, "conversation.created")
    inspector.answer_with([500, 200])
    client.create("/conversations")
    client.delete(f"/webhook-subscriptions/{made['id']}")
    client.create("/conversations")
    mock.service.drain()
    first, second = inspector.requests
    assert first.body == second.body
