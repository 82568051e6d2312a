"""The frame of every page: top bar, rail with its counts, and what the scripts need to begin."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from inspector import __version__
from inspector.errors import FilterError
from inspector.recorder.conversations import Conversations
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.web.events import event_id
from inspector.web.looking import count
from inspector.web.operations import JSONResponse
from inspector.web.templating import HtmlResponse, render


class Frame:
    """Renders whole pages. A page's template extends `layout.html`."""

    def __init__(self, log: RequestLog, conversations: Conversations) -> None:
        self._log = log
        self._conversations = conversations

    async def page(self, template: str, view: str, title: str | None = None, **context: Any) -> HtmlResponse:
        """A page; `view` is its entry in the rail, `title` what stands before the product's name, None for nothing."""
        # In a thread, like all that walks through the log or renders much: webhooks must not wait for it.
        return HtmlResponse(await asyncio.to_thread(self._render, template, {"view": view, "title": title} | context))

    async def counts(self, request: Request) -> Response:
        """`GET /-/counts`: what the rail counts beside the requests, and how many a search `q` selects."""
        return JSONResponse(await asyncio.to_thread(self._count, request.query_params.get("q", "")))

    def _render(self, template: str, context: dict[str, Any]) -> str:
        log = self._log
        change = log.last_change  # before anything is counted: told twice is harmless, not told is not
        frame: dict[str, Any] = {
            "version": __version__,
            "now": time.time(),
            "run": log.run,
            "change": event_id(log.run, change),
            "total": len(log),
            "evicted": log.evicted,
            "conversations": len(self._conversations),
            "query": "",
            "error": None,
        }
        return render(template, **(frame | context))

    def _count(self, q: str) -> dict[str, Any]:
        counts: dict[str, Any] = {"conversations": len(self._conversations)}
        if q:
            with suppress(FilterError):
                counts |= count(self._log, parse_filter(q))
        return counts
