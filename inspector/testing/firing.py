"""Firing webhooks at an app: made from the test's seed, signed for the URL it is told, retried in no time.

Waits between attempts pass on a virtual clock, so that eight hours of retries take as long as the attempts themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, cast

from inspector.errors import ConfigError, DeliveryError
from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.faults import Fault, FaultLike, arrange, parse_faults
from inspector.sender.request import Header, parse_url
from inspector.sender.retry import RetryPolicy
from inspector.sender.wire import Transport
from inspector.testing import places
from inspector.testing.asgi import call_asgi
from inspector.testing.delivered import FiredDeliveries, FiredDelivery
from inspector.testing.engine import Engine, new_loop
from inspector.testing.inprocess import App, AppTransport, Place, is_asgi
from inspector.testing.making import EventLike, Maker, Making, Seed, one_event
from inspector.testing.repeating import repeat_line
from inspector.testing.wsgi import call_wsgi
from inspector.webhook.event import Event

if TYPE_CHECKING:
    from inspector.sender.recipe import Made


class FireOptions(TypedDict, total=False):
    """How a webhook is fired. What is left out comes from the test's marker, or is made up."""

    signing_key: str | None
    """Plain text, as in the subscription. Without one, neither signature nor timestamp is sent."""
    url: str | None
    """The URL as registered in the subscription, which is signed. Needed for an app; else `to` is signed."""
    set: Mapping[str, Any]
    """Values to put at paths of the event: `{"status": "closed", "lastMessage.status": "sent"}`."""
    unset: Iterable[str]
    """Paths to take out of the event."""
    fault: FaultLike
    """What goes wrong on purpose: `bad-signature`, `duplicate` …"""
    retry: RetryPolicy | str | None
    """`bird` for the service's own 36 attempts, or waits such as `1s,5s`. None: one attempt."""
    timeout: float | None
    """Seconds for each attempt, by default 10."""
    grace: float | None
    """Real seconds after which a time-out passes on the virtual clock, instead of being waited for in full: all 36
    attempts at an app that never answers then take 36 times this. An app slower than it counts as one."""
    headers: Mapping[str, str] | Iterable[Header]
    """More headers; those of a name that is sent anyway take its place."""
    request_id: str | None
    seed: Seed | None
    at: float | str | None
    """Unix time in seconds, or RFC 3339, at which the event happens."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One call of `fire` or `fire_many`, ready to go."""

    what: Any
    making: Making
    to: str | App
    options: FireOptions
    retry: RetryPolicy
    faults: tuple[Fault, ...]
    concurrency: int = 1
    many: int | None = None

    @property
    def url(self) -> str:
        """Where it is sent, as far as the request knows."""
        return self.to if isinstance(self.to, str) else str(self.options.get("url"))

    def messages(self) -> Iterable[Made]:
        """What is sent, in the order of sending."""
        return arrange(self.making.messages(), self.faults if self.many is not None else ())


