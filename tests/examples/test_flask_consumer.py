"""Tests of the Flask consumer: the app is called in process, without a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_consumer import SIGNING_KEY, URL, app, conversations, seen

from inspector import Inspector
from inspector.testing.attack import Attack

pytestmark = pytest.mark.inspector(signing_key=SIGNING_KEY)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    conversations.clear()
    seen.clear()


def test_an_update_is_kept(inspector: Inspector) -> None:
    inspector.fire("conversation.updated", to=app, url=URL, set={"status": "closed"}).assert_accepted(within=1.0)
    (conversation,) = conversations.values()
    assert conversation["status"] == "closed"


def test_another_key_is_refused(inspector: Inspector) -> None:
    inspector.fire("conversation.updated", to=app, url=URL, signing_key="another").assert_refused(401)
    assert not conversations


def test_a_redelivery_counts_once(inspector: Inspector) -> None:
    inspector.fire("conversation.created", to=app, url=URL, fault="duplicate").assert_accepted()
    assert len(seen) == len(conversations) == 1


def test_a_whole_life_in_any_order(inspector: Inspector) -> None:
    inspector.fire_many("lifecycle", to=app, url=URL, fault="reorder").assert_accepted()
    (conversation,) = conversations.values()
    assert conversation["deleted"]


def test_every_bad_delivery(inspector_attack: Attack) -> None:
    assert inspector_attack.run(to=app, url=URL)
