"""The Send page: an event made from a seed, edited as a form or as JSON, and sent once or many times."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import InspectorError
from inspector.recorder.log import RequestLog
from inspector.sender.delivery import Sender
from inspector.sender.faults import FAULTS
from inspector.settings import Settings
from inspector.web.event_edit import Edits, read_event
from inspector.web.frame import Frame
from inspector.web.operations import BadRequestError, JSONResponse, field_of, number, read_object
from inspector.web.sample import HOOK_PATH
from inspector.web.send_line import send_line
from inspector.web.send_order import SendOrder, target_of
from inspector.web.send_runs import Runs
from inspector.web.send_stream import SendStream
from inspector.web.send_views import render_delivery, render_delivery_rows, render_run
from inspector.web.templating import HtmlResponse
from inspector.webhook.event import Event

OWN_BODY = "body"
"""The choice of event that sends the editor's text as it stands."""

EVENTS = ("created", "updated", "deleted", "lifecycle", OWN_BODY)
ROWS = 50

FORM = (
    ("payload.name", "Name", "text", ()),
    ("payload.status", "Status", "text", ("active", "closed")),
    ("payload.visibility", "Visibility", "text", ("public", "private")),
    ("payload.accessibility", "Accessibility", "text", ("open", "invite-only", "request-to-join")),
    ("payload.featuredParticipants[0].displayName", "First participant", "text", ()),
    ("payload.activeParticipantCount", "Participants", "number", ()),
    ("payload.lastMessage.preview.text", "Last message", "text", ()),
    (
        "payload.lastMessage.status",
        "Its status",
        "text",
        ("accepted", "processing", "sent", "delivered", "delivery_failed", "sending_failed"),
    ),
    ("payload.channelId", "Channel", "text", ()),
)
"""The fields of the form: path, label, kind of value, and what it usually is."""


