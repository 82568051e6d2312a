"""What the tests of the sending half share."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sinks import Answer, Sink, StartSink


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


@pytest.fixture
async def sink() -> AsyncIterator[StartSink]:
    """Start sinks: `await sink(OK, reset, OK)`; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(*answers: Answer, tls: ssl.SSLContext | None = None) -> Sink:
            return await stack.enter_async_context(Sink(*answers, tls=tls))

        yield start
