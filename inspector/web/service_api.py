"""The API with which the mock service is played: its clock, its contacts, its troubles."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

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
from inspector.web.service_mount import ServiceMount
from inspector.web.service_schemas import (
    CLOCK_SCHEMA,
    DRAIN_SCHEMA,
    FAULTS_SCHEMA,
    INBOUND_SCHEMA,
    PLAY_SCHEMA,
    SETTINGS_SCHEMA,
    TRAFFIC_SCHEMA,
)

if TYPE_CHECKING:
    from inspector.service.faults import ApiFault
    from inspector.service.forms import ParticipantReference
    from inspector.service.state import ConversationsService

PREFIX = "/-/api/service"
NUMBER = (int, float)
LONGEST_DRAIN = 600.0


class ServiceApi:
    """Handlers over the mock service."""

    def __init__(self, mount: ServiceMount) -> None:
        self._mount = mount

    @property
    def _service(self) -> ConversationsService:
        return self._mount.service

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        workspace = Parameter("workspace", "The workspace to show in detail.")
        limit = Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
        found = {200: "Done.", 404: "There is no such conversation."}
        return (
            Operation("GET", PREFIX, self.overview, "The mock service as it is now.", (workspace, limit)),
            Operation(
                "POST", f"{PREFIX}/clock", self.clock, "Move the clock, or change how it runs.", body=CLOCK_SCHEMA
            ),
            Operation(
                "POST",
                f"{PREFIX}/drain",
                self.drain,
                "Deliver everything now.",
                body=DRAIN_SCHEMA,
                answers={200: "Nothing is under way any more.", 408: "Some of it still is."},
            ),
            Operation(
                "POST", f"{PREFIX}/inbound", self.inbound, "A contact writes.", body=INBOUND_SCHEMA, answers=found
            ),
            Operation(
                "POST",
                f"{PREFIX}/play",
                self.play,
                "Something happens in a conversation.",
                body=PLAY_SCHEMA,
                answers=found,
            ),
            Operation("POST", f"{PREFIX}/reset", self.reset, "Start afresh."),
            Operation("GET", f"{PREFIX}/faults", self.faults, "The faults of the API that are switched on."),
            Operation("PUT", f"{PREFIX}/faults", self.put_faults, "Switch faults of the API on.", body=FAULTS_SCHEMA),
            Operation("PUT", f"{PREFIX}/traffic", self.traffic, "Play conversations at a rate.", body=TRAFFIC_SCHEMA),
            Operation("PATCH", f"{PREFIX}/settings", self.settings, "Change settings.", body=SETTINGS_SCHEMA),
            Operation("GET", "/-/service/openapi.json", self.openapi, "The description of the mock service."),
        )

    async def overview(self, request: Request) -> Response:
        """`GET /-/api/service`."""
        workspace_id = _uuid({**request.query_params}, "workspace")
        return self._show(workspace_id, integer(request, "limit", 100, 1, 1000))

    async def clock(self, request: Request) -> Response:
        """`POST /-/api/service/clock`."""
        content = await read_object(request)
        only_fields(content, *CLOCK_SCHEMA["properties"])
        mode, scale = field_of(content, "mode", str), field_of(content, "scale", NUMBER)
        advance, clock = field_of(content, "advance", NUMBER), self._service.clock
        if mode is None and scale is None and advance is None:
            raise BadRequestError("Say what to do: advance (seconds), or mode (real, scaled, virtual) and scale.")
        if mode is not None or scale is not None:
            clock.set_mode(mode or clock.mode, scale)
        if advance is not None:
            await clock.advance(advance)
        return JSONResponse(self._clock_json())

    async def drain(self, request: Request) -> Response:
        """`POST /-/api/service/drain`."""
        content = await read_object(request)
        only_fields(content, "timeout")
        timeout = min(field_of(content, "timeout", NUMBER, LONGEST_DRAIN), LONGEST_DRAIN)
        try:
            async with asyncio.timeout(timeout):
                await self._service.clock.drain()
        except TimeoutError:
            message = f"Not everything was delivered within {timeout:g} s: an app takes its time. Wait, or try again."
            return JSONResponse({"error": {"code": "timeout", "message": message, "details": self._states()}}, 408)
        return JSONResponse({"clock": self._clock_json(), "deliveries": self._states()})

    async def inbound(self, request: Request) -> Response:
        """`POST /-/api/service/inbound`."""
        content = await read_object(request)
        only_fields(content, *INBOUND_SCHEMA["properties"])
        text, contact = field_of(content, "text", str), _contact(content)
        if text is None:
            raise BadRequestError("'text' is needed: what the contact writes.", field="text")
        home, conversation_id = self._workspace_id(content), _uuid(content, "conversation_id")
        if conversation_id is not None:
            self._service.change(home, lambda workspace: workspace.contacts.write(conversation_id, text, contact))
            return self._conversation(home, conversation_id)
        channel_id = _uuid(content, "channel_id")
        found = self._service.change(home, lambda workspace: workspace.contacts.arrive(channel_id, text, contact))
        return self._conversation(home, found.id if found else None)

    async def play(self, request: Request) -> Response:
        """`POST /-/api/service/play`."""
        content = await read_object(request)
        only_fields(content, *PLAY_SCHEMA["properties"])
        step, text = field_of(content, "step", str, ""), field_of(content, "text", str, "")
        home, id = self._workspace_id(content), _uuid(content, "conversation_id") or ""
        if step == "answer":
            self._service.change(home, lambda workspace: workspace.contacts.answer(id, text))
        else:
            self._service.change(home, lambda workspace: workspace.contacts.step(id, step))
        return self._conversation(home, None if step == "delete" else id)

    async def reset(self, _: Request) -> Response:
        """`POST /-/api/service/reset`."""
        await self._service.restart()
        return self._show()

    async def faults(self, _: Request) -> Response:
        """`GET /-/api/service/faults`."""
        return JSONResponse({"faults": self._service.faults.to_json()})

    async def put_faults(self, request: Request) -> Response:
        """`PUT /-/api/service/faults`."""
        content = await read_object(request)
        only_fields(content, "faults")
        self._service.faults.put([_fault(one) for one in field_of(content, "faults", list, [])])
        return await self.faults(request)

    async def traffic(self, request: Request) -> Response:
        """`PUT /-/api/service/traffic`."""
        content = await read_object(request)
        only_fields(content, *TRAFFIC_SCHEMA["properties"])
        self._service.traffic.play(field_of(content, "rate", NUMBER, 0), self._workspace_id(content))
        return JSONResponse(self._service.traffic.to_json())

    async def settings(self, request: Request) -> Response:
        """`PATCH /-/api/service/settings`."""
        content = await read_object(request)
        only_fields(content, *SETTINGS_SCHEMA["properties"])
        kinds = {"access_key": str, "reads_per_second": int, "writes_per_second": int}
        given = {name: field_of(content, name, kinds.get(name, bool)) for name in content}
        if "access_key" in given:
            given["access_key"] = given["access_key"] or None
        self._service.configure(**given)
        return self._show()

    async def openapi(self, _: Request) -> Response:
        """`GET /-/service/openapi.json`."""
        from inspector.service.openapi import describe_service  # noqa: PLC0415 - imports pydantic

        return JSONResponse(describe_service())

    def _show(self, workspace_id: str | None = None, limit: int = 100) -> Response:
        from inspector.service.overview import overview  # noqa: PLC0415 - only where the service is used

        return JSONResponse(overview(self._service, workspace_id, limit))

    def _conversation(self, workspace_id: str, id: str | None) -> Response:
        """A conversation as it is now; null where there is none."""
        shown = id and self._service.read(workspace_id, lambda workspace: workspace.conversations.find(id).to_json())
        return JSONResponse({"conversation": shown})

    def _workspace_id(self, content: dict[str, Any]) -> str:
        return _uuid(content, "workspace_id") or self._service.workspace_id

    def _clock_json(self) -> dict[str, Any]:
        from inspector.service.overview import clock_json  # noqa: PLC0415 - only where the service is used

        return clock_json(self._service)

    def _states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return Counter(
            delivery.state for delivery in self._service.deliveries.select(self._service.deliveries.capacity)
        )


def _uuid(content: dict[str, Any], name: str) -> str | None:
    text = field_of(content, name, str)
    if text is None:
        return None
    try:
        return str(UUID(text))
    except ValueError:
        raise BadRequestError(f"{name} {text!r} is not a UUID.", field=name) from None


def _contact(content: dict[str, Any]) -> ParticipantReference | None:
    """Who writes, if that is given."""
    from inspector.service.forms import ParticipantReference  # noqa: PLC0415 - imports pydantic
    from inspector.service.validation import read_fields  # noqa: PLC0415

    given = field_of(content, "contact", dict)
    return None if given is None else read_fields(ParticipantReference, {"type": "contact", **given})


def _fault(content: Any) -> ApiFault:
    from inspector.service.faults import ApiFault  # noqa: PLC0415 - only where the service is used

    if not isinstance(content, dict):
        raise BadRequestError("Each of 'faults' must be an object.", field="faults")
    kinds: dict[str, Any] = {"status": int, "count": int, "seconds": NUMBER, "share": NUMBER}
    only_fields(content, "call", "fault", *kinds)
    given = {name: field_of(content, name, kinds.get(name, str)) for name in content}
    return ApiFault(**{name: value for name, value in given.items() if value is not None})
