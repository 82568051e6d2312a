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
from inspector.sender.clock import steady_time
from inspector.web.looking import at_hand, passed_over, patience_for
from inspector.web.operations import (
    Answer,
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
    returns,
)
from inspector.web.schemas import array, nullable, page, record, ref

LONGEST_WAIT = 600.0
MOST_AWAITED = 100_000
NEAR_MISSES = 50
NEAR_MISS_SECONDS = 1.0
"""How many of the newest arrivals are searched for the nearest miss of a wait, and for how long."""

Q = Parameter("q", "Search text (the one grammar: `event:conversation.created signature:invalid`).")
PINNED = Parameter("pinned", "Forget pinned ones too.", {"type": "boolean", "default": False})
REMOVED = returns("How many were forgotten.", record(removed={"type": "integer"}))
GONE = Answer("There is no such request, or no longer.")

UNDIAGNOSED = {
    "type": "integer",
    "description": "Bad signatures that a search for a cause has passed over, since theirs is not known yet. Reading"
    " ahead finds it; ask again, or wait (`/-/api/wait`).",
}

ONE = {200: returns("The request.", ref("Request")), 404: GONE}
BYTES = Answer("The bytes, as an attachment.", {"application/octet-stream": {"type": "string", "format": "binary"}})
WAITED = {
    200: returns("The matching requests, whole.", record(requests=array(ref("Request")))),
    408: returns(
        "Too few came: what did, and what came near.",
        record(
            error={"$ref": "#/components/schemas/Error/properties/error"},
            requests=array(ref("Request")),
            nearest_miss=nullable(ref("NearestMiss")),
        ),
    ),
}


class RequestsApi:
    """Handlers over one log."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        before = Parameter("before", "Only requests older than this id (the `next` of the page before).")
        count = Parameter(
            "count", "How many to wait for.", {"type": "integer", "minimum": 1, "maximum": MOST_AWAITED, "default": 1}
        )
        timeout = Parameter(
            "timeout", "Seconds to wait.", {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": 5}
        )
        after = Parameter(
            "after", "Only requests recorded after this sequence number.", {"type": "integer", "minimum": 0}
        )
        edit = {
            "type": "object",
            "properties": {"pinned": {"type": "boolean"}, "note": {"type": "string"}},
            "additionalProperties": False,
        }
        whole = {"type": "integer"}
        counts = {"matched": whole, "evicted": whole, "undiagnosed": UNDIAGNOSED}
        listed = {200: returns("One page.", page("requests", "RequestSummary", **counts))}
        all_of_them, one = "/-/api/requests", "/-/api/requests/{id}"
        return (
            Operation("GET", all_of_them, self.list, "Recorded requests, newest first.", listed, (Q, limit, before)),
            Operation("DELETE", all_of_them, self.remove, "Forget the matching requests.", {200: REMOVED}, (Q, PINNED)),
            Operation("GET", one, self.get, "One recorded request, whole.", ONE),
            Operation("PATCH", one, self.update, "Pin a request or set its note.", ONE, body=edit),
            Operation("DELETE", one, self.remove_one, "Forget one request.", {200: REMOVED, 404: GONE}, (PINNED,)),
            Operation(
                "GET", f"{one}/body", self.body, "The exact bytes of a body, as received.", {200: BYTES, 404: GONE}
            ),
            Operation(
                "GET",
                "/-/api/wait",
                self.wait,
                "Wait until enough matching requests are there.",
                WAITED,
                (Q, count, timeout, after),
            ),
        )

    async def list(self, request: Request) -> Response:
        """`GET /-/api/requests`."""
        matches = parse_query(request)
        limit = integer(request, "limit", 100, 1, 1000)
        # In a thread: a search over thousands of requests must not hold up those that arrive.
        return JSONResponse(await asyncio.to_thread(self._page, matches, limit, request.query_params.get("before")))

    def _page(self, search: RequestFilter, limit: int, before: str | None) -> dict[str, Any]:
        matches = at_hand(search, patience_for(self._log))
        found = self._log.select(matches, limit, before)
        return {
            "requests": [recorded.summary() for recorded in found.requests],
            "next": found.next,
            "matched": found.matched,
            "undiagnosed": passed_over(matches),
            "total": found.total,
            "evicted": found.evicted,
        }

    async def get(self, request: Request) -> Response:
        """`GET /-/api/requests/{id}`."""
        return JSONResponse(await asyncio.to_thread(self._find(request).to_json))

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
        updated = self._log.update(request.path_params["id"], pinned=pinned, note=note)
        return JSONResponse(await asyncio.to_thread(updated.to_json))

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
        count = integer(request, "count", 1, 1, MOST_AWAITED)
        timeout = number(request, "timeout", 5.0, 0, LONGEST_WAIT)
        after = integer(request, "after", 0, 0, 2**62)
        found = await wait_for_async(self._log, matches, count, timeout, after)
        shown = {"requests": await asyncio.to_thread(lambda: [recorded.to_json() for recorded in found])}
        if len(found) >= count:
            return JSONResponse(shown)
        came = self._log.since(after)
        message = f"{len(found)} of {count} matching requests came within {timeout:g} s; {len(came)} came in all."
        error = {"code": "timeout", "message": message, "details": {"matched": len(found), "arrived": len(came)}}
        return JSONResponse(
            {"error": error, **shown, "nearest_miss": await asyncio.to_thread(nearest_miss, matches, came)}, 408
        )

    def _find(self, request: Request) -> RecordedRequest:
        return self._log.get(request.path_params["id"])


def parse_query(request: Request) -> RequestFilter:
    """The `q` parameter as a filter. Raises FilterError."""
    return parse_filter(request.query_params.get("q", ""))


def nearest_miss(matches: RequestFilter, came: Sequence[RecordedRequest]) -> dict[str, Any] | None:
    """The recent arrival that fails the fewest terms, and which those are; None if nothing came but matches."""
    until = steady_time() + NEAR_MISS_SECONDS
    missed = []
    for request in came[-NEAR_MISSES:][::-1]:
        if not matches(request):
            missed.append((matches.misses(request), request))
        if steady_time() > until:
            break
    if not missed:
        return None
    terms, request = min(missed, key=lambda miss: len(miss[0]))
    failed = [{"term": str(term), "actual": term.actual(request)} for term in terms]
    return {"request": request.summary(), "failed": failed, "seconds_ago": round(time.time() - request.received_at, 3)}
