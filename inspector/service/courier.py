"""Courier: hands what was fired to the sender, in order for each URL, in the event loop that delivers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from inspector.sender.delivery import Sender
from inspector.sender.record import Delivery
from inspector.sender.retry import RetryPolicy
from inspector.service.environment import Environment
from inspector.service.fired import Fired

MOST_WAITING = 10_000
"""What is fired before there is an event loop waits for it; with more than this, the oldest is given up."""

_Held = tuple[Callable[..., None], tuple[Any, ...]]


class Courier:
    """Delivers what is fired, from any thread, in the event loop that `start` names.

    What goes to one URL leaves in the order in which it was fired, each when the first attempt at the one before is
    done, so that an app with a subscription for every event hears of a conversation in order, and every time alike.
    Retries hold nothing up. (The real service promises no order at all.) Whatever waits is bounded; what is given up
    for that says so.
    """

    def __init__(self, environment: Environment) -> None:
        settings = environment.settings
        policy = RetryPolicy(RetryPolicy.parse(settings.retry).waits, settings.timeout)
        self.clock = environment.clock
        self.sender = Sender(
            environment.clock,
            retry=policy,
            concurrency=settings.concurrency,
            max_waiting=settings.max_waiting,
            log=environment.deliveries,
        )
        self._lanes: dict[str, deque[Fired]] = {}
        self._longest_lane = settings.max_waiting
        self._under_way: dict[str, Fired] = {}
        self._planned: set[asyncio.Task[None]] = set()
        self._waiting: deque[_Held] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_listening = environment.deliveries.subscribe(self._note)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that delivers."""
        return self._loop

    @property
    def waiting(self) -> int:
        """How many events wait for the first attempt at the one before."""
        return len(self._waiting) + sum(map(len, self._lanes.values()))

    def is_here(self) -> bool:
        """Whether this is called within that event loop."""
        return self._loop is not None and running_loop() is self._loop

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver in this event loop, beginning with what was fired before."""
        self._loop = loop
        while self._waiting:
            call, arguments = self._waiting.popleft()
            self._call(call, *arguments)

    def fire(self, fired: list[Fired]) -> None:
        """Deliver these, in order."""
        if fired:
            self._call(self._enqueue, fired)

    def plan(self, delay: float, action: Callable[[], object]) -> None:
        """Call `action` in `delay` seconds of the clock."""
        self._call(self._begin, delay, action)

    async def aclose(self) -> None:
        """Cancel what is under way, and close all connections."""
        self._stop_listening()
        self._lanes.clear()
        for task in self._planned:
            task.cancel()
        await asyncio.gather(*self._planned, return_exceptions=True)
        await self.sender.aclose()

    def _call(self, call: Callable[..., None], *arguments: Any) -> None:
        if self._loop is None:
            self._hold((call, arguments))
        elif self.is_here():
            self._loop.call_soon(call, *arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)

    def _hold(self, held: _Held) -> None:
        if len(self._waiting) >= MOST_WAITING:
            call, arguments = self._waiting.popleft()
            for fired in arguments[0] if call == self._enqueue else ():
                fired.give_up(f"Gave up: {MOST_WAITING:,} changes were already waiting for start() in an event loop.")
        self._waiting.append(held)

    def _enqueue(self, fired: list[Fired]) -> None:
        for one in fired:
            lane = self._lanes.get(one.url)
            if lane is None:
                self._lanes[one.url] = deque()
                self._send(one)
            else:
                self._queue(one, lane)

    def _queue(self, fired: Fired, lane: deque[Fired]) -> None:
        if len(lane) >= self._longest_lane:
            lane.popleft().give_up(
                f"Gave up: {self._longest_lane:,} deliveries to this URL were already waiting for their first attempt."
            )
        lane.append(fired)

    def _send(self, fired: Fired) -> None:
        assert fired.event is not None
        delivery = self.sender.start(fired.event, fired.url, fired.signing_key, request_id=fired.request_id)
        fired.leave(delivery.id)
        self._under_way[delivery.id] = fired

    def _note(self, delivery: Delivery) -> None:
        """An attempt is done: after the first the next one may leave."""
        fired = self._under_way.get(delivery.id)
        if fired is None:
            return
        if delivery.state != "retrying":
            del self._under_way[delivery.id]
        is_first = fired.attempt_count == 0
        fired.note(delivery)
        if is_first:
            self._send_next(fired.url)

    def _send_next(self, url: str) -> None:
        lane = self._lanes.get(url)
        if lane:
            self._send(lane.popleft())
        elif lane is not None:
            del self._lanes[url]

    def _begin(self, delay: float, action: Callable[[], object]) -> None:
        assert self._loop is not None
        task = self._loop.create_task(self._act(delay, action), context=Context())
        self._planned.add(task)
        task.add_done_callback(self._planned.discard)

    async def _act(self, delay: float, action: Callable[[], object]) -> None:
        with self.clock.working():
            await self.clock.sleep(delay)
            action()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
