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
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from inspector.errors import ConfigError, InspectorError
from inspector.sender.factory import LIFECYCLE
from inspector.sender.faults import parse_faults
from inspector.sender.request import Request, parse_url
from inspector.sender.retry import RetryPolicy
from inspector.sender.scenario_text import At, Places, ScenarioError, in_our_words
from inspector.units import parse_duration
from inspector.webhook.times import parse_time

__all__ = ["REFERENCE", "Expect", "Scenario", "ScenarioError", "Send", "Step", "load_scenario", "parse_scenario"]

REFERENCE = re.compile(r"\$\{([a-z][\w-]*)\.([^}]+)\}")
REFERENCE_ROOTS = ("payload", "request_id", "status", "response")

_STATUS = re.compile(r"[1-5](\d\d|xx)")


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


def _check_base64(value: str) -> None:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ConfigError("it is not base64") from None


def _check_header_name(name: str) -> None:
    Request.build("POST", "http://app.example/", [(name, "")])


def _check_header_value(value: str) -> None:
    Request.build("POST", "http://app.example/", [("of-this-name", value)])


def _check_path(path: str) -> None:
    if not path.startswith("/"):
        raise ConfigError(f"{path!r} does not begin with a slash")
    parse_url(f"http://app.example{path}")


HeaderName = Annotated[str, _checked(_check_header_name)]
HeaderValue = Annotated[str, _checked(_check_header_value)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Expect(_Model):
    """What the answer must be: one of the statuses, and in time. By default any 2xx.

    A fault that closes the connection leaves no answer, which is then as it must be unless a status is given.
    """

    status: Statuses = ["2xx"]
    within_ms: Annotated[float, Field(gt=0)] | None = None


class Send(_Model):
    """What a step sends: an event that is made, or a body as it stands.

    An event is named as for `inspector send`; `lifecycle` sends all events of a conversation. A body is a text, an
    object that is sent as compact JSON, or any bytes in base64. `continues` names an earlier step whose conversation
    goes on. `set` and `unset` are paths in the payload. With the `request_id` of another step it is a redelivery.
    """

    event: str | None = None
    body: Annotated[Any, BeforeValidator(_as_body, json_schema_input_type=str | dict[str, Any])] = None
    body_base64: Annotated[str, _checked(_check_base64)] | None = None
    continues: Name | None = None
    set: dict[str, Any] = {}
    unset: list[str] = []
    headers: dict[HeaderName, HeaderValue] = {}
    request_id: HeaderValue | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Send:
        if [self.event, self.body, self.body_base64].count(None) != 2:
            raise ValueError("give either event or body (or body_base64)")
        if self.event is None and (self.set or self.unset or self.continues):
            raise ValueError("a body is sent as it stands: set, unset and continues are for an event")
        if self.event == LIFECYCLE and self.continues:
            raise ValueError("a lifecycle begins a conversation of its own, and continues none")
        return self


class Step(_Model):
    """One step. `after` is waited first; `repeat` sends it so often, each time as an event of its own.

    `path`, with its query, is where it goes at a target that is an origin alone; a target with a path is used whole.
    """

    name: Name
    send: Annotated[Send, BeforeValidator(_as_send, json_schema_input_type=str | Send)]
    to: Url | None = None
    path: Annotated[str, _checked(_check_path)] | None = None
    after: Duration = "0s"
    repeat: Annotated[int, Field(ge=1, le=100_000)] = 1
    fault: Fault | None = None
    retry: Retry | None = None
    expect: Expect = Expect()


class Scenario(_Model):
    """A whole scenario. `at` is when the first event happens; equal `seed` and `at` send the same bytes.

    Without a seed each run draws one: an app that remembers request ids takes each for a new one.
    """

    version: Literal[1]
    name: str = ""
    to: Url | None = None
    seed: Annotated[str, BeforeValidator(_as_seed, json_schema_input_type=str | int)] | None = None
    at: Moment | None = None
    url_signed: Url | None = None
    steps: Annotated[list[Step], Field(min_length=1)]
    _places: Places = PrivateAttr(default_factory=Places)

    def keep_places(self, places: Places) -> None:
        """Remember where all of it stands, for errors that show only when a step is made."""
        self._places = places

    def error(self, at: At, problem: str, *, of_name: bool = False) -> ScenarioError:
        """The error that says what is wrong with what stands at `at`, or its name, with line and column."""
        return self._places.error(at, problem, of_name=of_name)


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
    places = Places(source)
    content = places.read(text)
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise in_our_words(error.errors()[0], _fields_at, places) from None
    for at, problem in _broken_references(scenario):
        raise places.error(at, problem)
    scenario.keep_places(places)
    return scenario


def _fields_at(at: At) -> list[str]:
    """The fields that may stand at a place; there are no names but ours on the way to where fields are checked."""
    models: dict[Any, type[_Model]] = {"send": Send, "expect": Expect}
    model = models.get(at[-1], Step) if at else Scenario
    return list(model.model_fields)


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
    parts = {"body": sent.body, "set": sent.set, "headers": sent.headers, "request_id": sent.request_id}
    waiting: list[tuple[tuple[Any, ...], Any]] = [((name,), part) for name, part in parts.items()]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str):
            yield at, value
        elif isinstance(value, dict):
            waiting += [((*at, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*at, index), item) for index, item in enumerate(value)]
