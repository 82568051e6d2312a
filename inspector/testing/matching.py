"""What a test looks for, however it says so: search text, part of an event, keyword arguments, a function.

    wanted("event:updated signature:valid")
    wanted(event="conversation.updated", payload={"status": "closed"})
    wanted({"event": "conversation.updated", "payload": {"lastMessage": {"status": "delivered"}}})
    wanted(lambda request: request.size > 1000)

All that is given must hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

from inspector.errors import ConfigError
from inspector.recorder.filters import RequestFilter, parse_filter
from inspector.recorder.query import Node, Not, Term, all_of
from inspector.recorder.request import RecordedRequest
from inspector.webhook.event import Event
from inspector.webhook.pathnames import Step, format_path

Query: TypeAlias = str | Event | Mapping[str, Any] | Callable[[RecordedRequest], Any] | None

_ABSENT: Any = object()
_SHOWN = 200


class Miss(NamedTuple):
    """One thing that was looked for and not found: where, what was wanted, what is there (None: nothing)."""

    where: str
    expected: str
    actual: str | None


class Part(Protocol):
    """One of the ways to look for a request. `str` prints it as it was given."""

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""

    def misses(self, request: RecordedRequest) -> list[Miss]:
        """What keeps a request from matching; nothing if it does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Several parts, each of which must match. Without any, everything does."""

    parts: tuple[Part, ...]

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""
        return all(part(request) for part in self.parts)

    def __str__(self) -> str:
        return " ".join(map(str, self.parts)) or "any request"

    def misses(self, request: RecordedRequest) -> list[Miss]:
        """What keeps a request from matching."""
        return [miss for part in self.parts for miss in part.misses(request)]

    def asks_for(self, field: str) -> bool:
        """Whether the search asks for a field of the grammar."""
        return f"{field}:" in str(self)


def wanted(query: Query = None, fields: Mapping[str, Any] | None = None) -> Wanted:
    """Read what a test looks for. Raises FilterError, ConfigError."""
    parts: list[Part] = [] if query is None else [_part(query)]
    rest = dict(fields or {})
    payload = rest.pop("payload", None)
    if rest:
        parts.append(SearchPart(RequestFilter(all_of(_nodes(rest)))))
    if payload is not None:
        parts.append(EventPart({"payload": payload}))
    return Wanted(tuple(parts))


def _part(query: Any) -> Part:
    if isinstance(query, str):
        return SearchPart(parse_filter(query))
    if isinstance(query, Event):
        return EventPart(query.to_json())
    if isinstance(query, Mapping):
        return EventPart(query)
    if isinstance(query, Wanted | SearchPart):
        return query
    if isinstance(query, RequestFilter):
        return SearchPart(query)
    if callable(query):
        return CalledPart(query)
    raise ConfigError(
        f"{query!r} is nothing to look for. Give a search text such as 'event:updated', part of an event as a dict, "
        "a function of a request, or keyword arguments such as event='conversation.updated'."
    )


@dataclass(frozen=True, slots=True)
class SearchPart:
    """A search of the grammar."""

    search: RequestFilter

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""
        return self.search(request)

    def __str__(self) -> str:
        return str(self.search)

    def misses(self, request: RecordedRequest) -> list[Miss]:
        """The clauses it does not meet."""
        return [Miss("", str(clause), clause.actual(request)) for clause in self.search.misses(request)]


@dataclass(frozen=True, slots=True)
class EventPart:
    """Part of an envelope: what is in it must be in the event, which may hold more. Arrays are compared whole."""

    envelope: Mapping[str, Any]

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""
        return not self.misses(request)

    def __str__(self) -> str:
        return _show(self.envelope)

    def misses(self, request: RecordedRequest) -> list[Miss]:
        """Where the event differs."""
        if request.event is None:
            return [Miss("body", "an event", f"{request.size} bytes that are none")]
        actual = {"service": request.event.service, "event": request.event.name, "payload": request.payload}
        return list(_differences(self.envelope, actual, ()))


@dataclass(frozen=True, slots=True)
class CalledPart:
    """A function of a request."""

    function: Callable[[RecordedRequest], Any]

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether the function says so; if it fails it does not, as on a request that is no event."""
        try:
            return bool(self.function(request))
        except Exception:  # told by `misses`, should nothing match in the end
            return False

    def __str__(self) -> str:
        return f"{getattr(self.function, '__name__', self.function)}(request)"

    def misses(self, request: RecordedRequest) -> list[Miss]:
        """The function, if it says no or fails."""
        try:
            answer = self.function(request)
        except Exception as error:
            return [Miss(str(self), "something true", f"an error in it: {type(error).__name__}: {error}")]
        return [] if answer else [Miss(str(self), "something true", repr(answer))]


def _differences(expected: Any, actual: Any, path: tuple[Step, ...]) -> Iterator[Miss]:
    if isinstance(expected, Mapping) and isinstance(actual, dict):
        for name, value in expected.items():
            yield from _differences(value, actual.get(name, _ABSENT), (*path, name))
    elif isinstance(expected, list | tuple) and isinstance(actual, list) and len(expected) == len(actual):
        for index, value in enumerate(expected):
            yield from _differences(value, actual[index], (*path, index))
    elif not _is_equal(expected, actual):
        yield Miss(format_path(path), _show(expected), None if actual is _ABSENT else _show(actual))


def _is_equal(expected: Any, actual: Any) -> bool:
    # In JSON true is no 1. What is no JSON, such as mock.ANY, compares as it likes.
    if isinstance(expected, bool | int) and isinstance(actual, bool | int):
        return type(expected) is type(actual) and expected == actual
    return actual is not _ABSENT and bool(expected == actual)


def _nodes(fields: Mapping[str, Any]) -> Iterator[Node]:
    for name, value in fields.items():
        if name == "header" and isinstance(value, Mapping):
            yield from (_node("header", (header,), content) for header, content in value.items())
        else:
            yield _node(name.replace("_", "-"), (), value)


def _node(name: str, path: tuple[str, ...], value: Any) -> Node:
    if value is None:
        return Not(Term(name, path, ":*", ""))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Term(name, path, ":", text)


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
