"""The OpenAPI description of our own API, made from the table of operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from inspector import __version__
from inspector.web import answers_api, schemas, sending_schemas, service_schemas, stream_schemas
from inspector.web.guard import TOKEN_COOKIE
from inspector.web.operations import TOKEN, Answer, Operation, Parameter

TOKENS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Where the inspector was started with a token."},
    "query": {"type": "apiKey", "in": "query", "name": TOKEN},
    "cookie": {"type": "apiKey", "in": "cookie", "name": TOKEN_COOKIE},
}


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conversations Inspector",
            "version": __version__,
            "description": "What a running inspector recorded, and what it can send.",
        },
        "paths": paths,
        "security": [{}, *({name: []} for name in TOKENS)],
        "components": {"schemas": _components(), "securitySchemes": TOKENS},
    }


def _components() -> dict[str, Any]:
    rooms = (schemas, sending_schemas, stream_schemas, answers_api, service_schemas)
    return {name: schema for room in rooms for name, schema in room.SCHEMAS.items()}


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(operation.path),
            *(_parameter(parameter, "query") for parameter in operation.parameters),
            *(_parameter(parameter, "header") for parameter in operation.headers),
        ],
        "responses": {str(status): _answer(answer) for status, answer in operation.answers.items()},
    }
    described["responses"]["default"] = _answer(Answer("Refused; the message says why."))
    if operation.body is not None:
        content = {media_type: {"schema": operation.body} for media_type in operation.body_types}
        described["requestBody"] = {"content": content}
    return described


def _operation_id(operation: Operation) -> str:
    words = re.findall(r"[a-z]+", operation.path.removeprefix("/-/").removeprefix("api/"))
    return "_".join([operation.method.lower(), *words])


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": False,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in answer.content.items()}
    return {"description": answer.text, "content": content}
