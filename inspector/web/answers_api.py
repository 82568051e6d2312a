"""The API of the answer rules."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from inspector.recorder.answers import FAULTS, AnswerRules
from inspector.web.operations import JSONResponse, Operation, read_json, returns
from inspector.web.schemas import HEADERS, TEXT, WHOLE, Schema, array, nullable, one_of, record, ref

RULES_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "q": {"type": "string"},
            "status": {"type": "integer", "minimum": 200, "maximum": 599, "default": 200},
            "headers": {"type": ["object", "array"]},
            "body": {},
            "delay_ms": {"type": "integer", "minimum": 0, "default": 0},
            "fault": {"enum": [*FAULTS, None]},
            "times": {"type": ["integer", "null"], "minimum": 1},
            "used": {"type": "integer", "readOnly": True},
        },
    },
}

SCHEMAS: dict[str, Schema] = {
    "AnswerRule": record(
        "The first rule that matches answers.",
        q=TEXT,
        status=WHOLE,
        headers=HEADERS,
        body=nullable(TEXT, "Null stands for the default."),
        delay_ms=WHOLE,
        fault=nullable(one_of(tuple(FAULTS))),
        times=nullable(WHOLE, "How often it answers; null for always."),
        used=WHOLE,
    )
}
"""The component about answer rules."""


class AnswersApi:
    """Handlers over one set of rules."""

    def __init__(self, rules: AnswerRules) -> None:
        self._rules = rules

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        rules = {200: returns("All rules, in order.", array(ref("AnswerRule")))}
        address = "/-/api/answers"
        return (
            Operation("GET", address, self.list, "The ordered answer rules, and how often each answered.", rules),
            Operation(
                "PUT", address, self.replace, "Replace the answer rules; first match wins.", rules, body=RULES_SCHEMA
            ),
        )

    async def list(self, _: Request) -> Response:
        """`GET /-/api/answers`."""
        return JSONResponse(self._rules.to_json())

    async def replace(self, request: Request) -> Response:
        """`PUT /-/api/answers`."""
        self._rules.replace(await read_json(request))
        return JSONResponse(self._rules.to_json())
