"""What one term of a search asks of a request: the term made into a test, and into what it would show as found."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inspector.errors import ConfigError, FilterError
from inspector.recorder.batch import Asked, Batch, Mask, sieved
from inspector.recorder.fields import FIELDS, IN_BODY, IN_PAYLOAD, NO, YES, Field, Reader, header_field, nearest_field
from inspector.recorder.payloads import Payloads, Place
from inspector.recorder.query import Term
from inspector.recorder.request import RecordedRequest
from inspector.recorder.textsearch import Needle
from inspector.recorder.unparsed import Meets, equals, holds, is_any, is_there, text_of
from inspector.recorder.values import json_number, scale

Test = Callable[[RecordedRequest], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_EXAMPLES = {"header": "header.content-type", "payload": "payload.lastMessage.status"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A term ready to be asked: `cost` orders it among others, `texts` reads what it looks at."""

    ask: Asked
    texts: Reader
    cost: int


def condition(term: Term, payloads: Payloads) -> Condition:
    """The condition a term stands for. Raises FilterError, without a column."""
    if not term.name:
        return Condition(_word(term.value), _nothing, IN_BODY)
    if term.name == "payload" and term.path:
        return _payload(term, payloads)
    field = _field(term)
    if term.name == "body" and term.operator == ":~":
        return Condition(_in_body(Needle(term.value)), field.texts, field.cost)
    return Condition(_one_by_one(_field_test(field, term)), field.texts, field.cost)


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
    if term.operator in _COMPARE or (term.operator == ":" and field.kind == "number"):
        return _comparison(field, term)
    needle = Needle(term.value)
    return _any_text(field.texts, needle.is_in if term.operator == ":~" else _remembered(needle.equals))


def _remembered(is_met: Callable[[str], bool]) -> Callable[[str], bool]:
    """Thousands of requests have but a few paths, events and states: each is compared once."""
    return lru_cache(256)(is_met)


def _any_text(texts: Reader, is_met: Callable[[str], bool]) -> Test:
    def test(request: RecordedRequest) -> bool:
        for text in texts(request):  # noqa: SIM110 - a generator would cost as much again
            if is_met(text):
                return True
        return False

    return test


def _word(text: str) -> Asked:
    needle = Needle(text)

    def ask(batch: Batch) -> Mask:
        parts = needle.found_in(batch.heads, escaped=False)
        in_heads = map(operator.or_, map(operator.or_, parts[::3], parts[1::3]), parts[2::3])
        return [*map(operator.or_, in_heads, needle.found_in(batch.bodies, escaped=True))]

    return ask


def _in_body(needle: Needle) -> Asked:
    return lambda batch: needle.found_in(batch.bodies, escaped=True)


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
    compare: Callable[[float, float], bool] = _COMPARE.get(term.operator, operator.eq)
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


def _payload(term: Term, payloads: Payloads) -> Condition:
    place = payloads.place(term.path)
    if term.operator == ":~" and term.path[-1] == "*":
        ask = _ask_at(payloads.place(term.path[:-1]), holds(term.value, within=True))
    else:
        ask = _ask_at(place, _value_test(term))
    is_text = term.operator == ":~" or (term.operator == ":" and json_number(term.value) is None)
    if is_text and term.path[-1] == "*":
        ask = sieved(_in_body(Needle(term.value)), ask)

    def texts(request: RecordedRequest) -> Sequence[str]:
        return [text_of(value) for value in place.read(Batch([request]))[0]]

    return Condition(ask, texts, IN_PAYLOAD)


def _ask_at(place: Place, is_met: Meets) -> Asked:
    return lambda batch: [is_met(values) for values in place.read(batch)]


def _value_test(term: Term) -> Meets:
    if term.operator == ":*":
        return is_there
    if term.operator in _COMPARE:
        return is_any(_scaled_comparison(term))
    return holds(term.value) if term.operator == ":~" else equals(term.value)


def _scaled_comparison(term: Term) -> Callable[[Any], bool]:
    """For values that may be numbers or times: only like is compared with like."""
    compare, limit = _COMPARE[term.operator], scale(term.value)
    if limit is None:
        raise FilterError(
            f"{term.operator} compares numbers and times; {term.value!r} is neither. Write a number, or a time such as"
            " 2024-11-27T19:33:53Z."
        )

    def is_met(value: Any) -> bool:
        found = scale(value)
        return found is not None and found[0] == limit[0] and compare(found[1], limit[1])

    return is_met


def _nothing(_: RecordedRequest) -> Sequence[str]:
    return ()
