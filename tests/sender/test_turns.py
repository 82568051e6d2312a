from __future__ import annotations

import asyncio

import pytest

from inspector.sender.turns import Turns

pytestmark = pytest.mark.anyio


async def wait_in_line(turns: Turns) -> asyncio.Task[None]:
    """Somebody who is in line when this returns."""
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        await turns.wait()

    task = asyncio.create_task(wait())
    await begun.wait()
    return task


async def test_turns_are_taken_until_none_is_left() -> None:
    turns = Turns(2)
    assert [turns.take() for _ in range(3)] == [True, True, False]
    turns.give_back()
    assert turns.take()


async def test_first_come_first_served() -> None:
    turns = Turns(1)
    served: list[str] = []
    last_came = asyncio.Event()

    async def visit(name: str) -> None:
        if name == "d":
            last_came.set()
        if not turns.take():
            await turns.wait()
        served.append(name)
        await last_came.wait()
        turns.give_back()

    await asyncio.gather(*(visit(name) for name in "abcd"))
    assert served == ["a", "b", "c", "d"]
    assert turns.take()


async def test_who_gives_up_waiting_is_passed_over() -> None:
    turns = Turns(1)
    turns.take()
    impatient, patient = [await wait_in_line(turns) for _ in range(2)]
    impatient.cancel()
    await asyncio.wait([impatient])
    turns.give_back()
    await patient
    assert impatient.cancelled()


async def test_turn_handed_over_to_who_is_being_cancelled_is_not_lost() -> None:
    turns = Turns(1)
    turns.take()
    waiting = await wait_in_line(turns)
    turns.give_back()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert turns.take()
