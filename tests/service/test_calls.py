"""Which call of the API was made because of which webhook."""

from __future__ import annotations

import pytest

from inspector.sender.record import Delivery, Failure
from inspector.sender.request import Request
from inspector.sender.response import Response
from inspector.service import fired as module
from inspector.service.calls import FOLLOWS_WITHIN, ApiCall, follow_up
from inspector.service.fired import Fired
from inspector.service.subscriptions import WebhookSubscription
from inspector.webhook.event import Event

TALK, OTHER = "badbf15c-bad3-4bf3-9223-6b7f414f9770", "00000000-0000-4000-8000-000000000001"
OK, ERROR = Response.build(200), Response.build(500)
REFUSED, LATE = Failure("refused", "Nothing listens.", 0.0), Failure("timeout", "No answer.", 0.0)


class World:
    """Webhooks that leave, and calls that come, at seconds of the machine's steady clock."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch
        self.fired, self.calls, self.deliveries = [], [], {}

    def at(self, seconds):
        self.monkeypatch.setattr(module, "steady_time", lambda: seconds)

    def leave(self, seconds, name, *, event=None, conversation=TALK, outcome=None):
        self.at(seconds)
        subscription = WebhookSubscription({"id": name, "url": "http://app.example/"})
        what = Event("conversation.updated", {"id": conversation})
        one = Fired(what, subscription, name, 0.0, len(self.fired) if event is None else event)
        self.deliveries[name] = Delivery(Request.build("POST", one.url, (), b""), created_at=0.0)
        one.leave(name)
        self.fired.append(one)
        if outcome:
            self.attempt(seconds, name, outcome)

    def attempt(self, seconds, name, outcome):
        self.at(seconds)
        delivery = self.deliveries[name]
        delivery.state = "delivered" if delivery.add(0.0, outcome).accepted else "retrying"
        next(one for one in self.fired if one.request_id == name).note(delivery)

    def cause_of_a_call(self, seconds, conversation=TALK):
        call = ApiCall(0.0, seconds, "GET", "/", "getConversation", "w", conversation, 200, 1.0, None)
        return next(iter(follow_up(self.fired, [call])), None)


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def test_the_last_event_of_the_conversation_before_the_call(world):
    world.leave(1, "first", outcome=OK)
    world.leave(2, "second", outcome=OK)
    world.leave(3, "elsewhere", conversation=OTHER, outcome=OK)
    world.leave(5, "later", outcome=OK)
    assert [world.cause_of_a_call(at) for at in (0.5, 1.5, 4, 5)] == [None, "first", "second", "later"]
    assert world.cause_of_a_call(4, OTHER) == "elsewhere"
    assert world.cause_of_a_call(4, None) is None


def test_not_after_a_minute(world):
    world.leave(1, "first", outcome=OK)
    assert world.cause_of_a_call(1 + FOLLOWS_WITHIN) == "first"
    assert world.cause_of_a_call(1.5 + FOLLOWS_WITHIN) is None


def test_a_call_while_the_app_has_not_answered_yet(world):
    world.leave(1, "first", outcome=OK)
    world.leave(2, "second")
    assert world.cause_of_a_call(3) == "second"


@pytest.mark.parametrize("other", [REFUSED, LATE, ERROR])
def test_of_two_apps_that_hear_of_an_event_the_one_that_accepted_it(world, other):
    world.leave(1, "up", event=1, outcome=OK)
    world.leave(2, "down", event=1, outcome=other)
    assert world.cause_of_a_call(3) == "up"


def test_what_never_arrived_causes_nothing(world):
    world.leave(1, "answered", outcome=OK)
    world.leave(2, "refused", outcome=REFUSED)
    world.attempt(3, "refused", REFUSED)
    assert world.cause_of_a_call(4) == "answered"


@pytest.mark.parametrize("outcome", [ERROR, LATE])
def test_an_app_that_failed_at_the_last_event_may_have_called_before(world, outcome):
    world.leave(1, "accepted", outcome=OK)
    world.leave(2, "failed", outcome=outcome)
    assert world.cause_of_a_call(3) == "failed"


def test_a_retry_causes_what_follows_it(world):
    world.leave(1, "first", outcome=ERROR)
    world.leave(2, "second", outcome=ERROR)
    world.attempt(90, "first", OK)
    assert [world.cause_of_a_call(at) for at in (1.5, 3, 91)] == ["first", "second", "first"]


def test_calls_of_an_app_beside_another_that_is_down(mock, client, inspector, free_port):
    for url in (inspector.url, f"http://127.0.0.1:{free_port}"):
        client.subscribe(url, "conversation.created")
    id = client.create("/conversations")["id"]
    mock.service.advance(0)
    client.get(f"/conversations/{id}")
    shown = mock.own("GET", "").json["workspace"]
    assert {one["url"]: len(one["calls"]) for one in shown["deliveries"]} == {
        inspector.url: 1,
        f"http://127.0.0.1:{free_port}": 0,
    }
