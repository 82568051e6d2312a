"""The API of signatures: why one does not match, from a recorded request or from its pieces."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from inspector.errors import DeliveryError
from inspector.recorder.analysis import Analyser
from inspector.recorder.log import RequestLog
from inspector.recorder.replay import read_body
from inspector.web.operations import (
    BadRequestError,
    JSONResponse,
    Operation,
    field_of,
    only_fields,
    read_object,
    returns,
)
from inspector.web.requests_api import GONE
from inspector.web.schemas import ref

if TYPE_CHECKING:
    from inspector.webhook.explanation import Explanation

VERIFY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string", "description": "As registered in the subscription."},
        "timestamp": {"type": ["string", "integer"], "description": "As received; else from the headers."},
        "body": {"description": "The raw body as text; JSON that is no text is written compactly."},
        "body_base64": {"type": "string", "description": "The raw body, byte for byte."},
        "signing_keys": {"type": "array", "items": {"type": "string"}, "description": "Else those configured."},
        "signature": {"type": "string", "description": "Received, or what your own code computed."},
        "headers": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    },
}


class VerificationApi:
    """Handlers that explain. The search for a cause runs in a thread, beside the event loop."""

    def __init__(self, log: RequestLog, analyser: Analyser) -> None:
        self._log = log
        self._analyser = analyser

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        explained = {200: returns("The explanation.", ref("Explanation"))}
        return (
            Operation(
                "POST",
                "/-/api/verify",
                self.verify,
                "Explain a signature from its pieces.",
                explained,
                body=VERIFY_SCHEMA,
            ),
            Operation(
                "GET",
                "/-/api/requests/{id}/explanation",
                self.explain,
                "Explain the signature of a recorded request.",
                {**explained, 404: GONE},
            ),
        )

    async def verify(self, request: Request) -> Response:
        """`POST /-/api/verify`."""
        explanation, _ = await explain_pieces(await read_object(request), self._analyser)
        return JSONResponse(explanation.to_json())

    async def explain(self, request: Request) -> Response:
        """`GET /-/api/requests/{id}/explanation`."""
        recorded = self._log.get(request.path_params["id"])
        explanation = await asyncio.to_thread(self._analyser.explain, recorded)
        return JSONResponse(explanation.to_json())


async def explain_pieces(content: dict[str, Any], analyser: Analyser) -> tuple[Explanation, bytes]:
    """Explain a signature from its pieces, given as `VERIFY_SCHEMA` says; also gives the body. Raises BadRequestError.

    Without keys those of `analyser` are taken; its keys are also known as keys that belong elsewhere.
    """
    only_fields(content, *VERIFY_SCHEMA["properties"])
    url = field_of(content, "url", str)
    if not url:
        raise BadRequestError("'url' is missing: the one registered in the subscription.", field="url")
    timestamp = field_of(content, "timestamp", (str, int))
    keys = field_of(content, "signing_keys", list)
    if keys is not None and not all(isinstance(key, str) for key in keys):
        raise BadRequestError("'signing_keys' must be an array of strings.", field="signing_keys")
    from inspector.webhook.diagnosis import explain  # noqa: PLC0415 - heavy: only when somebody asks

    body = _body(content)
    here, elsewhere = analyser.keys_for([url])
    work = partial(
        explain,
        url=url,
        timestamp=None if timestamp is None else str(timestamp),
        body=body,
        signature=field_of(content, "signature", str),
        signing_keys=here if keys is None else keys,
        other_keys=[*here, *elsewhere],
        headers=_headers(content),
        now=time.time(),
        subscriptions=analyser.known_subscriptions(),
    )
    return await asyncio.to_thread(work), body


def _body(content: dict[str, Any]) -> bytes:
    try:
        return read_body(content) or b""
    except DeliveryError as error:  # nothing is delivered here: it is the call that is wrong
        raise BadRequestError(error.message, field="body_base64") from None


def _headers(content: dict[str, Any]) -> list[tuple[str, str]]:
    headers = field_of(content, "headers", (list, dict), [])
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if not all(isinstance(pair, list | tuple) and [type(text) for text in pair] == [str, str] for pair in pairs):
        raise BadRequestError("'headers' must be an array of [name, value] pairs.", field="headers")
    return [(name, value) for name, value in pairs]
