"""The log of what was sent: newest last, bounded by count and bytes, and its own bus for whoever looks on."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from inspector.errors import NotFoundError
from inspector.sender.record import Delivery

Listener = Callable[[Delivery], None]

_ID = re.compile(r"d[1-9]\d{0,17}", re.ASCII)


class DeliveryLog:
    """All deliveries, bounded. `capacity` counts deliveries, `max_bytes` what they take in memory.

    The oldest go first, even if they are still being retried; the newest always stays. Written to by one event loop;
    may be read from any thread.
    """

    def __init__(self, capacity: int = 10_000, max_bytes: int = 64 * 1024**2) -> None:
        self.capacity = capacity
        self.max_bytes = max_bytes
        self.evicted = 0
        self._deliveries: deque[Delivery] = deque()
        self._last = 0
        self._bytes = 0
        self._listeners: tuple[Listener, ...] = ()

    def __len__(self) -> int:
        return len(self._deliveries)

    def append(self, delivery: Delivery) -> None:
        """Take a new delivery in and give it its id, which counts from `d1`."""
        self._last += 1
        delivery.number = self._last
        self._deliveries.append(delivery)
        self.note(delivery)

    def note(self, delivery: Delivery) -> None:
        """A delivery has changed: count its bytes anew, make room, tell the listeners."""
        deliveries = self._deliveries
        if delivery.number > self._last - len(deliveries):
            self._bytes += delivery.cost - delivery.counted
            delivery.counted = delivery.cost
            while len(deliveries) > 1 and (len(deliveries) > self.capacity or self._bytes > self.max_bytes):
                self._bytes -= deliveries.popleft().counted
                self.evicted += 1
        for listener in self._listeners:
            listener(delivery)

    def get(self, id: str) -> Delivery:
        """A delivery by its id. Raises NotFoundError."""
        return self._deliveries[self._place(id)]

    def select(self, limit: int = 100, before: str | None = None) -> list[Delivery]:
        """At most `limit` deliveries, newest first, from the one after `before` on. Raises NotFoundError."""
        deliveries = list(self._deliveries)
        end = len(deliveries) if before is None else self._place(before)
        return list(islice(reversed(deliveries[:end]), limit))

    def clear(self) -> None:
        """Forget all."""
        self._deliveries.clear()
        self._bytes = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a delivery at each of its changes, until the function returned is called.

        Listeners are called in the middle of sending: they take note and return.
        """
        self._listeners += (listener,)
        return lambda: self._unsubscribe(listener)

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """`subscribe` for the length of a block."""
        unsubscribe = self.subscribe(listener)
        try:
            yield
        finally:
            unsubscribe()

    def _unsubscribe(self, listener: Listener) -> None:
        self._listeners = tuple(other for other in self._listeners if other is not listener)

    def _place(self, id: str) -> int:
        number = int(id[1:]) if _ID.fullmatch(id) else 0
        place = number - 1 - (self._last - len(self._deliveries))  # the numbers of what is here have no gaps
        if not 0 <= place < len(self._deliveries):
            raise NotFoundError(f"There is no delivery {id!r}, or no longer: the log keeps the newest {self.capacity}.")
        return place
