"""Where a request body departs from the documented contract.

`event.py` describes the contract; here its validation errors, and what reading the JSON brought to light, become
findings. A finding is an *error* only where the contract is certain (contract.md §2):

- error: a missing required field, a wrong type, a wrong form, a value outside a list that is known to be whole, more
  than five featured participants; JSON that parsers refuse or disagree on (byte-order mark, bytes that are no UTF-8,
  NaN, half surrogate pairs, repeated keys);
- note: a value outside a list that may be incomplete (status of a conversation, type of a message or participant, name
  of an event), an unknown field, null in an optional field other than `recipients`, numbers that parsers round.

Notes alone leave the verdict `conforms`. A body that is no envelope of the service is `not_an_event`, and the findings
say why; its payload, and that of an event that is not documented, is not checked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from inspector.webhook.jsontext import JsonError, Oddity, OddityKind, read_json
from inspector.webhook.models import BAD_FORMAT, CONTRACT, UNDOCUMENTED_NULL, UNLISTED, Envelope
from inspector.webhook.pathnames import format_path

ContractVerdict = Literal["conforms", "departs", "not_an_event"]
FindingKind = Literal["missing", "type", "value", "unknown", "format"]
Severity = Literal["error", "note"]

MAX_FINDINGS = 100
"""Departures that are listed of one body; the errors among them come first."""

_UNKNOWN_FIELD = "extra_forbidden"
_KINDS: dict[str, FindingKind] = {
    "missing": "missing",
    _UNKNOWN_FIELD: "unknown",
    BAD_FORMAT: "format",
    UNLISTED: "value",
    "greater_than_equal": "value",
    "too_long": "value",
}
_EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "bool_type": "true or false",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "greater_than_equal": "an integer of at least {ge}",
    "too_long": "at most {max_length} items",
}
_ODDITIES: dict[OddityKind, tuple[FindingKind, Severity]] = {
    "utf-8": ("format", "error"),
    "bom": ("format", "error"),
    "not-a-number": ("format", "error"),
    "surrogate": ("format", "error"),
    "duplicate-key": ("value", "error"),
    "number": ("value", "note"),
    "depth": ("value", "note"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure. `path` starts in the body (`payload.featuredParticipants[0].id`); "" is the body as a whole."""

    path: str
    kind: FindingKind
    severity: Severity
    message: str

    def to_json(self) -> dict[str, str]:
        """The four attributes by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What checking one body came to; errors stand before notes."""

    verdict: ContractVerdict
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """`{"verdict", "findings": [{"path", "kind", "severity", "message"}]}`."""
        return {"verdict": self.verdict, "findings": [finding.to_json() for finding in self.findings]}


CONFORMS = ContractReport("conforms")
"""The one report of every body without a finding."""


def check_contract(body: bytes) -> ContractReport:
    """Check a request body against the contract of the Conversations service. Never raises, whatever the bytes."""
    reading = read_json(body)
    oddities = [_oddity_finding(oddity) for oddity in reading.oddities]
    if reading.error is not None:
        return ContractReport("not_an_event", (_not_json(reading.error), *oddities))
    errors = _validate(reading.value)
    if not errors and not oddities:
        return CONFORMS
    refusals = [error for error in errors if _is_of_envelope(error) and _severity(error) == "error"]
    findings = sorted([*_findings(refusals or _relevant(errors)), *oddities], key=_is_note)
    if refusals:
        return ContractReport("not_an_event", tuple(findings))
    return ContractReport("conforms" if all(map(_is_note, findings)) else "departs", tuple(findings))


def _validate(value: Any) -> list[ErrorDetails]:
    try:
        Envelope.model_validate(value, context=CONTRACT, extra="forbid", by_alias=True, by_name=False)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _is_of_envelope(error: ErrorDetails) -> bool:
    return len(error["loc"]) <= 1


def _relevant(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Those of the envelope alone when the event's name is not documented: then nothing is known of its payload."""
    if any(error["type"] == UNLISTED and error["loc"] == ("event",) for error in errors):
        return [error for error in errors if _is_of_envelope(error)]
    return errors


def _is_note(finding: Finding) -> bool:
    return finding.severity == "note"


def _findings(errors: list[ErrorDetails]) -> list[Finding]:
    listed = sorted(errors, key=_severity)[:MAX_FINDINGS]
    findings = [_finding(error) for error in listed]
    if len(errors) > MAX_FINDINGS:
        message = f"{len(errors) - MAX_FINDINGS} more departures are not listed."
        findings.append(Finding("", "value", "note", message))
    return findings


def _finding(error: ErrorDetails) -> Finding:
    kind = _KINDS.get(error["type"], "type")
    return Finding(format_path(error["loc"]), kind, _severity(error), _message(error))


def _severity(error: ErrorDetails) -> Severity:
    if error["type"] == UNLISTED:
        return "error" if error["ctx"]["complete"] else "note"
    return "note" if error["type"] in (_UNKNOWN_FIELD, UNDOCUMENTED_NULL) else "error"


def _message(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "Missing: the contract requires it."
        case "undocumented_null":
            return "Null is not documented here: expected a value, or no such field."
        case "extra_forbidden":
            return f"The contract names no such field.{_suggestion(error['loc'])}"
    return f"Expected {_expectation(error)}, got {_name(error['input'])}."


def _expectation(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == UNLISTED:
        one_of = "one of " if "," in context["values"] else ""
        return f"{one_of}{context['values']}{'' if context['complete'] else ' (perhaps among others)'}"
    template = _EXPECTED.get(error["type"])
    return template.format_map(context) if template else error["msg"].removeprefix("not ")


def _name(value: Any) -> str:
    """A value in words: its kind, and its text where that is short."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str):
        return f"the string {json.dumps(_shorten(value), ensure_ascii=False)}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return f"the number {_shorten(str(value))}"


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _suggestion(steps: tuple[int | str, ...]) -> str:
    name = str(steps[-1])
    nearest = get_close_matches(name, _documented_names(steps[:-1]), n=1) if len(name) <= 40 else []
    return f" Did you mean {nearest[0]}?" if nearest else ""


def _documented_names(steps: tuple[int | str, ...]) -> tuple[str, ...]:
    """The names of the fields of the object at a place, as the contract has them."""
    schema = _schema()
    place = schema
    for step in steps:
        place = place["items"] if isinstance(step, int) else place["properties"][step]
        place = place.get("anyOf", [place])[0]
        place = schema["$defs"][place["$ref"].rpartition("/")[2]] if "$ref" in place else place
    return tuple(place["properties"])


@cache
def _schema() -> dict[str, Any]:
    return Envelope.model_json_schema()


def _oddity_finding(oddity: Oddity) -> Finding:
    kind, severity = _ODDITIES[oddity.kind]
    return Finding(oddity.path, kind, severity, oddity.message)


def _not_json(error: JsonError) -> Finding:
    message = f"The body is not JSON, at line {error.line}, column {error.column}: {error.message}"
    return Finding("", "format", "error", message)
