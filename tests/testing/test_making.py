"""Equal seed and start time give equal bytes, ids, timestamps and signatures, in this process and in any other."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from inspector import Inspector
from inspector.errors import EventError
from inspector.testing.making import Maker
from inspector.webhook.event import Event

START = "2024-11-27T19:33:53.504Z"
PROGRAM = """
import json
from inspector import Inspector

async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})

with Inspector(seed="7", at="2024-11-27T19:33:53.504Z", signing_key="k") as inspector:
    where = {"to": app, "url": "https://app.example/hook"}
    fired = [
        inspector.fire("created", **where),
        inspector.fire("updated", set={"status": "closed"}, **where),
        inspector.fire(inspector.sequence()[3], **where),
        inspector.fire(b"{}", fault="stale", **where),
        *inspector.fire_many("lifecycle", count=2, **where),
    ]
    print(json.dumps([[one.body.hex(), one.headers, one.signed_text.hex()] for one in fired]))
"""


def run_program() -> list[list[object]]:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


def test_two_processes_fire_the_same_bytes() -> None:
    first, second = run_program(), run_program()
    assert len(first) > 10
    assert first == second


def test_each_call_makes_something_new() -> None:
    maker = Maker(7, START)
    made = [next(iter(maker.make("created").messages())) for _ in range(3)]
    assert len({one.request_id for one in made}) == 3
    assert len({one.message.payload["id"] for one in made}) == 3


def test_time_goes_on_by_a_millisecond_at_least() -> None:
    maker = Maker(7, START)
    times = [maker.next_time() for _ in range(3)]
    assert [round(after - before, 3) for before, after in pairwise(times)] == [0.001, 0.001]


def test_a_seed_given_is_that_seed() -> None:
    ours, theirs = Maker(1, START), Maker(2, START)
    assert ours.sequence(7) == theirs.sequence(7)
    assert ours.sequence() != theirs.sequence()


def test_where_time_stands_still_an_event_is_signed_at_its_own_time(inspector: Inspector) -> None:
    maker = Maker(7, START)
    event = maker.sequence()[-1]
    made = next(iter(maker.make(event).messages()))
    assert maker.timestamp(made, 1732736033) > 1732736033


def test_otherwise_it_is_signed_at_the_time_of_its_sending() -> None:
    maker = Maker(7)
    event = maker.sequence()[-1]
    making = maker.make(event)
    made = next(iter(making.messages()))
    assert maker.timestamp(made, making.recipe.at) == int(making.recipe.at)


def test_an_event_without_a_time_can_be_signed() -> None:
    maker = Maker(7, 5.0)
    made = next(iter(maker.make(Event("conversation.updated", {"id": "c"})).messages()))
    assert maker.timestamp(made, 5.0) == 5


def test_what_is_no_envelope_is_refused() -> None:
    with pytest.raises(EventError, match="Not an event envelope"):
        Maker(7).make({"id": "c1"})


@pytest.mark.inspector(seed=7, at=START)
class TestByMarker:
    def test_the_seed_is_the_markers(self, inspector: Inspector) -> None:
        (event,) = (next(iter(Maker(7, START).make("created").messages())).message,)
        assert inspector.fire("created", to=inspector.url).body == event.to_bytes()
