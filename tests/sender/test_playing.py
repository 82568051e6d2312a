"""Playing scenarios: steps in order, values carried over, answers judged."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from inspector.errors import ConfigError
from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Sender
from inspector.sender.playing import Player, StepResult, rehearse
from inspector.sender.request import Request, Transmission
from inspector.sender.response import Response, WireError
from inspector.sender.scenario import ScenarioError, parse_scenario

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


class Nobody(App):
    """Stands in place of the wire where nothing can be reached."""

    def __init__(self, kind: str = "refused") -> None:
        super().__init__()
        self.kind = kind

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        raise WireError(self.kind, "Nothing listens.")


def play(steps: str, app: App, *, head: str = HEAD, **options: Any) -> list[StepResult]:
    async def main() -> list[StepResult]:
        clock = VirtualClock(1700000000.0)
        async with Sender(clock, transport=app) as sender:
            player = Player(parse_scenario(head + steps), sender, **options)
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


@pytest.mark.parametrize(("fault", "passes"), [("", False), ("fault: duplicate,", False)])
def test_without_expectation_any_2xx_is_expected(fault: str, passes: bool) -> None:
    (result,) = play(f"- {{name: a, send: created, {fault} }}", App(503, 503))
    assert result.passed == passes
    assert result.problems == ["expected 2xx, got 503"]
    (result,) = play("- {name: a, send: created}", App(204))
    assert result.passed


def test_no_answer_is_no_2xx() -> None:
    (result,) = play("- {name: a, send: created}", Nobody())
    assert result.problems == ["expected 2xx, got no answer (Nothing listens.)"]
    assert [delivery.error and delivery.error.kind for delivery in result.failed] == ["refused"]


def test_a_connection_that_was_cut_on_purpose_has_no_answer() -> None:
    (result,) = play("- {name: a, send: created, fault: cut-connection}", Nobody("cut"))
    assert result.passed
    (result,) = play("- {name: a, send: created, fault: cut-connection, expect: {status: 2xx}}", Nobody("cut"))
    assert not result.passed


def test_a_lifecycle_is_one_step() -> None:
    app = App()
    (result,) = play("- {name: a, send: lifecycle}", app)
    names = [json.loads(request.body)["event"].removeprefix("conversation.") for request in app.got]
    assert (names[0], names[1], names[-1]) == ("created", "updated", "deleted")
    assert len({payload["id"] for payload in app.payloads()}) == 1
    assert len(result.deliveries) == len(names)


def test_neighbours_of_a_repeated_step_are_swapped() -> None:
    straight, swapped = App(), App()
    play("- {name: a, send: created, repeat: 3}", straight)
    play("- {name: a, send: created, repeat: 3, fault: reorder}", swapped)
    first, second, third = (request.body for request in straight.got)
    assert [request.body for request in swapped.got] == [second, first, third]


def test_a_step_with_the_request_id_of_another_is_its_redelivery() -> None:
    app = App()
    play('- {name: a, send: created}\n- {name: b, send: {event: created, request_id: "${a.request_id}"}}', app)
    ids = [dict(request.headers)["messagebird-request-id"] for request in app.got]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("to", "url"),
    [("http://other.example", "http://other.example/in?a=1"), ("http://other.example/x", "http://other.example/x")],
)
def test_a_path_is_for_a_target_without_one(to: str, url: str) -> None:
    app = App()
    play("- {name: a, send: created, path: '/in?a=1'}", app, to=to)
    assert app.got[0].url == url


def test_without_a_seed_each_run_sends_other_ids() -> None:
    bodies = set()
    for _ in range(2):
        app = App()
        play("- {name: a, send: created}", app, head=HEAD.replace("seed: 7\n", ""))
        bodies.add(app.got[0].body)
    assert len(bodies) == 2


def test_a_given_seed_and_time_go_before_those_of_the_file() -> None:
    one, other = App(), App()
    play("- {name: a, send: created}", one, seed="x", at=1700000000.0)
    play("- {name: a, send: created}", other, seed="x", at=1700000000.0, head=HEAD.replace("seed: 7", "seed: 8"))
    assert one.got == other.got
    assert one.payloads()[0]["updatedAt"] == "2023-11-14T22:13:20Z"


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


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            'send: {event: updated, set: {name: "${a.payload.nope}"}}',
            "7:48: .*payload.nope} leads nowhere: there is no",
        ),
        ('send: {event: updated, set: {name: "x ${a.payload.id.y}"}}', "7:48: .*leads nowhere"),
        ("send: {event: updated, set: {statsu: 1}}", "7:42: .*contract knows no field 'statsu'.*Did you mean status"),
        ("send: {event: updated, unset: [nope]}", "7:44: .*contract knows no field 'nope'"),
        ("send: craeted", "7:19: .*Did you mean conversation.created"),
        ("send: created, fault: reorder", "7:3: .*needs several events"),
        ("send: created, fault: stale", "7:3: .*Give the signing key"),
        (
            'send: {event: created, headers: {x: "${a.payload.name}"}}',
            "7:3: .*The value of header x holds a line break",
        ),
    ],
)
def test_what_cannot_be_made_shows_before_anything_is_sent(step: str, said: str) -> None:
    steps = f'- {{name: a, send: {{event: created, set: {{name: "a\\nb"}}}}}}\n- {{name: b, {step}}}'
    with pytest.raises(ScenarioError, match=f"(?s)^a.yaml:{said}") as caught:
        asyncio.run(rehearse(parse_scenario(HEAD + steps, "a.yaml")))
    assert "step 'b': " in caught.value.message
    app = App()
    with pytest.raises(ScenarioError):
        play(steps, app)
    assert len(app.got) == 1


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (App(body=b"<html>"), "what step 'a' was answered is no JSON"),
        (App(body=b"{}"), "there is no 'id'"),
    ],
)
def test_an_answer_that_is_not_as_a_reference_needs_it_says_so(app: App, said: str) -> None:
    steps = '- {name: a, send: created}\n- {name: b, send: {event: updated, set: {name: "${a.response.id}"}}}'
    asyncio.run(rehearse(parse_scenario(HEAD + steps)))
    with pytest.raises(ScenarioError, match="scenario:7:48: step 'b': ") as caught:
        play(steps, app)
    assert f"${{a.response.id}} leads nowhere: {said}." in caught.value.message


def test_no_answer_is_nothing_to_refer_to() -> None:
    steps = '- {name: a, send: created}\n- {name: b, send: {event: updated, set: {name: "${a.response.id}"}}}'
    with pytest.raises(ScenarioError, match="leads nowhere: step 'a' had no answer"):
        play(steps, Nobody())


def test_a_step_without_a_target_is_refused() -> None:
    scenario = parse_scenario("version: 1\nsteps: [{name: a, send: created}]")
    with pytest.raises(ConfigError, match="has no target"):
        asyncio.run(_player(scenario))


async def _player(scenario: Any) -> None:
    async with Sender() as sender:
        Player(scenario, sender)
