"""Tests of the Django consumer, through its ASGI application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django_consumer import application, counted, messages

from inspector import Inspector
from inspector.testing.attack import Attack

URL = settings.CONVERSATIONS_WEBHOOK_URL

pytestmark = pytest.mark.inspector(signing_key=settings.CONVERSATIONS_SIGNING_KEY)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    messages.clear()
    counted.clear()


def test_each_message_counts_once_whatever_its_status(inspector: Inspector) -> None:
    for status in ("sent", "delivered", "delivered"):
        inspector.fire(
            "conversation.updated",
            to=application,
            url=URL,
            set={"lastMessage.id": "m1", "lastMessage.status": status, "lastMessage.sender.displayName": "Ada"},
        ).assert_accepted()
    assert messages == {"Ada": 1}


def test_a_conversation_counts_all_its_messages(inspector: Inspector) -> None:
    events = inspector.sequence(seed=7)
    inspector.fire_many(events, to=application, url=URL).assert_accepted()
    written = [event.payload["lastMessage"] for event in events if "lastMessage" in event.payload]
    assert sum(messages.values()) == len({message["id"] for message in written})


def test_an_unsigned_one_is_refused(inspector: Inspector) -> None:
    inspector.fire("conversation.updated", to=application, url=URL, fault="no-signature").assert_refused()


def test_every_bad_delivery(inspector_attack: Attack) -> None:
    assert inspector_attack.run(to=application, url=URL)
