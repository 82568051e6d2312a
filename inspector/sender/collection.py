"""The garbage collector's share of a load.

Sending makes no cycles, but keeps thousands of small objects in the log. The collector would walk them over and over,
for a tenth of the whole time, and find nothing.
"""

from __future__ import annotations

import gc
import threading
from types import TracebackType

SELDOM = 50_000
"""New objects before the collector looks; Python's own threshold is 700 to 2,000."""


class SeldomCollected:
    """`with` one of these the collector looks more seldom; with several blocks at once, until the last has ended.

    A collector that is switched off stays so.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._usual = gc.get_threshold()

    def __enter__(self) -> None:
        with self._lock:
            if self._under_way == 0:
                self._usual = often, *older = gc.get_threshold()
                gc.set_threshold(max(often, SELDOM) if often else 0, *older)
            self._under_way += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way == 0:
                gc.set_threshold(*self._usual)


seldom_collected = SeldomCollected()
