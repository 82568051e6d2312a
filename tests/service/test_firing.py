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
def subscribed(client, app):
    """The app hears of everything, and looks at once what GET says of the conversation."""
    for event in EVENTS:
        client.subscribe(app.url, event, signingKey="k")
    app.on_request = lambda received: client.get(f"/conversations/{received.payload['id']}").json
    return client


def test_a_conversation_fires_created_and_with_a_message_updated(mock, subscribed, app):
    subscribed.create("/conversations", participants=[CONTACT])
    mock.service.drain()
    assert app.events == ["created"]
    subscribed.create("/conversations", participants=[CONTACT], initialMessage={"body": TEXT})
    mock.service.drain()
    assert app.events == ["created", "created", "updated"]
    assert "lastMessage" not in app.received[1].payload
    assert app.received[2].payload["lastMessage"]["preview"] == {"text": "hallo"}


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
def test_every_change_fires_one_update_with_what_get_returns_then(mock, subscribed, app, change):
    id = subscribed.create("/conversations", participants=[CONTACT])["id"]
    mock.service.drain()
    app.received.clear()
    assert change(subscribed, id).status in (200, 201, 204)
    mock.service.drain()
    assert app.events == ["updated"]
    assert app.received[0].payload == app.received[0].snapshot
    assert app.received[0].is_signed_with("k", app.url)


def test_a_message_out_is_updated_again_with_each_of_its_steps(mock, subscribed, app):
    id = subscribed.create("/conversations", participants=[CONTACT])["id"]
    subscribed.create(f"/conversations/{id}/messages", participantId=NOBODY, participantType="flow", body=TEXT)
    mock.service.drain()
    assert app.events == ["created", "updated", "updated", "updated"]
    updates = app.received[1:]
    assert [one.payload["lastMessage"]["status"] for one in updates] == ["accepted", "sent", "delivered"]
    times = [parse_time(one.payload["updatedAt"]) for one in updates]
    assert times == sorted(set(times))


def test_a_delete_fires_the_conversation_as_it_last_was(mock, subscribed, app):
    made = subscribed.create("/conversations", name="Jane")
    subscribed.delete(f"/conversations/{made['id']}")
    mock.service.drain()
    assert app.events == ["created", "deleted"]
    assert app.received[1].payload == made


def test_only_active_subscriptions_whose_filters_all_match_are_served(mock, client, app):
    def subscribe(path, *filters):
        pairs = [{"key": "channelId", "value": value} for value in filters]
        return client.subscribe(app.url + path, "conversation.created", eventFilters=pairs)

    for path, filters in (("/all", ()), ("/this", (CHANNEL,)), ("/other", (NOBODY,)), ("/both", (CHANNEL, NOBODY))):
        subscribe(path, *filters)
    asleep = subscribe("/asleep")
    client.patch(f"/webhook-subscriptions/{asleep['id']}", {"status": "inactive"})
    client.create("/conversations", channelId=CHANNEL)
    mock.service.drain()
    assert sorted(received.path for received in app.received) == ["/hook/all", "/hook/this"]


def test_each_subscription_has_its_own_request_id_key_and_url(mock, client, app):
    for name in ("one", "two"):
        client.subscribe(f"{app.url}?b=2&a={name}", "conversation.created", signingKey=name)
    client.create("/conversations")
    mock.service.drain()
    first, second = sorted(app.received, key=lambda received: received.path)
    assert first.request_id != second.request_id
    assert first.is_signed_with("one", f"{app.url}?b=2&a=one")
    assert second.is_signed_with("two", f"{app.url}?b=2&a=two")
    assert not second.is_signed_with("one", f"{app.url}?b=2&a=two")


def test_without_a_key_there_is_neither_signature_nor_timestamp(mock, client, app):
    made = client.subscribe(app.url, "conversation.created", signingKey="k")
    client.patch(f"/webhook-subscriptions/{made['id']}", {"signingKey": ""})
    client.create("/conversations")
    mock.service.drain()
    headers = app.received[0].headers
    assert "messagebird-request-id" in headers
    assert not {"messagebird-signature", "messagebird-request-timestamp"} & set(headers)


def test_five_equal_subscriptions_are_all_served(mock, client, app):
    for _ in range(5):
        client.subscribe(app.url, "conversation.created")
    client.create("/conversations")
    mock.service.drain()
    assert len({received.request_id for received in app.received}) == 5


def test_events_leave_in_order_and_retries_hold_nothing_up(mock, client, app):
    client.subscribe(app.url, "conversation.updated")
    id = client.create("/conversations")["id"]
    app.answers = [500]
    for number in range(20):
        client.patch(f"/conversations/{id}", {"name": str(number)})
    mock.service.drain()
    assert [received.payload["name"] for received in app.received] == [*map(str, range(20)), "0"]


def test_the_next_event_waits_for_the_first_attempt_at_the_one_before(mock, client, app):
    client.subscribe(app.url, "conversation.created")
    is_here, may_answer = threading.Event(), threading.Event()
    app.on_request = lambda received: (is_here.set(), may_answer.wait(10))
    for name in ("first", "second", "third"):
        client.create("/conversations", name=name)
    assert is_here.wait(10)
    client.get("/conversations")  # what was fired before is in its place when this is answered
    assert mock.service.courier.waiting == 2
    may_answer.set()
    mock.service.drain()
    assert [received.payload["name"] for received in app.received] == ["first", "second", "third"]


def test_what_was_fired_is_still_delivered_after_its_subscription_is_deleted(mock, client, app):
    made = client.subscribe(app.url, "conversation.created")
    app.answers = [500]
    client.create("/conversations")
    client.delete(f"/webhook-subscriptions/{made['id']}")
    client.create("/conversations")
    mock.service.drain()
    assert len(app.received) == 2
    assert app.received[0].body == app.received[1].body
