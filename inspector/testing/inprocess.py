"""Calling a WSGI or ASGI app in process, as a server would: the same request bytes, no socket between.

An app's own error is answered 500, as a server does, and kept, so that the test can show it. What only a network can
do is told as it would look from the app: a cut connection is a body that ends early.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol

from inspector.errors import DeliveryError
from inspector.sender.clock import steady_time
from inspector.sender.request import Request, Target, Transmission, parse_url
from inspector.sender.response import Response, WireError

App = Callable[..., Any]


class Answer(NamedTuple):
    """What an app answered, and the error that it ended in, if any."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    error: Exception | None = None


class InboundRequest(NamedTuple):
    """A request as a server hands it to an app: the target taken apart, header names in lower case."""

    method: str
    target: Target
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    pieces: list[bytes]
    pause: float
    is_cut: bool
    is_chunked: bool

    @classmethod
    def of(cls, request: Request, transmission: Transmission) -> InboundRequest:
        """Read what would stand on the wire."""
        target = parse_url(request.url)
        path, _, query = target.path.partition("?")
        lines = request.head.split(b"\r\n")[1:-2]
        headers = [(name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)]
        body = request.body if transmission.cut is None else request.body[: int(len(request.body) * transmission.cut)]
        step = max(1, -(-len(body) // transmission.pieces))
        pieces = [body[start : start + step] for start in range(0, len(body), step)] or [b""]
        return cls(
            request.method,
            target,
            path,
            query,
            headers,
            pieces,
            transmission.pause,
            transmission.cut is not None,
            transmission.chunked,
        )


class Place(Protocol):
    """Where an app's code runs."""

    async def run(self, call: Callable[[], Any]) -> Any:
        """Run a function, or what a coroutine function returns, and give its result."""


Caller = Callable[[App, InboundRequest], Any]


class AppTransport:
    """Carries requests to an app in process: `call` speaks its protocol, at `place`. `errors` takes what it raises."""

    def __init__(self, app: App, call: Caller, place: Place, errors: list[Exception]) -> None:
        self._errors = errors
        self._app = app
        self._call = call
        self._place = place

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        """Call the app and read its answer. Raises WireError."""
        inbound = InboundRequest.of(request, transmission)
        started = steady_time()
        try:
            answer = await self._answer(inbound, timeout)
        except WireError as error:
            error.ms = (steady_time() - started) * 1000
            raise
        ms = (steady_time() - started) * 1000
        if answer.error is not None:
            self._errors.append(answer.error)
        return _response(answer, ms)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    async def _answer(self, inbound: InboundRequest, limit: float) -> Answer:
        late = f"No answer within {limit:g} s. Answer first, and do slow work afterwards."
        started = steady_time()
        try:
            async with asyncio.timeout(limit):
                answer: Answer = await self._place.run(lambda: self._call(self._app, inbound))
        except TimeoutError:
            raise WireError("timeout", late) from None
        if steady_time() - started > limit:
            raise WireError("timeout", late)
        if inbound.is_cut:
            raise WireError("cut", "We closed the connection in the middle of the body, as the fault asks.")
        return answer


def is_asgi(app: App) -> bool:
    """Whether an app speaks ASGI; otherwise it is WSGI. Raises DeliveryError for what is neither."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return True
    try:
        inspect.signature(app).bind(None, None)
    except (TypeError, ValueError):
        try:
            inspect.signature(app).bind(None, None, None)
        except (TypeError, ValueError):
            raise DeliveryError(
                f"{app!r} is neither a URL nor an app. Give to= an http(s) URL, a WSGI app (environ, start_response) "
                "or an ASGI app (scope, receive, send)."
            ) from None
        return True
    return False


def failed(error: Exception) -> Answer:
    """What a server answers for an app that raised."""
    text = f"{type(error).__name__}: {error}".encode("utf-8", "replace")
    return Answer(500, ((b"content-type", b"text/plain; charset=utf-8"),), text, error)


def _response(answer: Answer, ms: float) -> Response:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = ""
    return Response.build(answer.status, answer.headers, answer.body, reason=reason, ms=ms)
