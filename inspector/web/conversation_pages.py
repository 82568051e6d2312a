"""The pages about what the log tells as a whole: conversations, their timelines, and drift from the contract."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import NotFoundError
from inspector.recorder.conversations import Conversations
from inspector.recorder.drift import Drift, drift
from inspector.recorder.log import RequestLog
from inspector.recorder.query import AllOf, Term
from inspector.web.conversation_view import Line, Order, Steps, line, lines, steps_page
from inspector.web.frame import Frame
from inspector.web.operations import boolean, integer
from inspector.web.rows import age_words
from inspector.web.templating import HtmlResponse, render

CONVERSATIONS = 100
"""Conversations in one fragment."""


class ConversationPages:
    """Handlers of these pages; with `fragment=true` they answer only the part that changes, for scripts."""

    def __init__(self, log: RequestLog, conversations: Conversations, frame: Frame) -> None:
        self._log = log
        self._conversations = conversations
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        """Their addresses."""
        return [
            Route("/-/conversations", self.index),
            Route("/-/conversations/{id:path}", self.timeline),
            Route("/-/drift", self.drift),
        ]

    async def index(self, request: Request) -> Response:
        """`GET /-/conversations`: the conversations with the newest arrivals, or those before `before`."""
        before = request.query_params.get("before")
        page = await asyncio.to_thread(self._conversations.page, CONVERSATIONS, before)
        rows = {"rows": lines(page["conversations"]), "next": page["next"], "of": page["total"]}
        if boolean(request, "fragment"):
            return HtmlResponse(render("_conversation_rows.html", **rows))
        return await self._frame.page("conversations.html", "conversations", "Conversations", **rows)

    async def timeline(self, request: Request) -> Response:
        """`GET /-/conversations/{id}`: one conversation; `order` is `arrival` or `event`, `before` continues."""
        order: Order = "event" if request.query_params.get("order") == "event" else "arrival"
        before = integer(request, "before", 0, 0, 10**9) or None
        try:
            found, steps = await asyncio.to_thread(self._read, request.path_params["id"], order, before)
        except NotFoundError as error:
            page = await self._frame.page(
                "gone.html", "conversations", "Gone", heading="No longer here", message=error.message
            )
            page.status_code = 404
            return page
        content: dict[str, Any] = {"conversation": found, "timeline": steps, "is_whole": before is None}
        if boolean(request, "fragment"):
            return HtmlResponse(render("_steps.html" if before else "_timeline.html", **content))
        return await self._frame.page("conversation.html", "conversations", found.title, **content)

    async def drift(self, request: Request) -> Response:
        """`GET /-/drift`: where the events of this session depart from the contract."""
        found = await asyncio.to_thread(lambda: [drift_line(one) for one in drift(self._log.snapshot())])
        if boolean(request, "fragment"):
            return HtmlResponse(render("_drift_rows.html", findings=found))
        return await self._frame.page("drift.html", "drift", "Drift", findings=found)

    def _read(self, conversation_id: str, order: Order, before: int | None) -> tuple[Line, Steps]:
        conversation = self._conversations.get(conversation_id)
        return line(conversation), steps_page(conversation, order, before)


def drift_line(found: Drift) -> dict[str, Any]:
    """One departure, with the search that finds the requests in which it is."""
    path = (Term("finding", (), ":", found.path),) if found.path else ()
    nodes = (*path, Term("finding", (), ":", found.kind))
    return {
        **found.to_json(),
        "search": str(AllOf(nodes)),
        "first": _when(found.first.received_at),
        "last": _when(found.last.received_at),
    }


def _when(timestamp: float) -> tuple[float, str]:
    age = age_words(time.time() - timestamp)
    return timestamp, age if age == "now" else f"{age} ago"
