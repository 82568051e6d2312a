from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.patience import Patience
from inspector.sender.record import Failure
from inspector.sender.request import Request, Transmission
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy

pytestmark = pytest.mark.anyio

HOUR = 3600.0
DOWN, UP = "http://down.example/hook", "http://up.example/hook"
WORD = "Gave up: 3 deliveries were already waiting for their next attempt."


class Apps:
    """Stands in place of the wire: no app accepts anything, and it is known who was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response | Failure:  # noqa: ASYNC109
        self.asked.append(request.url)
        return Response.build(500)

    async def aclose(self) -> None:
        pass


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def apps() -> Apps:
    return Apps()


@pytest.fixture
async def sender(clock: VirtualClock, apps: Apps) -> AsyncIterator[Sender]:
    async with Sender(clock, transport=apps, retry=RetryPolicy((HOUR, HOUR)), max_waiting=3) as sender:
        yield sender


async def refused(sender: Sender, clock: VirtualClock, *urls: str) -> list[Delivery]:
    """One delivery after the other that is not accepted."""
    deliveries = []
    for url in urls:
        deliveries.append(sender.start(b"{}", url))
        await clock.advance(1)
    return deliveries


async def test_as_many_as_may_wait_are_all_tried_again(sender: Sender, clock: VirtualClock, apps: Apps) -> None:
    deliveries = await refused(sender, clock, DOWN, DOWN, DOWN)
    await clock.drain()
    assert [(len(one.attempts), one.given_up) for one in deliveries] == [(3, None)] * 3
    assert len(apps.asked) == 9


async def test_with_one_more_the_one_that_waited_longest_is_given_up(
    sender: Sender, clock: VirtualClock, apps: Apps
) -> None:
    oldest, *others = await refused(sender, clock, DOWN, DOWN, DOWN, DOWN)
    assert (oldest.state, oldest.given_up, len(oldest.attempts)) == ("failed", WORD, 1)
    assert {one.state for one in others} == {"retrying"}
    assert oldest.to_json()["given_up"] == WORD
    await clock.drain()
    assert [len(one.attempts) for one in others] == [3, 3, 3]


async def test_an_app_that_is_down_takes_nothing_from_the_others(sender: Sender, clock: VirtualClock) -> None:
    up, *down = await refused(sender, clock, UP, *[DOWN] * 10)
    assert up.state == "retrying"
    assert [one.state for one in down] == ["failed"] * 8 + ["retrying"] * 2


async def test_what_is_given_up_ends_like_any_other(sender: Sender, clock: VirtualClock) -> None:
    await refused(sender, clock, *[DOWN] * 4)
    everything = asyncio.create_task(sender.join())
    await clock.drain()
    await everything
    assert {one.state for one in sender.log.select()} == {"failed"}


async def test_who_is_cancelled_while_it_is_given_up_stays_cancelled(clock: VirtualClock) -> None:
    patience, request = Patience(clock, 1), Request.build("POST", DOWN, (), b"")
    first, second = Delivery(request, created_at=0), Delivery(request, created_at=0)
    waiting = asyncio.create_task(patience.wait(first, HOUR))
    await clock.advance(0)
    moving = asyncio.create_task(clock.drain())
    waiting.cancel()
    assert await patience.wait(second, HOUR)
    await moving
    assert first.given_up
    assert waiting.cancelled()
