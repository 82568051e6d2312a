"""The API with which the mock service is played: its clock, its contacts, its troubles."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from inspector.service.errors import ConflictError, MissingResourceError, ServiceError
from inspector.web.operations import Answer, BadRequestError, JSONResponse, Operation, Parameter, integer, returns
from inspector.web.schemas import array, record, ref
from inspector.web.service_bodies import read_as, read_uuid
from inspector.web.service_mount import ServiceMount
from inspector.web.service_schemas import (
    ANSWER,
    CLOCK_SCHEMA,
    DRAIN_SCHEMA,
    FAULTS_SCHEMA,
    INBOUND_SCHEMA,
    LONGEST_DRAIN,
    PLAY_SCHEMA,
    SETTINGS_SCHEMA,
    TRAFFIC_SCHEMA,
)

if TYPE_CHECKING:
    from inspector.service.forms import ParticipantReference
    from inspector.service.state import ConversationsService

PREFIX = "/-/api/service"

S = TypeVar("S")
Handler = Callable[[S, Request], Awaitable[Response]]


def in_our_shape(handler: Handler[S]) -> Handler[S]:
    """What the mock service refuses, as all of our own API refuses: the codes of the real one are for apps."""

    @wraps(handler)
    async def handle(self: S, request: Request) -> Response:
        try:
            return await handler(self, request)
        except ServiceError as error:
            kinds = {MissingResourceError: (404, "not_found"), ConflictError: (409, "conflict")}
            status, code = kinds.get(type(error), (400, BadRequestError.code))
            told = {"code": code, "message": error.message, "details": error.details}
            return JSONResponse({"error": told}, status)

    return handle


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
        shown = {200: returns("The service as it is now.", ref("ServiceOverview"))}
        clock = {200: returns("The clock as it is now.", ref("ServiceClock"))}
        drained = {
            200: returns("Nothing is under way any more.", ref("Drained")),
            408: Answer("Some of it still is."),
        }
        found = {
            200: returns("The conversation as it is now.", ref("ServiceConversation")),
            404: Answer("There is no such conversation."),
            409: Answer("Not possible in the state that the conversation is in."),
        }
        faults = {200: returns("Those that are switched on.", record(faults=array(ref("ServiceFault"))))}
        traffic = {200: returns("What is played now.", ref("ServiceTraffic"))}
        described = {200: returns("An OpenAPI document.", {"type": "object"})}
        return (
            Operation("GET", PREFIX, self.overview, "The mock service as it is now.", shown, (workspace, limit)),
            self._post("clock", self.clock, "Move the clock, or change how it runs.", clock, CLOCK_SCHEMA),
            self._post("drain", self.drain, "Deliver everything now.", drained, DRAIN_SCHEMA),
            self._post("inbound", self.inbound, "A contact writes.", found, INBOUND_SCHEMA),
            self._post("play", self.play, "Something happens in a conversation.", found, PLAY_SCHEMA),
            self._post("reset", self.reset, "Start afresh.", shown),
            Operation("GET", f"{PREFIX}/faults", self.faults, "The faults of the API that are switched on.", faults),
            Operation(
                "PUT", f"{PREFIX}/faults", self.put_faults, "Switch faults of the API on.", faults, body=FAULTS_SCHEMA
            ),
            Operation(
                "PUT", f"{PREFIX}/traffic", self.traffic, "Play conversations at a rate.", traffic, body=TRAFFIC_SCHEMA
            ),
            Operation("PATCH", f"{PREFIX}/settings", self.settings, "Change settings.", shown, body=SETTINGS_SCHEMA),
            Operation(
                "GET", "/-/service/openapi.json", self.openapi, "The description of the mock service.", described
            ),
        )

    @staticmethod
    def _post(name: str, endpoint: Any, summary: str, answers: dict[int, Answer], body: Any = None) -> Operation:
        return Operation("POST", f"{PREFIX}/{name}", endpoint, summary, answers, body=body)

    async def overview(self, request: Request) -> Response:
        """`GET /-/api/service`."""
        workspace_id = request.query_params.get("workspace")
        checked = None if workspace_id is None else read_uuid(workspace_id, "workspace")
        return self._show(checked, integer(request, "limit", 100, 1, 1000))

    async def clock(self, request: Request) -> Response:
        """`POST /-/api/service/clock`."""
        content, clock = await read_as(request, CLOCK_SCHEMA), self._service.clock
        if not content:
            raise BadRequestError("Say what to do: advance (seconds), or mode (real, scaled, virtual) and scale.")
        if "mode" in content or "scale" in content:
            clock.set_mode(content.get("mode", clock.mode), content.get("scale"))
        if "advance" in content:
            await clock.advance(content["advance"])
        return JSONResponse(self._clock_json())

    async def drain(self, request: Request) -> Response:
        """`POST /-/api/service/drain`."""
        content = await read_as(request, DRAIN_SCHEMA)
        timeout = min(content.get("timeout", LONGEST_DRAIN), LONGEST_DRAIN)
        try:
            async with asyncio.timeout(timeout):
                await self._service.clock.drain()
        except TimeoutError:
            message = f"Not everything was delivered within {timeout:g} s: an app takes its time. Wait, or try again."
            return JSONResponse({"error": {"code": "timeout", "message": message, "details": self._states()}}, 408)
        return JSONResponse({"clock": self._clock_json(), "deliveries": self._states()})

    @in_our_shape
    async def inbound(self, request: Request) -> Response:
        """`POST /-/api/service/inbound`."""
        content = await read_as(request, INBOUND_SCHEMA)
        text, contact, conversation_id = content["text"], _contact(content), content.get("conversation_id")
        home = self._workspace_id(content)
        if conversation_id is not None:
            self._service.change(home, lambda workspace: workspace.contacts.write(conversation_id, text, contact))
            return self._conversation(home, conversation_id)
        channel_id = content.get("channel_id")
        found = self._service.change(home, lambda workspace: workspace.contacts.arrive(channel_id, text, contact))
        return self._conversation(home, found.id if found else None)

    @in_our_shape
    async def play(self, request: Request) -> Response:
        """`POST /-/api/service/play`."""
        content = await read_as(request, PLAY_SCHEMA)
        step, text, id = content["step"], content.get("text"), content["conversation_id"]
        home = self._workspace_id(content)
        if step != ANSWER:
            self._service.change(home, lambda workspace: workspace.contacts.step(id, step))
        elif text is None:
            raise BadRequestError("'text' is needed: what is answered.", field="text")
        else:
            self._service.change(home, lambda workspace: workspace.contacts.answer(id, text))
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
        from inspector.service.faults import ApiFault  # noqa: PLC0415 - only where the service is used

        content = await read_as(request, FAULTS_SCHEMA)
        self._service.faults.put([ApiFault(**one) for one in content["faults"]])
        return await self.faults(request)

    async def traffic(self, request: Request) -> Response:
        """`PUT /-/api/service/traffic`."""
        content = await read_as(request, TRAFFIC_SCHEMA)
        self._service.traffic.play(content["rate"], self._workspace_id(content))
        return JSONResponse(self._service.traffic.to_json())

    async def settings(self, request: Request) -> Response:
        """`PATCH /-/api/service/settings`."""
        given = await read_as(request, SETTINGS_SCHEMA)
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
        return str(content.get("workspace_id", self._service.workspace_id))

    def _clock_json(self) -> dict[str, Any]:
        from inspector.service.overview import clock_json  # noqa: PLC0415 - only where the service is used

        return clock_json(self._service)

    def _states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return Counter(
            delivery.state for delivery in self._service.deliveries.select(self._service.deliveries.capacity)
        )


def _contact(content: dict[str, Any]) -> ParticipantReference | None:
    """Who writes, if that is given."""
    from inspector.service.forms import ParticipantReference  # noqa: PLC0415 - imports pydantic
    from inspector.service.validation import read_fields  # noqa: PLC0415

    given = content.get("contact")
    return None if given is None else read_fields(ParticipantReference, {"type": "contact", **given})
