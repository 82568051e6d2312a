"""Patience: how many deliveries may wait for their next attempt at one time."""

from __future__ import annotations

import asyncio

from inspector.sender.clock import Clock
from inspector.sender.record import Delivery


class Patience:
    """Lets deliveries wait between their attempts, at most `limit` at one time.

    With one more, one is given up: of the URL for which most are waiting the one that has waited longest, so that an
    app that is down for hours takes nothing from the others.
    """

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._waiting = 0
        self._lines: dict[str, dict[Delivery, asyncio.Task[object]]] = {}

    async def wait(self, delivery: Delivery, seconds: float) -> bool:
        """Wait for so many seconds of the clock; False when it was given up, which the delivery then says itself."""
        task = asyncio.current_task()
        assert task is not None
        if self._waiting >= self._limit:
            self._give_up_one()
        self._lines.setdefault(delivery.url, {})[delivery] = task
        self._waiting += 1
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            if delivery.given_up is None or task.uncancel():  # or it is cancelled by somebody else as well
                raise
            return False
        finally:
            self._leave(delivery)
        return True

    def _give_up_one(self) -> None:
        line = max(self._lines.values(), key=len)
        delivery, task = next(iter(line.items()))
        delivery.given_up = f"Gave up: {self._limit:,} deliveries were already waiting for their next attempt."
        task.cancel()
        self._leave(delivery)

    def _leave(self, delivery: Delivery) -> None:
        line = self._lines.get(delivery.url, {})
        if line.pop(delivery, None) is None:
            return
        self._waiting -= 1
        if not line:
            del self._lines[delivery.url]
