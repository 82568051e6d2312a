"""The API of export and import."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.analysis import Analyser
from inspector.recorder.log import RequestLog
from inspector.web.archive import FORMATS, read_archive
from inspector.web.operations import JSON, Answer, BadRequestError, JSONResponse, Operation, Parameter, returns
from inspector.web.requests_api import Q, parse_query
from inspector.web.schemas import array, record


class ArchiveApi:
    """Handlers that write the log to a file and read files into it."""

    def __init__(self, log: RequestLog, analyser: Analyser) -> None:
        self._log = log
        self._analyser = analyser

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        format_ = Parameter("format", "Of the file.", {"enum": list(FORMATS), "default": "jsonl"})
        secrets = Parameter(
            "secrets", "Authorization, cookies, keys and tokens.", {"enum": ["mask", "keep"], "default": "mask"}
        )
        text = {"type": "string"}
        parsed = {"application/json": {"type": "object"}, "application/yaml": {"type": "object"}}
        media_types = {media_type: parsed.get(media_type, text) for media_type, *_ in FORMATS.values()}
        file = Answer("The file, oldest request first.", media_types)
        added = returns("All of it was added.", record(imported={"type": "integer"}, ids=array(text)))
        return (
            Operation(
                "GET",
                "/-/api/export",
                self.export,
                "The matching requests as a file.",
                {200: file},
                (format_, Q, secrets),
            ),
            Operation(
                "POST",
                "/-/api/import",
                self.import_,
                "Add requests from JSON Lines or HAR.",
                {200: added},
                body={"description": "The file itself: JSON Lines, one recorded request a line, or HAR."},
                body_types=("application/x-ndjson", JSON),
            ),
        )

    async def export(self, request: Request) -> Response:
        """`GET /-/api/export`, oldest first."""
        kind = request.query_params.get("format", "jsonl")
        if kind not in FORMATS:
            raise BadRequestError(f"format={kind!r} must be one of {', '.join(FORMATS)}.", parameter="format")
        secrets = request.query_params.get("secrets", "mask")
        if secrets not in ("mask", "keep"):
            raise BadRequestError(f"secrets={secrets!r} must be mask or keep.", parameter="secrets")
        matches = parse_query(request)
        media_type, name, write = FORMATS[kind]

        def render() -> bytes:
            found = matches.among(self._log.snapshot())
            return b"".join(write(found, secrets=secrets == "keep"))

        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(await asyncio.to_thread(render), media_type=media_type, headers=headers)

    async def import_(self, request: Request) -> Response:
        """`POST /-/api/import`: all of the file, or nothing of it."""
        found = await asyncio.to_thread(read_archive, await request.body(), self._analyser)
        for recorded in found:
            self._log.append(recorded)
        return JSONResponse({"imported": len(found), "ids": [recorded.id for recorded in found]})
