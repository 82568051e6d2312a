"""The one place where the parts are joined: which address is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from inspector.errors import ConfigError
from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import AnswerRules
from inspector.recorder.capture import Capture
from inspector.recorder.forward import Forwarder, ForwardTarget
from inspector.recorder.log import RequestLog
from inspector.recorder.readahead import ReadAhead
from inspector.sender.clock import steady_time
from inspector.sender.delivery import Sender
from inspector.sender.retry import RetryPolicy
from inspector.settings import Settings
from inspector.web.guard import foreign_origin
from inspector.web.service_mount import PREFIXES, ServiceMount

if TYPE_CHECKING:
    from inspector.service.settings import ServiceSettings
    from inspector.web.site import Site

UNASKED = ("/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png")
"""What browsers ask for by themselves; answered 404 when it is the dashboard they ask for."""

NOT_FOUND = {"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]}


class InspectorApp:
    """The whole inspector as one ASGI app. `log` is what it recorded, `mock` where the mock service stands."""

    def __init__(self, settings: Settings, service: ServiceSettings | None = None) -> None:
        self.settings = settings
        self.url = ""
        self._started = steady_time()
        self.log = RequestLog(settings.capacity, settings.max_memory, settings.max_age)
        self.analyser = Analyser(
            settings.signing_keys, public_url=settings.public_url, stale_after=settings.stale_after
        )
        self.rules = AnswerRules()
        self.sender = Sender()
        self.mock = ServiceMount(service)
        self.analyser.subscriptions = lambda: self.mock.existing.signed_subscriptions() if self.mock.existing else ()
        self.forwarder = self._forwarder()
        self._capture = Capture(self.log, self.analyser, self.rules, self.forwarder, max_body=settings.max_body)
        self.record_malformed = self._capture.record_malformed
        self._readahead = ReadAhead(self.log)
        self._site: Site | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Our own addresses to our own handlers; everything else is a webhook and is recorded."""
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/-/") or (path == "/" and scope["method"] in ("GET", "HEAD")):
            self._readahead.start()  # somebody looks
            self._readahead.make_way()
            await self.site(scope, receive, send)
        elif path.startswith(PREFIXES):
            await self.mock(scope, receive, send)
        elif path in UNASKED and _asked_by_dashboard(scope):
            await send(NOT_FOUND)
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._capture(scope, receive, send)

    @property
    def site(self) -> Site:
        """Pages and API. They are many, and put together on first use: recording does not wait for them."""
        if self._site is None:
            from inspector.web.site import Site  # noqa: PLC0415 - a third of the time to start

            self._site = Site(
                settings=self.settings,
                log=self.log,
                analyser=self.analyser,
                rules=self.rules,
                sender=self.sender,
                mock=self.mock,
                url=self.url,
                started=self._started,
            )
        return self._site

    def serve_at(self, url: str) -> None:
        """Tell the app under which address it can be reached. Raises ConfigError if it forwards to itself."""
        self.url = url
        self.mock.serve_at(url)
        if self.forwarder is not None:
            self.forwarder.serve_at(url)

    async def close(self) -> None:
        """End the streams and the waits; what arrives later is still recorded."""
        self.log.close()
        self._readahead.close()
        if self.forwarder is not None:
            await self.forwarder.aclose()
        await self.mock.aclose()
        if self._site is not None:
            await self._site.aclose()
        await self.sender.aclose()

    def _forwarder(self) -> Forwarder | None:
        retry = RetryPolicy.parse(self.settings.forward_retry)
        targets = [ForwardTarget.parse(text) for text in self.settings.forward_to]
        if not targets and retry.waits:
            raise ConfigError("--forward-retry has nothing to try again. Give --forward-to URL too, or leave it out.")
        return Forwarder(targets, self.log, self.sender, retry) if targets else None

    async def _not_http(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(settings: Settings | None = None, service: ServiceSettings | None = None) -> InspectorApp:
    """Build an inspector. `service` are the settings of its mock service."""
    return InspectorApp(settings or Settings(), service)


def _asked_by_dashboard(scope: Any) -> bool:
    headers = dict(scope["headers"])
    referrer = urlsplit(headers.get(b"referer", b"").decode("latin-1"))
    origin = {b"origin": f"{referrer.scheme}://{referrer.netloc}".encode()}
    return bool(referrer.netloc) and not foreign_origin(origin, headers.get(b"host", b"").decode("latin-1"))
