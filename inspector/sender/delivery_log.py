"""The log of what was sent: newest last, bounded by count and bytes, and its own bus for whoever looks on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import dropwhile, islice

from inspector.errors import NotFoundError
from inspector.sender.record import Delivery

Listener = Callable[[Delivery], None]


class DeliveryLog:
    """All deliveries, bounded. `capacity` counts deliveries, `max_bytes` what they take in memory.

    The oldest go first, even if they are still being retried; the newest always stays. Written to by one event loop;
    may be read from any thread.
    """

    def __init__(self, capacity: int = 10_000, max_bytes: int = 64 * 1024**2) -> None:
        self.capacity = capacity
        self.max_bytes = max_bytes
        self.evicted = 0
        self._count = 0
        self._bytes = 0
        self._deliveries: OrderedDict[str, Delivery] = OrderedDict()
        self._listeners: tuple[Listener, ...] = ()

    def __len__(self) -> int:
        return len(self._deliveries)

    def append(self, delivery: Delivery) -> None:
        """Take a new delivery in and give it its id."""
        self._count += 1
        delivery.id = f"d{self._count}"
        self._deliveries[delivery.id] = delivery
        self.note(delivery)

    def note(self, delivery: Delivery) -> None:
        """A delivery has changed: count its bytes anew, make room, tell the listeners."""
        if delivery.id in self._deliveries:
            cost = delivery.cost
            self._bytes += cost - delivery.kept_bytes
            delivery.kept_bytes = cost
            while len(self._deliveries) > 1 and (len(self._deliveries) > self.capacity or self._bytes > self.max_bytes):
                self._evict()
        for listener in self._listeners:
            listener(delivery)

    def get(self, id: str) -> Delivery:
        """A delivery by its id. Raises NotFoundError."""
        delivery = self._deliveries.get(id)
        if delivery is None:
            raise NotFoundError(f"There is no delivery {id!r}, or no longer: the log keeps the newest {self.capacity}.")
        return delivery

    def select(self, limit: int = 100, before: str | None = None) -> list[Delivery]:
        """At most `limit` deliveries, newest first, from the one after `before` on. Raises NotFoundError."""
        newest_first = reversed(list(self._deliveries.values()))
        if before is None:
            return list(islice(newest_first, limit))
        start = self.get(before)
        return list(islice(dropwhile(lambda delivery: delivery is not start, newest_first), 1, limit + 1))

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

    def _evict(self) -> None:
        _, delivery = self._deliveries.popitem(last=False)
        self._bytes -= delivery.kept_bytes
        self.evicted += 1
