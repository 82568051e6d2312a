"""Our JSON API as a table of operations: the one place from which routes and the OpenAPI description are made."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inspector.errors import ConflictError, InspectorError, NotFoundError

JSON = "application/json"

DEEPEST = 100
"""Levels of JSON that a body may have: what is made of it must still be written, and no writer goes to any depth."""

STATUSES: dict[type[InspectorError], int] = {NotFoundError: 404, ConflictError: 409}
"""What errors of ours are answered with; others with 400."""

TOKEN = "token"  # noqa: S105 - a name, not a secret
"""A parameter of every address of ours; the guard reads it."""


class BadRequestError(InspectorError):
    """A parameter or a body of our own API is wrong."""

    code = "invalid_request"


class JSONResponse(Response):
    """JSON, never cached: the log changes under it."""

    media_type = JSON

    def __init__(self, content: Any, status_code: int = 200) -> None:
        super().__init__(orjson.dumps(content), status_code, {"cache-control": "no-store"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its name, JSON schema and meaning."""

    name: str
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call may answer: in words, and its JSON schema by media type. Without one it is an error of ours."""

    text: str
    content: Mapping[str, Any] = field(default_factory=lambda: {JSON: {"$ref": "#/components/schemas/Error"}})


def returns(text: str, schema: Mapping[str, Any]) -> Answer:
    """An answer in JSON."""
    return Answer(text, {JSON: schema})


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API. `path` may hold `{id}`; `body` is the JSON schema of what it takes. The query parameters are
    `parameters` and no others; `headers` are those that mean something to it."""

    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]] | Any
    summary: str
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter] = ()
    headers: Sequence[Parameter] = ()
    body: Mapping[str, Any] | None = None
    body_types: Sequence[str] = (JSON,)

    def route(self) -> Route:
        """The same as a Starlette route, which refuses query parameters that are not in the table."""
        names = [parameter.name for parameter in self.parameters]
        return Route(
            self.path, self.endpoint, methods=[self.method], middleware=[Middleware(OnlyParameters, names=names)]
        )


class OnlyParameters:
    """ASGI: refuses a request with query parameters that mean nothing here, before anything is done."""

    def __init__(self, app: Any, names: Sequence[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request. Raises BadRequestError."""
        only_parameters(QueryParams(scope["query_string"]), self._names)
        await self._app(scope, receive, send)


def only_parameters(given: QueryParams, known: Sequence[str]) -> None:
    """Refuse parameters that are unknown or given twice. Raises BadRequestError naming what was probably meant."""
    seen = set()
    for name, _ in given.multi_items():
        if name not in known and name != TOKEN:
            raise BadRequestError(f"Unknown parameter {name!r}. {_advice(name, known)}", parameter=name)
        if name in seen:
            raise BadRequestError(f"The parameter {name!r} is given twice. Give it once.", parameter=name)
        seen.add(name)


def _advice(name: str, known: Sequence[str]) -> str:
    """What may be written in place of an unknown name."""
    begun = [one for one in known if name and (one.startswith(name) or name.startswith(one))]
    nearest = begun or get_close_matches(name, known, 1, 0.5)
    listed = f"Known are: {', '.join(known)}." if known else "There are none here."
    return f"Did you mean {nearest[0]!r}? {listed}" if nearest else listed


async def error_response(_: Request, error: Exception) -> Response:
    """Any error of ours, as JSON with the status that fits."""
    assert isinstance(error, InspectorError)
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)
    return JSONResponse(error.to_json(), status)


async def http_error_response(_: Request, error: Exception) -> Response:
    """Starlette's own errors (no such path, wrong method) in our shape."""
    status, detail = getattr(error, "status_code", 500), getattr(error, "detail", "")
    code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}.get(status, "error")
    response = JSONResponse({"error": {"code": code, "message": f"{detail}.", "details": {}}}, status)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def internal_error_response(_: Request, error: Exception) -> Response:
    """What no handler foresaw, in our shape; the traceback goes where the server's log goes."""
    message = f"The inspector itself failed ({type(error).__name__}). That is a bug; stderr has the traceback."
    return JSONResponse({"error": {"code": "internal_error", "message": message, "details": {}}}, 500)


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body; an empty body is an empty object. Raises BadRequestError."""
    content = await read_json(request) if await request.body() else {}
    if not isinstance(content, dict):
        raise BadRequestError("The body must be a JSON object.")
    return content


async def read_json(request: Request) -> Any:
    """The JSON in a request's body. Raises BadRequestError."""
    try:
        content = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON: {error}."
        raise BadRequestError(message, line=error.lineno, column=error.colno) from None
    if _is_deeper(content, DEEPEST):
        raise BadRequestError(f"The body is nested deeper than {DEEPEST} levels. Make it flatter.")
    return content


def _is_deeper(content: Any, levels: int) -> bool:
    level = [content]
    for _ in range(levels):
        level = [item for value in level if isinstance(value, dict | list) for item in _items(value)]
    return any(isinstance(value, dict | list) for value in level)


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def integer(request: Request, name: str, default: int, low: int, high: int) -> int:
    """An integer query parameter within bounds. Raises BadRequestError."""
    value = number(request, name, default, low, high)
    if value != int(value):
        raise BadRequestError(f"{name}={value} must be a whole number.", parameter=name)
    return int(value)


def number(request: Request, name: str, default: float, low: float, high: float) -> float:
    """A number among the query parameters within bounds. Raises BadRequestError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise BadRequestError(f"{name}={text!r} must be a number from {low:g} to {high:g}.", parameter=name)
    return value


def boolean(request: Request, name: str) -> bool:
    """A switch among the query parameters. Raises BadRequestError."""
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise BadRequestError(f"{name}={text!r} must be true or false.", parameter=name)
    return text in ("true", "1")


def field_of(content: dict[str, Any], name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
    """A field of a JSON body with its type checked; null counts as absent. Raises BadRequestError."""
    value = content.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        expected = " or ".join(_JSON_TYPES[k] for k in kinds)
        raise BadRequestError(f"{name!r} must be {expected}.", field=name)
    return value


def only_fields(content: dict[str, Any], *known: str) -> None:
    """Refuse fields that mean nothing here. Raises BadRequestError naming what is known."""
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise BadRequestError(f"Unknown field {unknown[0]!r}. {_advice(unknown[0], known)}", field=unknown[0])


_JSON_TYPES = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "an array",
}
