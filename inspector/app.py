"""The one place where the parts are joined: which address is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import InspectorError
from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import AnswerRules
from inspector.recorder.capture import Capture
from inspector.recorder.conversations import Conversations
from inspector.recorder.filters import parse_filter
from inspector.recorder.forward import Forwarder, ForwardTarget
from inspector.recorder.log import RequestLog
from inspector.recorder.readahead import ReadAhead
from inspector.sender.delivery import Sender
from inspector.sender.retry import RetryPolicy
from inspector.settings import Settings
from inspector.web.answers_api import AnswersApi
from inspector.web.answers_page import AnswersPage
from inspector.web.archive_api import ArchiveApi
from inspector.web.conversation_pages import ConversationPages
from inspector.web.conversations_api import ConversationsApi
from inspector.web.frame import Frame
from inspector.web.guard import Guard, foreign_origin
from inspector.web.health import HealthApi
from inspector.web.openapi import describe
from inspector.web.operations import JSONResponse, Operation, error_response, http_error_response
from inspector.web.pages import Pages
from inspector.web.replay_page import ReplayPage
from inspector.web.requests_api import Q, RequestsApi
from inspector.web.send_page import SendPage
from inspector.web.sending_api import SendingApi
from inspector.web.service_api import ServiceApi
from inspector.web.service_mount import PREFIXES, ServiceMount
from inspector.web.stream import Broadcaster, Stream, render_json
from inspector.web.verification_api import VerificationApi
from inspector.web.verify_page import VerifyPage

if TYPE_CHECKING:
    from inspector.service.settings import ServiceSettings

OWN_BODY_LIMIT = 64 * 1024**2
"""Bytes that our own API takes in one body; an import is the largest."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
UNASKED = ("/favicon.ico", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png")
"""What browsers ask for by themselves; answered 404 when it is the dashboard they ask for."""


class InspectorApp:
    """The whole inspector as one ASGI app. `log` is what it recorded, `mock` where the mock service stands."""

    def __init__(self, settings: Settings, service: ServiceSettings | None = None) -> None:
        self.settings = settings
        self.mock = ServiceMount(service)
        self.log = RequestLog(settings.capacity, settings.max_memory, settings.max_age)
        self.analyser = Analyser(
            settings.signing_keys, public_url=settings.public_url, stale_after=settings.stale_after
        )
        self.broadcaster = Broadcaster(self.log)
        self._readahead = ReadAhead(self.log)
        self.conversations = Conversations(self.log)
        self.rules = AnswerRules()
        self.sender = Sender()
        self.forwarder = self._forwarder()
        self._capture = Capture(self.log, self.analyser, self.rules, self.forwarder, max_body=settings.max_body)
        self._frame = Frame(self.log, self.conversations)
        self._pages = Pages(self.log, settings, self.sender, self.conversations, self._frame)
        self._send_page = SendPage(self.log, settings, self.sender, self._frame)
        self._own = self._guarded(self._routes())
        self.record_malformed = self._capture.record_malformed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Our own addresses to our own handlers; everything else is a webhook and is recorded."""
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/-/") or (path == "/" and scope["method"] in ("GET", "HEAD")):
            self._readahead.start()  # somebody looks
            await self._own(scope, receive, send)
        elif path.startswith(PREFIXES):
            await self.mock(scope, receive, send)
        elif path in UNASKED and _asked_by_dashboard(scope):
            await Response(status_code=404)(scope, receive, send)
        else:
            await self._capture(scope, receive, send)

    def serve_at(self, url: str) -> None:
        """Tell the app under which address it can be reached. Raises ConfigError if it forwards to itself."""
        self._pages.url = url
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
        await self._send_page.runs.aclose()
        await self.sender.aclose()

    def _forwarder(self) -> Forwarder | None:
        if not self.settings.forward_to:
            return None
        targets = [ForwardTarget.parse(text) for text in self.settings.forward_to]
        return Forwarder(targets, self.log, self.sender, RetryPolicy.parse(self.settings.forward_retry))

    def _routes(self) -> list[BaseRoute]:
        operations = self.operations()

        async def openapi(_: Request) -> Response:
            return JSONResponse(describe(operations))

        return [
            *self._pages.routes(self.broadcaster),
            *ConversationPages(self.log, self.conversations, self._frame).routes(),
            *VerifyPage(self.log, self.analyser, self._frame).routes(),
            *self._send_page.routes(),
            *ReplayPage(self.log, self.settings, self.sender).routes(),
            *AnswersPage(self.rules, self._frame).routes(),
            *(operation.route() for operation in operations),
            Route("/-/api/openapi.json", openapi),
        ]

    def operations(self) -> list[Operation]:
        """Every call of our own JSON API."""
        stream = Stream(self.broadcaster, self.log, render_json, parse_filter)
        live = Operation(
            "GET", "/-/api/stream", stream, "What happens to the log, live.", (Q,), media_type="text/event-stream"
        )
        return [
            *RequestsApi(self.log).operations(),
            live,
            *ConversationsApi(self.log, self.conversations).operations(),
            *VerificationApi(self.log, self.analyser).operations(),
            *SendingApi(self.log, self.sender).operations(),
            *AnswersApi(self.rules).operations(),
            *ArchiveApi(self.log, self.analyser).operations(),
            *ServiceApi(self.mock).operations(),
            *HealthApi(self.log, self.broadcaster).operations(),
        ]

    def _guarded(self, routes: list[BaseRoute]) -> Guard:
        handlers: dict[Any, Any] = {InspectorError: error_response, HTTPException: http_error_response}
        own = Starlette(routes=routes, exception_handlers=handlers, max_body_size=OWN_BODY_LIMIT)
        settings = self.settings
        return Guard(
            own,
            hosts=(*LOOPBACK, settings.host, *settings.allow_hosts),
            any_address=settings.host not in LOOPBACK,
            token=settings.token,
        )

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
