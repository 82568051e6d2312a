"""What one term of a search asks of a request: the term made into a test, and into what it would show as found."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inspector.errors import ConfigError, FilterError
from inspector.recorder.fields import FIELDS, IN_BODY, IN_PAYLOAD, NO, YES, Field, Reader, header_field, nearest_field
from inspector.recorder.payloads import PayloadReader
from inspector.recorder.query import Term
from inspector.recorder.request import RecordedRequest
from inspector.recorder.textsearch import Needle
from inspector.recorder.values import is_number, json_number, json_text, leaves, scale

Test = Callable[[RecordedRequest], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_PART_OF_NUMBER = re.compile(r"[-+.eE\d]*")
_EXAMPLES = {"header": "header.content-type", "payload": "payload.lastMessage.status"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A term ready to be asked: `cost` orders it among others, `texts` reads what it looks at."""

    test: Test
    texts: Reader
    cost: int


class Bodies:
    """What the terms of one search read of the body in hand: done for the first of them, kept for the next."""

    __slots__ = ("_lowered",)

    def __init__(self) -> None:
        # Swapped as a whole, so that threads sharing a search never see one record's value with another's.
        self._lowered: tuple[RecordedRequest | None, bytes] = (None, b"")

    def lowered(self, request: RecordedRequest) -> bytes:
        """The body with ASCII letters in lower case."""
        known, lowered = self._lowered
        if known is not request:
            lowered = request.content.lower()
            self._lowered = (request, lowered)
        return lowered


def condition(term: Term, bodies: Bodies) -> Condition:
    """The condition a term stands for. Raises FilterError, without a column."""
    if not term.name:
        return Condition(_word(term.value, bodies), _nothing, IN_BODY)
    if term.name == "payload" and term.path:
        return _payload(term, bodies)
    field = _field(term)
    if term.name == "body" and term.operator == ":~":
        return Condition(_in_body(Needle(term.value), bodies), field.texts, field.cost)
    return Condition(_field_test(field, term), field.texts, field.cost)


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


def _word(text: str, bodies: Bodies) -> Test:
    needle = Needle(text)

    def test(request: RecordedRequest) -> bool:
        return (
            needle.is_in_bytes(request.target, request.target.lower())
            or needle.is_in_bytes(request.head, request.head.lower())
            or needle.is_in(request.method)
            or needle.is_in_body(request.content, bodies.lowered(request))
        )

    return test


def _in_body(needle: Needle, bodies: Bodies) -> Test:
    return lambda request: needle.is_in_body(request.content, bodies.lowered(request))


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


def _payload(term: Term, bodies: Bodies) -> Condition:
    reader, is_met = PayloadReader(term.path, bodies.lowered), _value_test(term)
    may_hold = _may_hold(term, bodies)
    slow = False  # once making the values was found to cost more than looking for the text in the bytes

    def test(request: RecordedRequest) -> bool:
        nonlocal slow
        if slow and not may_hold(request):
            return False
        for value in reader.read(request):
            if is_met(value):
                return True
            slow = slow or isinstance(value, (dict, list))
        slow = slow or reader.parses_whole
        return False

    def texts(request: RecordedRequest) -> Sequence[str]:
        return [json_text(value) for value in reader.read(request)]

    return Condition(test, texts, IN_PAYLOAD)


def _may_hold(term: Term, bodies: Bodies) -> Test:
    """False only for a body in which no text can match; a number may be written in many ways, a time is compared."""
    if term.operator not in (":", ":~") or _PART_OF_NUMBER.fullmatch(term.value):
        return lambda request: True
    return _in_body(Needle(term.value), bodies)


def _value_test(term: Term) -> Callable[[Any], bool]:
    if term.operator == ":*":
        return lambda value: True
    if term.operator in _COMPARE:
        return _scaled_comparison(term)
    needle = Needle(term.value)
    return _holds(needle) if term.operator == ":~" else _equals(needle, json_number(term.value))


def _holds(needle: Needle) -> Callable[[Any], bool]:
    is_in = needle.is_in

    def holds(value: Any) -> bool:
        return is_in(value) if type(value) is str else any(is_in(json_text(leaf)) for leaf in leaves(value))

    return holds


def _equals(needle: Needle, number: float | None) -> Callable[[Any], bool]:
    is_this = _remembered(needle.equals)

    def equals(value: Any) -> bool:
        if isinstance(value, dict | list):
            return False
        if number is not None and is_number(value):
            return bool(value == number)
        return is_this(json_text(value))

    return equals


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
