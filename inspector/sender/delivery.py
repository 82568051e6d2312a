"""Sender: signs webhooks, sends them, tries again, and keeps what came of it.

    async with Sender() as sender:
        delivery = await sender.deliver(event, "http://127.0.0.1:8000/hook", "signing key")
        delivery.accepted, delivery.status, delivery.attempts
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from types import TracebackType
from typing import NamedTuple, TypedDict, Unpack
from uuid import uuid4

from inspector.errors import DeliveryError, EventError
from inspector.sender.clock import Clock, RealClock
from inspector.sender.delivery_log import DeliveryLog
from inspector.sender.draft import Draft
from inspector.sender.faults import FaultLike, arrange, compose, parse_faults
from inspector.sender.record import Attempt, Delivery, Failure
from inspector.sender.request import WHOLE, Header, Request, Transmission, complete, encode_head
from inspector.sender.response import as_text
from inspector.sender.retry import RetryPolicy
from inspector.sender.wire import Transport, Wire, WireError
from inspector.webhook.event import Event
from inspector.webhook.signature import REQUEST_ID_HEADER

__all__ = ["Attempt", "Delivery", "DeliveryLog", "DeliveryOptions", "Failure", "Sender"]


class DeliveryOptions(TypedDict, total=False):
    """How a webhook is delivered. What is left out comes from the Sender, or is made up."""

    signing_key: str | None
    """Plain text, as in the subscription; None: neither signature nor timestamp is sent."""
    request_id: str
    timestamp: int | str
    """Of the signature, in Unix seconds; else the clock's time."""
    url_signed: str
    """The URL as registered in the subscription, where that is not the one sent to (tunnels, proxies)."""
    headers: Iterable[Header]
    """More headers, in order; those of a name that is sent anyway take its place."""
    retry: RetryPolicy
    fault: FaultLike
    timeout: float
    """Seconds for each attempt; else what the retry policy says."""


class _Manner(NamedTuple):
    """How the attempts at one delivery are made."""

    transmission: Transmission
    copies: int
    together: bool
    retry: RetryPolicy
    timeout: float


class Sender:
    """Delivers webhooks to apps. Belongs to one event loop; close it with `aclose` or `async with`.

    `signing_key` and `retry` are used where a delivery names none. `concurrency` bounds the attempts under way at one
    time. `verify=False` accepts any TLS certificate. `transport` replaces the wire, `log` shares a log, `new_request_id`
    makes the ids of deliveries that are given none.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        signing_key: str | None = None,
        retry: RetryPolicy | None = None,
        concurrency: int = 64,
        verify: bool = True,
        transport: Transport | None = None,
        log: DeliveryLog | None = None,
        new_request_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.clock = clock or RealClock()
        self.log = DeliveryLog() if log is None else log
        self._signing_key = signing_key
        self._retry = retry or RetryPolicy.none()
        self._transport = transport or Wire(verify=verify, max_idle=concurrency)
        self._new_request_id = new_request_id
        self._free = asyncio.Semaphore(concurrency)
        self._started: set[asyncio.Task[None]] = set()

    async def deliver(self, message: Event | bytes, url: str, **options: Unpack[DeliveryOptions]) -> Delivery:
        """Send a webhook to `url` until it is accepted or the retries are used up.

        `message` is an event, or a body to be sent as it is. Each attempt sends the same bytes: body, request id,
        timestamp and signature (contract.md §1). What the target does wrong stands in the Delivery. Raises DeliveryError
        for a URL, a header or a fault with which nothing can be sent.
        """
        delivery, manner = self._compose(message, url, **options)
        await self._run(delivery, manner)
        return delivery

    def start(self, message: Event | bytes, url: str, **options: Unpack[DeliveryOptions]) -> Delivery:
        """Like `deliver`, but does not wait: the Delivery fills while the loop runs. Raises DeliveryError."""
        delivery, manner = self._compose(message, url, **options)
        # A context of its own: on a virtual clock it is no part of the work that starts it.
        task = asyncio.get_running_loop().create_task(self._run(delivery, manner), context=Context())
        self._started.add(task)
        task.add_done_callback(self._started.discard)
        return delivery

    async def deliver_all(
        self, messages: Iterable[Event | bytes], url: str, **options: Unpack[DeliveryOptions]
    ) -> list[Delivery]:
        """Deliver one after the other, in the order given; the fault `reorder` swaps every two neighbours."""
        faults = parse_faults(options.get("fault"))
        options["fault"] = [fault for fault in faults if fault.stage != "sequence"]
        return [await self.deliver(message, url, **options) for message in arrange(messages, faults)]

    async def send(
        self,
        request: Request,
        *,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the limit of one attempt, not of this call
    ) -> Delivery:
        """Send a request as it is, to repeat what was recorded; nothing is signed. Raises DeliveryError."""
        request = complete(request)
        encode_head(request)
        request_id = next((value for name, value in request.headers if as_text(name).lower() == REQUEST_ID_HEADER), None)
        delivery = Delivery(
            request,
            created_at=self.clock.now(),
            event=_event_name(request.body),
            request_id=None if request_id is None else as_text(request_id),
        )
        self.log.append(delivery)
        await self._run(delivery, self._manner(WHOLE, 1, False, retry, timeout))
        return delivery

    async def join(self) -> None:
        """Wait for everything that was started."""
        await asyncio.gather(*self._started)

    async def aclose(self) -> None:
        """Cancel what was started and is not done, and close all connections."""
        for task in self._started:
            task.cancel()
        await asyncio.gather(*self._started, return_exceptions=True)
        await self._transport.aclose()

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()
