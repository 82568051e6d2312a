"""Where the code of an app runs that is called in process: wherever a test would expect it.

Deliveries are made on the loop of the inspector's thread. An app is called in the thread, or on the loop, of the test
that waits for the delivery: database connections, transactions and context variables are then those of the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Callable[[], Any], "Future[Any]"]


class CallingThread:
    """The thread of a test that has nothing to do but wait: it works off the calls, one after the other."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()

    async def run(self, call: Callable[[], Any]) -> Any:
        """Have the waiting thread run a function."""
        future: Future[Any] = Future()
        self._jobs.put((call, future))
        return await asyncio.wrap_future(future)

    def wait(self, done: Future[T]) -> T:
        """Work until a future is done, and give its result."""
        done.add_done_callback(lambda _: self._jobs.put(None))
        while (job := self._jobs.get()) is not None:
            call, future = job
            try:
                result = call()
            except Exception as error:
                _settle(future, error=error)
            except BaseException:  # the test was told to stop, or stops itself
                done.cancel()
                raise
            else:
                _settle(future, result)
        return done.result()


class WorkerThread:
    """Some other thread, where the test's own has a loop that must go on."""

    async def run(self, call: Callable[[], Any]) -> Any:
        """Run a function in a thread."""
        return await asyncio.to_thread(call)


class TestLoop:
    """The loop of an async test, or the one that a sync test runs while it waits; in the test's context."""

    __test__ = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._context = copy_context()

    async def run(self, call: Callable[[], Any]) -> Any:
        """Run what a coroutine function returns."""
        start = self._context.copy().run
        return await asyncio.wrap_future(start(asyncio.run_coroutine_threadsafe, call(), self._loop))


class InspectorLoop:
    """The loop of the inspector's own thread, where the test's loop is held up by the very call that waits."""

    async def run(self, call: Callable[[], Any]) -> Any:
        """Run what a coroutine function returns."""
        return await call()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The asyncio loop that runs in this thread, if any."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _settle(future: Future[Any], result: Any = None, error: Exception | None = None) -> None:
    if not future.set_running_or_notify_cancel():
        return  # it took too long, and nobody waits any more
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
