"""What one term of a search asks of a request: the term made into a test, and into what it would show as found."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.errors import ConfigError, FilterError
from inspector.recorder.batch import Asked, narrowing, sieved
from inspector.recorder.comparing import COMPARE, Comparison
from inspector.recorder.fields import FIELDS, IN_BODY, IN_PAYLOAD, NO, YES, Field, Reader, header_field, nearest_field
from inspector.recorder.payloads import Place
from inspector.recorder.query import Term
from inspector.recorder.remembered import Remembered
from inspector.recorder.request import RecordedRequest
from inspector.recorder.textsearch import Needle
from inspector.recorder.unparsed import compares, equals, holds, text_of
from inspector.recorder.values import json_number
from inspector.recorder.words import in_body, in_request

Test = Callable[[RecordedRequest], bool]

MOST_SHRUNK = 4
"""To how many times as many bytes a letter may come, or how many times as few, in its other case."""

_UNREADABLE = re.compile("[\ufffd\ud800-\udfff]")
_EXAMPLES = {"header": "header.content-type", "payload": "payload.lastMessage.status"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A term ready to be asked: `cost` orders it among others, `texts` reads what it looks at."""

    ask: Asked
    texts: Reader
    cost: int


def condition(term: Term) -> Condition:
    """The condition a term stands for. Raises FilterError, without a column."""
    if not term.name:
        return Condition(in_request(term.value), _nothing, IN_BODY)
    if term.name == "payload" and term.path:
        return _payload(term)
    field = _field(term)
    ask = _body(field, term) if field.name == "body" else _one_by_one(_field_test(field, term))
    return Condition(ask, field.texts, field.cost)


def _one_by_one(test: Test) -> Asked:
    return lambda batch: [*map(test, batch.requests)]


def _field(term: Term) -> Field:
    if term.name == "header" and term.path:
        return header_field(term.path[0])
    if term.name in FIELDS and not term.path:
        return FIELDS[term.name]
    if term.name in _EXAMPLES:
        message = f"{term.name!r} needs a name or path after it, such as {_EXAMPLES[term.name]}."
        raise FilterError(message, suggestion=f"{term.name}.")
    suggestion = term.name if term.name in FIELDS else nearest_field(term.name, term.path)
    question = (
        f"Did you mean {suggestion!r}?" if suggestion else f"Fields are {', '.join(FIELDS)}, header.… and payload.…"
    )
    message = f"There is no field {term.full_name!r}. {question} To search for it as text, put it in quotes."
    raise FilterError(message, suggestion=suggestion)


def _field_test(field: Field, term: Term) -> Test:
    if term.operator == ":*" and field.kind != "flag":
        return lambda request: bool(field.texts(request))
    if field.kind == "flag":
        return _flag(field, term)
    if term.operator in COMPARE or (term.operator == ":" and field.kind == "number"):
        return _comparison(field, term)
    needle = Needle(term.value)
    return _any_text(field.texts, needle.is_in if term.operator == ":~" else Remembered(needle.equals).__getitem__)


def _any_text(texts: Reader, is_met: Callable[[str], bool]) -> Test:
    def test(request: RecordedRequest) -> bool:
        for text in texts(request):  # noqa: SIM110 - a generator would cost as much again
            if is_met(text):
                return True
        return False

    return test


def _body(field: Field, term: Term) -> Asked:
    if term.operator == ":~":
        return in_body(term.value)
    if term.operator == ":*":
        return _one_by_one(lambda request: request.has_text)
    test = _one_by_one(_field_test(field, term))
    size = len(term.value.encode("utf-8", "surrogatepass"))
    return narrowing(
        [_one_by_one(lambda request: size <= MOST_SHRUNK * request.kept_size <= MOST_SHRUNK**2 * size), test]
    )


def _flag(field: Field, term: Term) -> Test:
    wanted = "true" if term.operator == ":*" else term.value.lower()
    if term.operator not in (":", ":*") or wanted not in (*YES, *NO):
        raise FilterError(f"{field.name} is true or false. Write {field.name}:true or -{field.name}:true.")
    texts, answer = field.texts, YES if wanted in YES else NO
    return lambda request: texts(request) is answer


def _comparison(field: Field, term: Term) -> Test:
    if term.name == "header":
        return _any_text(field.texts, _scaled_comparison(term))
    if field.kind != "number":
        numbers = ", ".join(known.name for known in FIELDS.values() if known.kind == "number")
        raise FilterError(f"{field.name} is text. {term.operator} compares {numbers}, header.… and payload.…")
    compare: Callable[[float, float], bool] = COMPARE.get(term.operator, operator.eq)
    limit, measure = _limit(field, term.value), field.measure

    def test(request: RecordedRequest) -> bool:
        value = measure(request)
        return value is not None and compare(value, limit)

    return test


def _limit(field: Field, text: str) -> float:
    sign = -1 if text.startswith("-") else 1
    try:
        return sign * field.unit(text.removeprefix("-"))
    except ConfigError as error:
        raise FilterError(f"{field.name} is a number: {error.message}") from None


def _payload(term: Term) -> Condition:
    place = Place(term.path)
    return Condition(_asked_at(place, term), lambda request: [*map(text_of, place.opened(request))], IN_PAYLOAD)


def _asked_at(place: Place, term: Term) -> Asked:
    if term.operator == ":*":
        return place.is_there
    if term.operator in COMPARE:
        return compares(place, _scaled_comparison(term))
    ask = holds(place, term.value) if term.operator == ":~" else equals(place, term.value)
    is_text = term.operator == ":~" or json_number(term.value) is None
    return sieved(in_body(term.value), ask) if is_text and _is_in_bytes(term.value) else ask


def _is_in_bytes(text: str) -> bool:
    """Whether a text stands in the bytes of all bodies that hold it; what unreadable bytes are read as does not."""
    return bool(text) and _UNREADABLE.search(text) is None


def _scaled_comparison(term: Term) -> Comparison:
    """For values that may be numbers or times."""
    try:
        return Comparison(term.operator, term.value)
    except ValueError:
        raise FilterError(
            f"{term.operator} compares numbers and times; {term.value!r} is neither. Write a number, or a time such as"
            " 2024-11-27T19:33:53Z."
        ) from None


def _nothing(_: RecordedRequest) -> Sequence[str]:
    return ()
