from __future__ import annotations

import asyncio

import pytest

from inspector.errors import ConfigError
from inspector.service.clock import FASTEST, LATEST, ServiceClock

HOUR = 3600.0


class Sleeper:
    """Work that waits on a clock; `woken_at` are the times at which it was woken."""

    def __init__(self, clock, *waits):
        self.clock, self.waits, self.woken_at = clock, waits, []
        self.is_asleep = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self):
        with self.clock.working():
            for seconds in self.waits:
                self.is_asleep.set()
                await self.clock.sleep(seconds)
                self.woken_at.append(self.clock.now())


def run(work):
    return asyncio.run(asyncio.wait_for(work, 20))


def test_a_virtual_clock_moves_only_when_it_is_told_to():
    async def work():
        clock = ServiceClock("virtual", start=100.0)
        sleeper = Sleeper(clock, 10, HOUR)
        await clock.advance(10)
        assert (clock.now(), sleeper.woken_at) == (110.0, [110.0])
        await clock.drain()
        assert sleeper.woken_at == [110.0, 110.0 + HOUR]

    run(work())


def test_a_scaled_clock_wakes_sleepers_by_itself():
    async def work():
        clock = ServiceClock("scaled", scale=36_000, start=100.0)
        sleeper = Sleeper(clock, HOUR, HOUR / 2)
        await sleeper.task
        assert clock.now() >= 100 + 1.5 * HOUR
        assert sleeper.woken_at[0] >= 100 + HOUR

    run(work())


def test_the_earliest_of_several_sleepers_is_woken_first():
    async def work():
        clock = ServiceClock("scaled", scale=36_000, start=0.0)
        late, early = Sleeper(clock, HOUR), Sleeper(clock, HOUR / 10)
        await asyncio.gather(late.task, early.task)
        assert early.woken_at < late.woken_at

    run(work())


def test_a_running_clock_can_be_drained_and_goes_on_from_there():
    async def work():
        clock = ServiceClock("real", start=100.0)
        sleeper = Sleeper(clock, HOUR, HOUR)
        await sleeper.is_asleep.wait()
        await clock.drain()
        assert sleeper.task.done()
        assert 100 + 2 * HOUR <= clock.now() < 130 + 2 * HOUR
        before = clock.now()
        await Sleeper(clock, 0.01).task
        assert clock.now() > before

    run(work())


def test_a_running_clock_can_be_advanced_to_a_sleeper_and_not_beyond():
    async def work():
        clock = ServiceClock("real", start=0.0)
        near, far = Sleeper(clock, HOUR), Sleeper(clock, 3 * HOUR)
        await far.is_asleep.wait()
        await clock.advance(2 * HOUR)
        assert near.task.done()
        assert not far.task.done()
        far.task.cancel()

    run(work())


@pytest.mark.parametrize("mode", ["real", "scaled"])
def test_sleepers_stay_asleep_through_a_change_of_mode(mode):
    async def work():
        clock = ServiceClock("virtual", start=0.0)
        sleeper = Sleeper(clock, 100)
        await clock.advance(60)
        clock.set_mode(mode, 100_000)
        assert clock.now() == pytest.approx(60, abs=30 * clock.pace)
        clock.set_mode("virtual")
        if not sleeper.task.done():
            await clock.advance(40)
        assert sleeper.woken_at[0] >= 100

    run(work())


def test_the_pace_says_how_fast_time_goes():
    assert [ServiceClock(mode, 60).pace for mode in ("real", "scaled", "virtual")] == [1, 60, 0]


@pytest.mark.parametrize(
    ("mode", "scale"), [("lunar", 1), ("scaled", 0), ("real", -1), ("scaled", 1e300), ("scaled", float("nan"))]
)
def test_there_is_no_other_mode_and_no_scale_below_zero(mode, scale):
    with pytest.raises(ConfigError):
        ServiceClock(mode, scale)


@pytest.mark.parametrize("seconds", [1e12, float("inf"), float("nan")])
def test_a_clock_is_advanced_by_a_hundred_years_at_most(seconds):
    with pytest.raises(ConfigError, match="Give 0 to 3162240000"):
        run(ServiceClock("virtual").advance(seconds))


@pytest.mark.parametrize("mode", ["virtual", "real"])
def test_no_clock_goes_beyond_its_last_year(mode):
    with pytest.raises(ConfigError, match="year 9892"):
        run(ServiceClock(mode, start=LATEST - 10).advance(11))


def test_a_running_clock_stops_at_the_end_of_its_time():
    clock = ServiceClock("scaled", FASTEST, start=LATEST - 1)
    while clock.now() < LATEST:
        pass
    assert clock.now() == LATEST

    async def work():
        late = Sleeper(clock, 5)
        await late.is_asleep.wait()
        await clock.drain()
        assert late.woken_at[0] > LATEST

    run(work())


@pytest.mark.parametrize("start", [-1, 1e12, float("nan")])
def test_no_clock_starts_outside_of_its_time(start):
    with pytest.raises(ConfigError):
        ServiceClock("virtual", start=start)


def test_no_clock_goes_back():
    with pytest.raises(ConfigError):
        run(ServiceClock("virtual").advance(-1))
