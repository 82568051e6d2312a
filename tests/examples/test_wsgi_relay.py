"""Tests of the relay: the inspector fires at it, and is the service behind it."""

from __future__ import annotations

import pytest
from wsgi_relay import SIGNING_KEY, URL, Relay

from inspector import Inspector

pytestmark = pytest.mark.inspector(signing_key=SIGNING_KEY)


@pytest.fixture
def relay(inspector: Inspector) -> Relay:
    return Relay(f"{inspector.url}/webhooks/conversations")


def test_it_passes_on_what_still_verifies(inspector: Inspector, relay: Relay) -> None:
    delivery = inspector.fire("conversation.updated", to=relay, url=URL, set={"status": "closed"})
    delivery.assert_accepted(within=2.0)
    request = inspector.wait_for("event:conversation.updated signature:valid", timeout=2)
    assert request.payload["status"] == "closed"
    assert request.body == delivery.body


def test_nothing_unsigned_gets_through(inspector: Inspector, relay: Relay) -> None:
    inspector.fire("conversation.updated", to=relay, url=URL, fault="tampered-body").assert_refused(401)
    inspector.assert_none()


def test_it_is_tried_again_until_the_service_behind_is_back(inspector: Inspector, relay: Relay) -> None:
    inspector.answer_with([500, 500, 200])
    delivery = inspector.fire("conversation.created", to=relay, url=URL, retry="bird")
    delivery.assert_accepted()
    assert [attempt.status for attempt in delivery.attempts] == [500, 500, 200]
    assert [request.attempt for request in inspector.requests] == [1, 2, 3]


@pytest.mark.inspector(strict=True)
def test_it_passes_on_each_once(inspector: Inspector, relay: Relay) -> None:
    inspector.expect("signature:valid", count=5)
    inspector.fire_many("conversation.updated", to=relay, url=URL, count=5).assert_accepted()
