"""The API of conversations: folded states, timelines, and how far events drift from the contract."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.conversations import Conversations, details
from inspector.recorder.drift import drift
from inspector.recorder.log import RequestLog
from inspector.web.operations import Answer, JSONResponse, Operation, Parameter, integer, returns
from inspector.web.schemas import array, page, record, ref


class ConversationsApi:
    """Handlers over the conversations of one log. Folding runs in a thread, beside the event loop."""

    def __init__(self, log: RequestLog, conversations: Conversations) -> None:
        self._log = log
        self._conversations = conversations

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        before = Parameter("before", "Continue after this page: its `next`.")
        listed = {200: returns("One page.", page("conversations", "ConversationSummary"))}
        one = {
            200: returns("The conversation.", ref("Conversation")),
            404: Answer("No recorded request is about it, or no longer."),
        }
        drifts = {200: returns("Errors first, then by how often.", record(findings=array(ref("Drift"))))}
        return (
            Operation(
                "GET",
                "/-/api/conversations",
                self.list,
                "Conversations, newest arrival first.",
                listed,
                (limit, before),
            ),
            Operation(
                "GET",
                "/-/api/conversations/{id}",
                self.get,
                "One conversation: its state, and what changed step by step.",
                one,
            ),
            Operation("GET", "/-/api/drift", self.drift, "Where events depart from the contract, counted.", drifts),
        )

    async def list(self, request: Request) -> Response:
        """`GET /-/api/conversations`."""
        limit = integer(request, "limit", 100, 1, 1000)
        before = request.query_params.get("before")
        return JSONResponse(await asyncio.to_thread(self._conversations.page, limit, before))

    async def get(self, request: Request) -> Response:
        """`GET /-/api/conversations/{id}`."""
        return JSONResponse(await asyncio.to_thread(self._details, request.path_params["id"]))

    async def drift(self, _: Request) -> Response:
        """`GET /-/api/drift`."""
        return JSONResponse({"findings": await asyncio.to_thread(self._drift)})

    def _details(self, conversation_id: str) -> dict[str, Any]:
        return details(self._conversations.get(conversation_id))

    def _drift(self) -> builtins.list[dict[str, Any]]:
        return [found.to_json() for found in drift(self._log.snapshot())]
