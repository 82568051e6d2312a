"""Sender: signs webhooks, sends them, tries again, and keeps what came of it.

async with Sender() as sender:
    delivery = await sender.deliver(event, "http://127.0.0.1:8000/hook", "signing key")
    delivery.accepted, delivery.status, delivery.attempts
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Iterable
from contextvars import Context
from types import TracebackType
from typing import NamedTuple, TypedDict, Unpack

from inspector.errors import DeliveryError, EventError
from inspector.sender.clock import Clock, RealClock
from inspector.sender.delivery_log import DeliveryLog
from inspector.sender.draft import Draft
from inspector.sender.faults import Fault, FaultLike, arrange, compose, parse_faults
from inspector.sender.patience import Patience
from inspector.sender.record import Attempt, Delivery, Failure, State
from inspector.sender.request import WHOLE, Header, Request, Transmission, find_header
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy
from inspector.sender.turns import Turns
from inspector.sender.wire import Transport, Wire, WireError
from inspector.webhook.event import Event
from inspector.webhook.signature import REQUEST_ID_HEADER

__all__ = ["Attempt", "Delivery", "DeliveryLog", "DeliveryOptions", "Failure", "Sender"]


def random_uuid() -> str:
    """A version 4 UUID, in a third of the time of `uuid.uuid4`."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class DeliveryOptions(TypedDict, total=False):
    """How a webhook is delivered. What is left out comes from the Sender, or is made up."""

    request_id: str | None
    timestamp: int | str | None
    """Of the signature, in Unix seconds; else the clock's time."""
    url_signed: str | None
    """The URL as registered in the subscription, where that is not the one sent to (tunnels, proxies)."""
    headers: Iterable[Header] | None
    """More headers, in order; those of a name that is sent anyway take its place."""
    retry: RetryPolicy | None
    fault: FaultLike
    timeout: float | None
    """Seconds for each attempt; else what the retry policy says."""


class _Manner(NamedTuple):
    """How the attempts at one delivery are made: after `patience` real seconds a `timeout` of the clock is over."""

    retry: RetryPolicy
    timeout: float
    patience: float
    transmission: Transmission = WHOLE
    copies: int = 1
    together: bool = False


