"""The dashboard: the page, the parts of it that scripts fetch one by one, and its static files.

The page works without scripts: every state of it has an address (`/?q=…&id=…`), and lists are links. With scripts the
same partials arrive by themselves.
"""

from __future__ import annotations

import asyncio
import mimetypes
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from inspector.assets import asset_folder
from inspector.errors import FilterError, NotFoundError
from inspector.recorder.completion import complete
from inspector.recorder.conversations import Conversations
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import Matcher, RequestLog, among
from inspector.recorder.request import RecordedRequest
from inspector.sender.delivery import Sender
from inspector.settings import Settings
from inspector.web.copy_as import copy_as
from inspector.web.detail import render_detail
from inspector.web.events import event_id
from inspector.web.frame import Frame
from inspector.web.looking import at_hand, passed_over, patience_for
from inspector.web.operations import JSONResponse, boolean, integer
from inspector.web.rows import render_batch, render_rows
from inspector.web.sample import HOOK_PATH, Sample, sample_body
from inspector.web.searching import render_search_error
from inspector.web.send_line import tail_line
from inspector.web.stream import Broadcaster, Stream
from inspector.web.templating import HtmlResponse, render

PAGE = 100
"""Rows in one fragment."""

ABOVE = 20
"""Newer requests that may stand above the one that an address opens, where that is far down the list."""


class Assets(StaticFiles):
    """Static files that the browser asks for anew each time (304 while unchanged), so that an upgrade shows."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        """A file, or 304."""
        response = super().file_response(*arguments, **options)
        response.headers["cache-control"] = "no-cache"
        return response


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A run of rows, newest first, and what lies around it. `change` is how far the live stream had come before."""

    requests: list[RecordedRequest]
    older: str | None
    newer: str | None
    total: int
    evicted: int
    run: str
    change: str
    matched: int = 0
    undiagnosed: int = 0

    @classmethod
    def of(cls, log: RequestLog, change: int, **found: Any) -> RowsPage:
        """What was found in a log after change number `change`."""
        return cls(total=len(log), evicted=log.evicted, run=log.run, change=event_id(log.run, change), **found)

    def to_json(self, query: str) -> dict[str, Any]:
        """What the page's script asks for."""
        shown = ("older", "newer", "matched", "undiagnosed", "total", "evicted", "run", "change")
        return {"html": render_rows(self.requests, query), **{name: getattr(self, name) for name in shown}}


