"""Inspector: a running inspector as one object for tests, sync ones and async ones.

    with Inspector() as inspector:
        inspector.fire("conversation.created", to=app, url="https://app.example/hook").assert_accepted()

Under pytest the fixture `inspector` is one, made anew for each test around a server that all tests share.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack, overload

from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.server import InspectorServer
from inspector.settings import Settings
from inspector.testing.engine import Engine, make_server
from inspector.testing.failures import WebhookFailure, told_at_the_call

# What a test does not use is not imported: the halves below, and all they stand on.
if TYPE_CHECKING:
    from inspector.service.state import ConversationsService
    from inspector.testing.aio import AsyncInspector
    from inspector.testing.answering import AnswerLike
    from inspector.testing.delivered import FiredDeliveries, FiredDelivery
    from inspector.testing.firing import FireOptions, Firing
    from inspector.testing.inprocess import App
    from inspector.testing.making import EventLike, Seed
    from inspector.testing.matching import Query
    from inspector.testing.receiving import Receiving
    from inspector.testing.texts import Scene
    from inspector.webhook.event import Event

DEFAULT_SEED = 0
TIMEOUT = 5.0
"""Seconds that `wait_for` waits unless told otherwise."""

SETTLING = 2.0
"""Seconds that an expectation is awaited at the end of a test unless told otherwise."""


class Inspector:
    """Records what arrives at `url`, and fires webhooks at apps.

    Used by itself it runs a server of its own in a `with` block; `settings` are a Settings, or a mapping of those that
    differ. `signing_key` signs what is fired unless a call names another, and is what signatures are checked against.
    `seed` and `at` (Unix seconds or RFC 3339; else now) make events repeatable. A `strict` one fails when something
    arrives that was never looked for.
    """

    def __init__(
        self,
        settings: Settings | Mapping[str, Any] | None = None,
        *,
        signing_key: str | None = None,
        seed: Seed = DEFAULT_SEED,
        at: float | str | None = None,
        strict: bool = False,
        test: str | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.test = test
        self.strict = strict
        self._settings = settings
        self._signing_key = signing_key
        self._seed = seed
        self._at = at
        self._owned: InspectorServer | None = None
        self._service: ConversationsService | None = None
        self._firing: Firing | None = None
        self._receiving: Receiving | None = None
        self._engine: Engine
        if engine is not None:
            self._engine = engine
            self._begin()

    def __enter__(self) -> Inspector:
        self._owned = make_server(self._settings)
        self._owned.start()
        self._engine = Engine(self._owned)
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        assert self._owned is not None
        try:
            if kind is None:
                self.settle()
        finally:
            self._stop_firing()
            self._engine.close()
            self._owned.stop()

    def __repr__(self) -> str:
        return f"<Inspector at {self.url}, {len(self._engine.requests(self.test))} requests>"

    @property
    def url(self) -> str:
        """The address that apps send to, such as `http://127.0.0.1:40123`; any path will do."""
        return self._engine.server.url

    @property
    def log(self) -> RequestLog:
        """All that the server recorded, late arrivals of other tests included."""
        return self._engine.server.app.log

    @property
    def requests(self) -> list[RecordedRequest]:
        """What has arrived for this test, oldest first. A strict test that looks at them has seen them."""
        arrived = self._engine.requests(self.test)
        if self.strict:
            self.receiving.claim(arrived)
        return arrived

    @property
    def last(self) -> RecordedRequest | None:
        """What arrived last."""
        return next(iter(self.requests[::-1]), None)

    @property
    def deliveries(self) -> list[FiredDelivery]:
        """What this test has fired, in order."""
        return [] if self._firing is None else self._firing.deliveries

    @property
    def aio(self) -> AsyncInspector:
        """The calls that wait, as coroutines."""
        from inspector.testing.aio import AsyncInspector  # noqa: PLC0415

        return AsyncInspector(self)

    @property
    def receiving(self) -> Receiving:
        """The half that receives."""
        if self._receiving is None:
            from inspector.testing.receiving import Receiving  # noqa: PLC0415

            self._receiving = Receiving(self._engine, self.test, self._scene)
        return self._receiving

    @property
    def firing(self) -> Firing:
        """The half that fires."""
        if self._firing is None:
            from inspector.testing.firing import Firing  # noqa: PLC0415
            from inspector.testing.making import Maker  # noqa: PLC0415

            maker = Maker(self._seed, self._at)
            self._firing = Firing(self._engine, maker, self.test, {"signing_key": self._signing_key})
        return self._firing

    @property
    def service(self) -> ConversationsService:
        """The mock Conversations service, new for this test. Its clock stands still: `drain` and `advance` move it.

        Point the app at `service.base_url`. In an async test that runs the app itself, `await inspector.aio.drain()`.
        """
        if self._service is None:
            maker = self.firing.maker
            self._service = self._engine.start_service(f"{maker.seed}/service", maker.next_time())
        return self._service

    @property
    def late(self) -> Mapping[str, int]:
        """How many requests came late, by the finished test that they belong to."""
        return dict(self._engine.ownership.late)

    @told_at_the_call
    def fire(self, event: EventLike, /, *, to: str | App, **options: Unpack[FireOptions]) -> FiredDelivery:
        """Send one webhook to an app, and wait for what comes of it.

        `event` is a name (`conversation.created`, `created`), an Event, an envelope as a dict, or a body as bytes. `to`
        is a URL, or a WSGI or ASGI app, which is called in process: then `url` says under which URL. Options are those
        of FireOptions. Retries do not take their time. Raises EventError, DeliveryError, ConfigError for what cannot
        be sent; what the app does wrong stands in the result.
        """
        return self.firing.run(self.firing.one(event, to, options))[0]

    @told_at_the_call
    def fire_many(
        self,
        events: EventLike | Iterable[Event] = "conversation.updated",
        /,
        *,
        to: str | App,
        count: int = 1,
        concurrency: int = 1,
        **options: Unpack[FireOptions],
    ) -> FiredDeliveries:
        """Send several: `count` of an event's name or of `lifecycle`, or the events given, so many times.

        With a `concurrency` of 1 they go out in order, one after the other; the fault `reorder` swaps neighbours.
        """
        return self.firing.run(self.firing.many(events, to, count, concurrency, options))

    @told_at_the_call
    def sequence(self, seed: Seed | None = None, *, at: float | str | None = None) -> list[Event]:
        """All events of one conversation in the order in which they happen, from created to deleted."""
        events = self.firing.maker.sequence(seed, at)
        if self.test is not None:
            self._engine.ownership.made(self.test, events[0].payload["id"])
        return events

    @overload
    def wait_for(
        self, query: Query = None, /, *, count: int, timeout: float = TIMEOUT, **fields: Any
    ) -> list[RecordedRequest]: ...
    @overload
    def wait_for(self, query: Query = None, /, *, timeout: float = TIMEOUT, **fields: Any) -> RecordedRequest: ...
    def wait_for(
        self, query: Query = None, /, *, count: int | None = None, timeout: float = TIMEOUT, **fields: Any
    ) -> RecordedRequest | list[RecordedRequest]:
        """The first request of this test that matches, as soon as it is there; with `count` the first so many.

        `query` is a search text, part of an event as a dict, or a function of a request; `fields` are those of the
        search, with underscores for hyphens: `event="conversation.updated"`, `payload={"status": "closed"}`. Fails
        after `timeout` seconds. What has arrived before the call counts, and is found again by the next call.
        """
        __tracebackhide__ = True
        found = self.receiving.wait_for(query, fields, 1 if count is None else count, timeout)
        return found[0] if count is None else found

    @told_at_the_call
    def assert_none(self, query: Query = None, /, *, within: float = 0.0, **fields: Any) -> None:
        """Fail if a request that matches has arrived, or arrives within so many seconds."""
        __tracebackhide__ = True
        self.receiving.assert_none(query, fields, within)

    @told_at_the_call
    def expect(
        self, query: Query = None, /, *, count: int | None = None, within: float = SETTLING, **fields: Any
    ) -> None:
        """Say what will have arrived when the test ends: exactly `count` that match, or at least one.

        Settled at the end of the test itself, which fails if it is not so; awaited for `within` seconds from then on.
        """
        self.receiving.expect(query, fields, count, within)

    def settle(self) -> None:
        """Settle what was expected so far. Done for you at the end of a test."""
        __tracebackhide__ = True
        unmet = self.unsettled()
        if unmet:
            raise WebhookFailure(unmet)

    def unsettled(self) -> str | None:
        """Settle, and tell what is not as it should be; None if all is."""
        is_idle = self._receiving is None and not (self.strict and self._engine.requests(self.test))
        return None if is_idle else self.receiving.unsettled(strict=self.strict)

    @told_at_the_call
    def answer_with(self, answers: AnswerLike | Iterable[AnswerLike], /, *, q: str = "") -> None:
        """Answer what arrives by these in order, the last one for good; `q` says to which requests.

        A later call takes the place of an earlier one with the same `q`, and leaves those for other searches.

        Each is a status, a rule as a dict (`{"status": 503, "delay_ms": 200}`), or a function of the request that
        returns one of these; an error in it fails the test. Raises ConfigError, FilterError.
        """
        self.receiving.answer_with(answers, q)

    def reset(self) -> None:
        """Forget what arrived, was fired, was expected and is to be answered; events start anew from the seed."""
        self._stop_firing()
        self._begin()

    def close(self) -> None:
        """End the test: what arrives from now on is late."""
        self._stop_firing()
        self._engine.ownership.end()
        self._engine.clear()
        self._engine.learn_keys()

    def timeline(self) -> str:
        """What this test received and fired, as text."""
        from inspector.testing.messages import timeline  # noqa: PLC0415

        return timeline(self._scene())

    def _begin(self) -> None:
        self._started = time.time()
        self._service = self._receiving = None
        self._engine.clear()
        self._engine.learn_keys(*([self._signing_key] if self._signing_key else []))
        if self.test is not None:
            self._engine.ownership.begin(self.test)

    def _stop_firing(self) -> None:
        if self._firing is not None:
            self._firing.close()
            self._firing = None

    def _scene(self) -> Scene:
        from inspector.testing.texts import Scene  # noqa: PLC0415

        delivered = [] if self._service is None else self._service.deliveries.select()[::-1]
        arrived = self._engine.requests(self.test)
        awaited = () if self._receiving is None else self._receiving.awaited
        return Scene(self.url, self._started, arrived, self.deliveries, delivered, self.late, awaited)
