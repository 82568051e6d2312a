"""The API of what is sent: events on demand, replays, and the deliveries with their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.log import RequestLog
from inspector.recorder.replay import Edit, Replay
from inspector.recorder.request import RecordedRequest
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import LoadSummary
from inspector.web.operations import JSONResponse, Operation, Parameter, field_of, integer, only_fields, read_object
from inspector.web.send_order import SEND_SCHEMA, SendOrder, target_of

if TYPE_CHECKING:
    from inspector.sender.recipe import Recipe

MOST_SHOWN = 1000
"""Deliveries listed in the answer to one call; the summary counts all."""

REPLAY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string"},
        "sign": {"enum": ["fresh", "keep", "none"], "default": "keep"},
        "signing_key": {"type": "string"},
        "edit": {
            "type": "object",
            "properties": {
                "method": {"type": "string"},
                "path": {"type": "string"},
                "headers": {},
                "body": {},
                "body_base64": {"type": "string"},
            },
        },
    },
}


class SendingApi:
    """Handlers over one sender."""

    def __init__(self, log: RequestLog, sender: Sender) -> None:
        self._log = log
        self._sender = sender

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        before = Parameter("before", "Only deliveries older than this id.")
        one = {200: "The delivery.", 404: "There is no such delivery, or no longer."}
        return (
            Operation("POST", "/-/api/send", self.send, "Make events and send them.", body=SEND_SCHEMA),
            Operation(
                "POST",
                "/-/api/requests/{id}/replay",
                self.replay,
                "Send a recorded request again, as it is or edited.",
                body=REPLAY_SCHEMA,
                answers={200: "The delivery.", 404: "There is no such request, or no longer."},
            ),
            Operation("GET", "/-/api/deliveries", self.list, "What was sent, newest first.", (limit, before)),
            Operation("GET", "/-/api/deliveries/{id}", self.get, "One delivery with all attempts.", answers=one),
        )

    async def send(self, request: Request) -> Response:
        """`POST /-/api/send`."""
        order = SendOrder.from_json(await read_object(request))
        shown: list[Delivery] = []

        def take(delivery: Delivery) -> None:
            if len(shown) < MOST_SHOWN:
                shown.append(delivery)

        summary = await order.run(self._sender, take)
        return JSONResponse(_result(shown, summary, order.recipe))

    async def replay(self, request: Request) -> Response:
        """`POST /-/api/requests/{id}/replay`."""
        recorded = self._log.get(request.path_params["id"])
        content = await read_object(request)
        only_fields(content, *REPLAY_SCHEMA["properties"])
        url = target_of(content)
        replay = Replay(
            url,
            field_of(content, "sign", str, "keep"),
            field_of(content, "signing_key", str),
            Edit.from_json(field_of(content, "edit", dict, {})),
            marked=urlsplit(url).netloc == request.headers.get("host"),
        )
        delivery = await send_again(self._log, self._sender, recorded, replay)
        return JSONResponse({**delivery.to_json(), "replay_of": recorded.id})

    async def list(self, request: Request) -> Response:
        """`GET /-/api/deliveries`."""
        limit = integer(request, "limit", 100, 1, 1000)
        found = self._sender.log.select(limit + 1, request.query_params.get("before"))
        shown = found[:limit]
        return JSONResponse(
            {
                "deliveries": [delivery.summary() for delivery in shown],
                "next": shown[-1].id if len(found) > limit else None,
                "total": len(self._sender.log),
                "evicted": self._sender.log.evicted,
            }
        )

    async def get(self, request: Request) -> Response:
        """`GET /-/api/deliveries/{id}`."""
        return JSONResponse(self._sender.log.get(request.path_params["id"]).to_json())


async def send_again(log: RequestLog, sender: Sender, recorded: RecordedRequest, replay: Replay) -> Delivery:
    """Send a replay, and link it to what it repeats. Raises DeliveryError for what cannot be sent."""
    delivery = await sender.send(replay.request(recorded, sender.clock.now()))
    recorded.replays = [*(recorded.replays or []), delivery.id]
    log.touch(recorded)
    return delivery


def _result(deliveries: list[Delivery], summary: LoadSummary, recipe: Recipe) -> dict[str, Any]:
    whole = len(deliveries) == 1
    shown = [delivery.to_json() if whole else delivery.summary() for delivery in deliveries]
    return {"deliveries": shown, "summary": summary.to_json(), "seed": recipe.seed, "at": recipe.at}