class Firing:
    """The firing half of an Inspector. `defaults` stand in for options that a call leaves out."""

    def __init__(self, engine: Engine, maker: Maker, test: str | None, defaults: FireOptions) -> None:
        self.maker = maker
        self.deliveries: list[FiredDelivery] = []
        self._engine = engine
        self._test = test
        self._defaults = defaults
        self._loop: asyncio.AbstractEventLoop | None = None

    def one(self, event: EventLike, to: str | App, options: FireOptions) -> Shot:
        """Read a call of `fire`. Raises EventError, DeliveryError, ConfigError."""
        return self._shot(one_event(event), 1, to, options)

    def many(
        self, events: EventLike | Iterable[Event], to: str | App, count: int, concurrency: int, options: FireOptions
    ) -> Shot:
        """Read a call of `fire_many`. Raises EventError, DeliveryError, ConfigError."""
        return self._shot(events, count, to, options, concurrency=concurrency, many=count)

    def run(self, shot: Shot) -> FiredDeliveries:
        """Fire, while an app in process runs in this thread."""
        if isinstance(shot.to, str):
            return self._submit(shot, None).result()
        if is_asgi(shot.to):
            return self._run_asgi(shot)
        if places.running_loop() is not None:
            return self._submit(shot, places.WorkerThread()).result()
        here = places.CallingThread()
        return here.wait(self._submit(shot, here))

    async def run_async(self, shot: Shot) -> FiredDeliveries:
        """Fire, while an ASGI app in process runs on the loop that awaits this."""
        place: Any = None
        if not isinstance(shot.to, str):
            on_loop = is_asgi(shot.to)
            place = places.TestLoop(asyncio.get_running_loop()) if on_loop else places.WorkerThread()
        return await asyncio.wrap_future(self._submit(shot, place))

    def close(self) -> None:
        """Close the loop that apps were called on, if there was one."""
        if self._loop is not None:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._loop = None

    def _shot(self, what: Any, count: int, to: str | App, options: FireOptions, **manner: Any) -> Shot:
        options = _checked({**self._defaults, **options})
        for url in (to, options.get("url")):
            if isinstance(url, str):
                parse_url(url)
        if not isinstance(to, str) and not options.get("url"):
            raise DeliveryError(
                "An app is called in process, so nothing says under which URL. Give url= the one in the subscription, "
                "such as url='https://app.example/hook': it is routed by its path and signed as it stands."
            )
        making = self.maker.make(
            what,
            count,
            seed=options.get("seed"),
            at=options.get("at"),
            set_=options.get("set"),
            unset=options.get("unset", ()),
        )
        retry = options.get("retry") or RetryPolicy.none()
        policy = RetryPolicy.parse(retry) if isinstance(retry, str) else retry
        return Shot(what, making, to, options, policy, parse_faults(options.get("fault")), **manner)

    def _run_asgi(self, shot: Shot) -> FiredDeliveries:
        if places.running_loop() is not None:
            return self._submit(shot, places.InspectorLoop()).result()
        if self._loop is None:
            self._loop = new_loop()
        loop = self._loop

        async def wait() -> FiredDeliveries:
            return await asyncio.wrap_future(self._submit(shot, places.TestLoop(loop)))

        return loop.run_until_complete(wait())

    def _submit(self, shot: Shot, place: Place | None) -> Future[FiredDeliveries]:
        return self._engine.server.submit(self._deliver_all(shot, place))

    async def _deliver_all(self, shot: Shot, place: Place | None) -> FiredDeliveries:
        clock = VirtualClock(shot.making.recipe.at)
        free = asyncio.Semaphore(shot.concurrency)

        async def deliver(made: Made) -> FiredDelivery:
            async with free:
                return await self._deliver(shot, made, clock, place)

        async def deliver_each() -> list[FiredDelivery]:
            if shot.concurrency == 1:
                return [await deliver(made) for made in shot.messages()]
            return await asyncio.gather(*(deliver(made) for made in shot.messages()))

        # The clock moves on to the next attempt whenever all that is under way sleeps.
        fired, _ = await asyncio.gather(deliver_each(), clock.drain())
        return FiredDeliveries(fired)

    async def _deliver(self, shot: Shot, made: Made, clock: VirtualClock, place: Place | None) -> FiredDelivery:
        options = shot.options
        transport: Transport = self._engine.wire
        errors: list[Exception] = []
        if place is not None and not isinstance(shot.to, str):
            transport = AppTransport(shot.to, call_asgi if is_asgi(shot.to) else call_wsgi, place, errors)
        sender = Sender(clock, transport=transport, log=self._engine.server.app.sender.log, grace=options.get("grace"))
        request_id = options.get("request_id") or made.request_id
        self._note_ids(shot, made, request_id)
        delivery = await sender.deliver(
            made.message,
            shot.url,
            options.get("signing_key"),
            request_id=request_id,
            timestamp=self.maker.timestamp(made, shot.making.recipe.at),
            url_signed=options.get("url"),
            headers=_headers(options.get("headers", ())),
            retry=shot.retry,
            fault=[fault for fault in shot.faults if fault.stage != "sequence" or shot.many is None],
            timeout=options.get("timeout"),
        )
        return self._keep(shot, delivery, errors)

    def _keep(self, shot: Shot, delivery: Delivery, errors: list[Exception]) -> FiredDelivery:
        recipe = shot.making.recipe
        fired = FiredDelivery(delivery, repeat_line(shot.what, shot.to, recipe, shot.options, shot.many), errors)
        self.deliveries.append(fired)
        return fired

    def _note_ids(self, shot: Shot, made: Made, request_id: str) -> None:
        if self._test is None:
            return
        ids = [request_id]
        if not shot.making.given and isinstance(made.message, Event) and "id" not in shot.options.get("set", ()):
            ids.append(made.message.payload["id"])
        self._engine.ownership.made(self._test, *ids)


def _checked(options: Any) -> FireOptions:
    unknown = sorted(set(options) - FireOptions.__annotations__.keys())
    if unknown:
        raise ConfigError(f"fire takes no {unknown[0]}=. It takes {', '.join(FireOptions.__annotations__)}.")
    return cast(FireOptions, options)


def _headers(given: Mapping[str, str] | Iterable[Header]) -> Iterable[Header]:
    return given.items() if isinstance(given, Mapping) else given
