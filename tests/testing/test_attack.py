"""The attack pack: each bad delivery, and what a correct consumer answers."""

from __future__ import annotations

from typing import Any

import pytest

from inspector import Inspector
from inspector.sender.faults import FAULTS
from inspector.testing.attack import ATTACKS, Attack
from inspector.testing.failures import WebhookFailure

URL = "https://app.example/hook"


def careless(environ: Any, start_response: Any) -> list[bytes]:
    """Accepts whatever comes."""
    environ["wsgi.input"].read()
    start_response("200 OK", [])
    return []


def test_there_is_one_for_every_fault() -> None:
    assert set(ATTACKS) == set(FAULTS)


def test_the_fixture_gives_each_with_its_answer(inspector_attack: Attack) -> None:
    assert inspector_attack.summary == FAULTS[inspector_attack.name].summary
    assert inspector_attack.expected == FAULTS[inspector_attack.name].expected
    assert repr(inspector_attack).startswith(f"<Attack {inspector_attack.name}: ")


@pytest.mark.parametrize("name", ["bad-signature", "truncated-json", "empty-body", "reserialised"])
def test_who_accepts_anything_fails(name: str, inspector: Inspector) -> None:
    with pytest.raises(WebhookFailure, match=rf"(?s)The attack {name} .*answered 200 OK.*Expected +4xx"):
        ATTACKS[name].of(inspector).run(to=careless, url=URL, signing_key="k")


def test_who_refuses_what_is_good_fails(inspector: Inspector) -> None:
    inspector.answer_with(422)
    with pytest.raises(WebhookFailure, match=r"(?s)unknown-event .*Right +Answers 2xx and ignores it.*Expected +2xx"):
        ATTACKS["unknown-event"].of(inspector).run(to=inspector.url)


def test_who_does_not_recover_from_a_cut_connection_fails(inspector: Inspector) -> None:
    inspector.answer_with([503])
    with pytest.raises(WebhookFailure, match="After the attack cut-connection the next delivery was not accepted"):
        ATTACKS["cut-connection"].of(inspector).run(to=inspector.url)


def test_reordering_takes_a_whole_conversation(inspector: Inspector) -> None:
    fired = ATTACKS["reorder"].of(inspector).run(to=inspector.url)
    assert len(fired) == len(inspector.requests) > 2
