"""Scenarios: what to send in which order and what to expect, written down in YAML or JSON.

    version: 1
    to: http://127.0.0.1:8000/hook
    seed: 7
    steps:
      - name: created
        send: conversation.created
        expect: {status: 2xx, within_ms: 2000}
      - name: renamed
        after: 1s
        send: {event: conversation.updated, continues: created, set: {name: "${created.payload.name}, again"}}
        fault: duplicate
        repeat: 2

A file is read strictly and never repaired: each error says its line and column. What a step sends may hold values of
earlier steps, `${STEP.payload.PATH}`, `${STEP.request_id}`, `${STEP.status}` and `${STEP.response.PATH}`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from inspector.errors import ConfigError, InspectorError
from inspector.sender.faults import parse_faults
from inspector.sender.request import parse_url
from inspector.sender.retry import RetryPolicy
from inspector.units import parse_duration
from inspector.webhook.times import parse_time

REFERENCE = re.compile(r"\$\{([a-z][\w-]*)\.([^}]+)\}")
REFERENCE_ROOTS = ("payload", "request_id", "status", "response")

MAX_DEPTH = 50
"""Levels of a file; no scenario needs as many, and an alias of itself would have no end."""

_STATUS = re.compile(r"[1-5](\d\d|xx)")


class ScenarioError(ConfigError):
    """A scenario file is wrong; `details` have `line` and `column` (from 1)."""

    code = "invalid_scenario"


def _checked(parse: Any) -> AfterValidator:
    """Turns an error of ours into one that pydantic reports with its place."""

    def check(value: Any) -> Any:
        try:
            parse(value)
        except InspectorError as error:
            raise ValueError(error.message) from None
        return value

    return AfterValidator(check)


def _as_statuses(value: Any) -> Any:
    statuses = [str(status) for status in value] if isinstance(value, list) else [str(value)]
    if not statuses or not all(_STATUS.fullmatch(status) for status in statuses):
        raise ValueError("a status such as 200 or 2xx, or several in an array, is expected")
    return statuses


def _as_send(value: Any) -> Any:
    return {"event": value} if isinstance(value, str) else value


def _as_seed(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a whole number or a text is expected")  # noqa: TRY004 - pydantic reports these
    return str(value)


def _as_body(value: Any) -> Any:
    if not isinstance(value, str | dict | None):
        raise ValueError("a text, or an object that is sent as compact JSON, is expected")  # noqa: TRY004
    return value


Url = Annotated[str, _checked(parse_url)]
Duration = Annotated[str, _checked(parse_duration)]
Moment = Annotated[str, _checked(parse_time)]
Fault = Annotated[str, _checked(parse_faults)]
Retry = Annotated[str, _checked(RetryPolicy.parse)]
Statuses = Annotated[list[str], BeforeValidator(_as_statuses, json_schema_input_type=str | int | list[str | int])]
Name = Annotated[str, Field(pattern=r"^[a-z][\w-]*$")]


def _is_base64(value: str) -> str:
    base64.b64decode(value, validate=True)
    return value


_checked_base64 = AfterValidator(_is_base64)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Expect(_Model):
    """What the answer must be: one of the statuses, and in time. By default any 2xx."""

    status: Statuses = ["2xx"]
    within_ms: Annotated[float, Field(gt=0)] | None = None


class Send(_Model):
    """What a step sends: an event that is made, or a body as it stands.

    A body is a text, an object that is sent as compact JSON, or any bytes in base64. `continues` names an earlier step
    whose conversation goes on. `set` and `unset` are paths in the payload.
    """

    event: str | None = None
    body: Annotated[Any, BeforeValidator(_as_body, json_schema_input_type=str | dict[str, Any])] = None
    body_base64: Annotated[str, _checked_base64] | None = None
    continues: Name | None = None
    set: dict[str, Any] = {}
    unset: list[str] = []
    headers: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_of_two(self) -> Send:
        if [self.event, self.body, self.body_base64].count(None) != 2:
            raise ValueError("give either event or body (or body_base64)")
        return self


class Step(_Model):
    """One step. `after` is waited first; `repeat` sends it so often, each time as an event of its own."""

    name: Name
    send: Annotated[Send, BeforeValidator(_as_send, json_schema_input_type=str | Send)]
    to: Url | None = None
    after: Duration = "0s"
    repeat: Annotated[int, Field(ge=1, le=100_000)] = 1
    fault: Fault | None = None
    retry: Retry | None = None
    expect: Expect | None = None


class Scenario(_Model):
    """A whole scenario. `at` is when the first event happens; equal `seed` and `at` send the same bytes."""

    version: Literal[1]
    name: str = ""
    to: Url | None = None
    seed: Annotated[str, BeforeValidator(_as_seed, json_schema_input_type=str | int)] = "0"
    at: Moment | None = None
    url_signed: Url | None = None
    steps: Annotated[list[Step], Field(min_length=1)]


def schema() -> dict[str, Any]:
    """The published JSON schema of scenario files."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema()}


