from __future__ import annotations

import asyncio
import time

import pytest

from inspector.errors import ConfigError
from inspector.sender.clock import RealClock, ScaledClock, VirtualClock, steady_time
from inspector.sender.retry import RetryPolicy

pytestmark = pytest.mark.anyio


async def outside_work() -> None:
    """Takes a time that nobody on the loop can foresee, as a network does."""
    await asyncio.to_thread(time.thread_time)


async def test_real_clock_tells_the_time_of_the_machine() -> None:
    before = time.time()
    clock = RealClock()
    with clock.working():
        await clock.sleep(0)
    assert before <= clock.now() <= time.time()


async def test_scaled_clock_passes_an_hour_in_a_moment() -> None:
    clock = ScaledClock(scale=3_600_000, start=1000.0)
    with clock.working():
        await clock.sleep(3600)
    assert clock.now() >= 4600


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_scale_must_be_above_zero(scale: float) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        ScaledClock(scale)


def test_steady_time_goes_on_while_a_test_freezes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("time", "monotonic", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: 0.0)
    before = steady_time()
    while steady_time() == before:
        pass
    assert steady_time() > before


class Sleepers:
    """Tasks on a virtual clock, and the order in which they woke."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.woken: list[tuple[float, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, *waits: float) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(self._sleep(name, waits)))
        return self.tasks[-1]

    async def _sleep(self, name: str, waits: tuple[float, ...]) -> None:
        with self.clock.working():
            for wait in waits:
                await self.clock.sleep(wait)
                self.woken.append((self.clock.now(), name))
                await outside_work()


@pytest.fixture
def sleepers() -> Sleepers:
    return Sleepers(VirtualClock(start=1000.0))


async def test_virtual_clock_stands_still(sleepers: Sleepers) -> None:
    task = sleepers.start("a", 1)
    await outside_work()
    assert sleepers.clock.now() == 1000.0
    assert not task.done()
    await sleepers.clock.drain()


async def test_advance_wakes_what_falls_due_at_its_time(sleepers: Sleepers) -> None:
    sleepers.start("late", 9)
    sleepers.start("early", 2)
    sleepers.start("never", 11)
    await sleepers.clock.advance(10)
    assert sleepers.woken == [(1002.0, "early"), (1009.0, "late")]
    assert sleepers.clock.now() == 1010.0
    await sleepers.clock.drain()


async def test_due_at_the_same_time_wake_in_the_order_of_falling_asleep(sleepers: Sleepers) -> None:
    for name in "abc":
        sleepers.start(name, 5)
    await sleepers.clock.advance(5)
    assert [name for _, name in sleepers.woken] == ["a", "b", "c"]


async def test_work_between_two_sleeps_is_waited_for(sleepers: Sleepers) -> None:
    sleepers.start("often", 1, 1, 1)
    sleepers.start("once", 2.5)
    await sleepers.clock.drain()
    assert sleepers.woken == [(1001.0, "often"), (1002.0, "often"), (1002.5, "once"), (1003.0, "often")]


async def test_step_goes_from_one_moment_to_the_next(sleepers: Sleepers) -> None:
    sleepers.start("a", 1, 4)
    assert await sleepers.clock.step()
    assert sleepers.woken == [(1001.0, "a")]
    assert sleepers.clock.next_due == 1005.0
    assert await sleepers.clock.step()
    assert not await sleepers.clock.step()
    assert sleepers.clock.next_due is None


async def test_eight_hours_of_retries_pass_in_order(sleepers: Sleepers) -> None:
    policies = [RetryPolicy.bird().waits] * 50
    for number, waits in enumerate(policies):
        sleepers.start(f"delivery {number}", *waits)
    await sleepers.clock.drain()
    assert all(task.done() for task in sleepers.tasks)
    assert sleepers.clock.now() == 1000.0 + 28_798
    assert len(sleepers.woken) == 50 * 35
    assert [at for at, _ in sleepers.woken] == sorted(at for at, _ in sleepers.woken)


async def test_work_that_waits_for_work_within_it_does_not_hold_the_clock(sleepers: Sleepers) -> None:
    clock = sleepers.clock

    async def scenario() -> None:
        with clock.working():
            await asyncio.gather(sleepers.start("a", 10), sleepers.start("b", 20))
            await outside_work()
            await clock.sleep(5)
            sleepers.woken.append((clock.now(), "scenario"))

    task = asyncio.create_task(scenario())
    sleepers.start("later", 30)
    await clock.drain()
    assert task.done()
    assert sleepers.woken == [(1010.0, "a"), (1020.0, "b"), (1025.0, "scenario"), (1030.0, "later")]


async def test_work_left_running_outlives_what_began_it(sleepers: Sleepers) -> None:
    with sleepers.clock.working():
        sleepers.start("a", 1, 1)
        await outside_work()
    await sleepers.clock.drain()
    assert sleepers.woken == [(1001.0, "a"), (1002.0, "a")]


async def test_who_gives_up_sleeping_is_forgotten(sleepers: Sleepers) -> None:
    cancelled = sleepers.start("cancelled", 1)
    sleepers.start("kept", 2)
    await outside_work()
    cancelled.cancel()
    await sleepers.clock.drain()
    assert sleepers.woken == [(1002.0, "kept")]
    assert cancelled.cancelled()


async def test_sleep_of_nothing_returns_at_once() -> None:
    clock = VirtualClock(5.0)
    await clock.sleep(0)
    assert clock.now() == 5.0


async def test_sleepers_that_are_no_work_are_woken_too() -> None:
    clock = VirtualClock()
    task = asyncio.create_task(clock.sleep(60))
    await clock.drain()
    assert task.done()
    assert clock.now() == 60


async def test_two_who_move_the_clock_take_turns(sleepers: Sleepers) -> None:
    sleepers.start("a", 1, 1, 1)
    await asyncio.gather(sleepers.clock.advance(2), sleepers.clock.drain())
    assert [at for at, _ in sleepers.woken] == [1001.0, 1002.0, 1003.0]


async def test_another_thread_can_move_the_clock(sleepers: Sleepers) -> None:
    sleepers.start("a", 3600)
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(sleepers.clock.drain(), loop).result(timeout=20))
    assert sleepers.woken == [(4600.0, "a")]


async def test_clock_driven_from_outside_wakes_who_falls_due_in_order_and_waits_for_nobody(sleepers: Sleepers) -> None:
    clock = sleepers.clock
    tasks = [sleepers.start(name, seconds) for name, seconds in (("late", 9), ("early", 2), ("never", 11))]
    await clock.advance(0)  # all are asleep
    clock.wake_due(1010.0)
    assert (clock.now(), sleepers.woken, clock.next_due) == (1010.0, [], 1011.0)
    await asyncio.gather(*tasks[:2])
    assert [name for _, name in sleepers.woken] == ["early", "late"]
    clock.wake_due(1005.0)
    assert clock.now() == 1010.0
    await clock.drain()


async def test_clock_cannot_go_back() -> None:
    with pytest.raises(ConfigError, match="cannot go back"):
        await VirtualClock().advance(-1)
