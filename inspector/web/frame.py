"""The frame of every page: top bar, rail with its counts, and what the scripts need to begin."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from inspector import __version__
from inspector.recorder.conversations import Conversations
from inspector.recorder.log import RequestLog
from inspector.web.operations import JSONResponse
from inspector.web.templating import HtmlResponse, render


class Frame:
    """Renders whole pages. A page's template extends `layout.html`."""

    def __init__(self, log: RequestLog, conversations: Conversations) -> None:
        self._log = log
        self._conversations = conversations

    async def page(self, template: str, view: str, title: str | None = None, **context: Any) -> HtmlResponse:
        """A page; `view` is its entry in the rail, `title` what stands before the product's name, None for nothing."""
        change = self._log.last_change  # before anything is counted: told twice is harmless, not told is not
        conversations = await asyncio.to_thread(len, self._conversations)
        frame: dict[str, Any] = {
            "version": __version__,
            "now": time.time(),
            "run": self._log.run,
            "change": change,
            "total": len(self._log),
            "conversations": conversations,
            "view": view,
            "title": title,
            "query": "",
            "error": None,
        }
        return HtmlResponse(render(template, **(frame | context)))

    async def counts(self, _: Request) -> Response:
        """`GET /-/counts`: what the rail counts beside the requests."""
        return JSONResponse({"conversations": await asyncio.to_thread(len, self._conversations)})
