"""The Answers page: the ordered rules by which webhooks are answered, edited in place."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.errors import InspectorError
from inspector.recorder.answers import FACTS, FAULTS, AnswerRule, AnswerRules
from inspector.web.frame import Frame
from inspector.web.operations import BadRequestError, JSONResponse, read_json
from inspector.web.send_line import curl_line

PRESETS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "retry": ("500 twice, then 200", [{"status": 500, "times": 2}, {"status": 200}]),
    "slow": ("Slow: 3 s", [{"status": 200, "delay_ms": 3000}]),
    "busy": ("429 three times", [{"status": 429, "headers": [["retry-after", "2"]], "times": 3}]),
    "reset": ("Reset the connection", [{"fault": "reset"}]),
    "none": ("No rules", []),
}
"""Rules to begin with: label and rules, by name."""

UNUSED: dict[str, Any] = AnswerRule().to_json()


class AnswersPage:
    """Handlers over one set of rules."""

    def __init__(self, rules: AnswerRules, frame: Frame) -> None:
        self._rules = rules
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        """All its addresses."""
        return [Route("/-/answers", self.index), Route("/-/answers/check", self.check, methods=["POST"])]

    async def index(self, request: Request) -> Response:
        """`GET /-/answers`: the page."""
        rules = self._rules.to_json()
        return await self._frame.page(
            "answers.html",
            "answers",
            "Answers",
            rules=rules,
            blank=UNUSED,
            faults=FAULTS,
            facts=[*FACTS, "header.NAME", "payload.PATH"],
            presets={name: (label, orjson.dumps(preset).decode()) for name, (label, preset) in PRESETS.items()},
            line=answers_line(rules, request),
        )

    async def check(self, request: Request) -> Response:
        """`POST /-/answers/check`: what is wrong with each rule (null: nothing), and the call that sets them."""
        content = await read_json(request)
        if not isinstance(content, list):
            raise BadRequestError("Answer rules are an array of objects, tried in order.")
        errors = [_error(rule, number) for number, rule in enumerate(content, 1)]
        return JSONResponse({"errors": errors, "line": answers_line(content, request)})


def answers_line(rules: list[Any], request: Request) -> str:
    """The `curl` command that sets these rules; what is usual is left out."""
    brief = [
        {name: value for name, value in rule.items() if name in UNUSED and value not in (UNUSED[name], None, [])}
        for rule in rules
        if isinstance(rule, dict)
    ]
    for rule in brief:
        rule.pop("used", None)
    return curl_line("PUT", f"{request.url.scheme}://{request.headers['host']}/-/api/answers", brief)


def _error(rule: Any, number: int) -> dict[str, Any] | None:
    try:
        AnswerRule.from_json(rule, number)
    except InspectorError as error:
        return {"message": error.message, "code": error.code}
    return None
