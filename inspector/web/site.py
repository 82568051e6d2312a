"""Everything of ours that is looked at, behind its guard: the one table of pages and API calls.

It is put together when somebody first looks, or right after the start: recording does not wait for it.
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from inspector.errors import InspectorError
from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import AnswerRules
from inspector.recorder.conversations import Conversations
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.sender.delivery import Sender
from inspector.settings import Settings
from inspector.web.answers_api import AnswersApi
from inspector.web.answers_page import AnswersPage
from inspector.web.archive_api import ArchiveApi
from inspector.web.conversation_pages import ConversationPages
from inspector.web.conversations_api import ConversationsApi
from inspector.web.error_pages import ErrorPages
from inspector.web.frame import Frame
from inspector.web.guard import Guard
from inspector.web.health import HealthApi
from inspector.web.openapi import describe
from inspector.web.operations import (
    Answer,
    JSONResponse,
    Operation,
    Parameter,
    error_response,
    internal_error_response,
    returns,
)
from inspector.web.pages import Pages
from inspector.web.replay_page import ReplayPage
from inspector.web.requests_api import Q, RequestsApi
from inspector.web.send_page import SendPage
from inspector.web.sending_api import SendingApi
from inspector.web.service_api import ServiceApi
from inspector.web.service_mount import ServiceMount
from inspector.web.service_page import ServicePage
from inspector.web.stream import Broadcaster, Stream
from inspector.web.stream_schemas import STREAM
from inspector.web.verification_api import VerificationApi
from inspector.web.verify_page import VerifyPage
from inspector.web.view import render_json

OWN_BODY_LIMIT = 64 * 1024**2
"""Bytes that our own API takes in one body; an import is the largest."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

LIVE = {200: Answer("The stream; it ends with the inspector.", {"text/event-stream": STREAM})}
RESUME = Parameter("last_event_id", "The same as the header Last-Event-ID, for those who cannot set it.")
LAST_EVENT_ID = Parameter("last-event-id", "Resume after this event: its id, as the stream told it.")


class Site:
    """Pages and API over the parts of one inspector, as an ASGI app."""

    def __init__(
        self,
        *,
        settings: Settings,
        log: RequestLog,
        analyser: Analyser,
        rules: AnswerRules,
        sender: Sender,
        mock: ServiceMount,
        url: str,
        started: float,
    ) -> None:
        broadcaster = self.broadcaster = Broadcaster(log)
        conversations = Conversations(log)
        frame = Frame(log, conversations)
        pages = Pages(log, settings, sender, conversations, frame)
        pages.url = url
        self._send_page = SendPage(log, settings, sender, frame)
        stream = Stream(broadcaster, log, render_json, parse_filter)
        live = Operation(
            "GET", "/-/api/stream", stream, "What happens to the log, live.", LIVE, (Q, RESUME), (LAST_EVENT_ID,)
        )
        described = {200: returns("An OpenAPI document.", {"type": "object"})}
        self.operations: list[Operation] = [
            *RequestsApi(log).operations(),
            live,
            *ConversationsApi(log, conversations).operations(),
            *VerificationApi(log, analyser).operations(),
            *SendingApi(log, sender).operations(),
            *AnswersApi(rules).operations(),
            *ArchiveApi(log, analyser).operations(),
            *ServiceApi(mock).operations(),
            *HealthApi(log, broadcaster, started).operations(),
            Operation("GET", "/-/api/openapi.json", self._openapi, "This description.", described),
        ]
        self._app = _guarded(
            settings,
            ErrorPages(frame),
            [
                *pages.routes(broadcaster),
                *ConversationPages(log, conversations, frame).routes(),
                *VerifyPage(log, analyser, frame).routes(),
                *self._send_page.routes(),
                *ReplayPage(log, settings, sender).routes(),
                *AnswersPage(rules, frame).routes(),
                *ServicePage(mock, frame).routes(),
                *(operation.route() for operation in self.operations),
            ],
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """Stop what a page has started."""
        await self._send_page.runs.aclose()

    async def _openapi(self, _: Request) -> Response:
        return JSONResponse(describe(self.operations))


def _guarded(settings: Settings, errors: ErrorPages, routes: list[BaseRoute]) -> Guard:
    handlers: dict[Any, Any] = {
        InspectorError: error_response,
        HTTPException: errors.http_error,
        Exception: internal_error_response,
    }
    return Guard(
        Starlette(routes=routes, exception_handlers=handlers, max_body_size=OWN_BODY_LIMIT),
        hosts=(*LOOPBACK, settings.host, *settings.allow_hosts),
        any_address=settings.host not in LOOPBACK,
        token=settings.token,
    )
