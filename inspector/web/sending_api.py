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
from inspector.web.operations import (
    Answer,
    JSONResponse,
    Operation,
    Parameter,
    field_of,
    integer,
    only_fields,
    read_object,
    returns,
)
from inspector.web.requests_api import GONE
from inspector.web.schemas import page, ref
from inspector.web.send_order import SEND_SCHEMA, SendOrder, target_of
from inspector.web.sending_schemas import REPLAY_SCHEMA

if TYPE_CHECKING:
    from inspector.sender.recipe import Recipe

MOST_SHOWN = 1000
"""Deliveries listed in the answer to one call; the summary counts all."""


class SendingApi:
    """Handlers over one sender."""

    def __init__(self, log: RequestLog, sender: Sender) -> None:
        self._log = log
        self._sender = sender

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        before = Parameter("before", "Only deliveries older than this id.")
        sent = {200: returns("What came of it.", ref("Sent"))}
        replayed = {
            200: returns("The delivery.", ref("Replayed")),
            404: GONE,
            409: Answer("It was not recorded whole, or is masked, and that is not edited."),
        }
        listed = {200: returns("One page.", page("deliveries", "DeliverySummary", evicted={"type": "integer"}))}
        one = {
            200: returns("The delivery.", ref("Delivery")),
            404: Answer("There is no such delivery, or no longer."),
        }
        return (
            Operation("POST", "/-/api/send", self.send, "Make events and send them.", sent, body=SEND_SCHEMA),
            Operation(
                "POST",
                "/-/api/requests/{id}/replay",
                self.replay,
                "Send a recorded request again, as it is or edited.",
                replayed,
                body=REPLAY_SCHEMA,
            ),
            Operation("GET", "/-/api/deliveries", self.list, "What was sent, newest first.", listed, (limit, before)),
            Operation("GET", "/-/api/deliveries/{id}", self.get, "One delivery with all attempts.", one),
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
    """Send a replay, and link it to what it repeats. Raises DeliveryError or ConflictError for what cannot be sent."""
    delivery = await sender.send(replay.request(recorded, sender.clock.now()))
    recorded.replays = [*(recorded.replays or []), delivery.id]
    log.touch(recorded)
    return delivery


def _result(deliveries: list[Delivery], summary: LoadSummary, recipe: Recipe) -> dict[str, Any]:
    whole = len(deliveries) == 1
    shown = [delivery.to_json() if whole else delivery.summary() for delivery in deliveries]
    return {"deliveries": shown, "summary": summary.to_json(), "seed": recipe.seed, "at": recipe.at}