class Sender:
    """Delivers webhooks to apps. Belongs to one event loop; close it with `aclose` or `async with`.

    `signing_key` and `retry` are used where a delivery names none. `concurrency` bounds the attempts under way at one
    time, `max_waiting` the deliveries between two attempts, 14 kB each. `verify=False` accepts any TLS certificate.
    `transport` replaces the wire, `log` shares a log, `new_request_id` makes the ids of deliveries that are given none.

    `grace` is for a virtual clock: an app gets so many real seconds for its answer, then the time-out passes on the
    clock alone. Nobody can know that an answer will not come, so that a slower app is taken for one that never answers;
    without `grace` each time-out takes as long as it says.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        signing_key: str | None = None,
        retry: RetryPolicy | None = None,
        concurrency: int = 64,
        max_waiting: int = 10_000,
        verify: bool = True,
        transport: Transport | None = None,
        log: DeliveryLog | None = None,
        new_request_id: Callable[[], str] = random_uuid,
        grace: float | None = None,
    ) -> None:
        self.clock = clock or RealClock()
        self.log = DeliveryLog() if log is None else log
        self._signing_key = signing_key
        self._retry = retry or RetryPolicy.none()
        self._grace = math.inf if grace is None else grace
        self._plainly = self._manner(self._retry, None)
        self._transport = transport or Wire(verify=verify, max_idle=concurrency)
        self._new_request_id = new_request_id
        self._turns = Turns(concurrency)
        self._patience = Patience(self.clock, max_waiting)
        self._started: set[asyncio.Task[None]] = set()

    async def deliver(
        self, message: Event | bytes, url: str, signing_key: str | None = None, **options: Unpack[DeliveryOptions]
    ) -> Delivery:
        """Send a webhook to `url` until it is accepted or the retries are used up.

        `message` is an event, or a body to be sent as it is. `signing_key` is plain text, as in the subscription;
        without one, here or in the Sender, neither signature nor timestamp is sent. Each attempt sends the same bytes:
        body, request id, timestamp and signature (contract.md §1). What the target does wrong stands in the Delivery.
        Raises DeliveryError for a URL, a header or a fault with which nothing can be sent.
        """
        delivery, manner = self._compose(message, url, signing_key, options)
        await self._run(delivery, manner)
        return delivery

    def start(
        self, message: Event | bytes, url: str, signing_key: str | None = None, **options: Unpack[DeliveryOptions]
    ) -> Delivery:
        """Like `deliver`, but does not wait: the Delivery fills while the loop runs. Raises DeliveryError."""
        delivery, manner = self._compose(message, url, signing_key, options)
        # A context of its own: on a virtual clock it is no part of the work that starts it.
        task = asyncio.get_running_loop().create_task(self._run(delivery, manner), context=Context())
        self._started.add(task)
        task.add_done_callback(self._started.discard)
        return delivery

    async def deliver_all(
        self,
        messages: Iterable[Event | bytes],
        url: str,
        signing_key: str | None = None,
        **options: Unpack[DeliveryOptions],
    ) -> list[Delivery]:
        """Deliver one after the other, in the order given; the fault `reorder` swaps every two neighbours."""
        faults = parse_faults(options.get("fault"))
        options["fault"] = [fault for fault in faults if fault.stage != "sequence"]
        return [await self.deliver(message, url, signing_key, **options) for message in arrange(messages, faults)]

    async def send(
        self,
        request: Request,
        *,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the limit of each attempt, not of this call
    ) -> Delivery:
        """Send a request as it is, to repeat what was recorded; nothing is signed."""
        manner = self._manner(retry or self._retry, timeout)
        delivery = Delivery(
            request,
            created_at=self.clock.now(),
            event=_event_name(request.body),
            request_id=find_header(request.headers, REQUEST_ID_HEADER),
        )
        self.log.append(delivery)
        await self._run(delivery, manner)
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

    def _compose(
        self, message: Event | bytes, url: str, signing_key: str | None, options: DeliveryOptions
    ) -> tuple[Delivery, _Manner]:
        faults: tuple[Fault, ...] = ()
        if options:
            if unknown := options.keys() - DeliveryOptions.__annotations__.keys():
                raise TypeError(f"A delivery has no option {', '.join(sorted(unknown))}.")
            faults = parse_faults(options.get("fault"))
        draft = self._draft(message, url, signing_key, options)
        compose(draft, faults, options.get("headers") or ())
        manner = self._plainly
        if options:
            manner = self._manner(options.get("retry") or self._retry, options.get("timeout"), draft)
        delivery = Delivery(
            draft.request(),
            created_at=draft.now,
            event=_event_name(draft.message),
            request_id=draft.request_id,
            signed=draft.signed,
            faults=tuple([fault.name for fault in faults]),
        )
        self.log.append(delivery)
        return delivery, manner

    def _manner(self, policy: RetryPolicy, timeout: float | None, draft: Draft | None = None) -> _Manner:
        limit = policy.timeout if timeout is None else timeout
        if not limit > 0:
            raise DeliveryError(f"A time limit of {limit:g} s leaves no time for an answer. Give more than 0.")
        patience = min(limit, self._grace)
        if draft is None:
            return _Manner(policy, limit, patience)
        return _Manner(policy, limit, patience, draft.transmission, draft.copies, draft.together)

    def _draft(self, message: Event | bytes, url: str, signing_key: str | None, options: DeliveryOptions) -> Draft:
        now = self.clock.now()
        timestamp = options.get("timestamp")
        return Draft(
            message,
            url,
            options.get("url_signed") or url,
            self._signing_key if signing_key is None else signing_key,
            options.get("request_id") or self._new_request_id(),
            str(int(now) if timestamp is None else timestamp),
            now,
        )

    async def _run(self, delivery: Delivery, manner: _Manner) -> None:
        state: State = "cancelled"
        try:
            with self.clock.working():
                accepted = await self._round(delivery, manner)
                for wait in manner.retry.waits:
                    if accepted or not await self._wait(delivery, wait):
                        break
                    accepted = await self._round(delivery, manner)
                state = "delivered" if accepted else "failed"
        except asyncio.CancelledError as error:
            error.delivery = delivery  # type: ignore[attr-defined] # for whoever counts what was done by then
            raise
        finally:
            delivery.state, delivery.next_attempt_at = state, None
            self.log.note(delivery)

    async def _wait(self, delivery: Delivery, seconds: float) -> bool:
        """Wait for the next attempt; False when there is to be none."""
        delivery.state = "retrying"
        delivery.next_attempt_at = self.clock.now() + seconds
        self.log.note(delivery)
        return await self._patience.wait(delivery, seconds)

    async def _round(self, delivery: Delivery, manner: _Manner) -> bool:
        """One attempt, or with copies several; True when each was accepted."""
        if not self._turns.take():
            await self._turns.wait()
        try:
            if manner.copies > 1:
                return await self._copies(delivery, manner)
            return await self._attempt(delivery, manner)
        finally:
            self._turns.give_back()

    async def _copies(self, delivery: Delivery, manner: _Manner) -> bool:
        if manner.together:
            return all(await asyncio.gather(*(self._attempt(delivery, manner) for _ in range(manner.copies))))
        return all([await self._attempt(delivery, manner) for _ in range(manner.copies)])

    async def _attempt(self, delivery: Delivery, manner: _Manner) -> bool:
        started_at = self.clock.now()
        outcome: Response | Failure
        try:
            outcome = await self._transport.exchange(
                delivery.request, timeout=manner.patience, transmission=manner.transmission
            )
        except WireError as error:
            outcome = await self._failure(error, manner)
        except asyncio.CancelledError:
            ms = (self.clock.now() - started_at) * 1000
            delivery.add(started_at, Failure("interrupted", "This was stopped while an answer was awaited.", ms))
            raise
        return delivery.add(started_at, outcome).accepted

    async def _failure(self, error: WireError, manner: _Manner) -> Failure:
        if error.kind != "timeout" or manner.patience == manner.timeout:
            return Failure(error.kind, error.message, error.ms)
        await self.clock.sleep(manner.timeout)
        message = f"No answer in {manner.patience:g} s of real time; {manner.timeout:g} s have passed on the clock."
        return Failure("timeout", message, manner.timeout * 1000)


def _event_name(message: Event | bytes) -> str | None:
    try:
        return message.name if isinstance(message, Event) else Event.from_bytes(message).name
    except EventError:
        return None
