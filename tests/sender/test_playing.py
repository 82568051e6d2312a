"""Playing scenarios: steps in order, values carried over, answers judged."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from inspector.errors import ConfigError, EventError
from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Sender
from inspector.sender.playing import Player, StepResult
from inspector.sender.request import Request, Transmission
from inspector.sender.response import Response
from inspector.sender.scenario import parse_scenario

HEAD = "version: 1\nto: http://app.example/hook\nseed: 7\nat: 2024-11-27T19:33:53.5Z\nsteps:\n"


class App:
    """Stands in place of the wire: keeps what is sent, answers the next status with the next body."""

    def __init__(self, *statuses: int, body: bytes = b'{"id": "answer-1"}') -> None:
        self.got: list[Request] = []
        self.statuses = list(statuses)
        self.body = body

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        self.got.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status, b"HTTP/1.1 %d x" % status, self.body, len(self.body), 5.0)

    async def aclose(self) -> None:
        pass

    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(request.body)["payload"] for request in self.got]


def play(steps: str, app: App, **options: Any) -> list[StepResult]:
    async def main() -> list[StepResult]:
        clock = VirtualClock(1700000000.0)
        async with Sender(clock, transport=app) as sender:
            player = Player(parse_scenario(HEAD + steps), sender, **options)
            with clock.working():
                task = asyncio.ensure_future(player.play())
            while not task.done():
                await clock.drain()
            return await task

    return asyncio.run(main())


def test_steps_are_sent_in_order() -> None:
    app = App()
    results = play("- {name: a, send: created}\n- {name: b, send: updated, repeat: 2}\n- {name: c, send: deleted}", app)
    names = [json.loads(request.body)["event"].removeprefix("conversation.") for request in app.got]
    assert names == ["created", "updated", "updated", "deleted"]
    assert [len(result.deliveries) for result in results] == [1, 2, 1]
    assert all(result.passed for result in results)


def test_a_conversation_goes_on() -> None:
    app = App()
    play(
        "- {name: a, send: created}\n- {name: b, after: 5s, send: {event: updated, continues: a, set: {name: x}}}", app
    )
    first, second = app.payloads()
    assert second["id"] == first["id"]
    assert second["name"] == "x"
    assert second["updatedAt"] > first["updatedAt"]


def test_values_of_earlier_steps_are_filled_in() -> None:
    app = App()
    play(
        '- {name: a, send: created}\n- {name: b, send: {event: updated, set: {id: "${a.payload.id}", '
        'description: "after ${a.status} ${a.response.id}", activeParticipantCount: "${a.status}"}}}',
        app,
    )
    first, second = app.payloads()
    assert second["id"] == first["id"]
    assert second["description"] == "after 200 answer-1"
    assert second["activeParticipantCount"] == 200


def test_a_body_is_sent_as_it_stands() -> None:
    app = App()
    play('- {name: a, send: {body: "{not json", headers: {x-team: red}}}', app)
    assert app.got[0].body == b"{not json"


def test_any_bytes_are_sent_from_base64() -> None:
    app = App()
    play("- {name: a, send: {body_base64: AAH/}}", app)
    assert app.got[0].body == b"\x00\x01\xff"


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("{status: 200}", "expected 200, got 503"),
        ("{status: [2xx, 404]}", "expected 2xx or 404, got 503"),
        ("{status: 503, within_ms: 1}", "expected an answer within 1 ms"),
    ],
)
def test_what_was_not_expected_is_told(expect: str, problem: str) -> None:
    (result,) = play(f"- {{name: a, send: created, expect: {expect}}}", App(503))
    assert not result.passed
    assert problem in result.problems[0]


def test_what_was_expected_passes() -> None:
    (result,) = play("- {name: a, send: created, expect: {status: 5xx, within_ms: 1000}}", App(503))
    assert result.passed


def test_equal_seed_and_time_send_equal_bytes() -> None:
    one, other = App(), App()
    steps = "- {name: a, send: created}\n- {name: b, after: 2s, send: {event: updated, continues: a}}"
    play(steps, one, signing_key="k")
    play(steps, other, signing_key="k")
    assert [(r.head, r.body) for r in one.got] == [(r.head, r.body) for r in other.got]


def test_a_reference_that_leads_nowhere_says_so() -> None:
    with pytest.raises(EventError, match="leads nowhere"):
        play('- {name: a, send: created}\n- {name: b, send: {event: updated, set: {name: "${a.payload.nope}"}}}', App())


def test_a_step_without_a_target_is_refused() -> None:
    scenario = parse_scenario("version: 1\nsteps: [{name: a, send: created}]")
    with pytest.raises(ConfigError, match="has no target"):
        asyncio.run(_player(scenario))


async def _player(scenario: Any) -> None:
    async with Sender() as sender:
        Player(scenario, sender)
