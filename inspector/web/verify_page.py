"""The Verify page: paste what your own code computed, and see what it did differently."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import NotFoundError
from inspector.recorder.analysis import Analyser
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.web.frame import Frame
from inspector.web.operations import read_object
from inspector.web.send_line import verify_line
from inspector.web.templating import HtmlResponse, render
from inspector.web.verification_api import explain_pieces
from inspector.web.xray import render_xray
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the form begins with. `body_base64` are the exact bytes, for as long as the text is not changed."""

    request_id: str | None = None
    url: str = ""
    timestamp: str = ""
    body: str = ""
    body_base64: str = ""
    received: str = ""
    missing: str = ""

    @classmethod
    def of(cls, request: RecordedRequest, analyser: Analyser) -> Pieces:
        """Those of a recorded request, with the URL that it was most likely signed for."""
        return cls(
            request_id=request.id,
            url=request.signature.url or next(iter(analyser.urls(request)), ""),
            timestamp=request.header(TIMESTAMP_HEADER) or "",
            body=request.body.decode("utf-8", "replace"),
            body_base64=base64.b64encode(request.body).decode("ascii"),
            received=request.header(SIGNATURE_HEADER) or "",
        )


class VerifyPage:
    """Handlers of the page. What is typed into it is answered and kept nowhere."""

    def __init__(self, log: RequestLog, analyser: Analyser, frame: Frame) -> None:
        self._log = log
        self._analyser = analyser
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        """Its addresses."""
        return [Route("/-/verify", self.index, methods=["GET"]), Route("/-/verify", self.explain, methods=["POST"])]

    async def index(self, request: Request) -> Response:
        """`GET /-/verify`: the form; with `id` it begins with the pieces of a recorded request."""
        pieces = await asyncio.to_thread(self._pieces, request.query_params.get("id"))
        keys = [key.label or "without a name" for key in self._analyser.keys]
        return await self._frame.page("verify.html", "verify", "Verify", pieces=pieces, keys=keys)

    async def explain(self, request: Request) -> Response:
        """`POST /-/verify`: takes what `POST /-/api/verify` takes, and answers the X-ray as HTML."""
        asked = await read_object(request)
        explanation, body = await explain_pieces(asked, self._analyser)
        line = render("_verify_line.html", line=verify_line(asked, body))
        return HtmlResponse(await asyncio.to_thread(render_xray, explanation, body, headed=True) + line)

    def _pieces(self, request_id: str | None) -> Pieces:
        if request_id is None:
            return Pieces()
        try:
            return Pieces.of(self._log.get(request_id), self._analyser)
        except NotFoundError as error:
            return Pieces(missing=error.message)
