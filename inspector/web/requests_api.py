"""The API of what was recorded: list, read, wait, edit, forget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.filters import RequestFilter, parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.waiting import wait_for_async
from inspector.web.operations import (
    BadRequestError,
    JSONResponse,
    Operation,
    Parameter,
    boolean,
    field_of,
    integer,
    number,
    only_fields,
    read_object,
)

LONGEST_WAIT = 600.0
NEAR_MISSES = 50
"""How many of the newest arrivals are searched for the nearest miss of a wait."""

Q = Parameter("q", "Search text (the one grammar: `event:conversation.created signature:invalid`).")
PINNED = Parameter("pinned", "Forget pinned ones too.", {"type": "boolean", "default": False})


class RequestsApi:
    """Handlers over one log."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        before = Parameter("before", "Only requests older than this id (the `next` of the page before).")
        count = Parameter("count", "How many to wait for.", {"type": "integer", "minimum": 1, "default": 1})
        timeout = Parameter("timeout", "Seconds to wait.", {"type": "number", "minimum": 0, "default": 5})
        after = Parameter("after", "Only requests recorded after this sequence number.", {"type": "integer"})
        edit = {
            "type": "object",
            "properties": {"pinned": {"type": "boolean"}, "note": {"type": "string"}},
            "additionalProperties": False,
        }
        one = {200: "The request.", 404: "There is no such request, or no longer."}
        return (
            Operation("GET", "/-/api/requests", self.list, "Recorded requests, newest first.", (Q, limit, before)),
            Operation("DELETE", "/-/api/requests", self.remove, "Forget the matching requests.", (Q, PINNED)),
            Operation("GET", "/-/api/requests/{id}", self.get, "One recorded request, whole.", answers=one),
            Operation(
                "PATCH", "/-/api/requests/{id}", self.update, "Pin a request or set its note.", body=edit, answers=one
            ),
            Operation("DELETE", "/-/api/requests/{id}", self.remove_one, "Forget one request.", (PINNED,), answers=one),
            Operation(
                "GET",
                "/-/api/requests/{id}/body",
                self.body,
                "The exact bytes of a body, as received.",
                answers=one,
                media_type="application/octet-stream",
            ),
            Operation(
                "GET",
                "/-/api/wait",
                self.wait,
                "Wait until enough matching requests are there.",
                (Q, count, timeout, after),
                answers={200: "The matching requests, whole.", 408: "Too few came: what did, and what came near."},
            ),
        )

    async def list(self, request: Request) -> Response:
        """`GET /-/api/requests`."""
        matches = parse_query(request)
        limit = integer(request, "limit", 100, 1, 1000)
        # In a thread: a search over thousands of requests must not hold up those that arrive.
        found = await asyncio.to_thread(self._log.select, matches, limit, request.query_params.get("before"))
        return JSONResponse(
            {
                "requests": [recorded.summary() for recorded in found.requests],
                "next": found.next,
                "matched": found.matched,
                "total": found.total,
                "evicted": found.evicted,
            }
        )

    async def get(self, request: Request) -> Response:
        """`GET /-/api/requests/{id}`."""
        return JSONResponse(self._find(request).to_json())

    async def body(self, request: Request) -> Response:
        """`GET /-/api/requests/{id}/body`: an attachment, so that no browser ever renders it."""
        recorded = self._find(request)
        headers = {"content-disposition": f'attachment; filename="{recorded.id}.bin"', "cache-control": "no-store"}
        return Response(recorded.body, media_type="application/octet-stream", headers=headers)

    async def update(self, request: Request) -> Response:
        """`PATCH /-/api/requests/{id}`."""
        content = await read_object(request)
        only_fields(content, "pinned", "note")
        pinned, note = field_of(content, "pinned", bool), field_of(content, "note", str)
        return JSONResponse(self._log.update(request.path_params["id"], pinned=pinned, note=note).to_json())

    async def remove(self, request: Request) -> Response:
        """`DELETE /-/api/requests`."""
        matches, pinned = parse_query(request), boolean(request, "pinned")
        return JSONResponse({"removed": await asyncio.to_thread(self._log.remove, matches, pinned=pinned)})

    async def remove_one(self, request: Request) -> Response:
        """`DELETE /-/api/requests/{id}`."""
        recorded = self._find(request)
        if recorded.pinned and not boolean(request, "pinned"):
            raise BadRequestError(f"{recorded.id} is pinned. Unpin it first, or add pinned=true.")
        return JSONResponse({"removed": self._log.remove(lambda other: other is recorded, pinned=True)})

    async def wait(self, request: Request) -> Response:
        """`GET /-/api/wait`."""
        matches = parse_query(request)
        count = integer(request, "count", 1, 1, 100_000)
        timeout = number(request, "timeout", 5.0, 0, LONGEST_WAIT)
        after = integer(request, "after", 0, 0, 2**62)
        found = await wait_for_async(self._log, matches, count, timeout, after)
        shown = {"requests": [recorded.to_json() for recorded in found]}
        if len(found) >= count:
            return JSONResponse(shown)
        came = self._log.since(after)
        message = f"{len(found)} of {count} matching requests came within {timeout:g} s; {len(came)} came in all."
        error = {"code": "timeout", "message": message, "details": {"matched": len(found), "arrived": len(came)}}
        return JSONResponse({"error": error, **shown, "nearest_miss": nearest_miss(matches, came)}, 408)

    def _find(self, request: Request) -> RecordedRequest:
        return self._log.get(request.path_params["id"])


def parse_query(request: Request) -> RequestFilter:
    """The `q` parameter as a filter. Raises FilterError."""
    return parse_filter(request.query_params.get("q", ""))


def nearest_miss(matches: RequestFilter, came: Sequence[RecordedRequest]) -> dict[str, Any] | None:
    """The recent arrival that fails the fewest terms, and which those are; None if nothing came but matches."""
    missed = [(matches.misses(request), request) for request in came[-NEAR_MISSES:][::-1] if not matches(request)]
    if not missed:
        return None
    terms, request = min(missed, key=lambda miss: len(miss[0]))
    failed = [{"term": str(term), "actual": term.actual(request)} for term in terms]
    return {"request": request.summary(), "failed": failed, "seconds_ago": round(time.time() - request.received_at, 3)}
