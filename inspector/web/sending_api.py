"""The API of what is sent: events on demand, replays, and the deliveries with their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.log import RequestLog
from inspector.recorder.replay import Edit, Replay, read_body
from inspector.sender.delivery import Delivery, DeliveryOptions, Sender
from inspector.sender.faults import arrange, parse_faults
from inspector.sender.load import LoadSummary, run_load
from inspector.sender.retry import RetryPolicy
from inspector.web.operations import (
    BadRequestError,
    JSONResponse,
    Operation,
    Parameter,
    field_of,
    integer,
    only_fields,
    read_object,
)

if TYPE_CHECKING:
    from inspector.sender.recipe import Made, Recipe

MOST_EVENTS = 100_000
"""Events in one call; more is a job for the command line."""

MOST_SHOWN = 1000
"""Deliveries listed in the answer to one call; the summary counts all."""

NUMBER = (int, float)

SEND_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "event": {"type": "string", "description": "conversation.created (or created), updated, deleted, lifecycle."},
        "body": {"description": "Sent as it stands (text), or as compact JSON, in place of a made event."},
        "url": {"type": "string", "description": "Where to send."},
        "url_signed": {"type": "string", "description": "The registered URL, where it is not the one sent to."},
        "signing_key": {"type": "string"},
        "count": {"type": "integer", "minimum": 1, "default": 1},
        "rate": {"type": "number", "description": "Events per second, evenly spaced."},
        "concurrency": {"type": "integer", "minimum": 1, "default": 1},
        "seed": {"type": ["integer", "string"]},
        "at": {"type": "number", "description": "When the first event happens, in Unix seconds."},
        "set": {"type": "object", "description": "Values by path."},
        "unset": {"type": "array", "items": {"type": "string"}},
        "headers": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "fault": {"type": "string"},
        "retry": {"type": "string", "description": "none, bird, or waits such as 1s,5s."},
        "timeout": {"type": "number", "description": "Seconds for each attempt."},
    },
}

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
        content = await read_object(request)
        only_fields(content, *SEND_SCHEMA["properties"])
        recipe, url, options = _recipe(content), _url(content), _options(content)
        signing_key, dated = field_of(content, "signing_key", str), content.get("at") is not None
        deliveries: list[Delivery] = []

        async def deliver(made: Made) -> Delivery:
            each = options.copy()
            each["request_id"], each["timestamp"] = made.request_id, made.timestamp if dated else None
            delivery = await self._sender.deliver(made.message, url, signing_key, **each)
            if len(deliveries) < MOST_SHOWN:
                deliveries.append(delivery)
            return delivery

        rate, concurrency = field_of(content, "rate", NUMBER), field_of(content, "concurrency", int, 1)
        faults = parse_faults(field_of(content, "fault", str))
        options["fault"] = [fault for fault in faults if fault.stage != "sequence"]
        summary = await run_load(deliver, arrange(recipe.events(), faults), rate=rate, concurrency=concurrency)
        return JSONResponse(_result(deliveries, summary, recipe))

    async def replay(self, request: Request) -> Response:
        """`POST /-/api/requests/{id}/replay`."""
        recorded = self._log.get(request.path_params["id"])
        content = await read_object(request)
        only_fields(content, *REPLAY_SCHEMA["properties"])
        url = _url(content)
        replay = Replay(
            url,
            field_of(content, "sign", str, "keep"),
            field_of(content, "signing_key", str),
            Edit.from_json(field_of(content, "edit", dict, {})),
            marked=urlsplit(url).netloc == request.headers.get("host"),
        )
        delivery = await self._sender.send(replay.request(recorded, self._sender.clock.now()))
        recorded.replays = [*(recorded.replays or []), delivery.id]
        self._log.touch(recorded)
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


def _recipe(content: dict[str, Any]) -> Recipe:
    from inspector.sender.recipe import Recipe, changes_of  # noqa: PLC0415 - heavy: only when something is sent

    body = read_body(content)
    event = field_of(content, "event", str)
    if (body is None) == (event is None):
        raise BadRequestError("Give either 'event' or 'body'.", field="event")
    count = field_of(content, "count", int, 1)
    if not 1 <= count <= MOST_EVENTS:
        raise BadRequestError(f"'count' must be from 1 to {MOST_EVENTS}.", field="count")
    removed = field_of(content, "unset", list, [])
    if not all(isinstance(path, str) for path in removed):
        raise BadRequestError("'unset' must be an array of paths.", field="unset")
    return Recipe.prepare(
        event if body is None else body,
        count,
        seed=field_of(content, "seed", (int, str)),
        at=field_of(content, "at", NUMBER),
        changes=changes_of(field_of(content, "set", dict, {}), removed),
    )


def _url(content: dict[str, Any]) -> str:
    url = field_of(content, "url", str)
    if not url:
        raise BadRequestError("'url' is missing: where to send to.", field="url")
    return str(url)


def _options(content: dict[str, Any]) -> DeliveryOptions:
    headers = field_of(content, "headers", list, [])
    if not all(isinstance(pair, list) and [type(text) for text in pair] == [str, str] for pair in headers):
        raise BadRequestError("'headers' must be an array of [name, value] pairs.", field="headers")
    retry = field_of(content, "retry", str)
    return {
        "headers": [(name, value) for name, value in headers],
        "retry": RetryPolicy.parse(retry) if retry else None,
        "url_signed": field_of(content, "url_signed", str),
        "timeout": field_of(content, "timeout", NUMBER),
    }


def _result(deliveries: list[Delivery], summary: LoadSummary, recipe: Recipe) -> dict[str, Any]:
    whole = len(deliveries) == 1
    shown = [delivery.to_json() if whole else delivery.summary() for delivery in deliveries]
    return {"deliveries": shown, "summary": summary.to_json(), "seed": recipe.seed, "at": recipe.at}
