"""Errors for people: whoever asks for a page with a browser gets one, with a way on; scripts get JSON."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from inspector.web.frame import Frame
from inspector.web.guard import wants_page
from inspector.web.operations import http_error_response


class ErrorPages:
    """Handlers of errors that are nobody's in particular."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Starlette's own errors: no such address, wrong method."""
        if not wants_page(request.scope):
            return await http_error_response(request, error)
        status = getattr(error, "status_code", 500)
        message = f"There is no page at {request.url.path[:200]}."
        page = await self._frame.page("gone.html", "", "Not found", heading="Not found", message=message)
        page.status_code = status
        return page
