"""The OpenAPI description of our own API, made from the table of operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from inspector import __version__
from inspector.web.operations import JSON, Operation, Parameter

ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
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
        "components": {"schemas": {"Error": ERROR_SCHEMA}},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation.path), *map(_parameter, operation.parameters)],
        "responses": {str(status): _answer(operation, status, text) for status, text in operation.answers.items()},
    }
    described["responses"]["default"] = {
        "description": "Refused; the message says why.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if operation.body is not None:
        described["requestBody"] = {"content": {JSON: {"schema": operation.body}}}
    return described


def _operation_id(operation: Operation) -> str:
    words = re.findall(r"[a-z]+", operation.path.removeprefix("/-/").removeprefix("api/"))
    return "_".join([operation.method.lower(), *words])


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _answer(operation: Operation, status: int, text: str) -> dict[str, Any]:
    if status < 300:
        return {"description": text, "content": {operation.media_type: {}}}
    return {"description": text, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
