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
from inspector.service.deliveries import Fired
from inspector.service.environment import Environment

MOST_WAITING = 10_000
"""What is fired before there is an event loop waits for it; with more than this, the oldest is lost."""


class Courier:
    """Delivers what is fired, from any thread, in the event loop that `start` names.

    What goes to one URL leaves in the order in which it was fired, each when the first attempt at the one before is
    done, so that an app with a subscription for every event hears of a conversation in order, and every time alike.
    Retries hold nothing up. (The real service promises no order at all.)
    """

    def __init__(self, environment: Environment) -> None:
        settings = environment.settings
        policy = RetryPolicy(RetryPolicy.parse(settings.retry).waits, settings.timeout)
        self.clock = environment.clock
        self.sender = Sender(
            environment.clock, retry=policy, concurrency=settings.concurrency, log=environment.deliveries
        )
        self._lanes: dict[str, deque[Fired]] = {}
        self._longest_lane = settings.max_deliveries
        self._leaving: dict[str, str] = {}
        self._planned: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque(maxlen=MOST_WAITING)
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
            self._waiting.append((call, arguments))
        elif self.is_here():
            self._loop.call_soon(call, *arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)

    def _enqueue(self, fired: list[Fired]) -> None:
        for one in fired:
            lane = self._lanes.get(one.url)
            if lane is None:
                self._lanes[one.url] = deque(maxlen=self._longest_lane)
                self._send(one)
            else:
                lane.append(one)

    def _send(self, fired: Fired) -> None:
        assert fired.event is not None
        delivery = self.sender.start(fired.event, fired.url, fired.signing_key, request_id=fired.request_id)
        fired.leave(delivery.id)
        self._leaving[delivery.id] = fired.url

    def _note(self, delivery: Delivery) -> None:
        """The first attempt is done: the next one may leave."""
        if delivery.state == "sending":
            return
        url = self._leaving.pop(delivery.id, None)
        lane = self._lanes.get(url) if url else None
        if lane:
            self._send(lane.popleft())
        elif lane is not None and url:
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