class SendPage:
    """Handlers of the Send page over one sender."""

    def __init__(self, log: RequestLog, settings: Settings, sender: Sender, frame: Frame) -> None:
        self._sender = sender
        self._settings = settings
        self._frame = frame
        self.runs = Runs(sender)
        self._stream = SendStream(log, sender.log, self.runs)

    def routes(self) -> list[BaseRoute]:
        """All its addresses."""
        return [
            Route("/-/send", self.index),
            Route("/-/send/preview", self.preview),
            Route("/-/send/line", self.line, methods=["POST"]),
            Route("/-/send/run", self.run, methods=["POST"]),
            Route("/-/send/stop", self.stop, methods=["POST"]),
            Route("/-/send/stream", self._stream),
            Route("/-/send/deliveries", self.deliveries),
            Route("/-/send/deliveries/{id}", self.delivery),
        ]

    async def index(self, request: Request) -> Response:
        """`GET /-/send`: the page. `event`, `seed`, `url` and `delivery` choose what it begins with."""
        chosen = request.query_params
        event = chosen.get("event", "created")
        url = chosen.get("url") or self._own_address(request)
        order: dict[str, Any] = {"event": event, "url": url, "seed": chosen.get("seed") or "1"}
        made_at = round(time.time(), 3)
        return await self._frame.page(
            "send.html",
            "send",
            "Send",
            order=order,
            events=EVENTS,
            made_at=made_at,
            text=await asyncio.to_thread(_first_text, event, order["seed"], made_at),
            line=send_line({**order, "signing_key": self._own_key}),
            form=FORM,
            faults=FAULTS.values(),
            own_address=self._own_address(request),
            own_hosts=sorted(own_hosts(request)),
            own_key=self._own_key is not None,
            own_label=self._settings.signing_keys[0].label if self._own_key else None,
            runs=[render_run(run) for run in self.runs.newest_first()],
            rows=render_delivery_rows(self._sender.log.select(ROWS)),
            count=len(self._sender.log),
        )

    async def preview(self, request: Request) -> Response:
        """`GET /-/send/preview?event=&seed=&at=`: the event that is made from these, for reading."""
        at = number(request, "at", 0, 0, 1e11) or None
        event = request.query_params.get("event", "created")
        at = at or round(time.time(), 3)
        made = await asyncio.to_thread(preview, event, request.query_params.get("seed") or "1", at)
        return JSONResponse({"text": pretty(made), "at": at})

    async def line(self, request: Request) -> Response:
        """`POST /-/send/line`: the command line that equals what the page holds, or what is wrong with that."""
        content = await read_object(request)
        try:
            order = await asyncio.to_thread(self._order, content, request)
            await asyncio.to_thread(SendOrder.from_json(order).check)
        except InspectorError as error:
            return JSONResponse({"line": None, **error.to_json()})
        changes = len(order.get("set") or {}) + len(order.get("unset") or ())
        return JSONResponse({"line": send_line(order), "changes": changes, "error": None})

    async def run(self, request: Request) -> Response:
        """`POST /-/send/run`: begins to send, and answers with the run's id."""
        order = SendOrder.from_json(await asyncio.to_thread(self._order, await read_object(request), request))
        order.check()
        return JSONResponse({"run": self.runs.start(order).id})

    async def stop(self, request: Request) -> Response:
        """`POST /-/send/stop` with `{"run": id}`."""
        run = self.runs.stop(field_of(await read_object(request), "run", str, ""))
        return JSONResponse({"run": run.id})

    async def deliveries(self, request: Request) -> Response:
        """`GET /-/send/deliveries`: the newest rows, or those older than `before`, and all runs."""
        found = self._sender.log.select(ROWS + 1, request.query_params.get("before"))
        return JSONResponse(
            {
                "html": render_delivery_rows(found[:ROWS]),
                "has_older": len(found) > ROWS,
                "runs": [render_run(run) for run in self.runs.newest_first()],
                "total": len(self._sender.log),
            }
        )

    async def delivery(self, request: Request) -> Response:
        """`GET /-/send/deliveries/{id}`: one delivery with all attempts, as a fragment."""
        found = self._sender.log.get(request.path_params["id"])
        return HtmlResponse(await asyncio.to_thread(render_delivery, found, own_hosts(request)))

    @property
    def _own_key(self) -> str | None:
        return self._settings.signing_keys[0].key if self._settings.signing_keys else None

    def _own_address(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.headers['host']}{HOOK_PATH}"

    def _order(self, content: dict[str, Any], request: Request) -> dict[str, Any]:
        """What `POST /-/api/send` would be given. Raises the errors of what the page holds."""
        order = {name: value for name, value in content.items() if value not in (None, "")}
        text, made_at = str(order.pop("text", "")), order.pop("made_at", None)
        if order.pop("own_key", False):
            order["signing_key"] = own_key(self._settings, target_of(order), request)
        if order.get("event") == OWN_BODY:
            return {**order, "event": None, "body": text}
        if text:
            base = preview(str(order.get("event")), order.get("seed", "1"), order.get("at") or made_at or time.time())
            order["set"], order["unset"] = Edits.between(base, read_event(text))
        return order


def own_key(settings: Settings, url: str, request: Request) -> str:
    """The inspector's first key, for what is sent to the inspector itself. Raises BadRequestError for other targets."""
    if not settings.signing_keys:
        raise BadRequestError("The inspector has no signing key. Start it with --signing-key, or type one.")
    if urlsplit(url).netloc not in own_hosts(request):
        raise BadRequestError("The inspector's own key signs what is sent to the inspector alone. Type the target's.")
    return settings.signing_keys[0].key


def own_hosts(request: Request) -> frozenset[str]:
    """Where the reader reaches the inspector: host and port, as in a URL."""
    host = request.headers["host"]
    name, _, port = host.rpartition(":")
    others = [f"{loopback}:{port}" for loopback in ("127.0.0.1", "localhost")]
    return frozenset([host, *others] if name in ("127.0.0.1", "localhost") else [host])


def preview(event: str, seed: int | str, at: float) -> Event:
    """The first event made from these; `at` in Unix seconds. Raises EventError."""
    from inspector.sender.recipe import Recipe  # noqa: PLC0415 - heavy: only when something is made

    made = next(Recipe.prepare(event, 1, seed=seed, at=at).events()).message
    assert isinstance(made, Event)
    return made


def _first_text(event: str, seed: str, at: float) -> str:
    return "{}" if event == OWN_BODY else pretty(preview(event, seed, at))


def pretty(event: Event) -> str:
    """An event laid out for reading."""
    return orjson.dumps(event.to_json(), option=orjson.OPT_INDENT_2).decode()