class Pages:
    """Handlers of the dashboard. `url` is the inspector's own address, once it listens."""

    def __init__(
        self, log: RequestLog, settings: Settings, sender: Sender, conversations: Conversations, frame: Frame
    ) -> None:
        self._log = log
        self._conversations = conversations
        self._settings = settings
        self._sender = sender
        self._frame = frame
        self.url = ""

    def routes(self, broadcaster: Broadcaster) -> list[BaseRoute]:
        """All addresses of the dashboard."""
        mimetypes.add_type("text/javascript", ".js")  # Windows may have it otherwise in its registry
        return [
            Route("/", self.index),
            Route("/-/stream", Stream(broadcaster, self._log, render_batch, matcher)),
            Route("/-/rows", self.rows),
            Route("/-/counts", self._frame.counts),
            Route("/-/complete", self.complete),
            Route("/-/help", self.help),
            Route("/-/sample", self.send_sample, methods=["POST"]),
            Route("/-/requests/{id}", self.detail),
            Route("/-/requests/{id}/copy/{kind}", self.copy),
            Mount("/-/static", Assets(directory=asset_folder("static"))),
        ]

    async def index(self, request: Request) -> Response:
        """`GET /`: the whole page, with the list that `q` selects and the request `id` open."""
        query, opened = request.query_params.get("q", ""), request.query_params.get("id")
        error = None
        try:
            page = await asyncio.to_thread(self._around, matcher(query), opened)
        except FilterError as wrong:
            error = render_search_error(query, wrong)
            page = RowsPage.of(
                self._log, self._log.last_change, requests=[], older=None, newer=None, matched=0, undiagnosed=0
            )
        detail = await self._detail(opened, request) if opened else None
        asked_help = "help" in request.query_params and not opened
        return await self._frame.page(
            "index.html",
            "requests",
            change=page.change,
            total=page.total,
            evicted=page.evicted,
            query=query,
            error=error,
            page=page,
            line=tail_line(query, self._origin(request)),
            rows=await asyncio.to_thread(render_rows, page.requests, query, opened),
            detail=detail,
            opened=opened,
            asked_help=asked_help,
            welcome=self._welcome(request) if asked_help or not (page.total or detail) else None,
        )

    async def rows(self, request: Request) -> Response:
        """`GET /-/rows`: the newest rows, those older than `before`, or those next newer than `after`.

        A search that does not parse is answered 200 with its `error`: while it is typed, that is nothing unusual.
        """
        parameters = request.query_params
        query = parameters.get("q", "")
        try:
            matches = matcher(query)
        except FilterError as wrong:
            return JSONResponse(wrong.to_json() | {"html": render_search_error(query, wrong)})

        def read() -> dict[str, Any]:
            if "after" in parameters:
                return self._newer(matches, parameters["after"]).to_json(query)
            return self._newest(matches, parameters.get("before")).to_json(query)

        line = tail_line(query, self._origin(request))
        return JSONResponse({**await asyncio.to_thread(read), "line": line})

    async def complete(self, request: Request) -> Response:
        """`GET /-/complete`: what may stand at `cursor` of the search `text`; both count characters, not UTF-16."""
        text = request.query_params.get("text", "")
        cursor = integer(request, "cursor", len(text), 0, 1_000_000)
        return JSONResponse(await asyncio.to_thread(complete, text, cursor, self._log))

    async def detail(self, request: Request) -> Response:
        """`GET /-/requests/{id}`: the detail pane of one request."""
        return HtmlResponse(await self._detail(request.path_params["id"], request))

    async def help(self, request: Request) -> Response:
        """`GET /-/help`: the first minute again, and the keys."""
        return HtmlResponse(self._welcome(request))

    async def send_sample(self, request: Request) -> Response:
        """`POST /-/sample`: a sample event, sent to our own address and signed with the first key, if there is one."""
        keys = self._settings.signing_keys
        url = (self.url or self._origin(request)) + HOOK_PATH
        delivery = await self._sender.deliver(sample_body(), url, keys[0].key if keys else None)
        return JSONResponse({"status": delivery.status})

    async def copy(self, request: Request) -> Response:
        """`GET /-/requests/{id}/copy/{kind}`: a request as something to paste."""
        found = self._log.get(request.path_params["id"])
        kind, secrets = request.path_params["kind"], boolean(request, "secrets")
        text = await asyncio.to_thread(copy_as, found, kind, secrets=secrets)
        return PlainTextResponse(text.encode("utf-8", "replace"), headers={"cache-control": "no-store"})

    async def _detail(self, request_id: str, request: Request) -> str:
        query = request.query_params.get("q", "")
        try:
            found = self._log.get(request_id)
        except NotFoundError as error:
            return render("_gone.html", message=error.message, query=query)
        # In a thread: reading a long body takes its time, and webhooks must not wait for it.
        secrets = boolean(request, "secrets")
        return await asyncio.to_thread(render_detail, found, self._conversations, secrets=secrets, query=query)

    def _welcome(self, request: Request) -> str:
        return render("_welcome.html", sample=Sample.make(self._origin(request), self._settings))

    def _origin(self, request: Request) -> str:
        # The address that the reader came by is one that leads here, which behind a port mapping ours need not.
        host = request.headers.get("host")
        return f"{request.url.scheme}://{host}" if host else self.url

    def _around(self, matches: Matcher | None, opened: str | None) -> RowsPage:
        """The newest rows; where the opened one is in the list, but further down, those around it."""
        newest = self._newest(matches)
        with suppress(NotFoundError):
            here = self._log.get(opened or "").sequence
            if newest.older is not None and here < newest.requests[-1].sequence:
                around = self._newest(matches, f"{self._log.run}-{here + ABOVE + 1}")
                return around if any(found.id == opened for found in around.requests) else newest
        return newest

    def _newest(self, matches: Matcher | None, before: str | None = None) -> RowsPage:
        change = self._log.last_change  # before the rows are read: told twice is harmless, not told is not
        search = at_hand(matches, patience_for(self._log))
        found = self._log.select(search, PAGE, before)
        counts = {"matched": found.matched, "undiagnosed": passed_over(search)}
        return RowsPage.of(self._log, change, requests=found.requests, older=found.next, newer=before, **counts)

    def _newer(self, matches: Matcher | None, after: str) -> RowsPage:
        change = self._log.last_change
        sequence = int(after.rpartition("-")[2]) if after.rpartition("-")[2].isdecimal() else 0
        search = at_hand(matches, patience_for(self._log))
        newer = among(self._log.since(sequence), search)
        page = newer[:PAGE][::-1]
        last = page[0].id if len(newer) > PAGE else None
        counts = {"matched": len(newer), "undiagnosed": passed_over(search)}
        return RowsPage.of(self._log, change, requests=page, older=after, newer=last, **counts)


def matcher(query: str) -> Matcher | None:
    """A search as a predicate; None selects everything. Raises FilterError."""
    return parse_filter(query) if query.strip() else None