def load_scenario(path: str) -> Scenario:
    """Read a file. Raises ScenarioError."""
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"Cannot read {path!r}: {error}.") from None
    return parse_scenario(text, path)


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read YAML or JSON. Raises ScenarioError with the line and column of the first thing that is wrong."""
    places: dict[tuple[Any, ...], yaml.Mark] = {}
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        content = _construct(node, (), places) if node is not None else None
    except yaml.MarkedYAMLError as error:
        raise _error(source, error.problem or "not YAML", error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{source}: {error}") from None
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise _error(source, _words(first), _nearest_mark(first["loc"], places)) from None
    for loc, problem in _broken_references(scenario):
        raise _error(source, problem, _nearest_mark(loc, places))
    return scenario


def _construct(node: yaml.Node, at: tuple[Any, ...], places: dict[tuple[Any, ...], yaml.Mark]) -> Any:
    """The value of a node; takes note of where everything stands, and refuses keys that are given twice."""
    if len(at) > MAX_DEPTH:
        raise yaml.MarkedYAMLError(problem="nested too deeply, or an alias of itself", problem_mark=node.start_mark)
    places[at] = node.start_mark
    if isinstance(node, yaml.MappingNode):
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _construct(key_node, (*at, key_node), places)
            if not isinstance(key, Hashable) or key in made:
                problem = f"{key_node.value!r} stands here twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            made[key] = _construct(value_node, (*at, key), places)
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*at, index), places) for index, item in enumerate(node.value)]
    loader = yaml.SafeLoader("")
    if node.tag == "tag:yaml.org,2002:timestamp":  # a time is written as text here, quoted or not
        return node.value
    return loader.construct_object(node, deep=True)


def _nearest_mark(loc: tuple[Any, ...], places: dict[tuple[Any, ...], yaml.Mark]) -> yaml.Mark | None:
    # What is missing has no place: that of what it is missing in serves.
    inner = (loc[:length] for length in range(len(loc), -1, -1))
    return next((places[at] for at in inner if at in places), None)


def _words(error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{path} is not known here"
    return f"{path}: {error['msg'].removeprefix('Value error, ')}" if path else error["msg"]


def _error(source: str, problem: str, mark: yaml.Mark | None) -> ScenarioError:
    if mark is None:
        return ScenarioError(f"{source}: {problem}.")
    line, column = mark.line + 1, mark.column + 1
    return ScenarioError(f"{source}:{line}:{column}: {problem.rstrip('.')}.", line=line, column=column)


def _broken_references(scenario: Scenario) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Names used twice, and references to steps that do not come before."""
    known: list[str] = []
    for index, step in enumerate(scenario.steps):
        here = ("steps", index)
        if step.name in known:
            yield (*here, "name"), f"there is a step {step.name!r} already"
        for loc, problem in _broken_in(step, known):
            yield (*here, *loc), problem
        known.append(step.name)


def _broken_in(step: Step, known: list[str]) -> Iterator[tuple[tuple[Any, ...], str]]:
    sent = step.send
    if sent.continues is not None and sent.continues not in known:
        yield ("send", "continues"), f"there is no step {sent.continues!r} before this one"
    for loc, text in _texts(sent):
        for reference in REFERENCE.finditer(text):
            root = re.split(r"[.\[]", reference[2])[0]
            if reference[1] not in known:
                yield ("send", *loc), f"{reference[0]} names no step before this one"
            elif root not in REFERENCE_ROOTS:
                yield ("send", *loc), f"{reference[0]} asks for {root!r}; known are {', '.join(REFERENCE_ROOTS)}"


def _texts(sent: Send) -> Iterator[tuple[tuple[Any, ...], str]]:
    parts: dict[str, Any] = {"body": sent.body, "set": sent.set, "headers": sent.headers}
    waiting: list[tuple[tuple[Any, ...], Any]] = [((name,), part) for name, part in parts.items()]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str):
            yield at, value
        elif isinstance(value, dict):
            waiting += [((*at, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*at, index), item) for index, item in enumerate(value)]
