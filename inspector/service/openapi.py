"""The OpenAPI description of the mock service, made from the table of calls and the typed forms and shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from inspector import __version__
from inspector.service import shapes
from inspector.service.call import ORGANIZATION, WORKSPACE, Call
from inspector.service.forms import UUID_PATTERN, without_null
from inspector.service.settings import ServiceSettings
from inspector.service.table import TABLE

_JSON = "application/json"
_REFUSALS = {
    401: "No access key, or a wrong one.",
    403: "Asked by a page of another site.",
    404: "There is no such thing.",
    405: "A method that this address does not take.",
    409: "Not possible in the state that things are in.",
    413: "The body is too large.",
    422: "What was sent is malformed; `details` says where.",
    429: "Over the rate limit, if that is switched on.",
}

_SERVERS = [
    {"url": "/"},
    {
        "url": "/organizations/{organizationId}",
        "description": "The older prefix, at which everything about subscriptions answers too.",
        "variables": {"organizationId": {"default": ServiceSettings().organization_id}},
    },
]


def describe_service(calls: Iterable[Call] = TABLE) -> dict[str, Any]:
    """The whole document."""
    calls = list(calls)
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        path = paths.setdefault(WORKSPACE + call.path, {})
        path[call.method.lower()] = _operation(call, calls)
        if ORGANIZATION + WORKSPACE in call.prefixes:
            path["servers"] = _SERVERS
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mock Conversations service",
            "version": __version__,
            "description": "What an app that speaks to the Conversations API finds here in its place.",
        },
        "paths": paths,
        "security": [{"accessKey": []}],
        "components": {
            "schemas": _schemas(calls),
            "securitySchemes": {
                "accessKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`AccessKey <key>`; any key is right unless one is configured.",
                }
            },
        },
    }


def _schemas(calls: Iterable[Call]) -> dict[str, Any]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(shapes.Error, "validation"): None}
    for call in calls:
        models |= {(model, "validation"): None for model in (call.form, call.answer) if model is not None}
    _, document = models_json_schema(list(models), ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = document["$defs"]
    return schemas


def _operation(call: Call, calls: Iterable[Call]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": call.id,
        "summary": call.summary,
        "parameters": [*_path_parameters(call), *_query_parameters(call)],
        "responses": {str(call.status): _success(call)},
    }
    if call.status == 201:
        described["responses"]["201"]["links"] = _links(call, calls)
    for status, text in _REFUSALS.items():
        if _may_answer(call, status):
            described["responses"][str(status)] = {"description": text, "content": _content(_reference("Error"))}
    if call.form is not None:
        described["requestBody"] = {"required": True, "content": _content(_reference(call.form.__name__))}
    return described


def _may_answer(call: Call, status: int) -> bool:
    if status in (409, 413):
        return call.may_conflict if status == 409 else call.form is not None
    return status != 422 or call.form is not None or call.query is not None


def _success(call: Call) -> dict[str, Any]:
    if call.answer is None:
        return {"description": "Done."}
    one = _reference(call.answer.__name__)
    return {"description": call.answer.__doc__ or "", "content": _content(_page_of(one) if call.is_list else one)}


def _page_of(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": one}, "nextPageToken": {"type": "string"}},
    }


def _links(call: Call, calls: Iterable[Call]) -> dict[str, Any]:
    """What can be asked about what was made: its id stands in the paths of those calls."""
    asked = {name: f"$request.path.{name}" for name in _names(WORKSPACE + call.path)}
    links = {}
    for other in calls:
        added = _names(other.path.removeprefix(call.path)) if other.path.startswith(f"{call.path}/{{") else []
        if len(added) == 1:
            links[other.id] = {"operationId": other.id, "parameters": {**asked, added[0]: "$response.body#/id"}}
    return links


def _names(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _path_parameters(call: Call) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _names(WORKSPACE + call.path)
    ]


def _path_schema(name: str) -> dict[str, Any]:
    if name.endswith("Id"):
        return {"type": "string", "format": "uuid", "pattern": UUID_PATTERN}
    return {"type": "string", "minLength": 1}


def _query_parameters(call: Call) -> list[dict[str, Any]]:
    if call.query is None:
        return []
    schema = call.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": without_null(one)}
        for name, one in schema["properties"].items()
    ]


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
