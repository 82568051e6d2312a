"""The REST face of the service: what contract.md §3 says of every call, as an ASGI app."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.sender.clock import steady_time
from inspector.service.call import Asked, Call
from inspector.service.calls import ApiCall
from inspector.service.errors import (
    ConflictError,
    InvalidPayloadError,
    MissingResourceError,
    ServiceError,
    TooManyRequestsError,
    UnauthorizedError,
)
from inspector.service.faults import ApiFault
from inspector.service.forms import UUID_PATTERN
from inspector.service.rate import RateLimiter
from inspector.service.state import ConversationsService
from inspector.service.table import TABLE
from inspector.service.validation import read_body, read_query

_STATUSES: tuple[tuple[type[ServiceError], int], ...] = (
    (UnauthorizedError, 401),
    (MissingResourceError, 404),
    (ConflictError, 409),
    (InvalidPayloadError, 422),
    (TooManyRequestsError, 429),
)
_ADVICE = {
    404: "There is no such address. The API stands below /workspaces/{workspaceId}, and no address of it ends with a "
    "slash; see /-/service/openapi.json.",
    405: "This address does not take that method; the Allow header says which.",
    413: "The body is larger than this service takes.",
}
LONGEST_SHOWN = 100
"""Characters that are said again of an id that is none."""

_UUID = re.compile(UUID_PATTERN)

logger = logging.getLogger("inspector.service")


def service_app(service: ConversationsService) -> Starlette:
    """The whole API of a service, with errors in its own shape."""
    handlers: dict[Any, Any] = {ServiceError: _refuse, HTTPException: _refuse_http}
    app = Starlette(routes=service_routes(service), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


def service_routes(service: ConversationsService, calls: Sequence[Call] = TABLE) -> list[BaseRoute]:
    """A route for each path, with all methods that it takes."""
    limiter = RateLimiter(service)
    paths: dict[str, dict[str, Call]] = {}
    for call in calls:
        for path in call.paths:
            paths.setdefault(path, {})[call.method] = call
    return [Route(path, _Resource(service, limiter, methods)) for path, methods in paths.items()]


def error_response(status: int, code: str, message: str, details: dict[str, Any] | None = None) -> Response:
    """Any refusal, in the service's shape."""
    return _json_response({"code": code, "message": message, "details": details or {}}, status)


class _Resource:
    """What stands at one path: an ASGI app."""

    def __init__(self, service: ConversationsService, limiter: RateLimiter, calls: dict[str, Call]) -> None:
        self._service = service
        self._limiter = limiter
        self._calls = calls
        self._allow = {"allow": ", ".join(sorted(calls))}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request, and remember it."""
        started, request = steady_time(), Request(scope, receive)
        call = self._calls.get(request.method)
        fault = self._service.faults.next(call.id) if call else None
        response: Response | None
        try:
            response = await self._answer(request, call, fault)
        except ServiceError as error:
            response = await _refuse(request, error)
        except HTTPException as error:
            response = await _refuse_http(request, error)
        except ClientDisconnect:
            response = None
        except Exception:
            logger.exception("The mock service failed at %s %s", request.method, request.url.path)
            response = error_response(500, ServiceError.code, "The mock service failed. Its log says where.")
        self._remember(request, call, response, started, fault)
        if response is None:
            await _hang_up(scope, receive)
        else:
            await response(scope, receive, send)

    async def _answer(self, request: Request, call: Call | None, fault: ApiFault | None) -> Response | None:
        if call is None:
            raise HTTPException(405, headers=self._allow)
        _check_key(request, self._service.settings.access_key)
        path = _path_of(request)
        self._limiter.count(path["workspaceId"], is_read=call.method == "GET")
        if fault is None:
            return await self._work(request, call, path)
        match fault.fault:
            case "status":
                return error_response(fault.status, _status_name(fault.status), "Switched on as a fault of the API.")
            case "timeout":
                await _wait_for_hang_up(request, fault.seconds)
                return None
            case "latency":
                await asyncio.sleep(fault.seconds)
                return await self._work(request, call, path)
            case "malformed":
                response = await self._work(request, call, path)
                return _cut(response)

    async def _work(self, request: Request, call: Call, path: dict[str, str]) -> Response:
        asked = Asked(
            call.id,
            path,
            read_body(call.form, await self._read(request)) if call.form else None,
            read_query(call.query, request.query_params.multi_items()) if call.query else None,
        )
        if call.method == "GET":
            result = self._service.read(path["workspaceId"], lambda workspace: call.work(workspace, asked))
        else:
            result = self._service.change(path["workspaceId"], lambda workspace: call.work(workspace, asked))
        return Response(status_code=call.status) if call.answer is None else _json_response(result, call.status)

    async def _read(self, request: Request) -> bytes:
        """A body of no more than `max_body` bytes. Raises HTTPException."""
        chunks, size = [], 0
        async for chunk in request.stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > self._service.settings.max_body:
                raise HTTPException(413)
        return b"".join(chunks)

    def _remember(
        self, request: Request, call: Call | None, response: Response | None, started: float, fault: ApiFault | None
    ) -> None:
        path, ended = request.path_params, steady_time()
        self._service.calls.add(
            ApiCall(
                self._service.clock.now(),
                started,
                request.method,
                request.url.path,
                call.id if call else None,
                path.get("workspaceId", "").lower() or None,
                path.get("conversationId", "").lower() or None,
                response.status_code if response else 0,
                (ended - started) * 1000,
                fault.fault if fault else None,
            )
        )


def _check_key(request: Request, access_key: str | None) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "accesskey" or not key.strip():
        raise UnauthorizedError("No access key. Send the header Authorization: AccessKey <key>.")
    if access_key is not None and not hmac.compare_digest(key.strip().encode(), access_key.encode()):
        raise UnauthorizedError("The access key is not the one that is configured here.")


def _path_of(request: Request) -> dict[str, str]:
    """The parts of the path, UUIDs in lower case. Raises MissingResourceError where an id can be none."""
    path = {}
    for name, value in request.path_params.items():
        is_uuid = name.endswith("Id")
        if is_uuid and not _UUID.fullmatch(value):
            kind = name.removesuffix("Id")
            raise MissingResourceError(f"There is no {kind} {value[:LONGEST_SHOWN]!r}: its id must be a UUID.")
        path[name] = value.lower() if is_uuid else value
    return path


async def _wait_for_hang_up(request: Request, seconds: float) -> None:
    """Wait until the client gives up, at most so many seconds."""
    with suppress(TimeoutError):  # the client has more patience; that is no error of anybody's
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


async def _hang_up(scope: Any, receive: Any) -> None:
    """End the connection, and wait until the server knows: it expects an answer until then."""
    transport = scope.get("inspector.transport")
    if transport is not None:
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _cut(response: Response) -> Response:
    """The same answer with half of its JSON, which then is none."""
    half = bytes(response.body)[: len(response.body) // 2] or b"{"
    return Response(half, 200 if response.status_code == 204 else response.status_code, media_type="application/json")


def _json_response(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    response = error_response(status, error.code, error.message, error.details)
    if status == 429:
        response.headers["retry-after"] = "1"
    return response


async def _refuse_http(_: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, wrong method, body too large."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    code = "ResourceNotFound" if status == 404 else _status_name(status)
    response = error_response(status, code, _ADVICE.get(status, f"{error.detail}."))
    response.headers.update(error.headers or {})
    return response


def _status_name(status: int) -> str:
    """`MethodNotAllowed` for 405; `Error` for a number that has no name."""
    try:
        return re.sub("[^A-Za-z]", "", HTTPStatus(status).phrase.title())
    except ValueError:
        return "Error"
