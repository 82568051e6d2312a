"""The same for async tests: `await inspector.aio.wait_for(…)`, under asyncio or any loop that anyio knows.

Waits stand in a thread, where neither a frozen clock nor the kind of loop can touch them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from inspector.errors import InspectorError
from inspector.recorder.request import RecordedRequest
from inspector.testing.matching import Query
from inspector.testing.places import running_loop

if TYPE_CHECKING:
    from inspector.testing.delivered import FiredDeliveries, FiredDelivery
    from inspector.testing.firing import FireOptions, Shot
    from inspector.testing.inprocess import App
    from inspector.testing.inspector import Inspector
    from inspector.testing.making import EventLike
    from inspector.webhook.event import Event

T = TypeVar("T")


class AsyncInspector:
    """The calls of an Inspector that wait, as coroutines: the test's loop stays free for the app."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    async def fire(self, event: EventLike, /, *, to: str | App, **options: Unpack[FireOptions]) -> FiredDelivery:
        """As Inspector.fire; an ASGI app in process runs on the test's own loop."""
        return (await self._run(self._inspector.firing.one(event, to, options)))[0]

    async def fire_many(
        self,
        events: EventLike | Iterable[Event] = "conversation.updated",
        /,
        *,
        to: str | App,
        count: int = 1,
        concurrency: int = 1,
        **options: Unpack[FireOptions],
    ) -> FiredDeliveries:
        """As Inspector.fire_many."""
        shot = self._inspector.firing.many(events, to, count, concurrency, options)
        return await self._run(shot)

    @overload
    async def wait_for(
        self,
        query: Query = None,
        /,
        *,
        count: int,
        timeout: float = ...,  # noqa: ASYNC109
        **fields: Any,
    ) -> list[RecordedRequest]: ...
    @overload
    async def wait_for(
        self,
        query: Query = None,
        /,
        *,
        timeout: float = ...,  # noqa: ASYNC109 - when it fails
        **fields: Any,
    ) -> RecordedRequest: ...
    async def wait_for(self, query: Query = None, /, **options: Any) -> Any:
        """As Inspector.wait_for."""
        __tracebackhide__ = True
        return await _in_thread(partial(self._inspector.wait_for, query, **options))

    async def assert_none(self, query: Query = None, /, *, within: float = 0.0, **fields: Any) -> None:
        """As Inspector.assert_none."""
        __tracebackhide__ = True
        await _in_thread(partial(self._inspector.assert_none, query, within=within, **fields))

    async def settle(self) -> None:
        """As Inspector.settle: for what the app does on the test's loop, which ends with the test."""
        __tracebackhide__ = True
        await _in_thread(self._inspector.settle)

    async def drain(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the service's own
        """As `inspector.service.drain`: deliver everything, while the test's loop runs the app."""
        await _in_thread(partial(self._inspector.service.drain, timeout))

    async def _run(self, shot: Shot) -> FiredDeliveries:
        firing = self._inspector.firing
        if running_loop() is None:  # trio: an app in process gets a loop of its own
            return await _in_thread(partial(firing.run, shot))
        return await firing.run_async(shot)


async def _in_thread(call: Callable[[], T]) -> T:
    from anyio.to_thread import run_sync  # noqa: PLC0415 - only async tests need it

    __tracebackhide__ = True
    try:
        return await run_sync(call, abandon_on_cancel=True)
    except InspectorError as error:  # without the frames of threads and loops
        raise error.with_traceback(None) from error.__cause__
