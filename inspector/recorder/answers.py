"""What the sender of a webhook is answered: the default, or the first rule that matches.

    [{"q": "event:conversation.created", "status": 500, "times": 2}, {"status": 200, "body": "{\\"ok\\": true}"}]

A rule may wait, template a few facts of the request into its body, and misbehave on purpose. With `times` it answers
so often and is passed over from then on, so that 500, 500, 200 is three rules.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from inspector.errors import ConfigError, FilterError
from inspector.recorder.filters import RequestFilter, parse_filter
from inspector.recorder.reading import is_json
from inspector.recorder.request import RecordedRequest

FAULTS = {
    "reset": "Resets the connection without an answer.",
    "empty": "Closes the connection without an answer.",
    "partial": "Announces the whole body, sends half of it and closes the connection.",
    "slow-drip": "Sends the body byte by byte, 50 ms apart.",
}
"""How an answer can misbehave."""

DRIP_SECONDS = 0.05
LONGEST_DELAY_MS = 600_000
DEFAULT_BODY = b'{"ok":true}'
JSON_TYPE = (b"content-type", b"application/json")

_PLACE = re.compile(r"\{\{\s*([\w.*-]+)\s*\}\}")
_LINE_BREAK = re.compile(r"[\r\n\0]")
_BODILESS = (204, 304)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Answer:
    """A complete answer, made into ASGI messages once. `rule` names the rule it came from (None: the default)."""

    __slots__ = ("body", "rule", "start", "status")

    def __init__(
        self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = (), rule: str | None = None
    ) -> None:
        self.status = status
        self.rule = rule
        length = [] if status in _BODILESS else [(b"content-length", str(len(body)).encode())]
        self.start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": [*headers, *length]}
        self.body: dict[str, Any] = {"type": "http.response.body", "body": b"" if status in _BODILESS else body}

    @classmethod
    def json(cls, status: int, content: Any, rule: str | None = None) -> Answer:
        """An answer with a JSON body."""
        return cls(status, orjson.dumps(content), [JSON_TYPE], rule)


DEFAULT_ANSWER = Answer(200, DEFAULT_BODY, [JSON_TYPE])


@dataclass(slots=True)
class AnswerRule:
    """One rule. `delay_ms` passes before the answer; `times` is how often it answers (None: always)."""

    q: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    delay_ms: int = 0
    fault: str | None = None
    times: int | None = None
    used: int = 0
    matches: RequestFilter = field(default_factory=lambda: parse_filter(""), compare=False, repr=False)

    @classmethod
    def from_json(cls, content: Any, number: int) -> AnswerRule:
        """Read one rule. Raises ConfigError or FilterError that says which rule and what is wrong."""
        if not isinstance(content, dict):
            raise ConfigError(f"Rule {number} must be an object such as {{'status': 500, 'times': 2}}.")
        unknown = sorted(set(content) - _CHECKS.keys())
        if unknown:
            raise ConfigError(f"Rule {number} has an unknown field {unknown[0]!r}. Known are: {', '.join(_CHECKS)}.")
        given = {name: value for name, value in content.items() if value is not None and name != "used"}
        for name, value in given.items():
            check, expected = _CHECKS[name]
            if not check(value):
                raise ConfigError(f"{name!r} of rule {number} must be {expected}.")
        rule = cls(**{**given, "headers": _headers(given.get("headers", ())), "body": _body(given.get("body"))})
        rule.matches = parse_answerable(rule.q, f"Rule {number}")
        _check_places(rule.body or "", number)
        _check_headers(rule.headers, number)
        if rule.body and rule.status in _BODILESS:
            raise ConfigError(
                f"Rule {number} answers {rule.status}, which has no body. Leave the body out, or take another status."
            )
        return rule

    def to_json(self) -> dict[str, Any]:
        """The same rule, with how often it has answered."""
        return {
            "q": self.q,
            "status": self.status,
            "headers": [list(header) for header in self.headers],
            "body": self.body,
            "delay_ms": self.delay_ms,
            "fault": self.fault,
            "times": self.times,
            "used": self.used,
        }

    def answer(self, request: RecordedRequest, name: str) -> Answer:
        """What this rule answers to a request."""
        body = DEFAULT_BODY if self.body is None else _fill(self.body, request).encode()
        headers = [(key.lower().encode("latin-1"), value.encode("latin-1", "replace")) for key, value in self.headers]
        if not any(key == b"content-type" for key, _ in headers):
            headers.append(JSON_TYPE if is_json(body) else (b"content-type", b"text/plain; charset=utf-8"))
        return Answer(self.status, body, headers, name)


class AnswerRules:
    """The ordered rules of one inspector. Safe to use from several threads."""

    def __init__(self) -> None:
        self._rules: tuple[AnswerRule, ...] = ()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._rules)

    def replace(self, content: Any) -> None:
        """Take a JSON array of rules in place of those there are. Raises ConfigError or FilterError; then all stays."""
        if not isinstance(content, list):
            raise ConfigError("Answer rules are an array of objects, tried in order.")
        self._rules = tuple(AnswerRule.from_json(rule, number) for number, rule in enumerate(content, 1))

    def install(self, rules: Iterable[AnswerRule]) -> None:
        """Take rules that are made already in place of all."""
        self._rules = tuple(rules)

    @property
    def installed(self) -> tuple[AnswerRule, ...]:
        """The rules in order."""
        return self._rules

    def to_json(self) -> list[dict[str, Any]]:
        """The rules in order, each with how often it has answered."""
        return [rule.to_json() for rule in self._rules]

    def choose(self, request: RecordedRequest) -> tuple[AnswerRule, str] | None:
        """The first rule that matches and is not used up, with its name; it counts as used."""
        for number, rule in enumerate(self._rules, 1):
            if rule.times is not None and rule.used >= rule.times:
                continue
            if rule.matches(request):
                with self._lock:
                    rule.used += 1
                return rule, f"rule {number}"
        return None


async def play(answer: Answer, rule: AnswerRule, scope: Any, receive: Any, send: Any) -> None:
    """Send an answer as its rule wants it: late, or damaged."""
    if rule.delay_ms:
        await asyncio.sleep(rule.delay_ms / 1000)
    if rule.fault is None:
        await send(answer.start)
        await send(answer.body)
    else:
        await _FAULT_PLAYERS[rule.fault](answer, scope, receive, send)


async def _reset(_: Answer, scope: Any, receive: Any, __: Any) -> None:
    transport = scope.get("inspector.transport")
    if transport is not None:
        # A linger time of zero makes the kernel send RST in place of FIN.
        with suppress(OSError):
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    await _until_gone(receive)


async def _empty(_: Answer, scope: Any, receive: Any, __: Any) -> None:
    await _close(scope, receive)


async def _partial(answer: Answer, scope: Any, receive: Any, send: Any) -> None:
    body = answer.body["body"]
    await send(answer.start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _close(scope, receive)


async def _slow_drip(answer: Answer, _: Any, __: Any, send: Any) -> None:
    await send(answer.start)
    for byte in answer.body["body"]:
        await send({"type": "http.response.body", "body": bytes((byte,)), "more_body": True})
        await asyncio.sleep(DRIP_SECONDS)
    await send({"type": "http.response.body", "body": b""})


_FAULT_PLAYERS: dict[str, Callable[..., Any]] = {
    "reset": _reset,
    "empty": _empty,
    "partial": _partial,
    "slow-drip": _slow_drip,
}


async def _close(scope: Any, receive: Any) -> None:
    transport = scope.get("inspector.transport")
    if transport is not None:
        transport.close()  # after what was written
    await _until_gone(receive)


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _fill(body: str, request: RecordedRequest) -> str:
    return _PLACE.sub(lambda place: _fact(request, place[1]), body)


def _fact(request: RecordedRequest, name: str) -> str:
    kind, _, rest = name.partition(".")
    if kind == "header":
        return request.header(rest) or ""
    if kind == "payload":
        return _payload_fact(request, rest)
    return str(FACTS[name](request) or "")


def _payload_fact(request: RecordedRequest, path: str) -> str:
    value: Any = request.payload
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


FACTS: dict[str, Callable[[RecordedRequest], Any]] = {
    "id": lambda request: request.id,
    "sequence": lambda request: request.sequence,
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "query": lambda request: request.query,
    "attempt": lambda request: request.attempt,
    "event": lambda request: request.event and request.event.name,
    "conversation": lambda request: request.event and request.event.conversation_id,
    "request-id": lambda request: request.request_id,
}
"""What a body may ask for, beside `header.NAME` and `payload.PATH`."""


def _check_places(body: str, number: int) -> None:
    for place in _PLACE.finditer(body):
        kind, dot, _ = place[1].partition(".")
        if place[1] not in FACTS and not (dot and kind in ("header", "payload")):
            known = ", ".join([*FACTS, "header.NAME", "payload.PATH"])
            raise ConfigError(f"The body of rule {number} asks for {place[0]}. Known are: {known}.")


def _check_headers(headers: Iterable[tuple[str, str]], number: int) -> None:
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise ConfigError(f"{name!r} in rule {number} is not a header name. Use letters, digits and hyphens.")
        if _LINE_BREAK.search(value):
            raise ConfigError(f"The header {name} of rule {number} holds a line break or NUL. Take it out.")


def parse_answerable(q: str, asker: str) -> RequestFilter:
    """A search that may decide on an answer. Raises FilterError, and ConfigError for one that takes too long."""
    try:
        matches = parse_filter(q)
    except FilterError as error:
        raise FilterError(f"{asker} has a wrong search. {error.message}", **error.details) from None
    if matches.is_slow:
        raise ConfigError(f"{asker} asks for the cause, which is found only after the answer. Use signature:….")
    return matches


def _headers(content: Any) -> tuple[tuple[str, str], ...]:
    pairs = content.items() if isinstance(content, dict) else content
    return tuple((name, value) for name, value in pairs)


def _body(content: Any) -> str | None:
    if content is None or isinstance(content, str):
        return content
    return orjson.dumps(content).decode()


def _are_headers(content: Any) -> bool:
    if not isinstance(content, dict | list):
        return False
    pairs = list(content.items()) if isinstance(content, dict) else content
    return all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
        for pair in pairs
    )


def _is_whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "q": (lambda value: isinstance(value, str), "a search text"),
    "status": (_is_whole(200, 599), "a status from 200 to 599"),
    "headers": (_are_headers, "an object, or an array of pairs, of header names and values"),
    "body": (lambda _: True, "a text or JSON"),
    "delay_ms": (_is_whole(0, LONGEST_DELAY_MS), f"a whole number of milliseconds up to {LONGEST_DELAY_MS}"),
    "fault": (lambda value: isinstance(value, str) and value in FAULTS, f"one of {', '.join(FAULTS)}"),
    "times": (_is_whole(1, 10**9), "a whole number from 1"),
    "used": (lambda _: True, "what the inspector counts"),
}
