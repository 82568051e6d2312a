"""Replay and edit-and-replay, in the detail of a request: the form, the equal command, and the result in place."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import DeliveryError, InspectorError
from inspector.recorder.log import RequestLog
from inspector.recorder.replay import Edit, Replay
from inspector.recorder.request import RecordedRequest, decode
from inspector.sender.delivery import Sender
from inspector.settings import Settings
from inspector.web.copy_as import WRITTEN_BY_CLIENTS, shown_headers
from inspector.web.masking import MASK
from inspector.web.operations import JSONResponse, field_of, only_fields, read_object
from inspector.web.send_line import replay_line
from inspector.web.send_order import target_of
from inspector.web.send_page import own_hosts, own_key
from inspector.web.send_views import render_delivery
from inspector.web.sending_api import send_again
from inspector.web.templating import HtmlResponse, render

FIELDS = ("url", "sign", "signing_key", "own_key", "edit")
EDITED = ("method", "path", "headers", "body")


class ReplayPage:
    """Handlers over one log and one sender."""

    def __init__(self, log: RequestLog, settings: Settings, sender: Sender) -> None:
        self._log = log
        self._settings = settings
        self._sender = sender

    def routes(self) -> list[BaseRoute]:
        """All its addresses."""
        return [
            Route("/-/requests/{id}/replay", self.form),
            Route("/-/requests/{id}/replay", self.replay, methods=["POST"]),
            Route("/-/requests/{id}/replay/line", self.line, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """`GET /-/requests/{id}/replay`: the form, with what can be edited; secrets are masked."""
        recorded = self._log.get(request.path_params["id"])
        content = render(
            "_replay.html",
            request=recorded,
            editable=editable(recorded),
            origin=_origin(request),
            own_hosts=sorted(own_hosts(request)),
            own_key=bool(self._settings.signing_keys),
        )
        return HtmlResponse(content)

    async def replay(self, request: Request) -> Response:
        """`POST /-/requests/{id}/replay`: sends, and answers with the delivery as a fragment."""
        recorded = self._log.get(request.path_params["id"])
        content = await read_object(request)
        replay = self._replay(recorded, content, _changed(recorded, content), request)
        delivery = await send_again(self._log, self._sender, recorded, replay)
        html = await asyncio.to_thread(render_delivery, delivery, own_hosts(request))
        return JSONResponse({"delivery": delivery.id, "html": html})

    async def line(self, request: Request) -> Response:
        """`POST /-/requests/{id}/replay/line`: the command line that does the same, or what is wrong."""
        recorded = self._log.get(request.path_params["id"])
        content = await read_object(request)
        try:
            edit = _changed(recorded, content)
            replay = self._replay(recorded, content, edit, request)
            replay.request(recorded, self._sender.clock.now())
        except InspectorError as error:
            return JSONResponse({"line": None, **error.to_json()})
        shown = {**edit, **({"headers": _read_lines(content["edit"]["headers"])} if "headers" in edit else {})}
        return JSONResponse({"line": replay_line(recorded.id, replay, _origin(request), shown), "error": None})

    def _replay(
        self, recorded: RecordedRequest, content: dict[str, Any], edit: dict[str, Any], request: Request
    ) -> Replay:
        only_fields(content, *FIELDS)
        url, sign = target_of(content), field_of(content, "sign", str, "keep")
        key = field_of(content, "signing_key", str)
        if sign == "fresh" and content.get("own_key"):
            key = own_key(self._settings, url, request)
        marked = any(url.startswith(f"{request.url.scheme}://{host}") for host in own_hosts(request))
        if "headers" in edit:
            edit = {**edit, "headers": _unmask(recorded, edit["headers"])}
        return Replay(url, sign, key or None, Edit.from_json(edit), marked=marked)


def editable(recorded: RecordedRequest) -> dict[str, str | None]:
    """What the editor begins with. The body is None where it is no text: it is then sent as it was."""
    shown = [pair for pair in shown_headers(recorded, secrets=False) if pair[0] not in WRITTEN_BY_CLIENTS]
    headers = "\n".join(f"{name}: {value}" for name, value in shown)
    text = recorded.text
    body = None if text is None or "\0" in text else text
    return {"method": recorded.method, "path": decode(recorded.target), "headers": headers, "body": body}


def _changed(recorded: RecordedRequest, content: dict[str, Any]) -> dict[str, Any]:
    """The part of an edit that differs from what was recorded; its headers as pairs, masked ones still masked."""
    edit = field_of(content, "edit", dict, {})
    only_fields(edit, *EDITED)
    before = editable(recorded)
    changed = {name: edit[name] for name in EDITED if isinstance(edit.get(name), str) and before[name] is not None}
    # A text area knows only one kind of line break: where nothing else differs, nothing was changed.
    changed = {name: text for name, text in changed.items() if _one_break(text) != _one_break(before[name] or "")}
    return {**changed, **({"headers": _read_lines(changed["headers"])} if "headers" in changed else {})}


def _one_break(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_lines(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise DeliveryError(f"{line!r} is not a header. Write Name: value, one on each line.")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _unmask(recorded: RecordedRequest, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put back what the editor showed masked: of several headers of a name, each in its turn."""
    kept = {name: [value for other, value in recorded.headers if other == name] for name, _ in recorded.headers}
    given = []
    for name, value in pairs:
        originals = kept.get(name.lower(), [])
        original = originals.pop(0) if originals else value
        given.append((name, original if value == MASK else value))
    return given


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}"
