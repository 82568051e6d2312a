"""The sequences that Hypothesis draws are what the service could send, and can be played again."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, find, given, settings
from hypothesis.vendor.pretty import pretty

from inspector import Inspector
from inspector.sender.scenario import parse_scenario
from inspector.testing.strategies import EventSequence, event_sequences
from inspector.webhook.times import event_time

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(sequence=event_sequences())
def test_every_conversation_is_created_first_and_deleted_last(sequence: EventSequence) -> None:
    lives: dict[str, list[str]] = {}
    for event in sequence.events:
        lives.setdefault(event.payload["id"], []).append(event.name)
    for names in lives.values():
        assert names[0] == "conversation.created"
        assert "conversation.created" not in names[1:]
        assert "conversation.deleted" not in names[:-1]


@few
@given(sequence=event_sequences())
def test_duplicates_and_reorderings_are_told(sequence: EventSequence) -> None:
    names = [step.name for step in sequence]
    assert len(set(names)) == len(names)
    assert sum("again" in name for name in names) == len(sequence) - len(sequence.events)
    newest: dict[str, float] = {}
    for step in sequence:
        conversation, time = step.event.payload["id"], event_time(step.event)
        is_old = time < newest.get(conversation, 0.0)
        assert not is_old or "late" in step.name or "again" in step.name
        newest[conversation] = max(time, newest.get(conversation, 0.0))


@few
@given(sequence=event_sequences(max_duplicates=0, max_swaps=0))
def test_without_them_all_is_in_order(sequence: EventSequence) -> None:
    assert [step.event for step in sequence] == sequence.events


@few
@given(sequence=event_sequences())
def test_it_prints_as_a_scenario(sequence: EventSequence) -> None:
    scenario = parse_scenario(repr(sequence))
    assert [step.name for step in scenario.steps] == [step.name for step in sequence]
    assert [step.send.body.encode() for step in scenario.steps] == [step.event.to_bytes() for step in sequence]


@few
@given(sequence=event_sequences())
def test_it_is_fired_as_it_stands(sequence: EventSequence, inspector: Inspector) -> None:
    inspector.reset()
    sequence.fire(inspector, to=inspector.url).assert_accepted()
    assert [request.body for request in inspector.requests] == [step.event.to_bytes() for step in sequence]
    duplicates = [request for request in inspector.requests if request.duplicate_of]
    assert len(duplicates) == len(sequence) - len(sequence.events)


def test_a_careless_consumer_is_found_out_and_the_example_shown_as_a_scenario() -> None:
    def last_one_wins(sequence: EventSequence) -> bool:
        newest: dict[str, Any] = {}
        for step in sequence:
            newest[step.event.payload["id"]] = step.event.payload["updatedAt"]
        last = sequence.events[-1].payload
        return bool(newest[last["id"]] == last["updatedAt"])

    steady = settings(max_examples=500, derandomize=True, database=None)
    found = find(event_sequences(max_conversations=1), lambda sequence: not last_one_wins(sequence), settings=steady)
    assert [step.name for step in found] in (["updated-2", "created-1-late"], ["deleted-2", "created-1-late"])
    assert pretty(found).startswith("\nversion: 1\nname: A sequence that Hypothesis found\nsteps:\n- name: ")
