"""Runs of the Send page: orders that are carried out in the background, can be watched, and can be stopped."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from inspector.errors import InspectorError, NotFoundError
from inspector.sender.clock import steady_time
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import LoadSummary
from inspector.web.send_order import SendOrder

MOST_RUNS = 20
"""Runs that are remembered; those under way are never forgotten."""

BETWEEN_MEASURES = 1.0
"""Seconds between two looks at all latencies of a run, which are sorted for it."""

RunState = Literal["running", "done", "stopped", "failed"]


class Run:
    """One order and how far it is. `error` says why it failed."""

    def __init__(self, id: str, order: SendOrder) -> None:
        self.id = id
        self.order = order
        self.summary = LoadSummary()
        self.state: RunState = "running"
        self.error: str | None = None
        self.latency = self.summary.percentiles()
        self._measured_at = -math.inf

    @property
    def what(self) -> str:
        """The event's name, or that it is a body of the user's own."""
        return self.order.recipe.what if isinstance(self.order.recipe.what, str) else "own body"

    def take(self, summary: LoadSummary) -> None:
        """Note how far it is."""
        self.summary = summary
        if summary.latencies and steady_time() - self._measured_at >= BETWEEN_MEASURES:
            self._measure()

    def end(self, state: RunState, error: str | None = None) -> None:
        """Note how it ended."""
        self.state, self.error = state, error
        self._measure()

    @property
    def outcome(self) -> Literal["good", "mixed", "bad"] | None:
        """What a run that is done came to; None for others."""
        if self.state != "done":
            return None
        if self.summary.accepted == self.summary.sent:
            return "good"
        return "mixed" if self.summary.accepted else "bad"

    def _measure(self) -> None:
        self.latency = self.summary.percentiles()
        self._measured_at = steady_time()


class Runs:
    """Starts, stops and remembers runs over one sender. `on_change` is called with a run at each of its changes."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._count = 0
        self.on_change: Callable[[Run], None] = lambda _: None

    def newest_first(self) -> list[Run]:
        """All that are remembered."""
        return list(self._runs.values())[::-1]

    def start(self, order: SendOrder) -> Run:
        """Begin to carry an order out."""
        self._count += 1
        run = Run(f"run{self._count}", order)
        self._runs[run.id] = run
        self._tasks[run.id] = task = asyncio.get_running_loop().create_task(self._carry_out(run))
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))
        self._forget_old()
        self.on_change(run)
        return run

    def stop(self, id: str) -> Run:
        """End a run; what is under way is given up. Raises NotFoundError."""
        if id not in self._runs:
            raise NotFoundError(f"There is no run {id!r}, or no longer.")
        if id in self._tasks:
            self._tasks[id].cancel()
        return self._runs[id]

    async def aclose(self) -> None:
        """End all runs."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry_out(self, run: Run) -> None:
        def progress(summary: LoadSummary) -> None:
            run.take(summary)
            self.on_change(run)

        try:
            run.take(await run.order.run(self._sender, _ignore, progress))
            run.end("stopped" if run.summary.stopped else "done")
        except asyncio.CancelledError:  # before the first was sent; later run_load takes care of it
            run.end("stopped")
        except InspectorError as error:
            run.end("failed", error.message)
        finally:
            self.on_change(run)

    def _forget_old(self) -> None:
        for id in list(self._runs)[:-MOST_RUNS]:
            if id not in self._tasks:
                del self._runs[id]


def _ignore(_: Delivery) -> None:
    """The delivery log has it already."""
