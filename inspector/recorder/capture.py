"""The capture endpoint: a raw ASGI app that records whatever it is sent, then answers.

Nothing here parses, verifies or renders: that happens when somebody looks. A request is in the log before its answer
leaves, and a fault of our own costs neither the sender the answer nor the user the record.
"""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import DEFAULT_ANSWER, Answer, AnswerRule, AnswerRules, play
from inspector.recorder.forward import Forwarder
from inspector.recorder.log import RequestLog
from inspector.recorder.malformed import BROKEN_OFF, Malformed, malformed_reason
from inspector.recorder.request import Client, RecordedRequest
from inspector.sender.clock import steady_time

if TYPE_CHECKING:
    from hashlib import _Hash

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

DRAIN_FACTOR, DRAIN_FLOOR = 4, 64 * 1024**2
"""A body over the limit is read on, and counted, up to this many times the limit, or this many bytes at least."""

logger = logging.getLogger("inspector.capture")


class Capture:
    """Records every request it is given into `log`; bodies are kept up to `max_body` bytes."""

    def __init__(
        self,
        log: RequestLog,
        analyser: Analyser,
        rules: AnswerRules | None = None,
        forwarder: Forwarder | None = None,
        *,
        max_body: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._log = log
        self._rules = AnswerRules() if rules is None else rules
        self._forwarder = forwarder
        self._analyser = analyser
        self._max_body = max_body
        self._now = now

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        started = steady_time()
        received_at = self._now()
        message = await receive()
        content = message.get("body", b"")
        if message["type"] == "http.request" and not message.get("more_body") and len(content) <= self._max_body:
            request = self._record(scope, content, received_at)
        else:
            body = await self._read(message, receive, scope, received_at)
            request = self._record(scope, body.content(), received_at, body)
            if body.disconnected:
                return
        if request.answer_status == DEFAULT_ANSWER.status:
            await send(DEFAULT_ANSWER.start)
            await send(DEFAULT_ANSWER.body)
        elif request.answer_status:
            await _send(_refusal(request.answer_status, self._max_body), send)
        else:
            await self._answer(request, scope, receive, send)
        request.duration_ms = (steady_time() - started) * 1000

    def record_malformed(self, data: bytes, client: Client, why: str = "", *, incomplete: bool = False) -> str:
        """Record what could not be parsed as HTTP, as far as it can be read; the server answers 400.

        `why` is what the parser said. Returns the reason in words for people.
        """
        read, reason = Malformed.read(data), BROKEN_OFF if incomplete else malformed_reason(data, why)
        request = RecordedRequest(
            received_at=self._now(),
            method=read.method,
            target=read.target,
            headers=read.headers,
            body=read.body[: self._max_body],
            size=len(read.body),
            http_version=read.http_version,
            analyser=self._analyser,
            client=client,
            incomplete=incomplete,
            malformed=reason,
        )
        request.answer_status = 400
        self._log.append(request)
        return reason

    async def _read(self, message: Any, receive: Receive, scope: Any, received_at: float) -> Body:
        body = Body(self._max_body)
        try:
            while True:
                if message["type"] != "http.request":
                    body.disconnected = True
                    break
                body.add(message.get("body", b""))
                if not message.get("more_body", False):
                    break
                if body.size > self._drain_limit():
                    body.endless = True
                    break
                message = await receive()
        except CancelledError:  # the server is stopping: what came so far is still worth having
            body.disconnected = True
            self._record(scope, body.content(), received_at, body)
            raise
        return body

    def _drain_limit(self) -> int:
        return max(self._max_body * DRAIN_FACTOR, DRAIN_FLOOR)

    def _record(self, scope: Any, content: bytes, received_at: float, body: Body | None = None) -> RecordedRequest:
        """Put a request into the log. `body` tells more of one that did not come at once, or is too long."""
        request = RecordedRequest(
            received_at=received_at,
            method=scope["method"],
            target=scope.get("inspector.target") or _target(scope),
            headers=scope["headers"],
            body=content,
            http_version=scope.get("http_version", "1.1"),
            client=scope.get("client"),
            analyser=self._analyser,
        )
        if body is not None:
            body.describe(request)
            if body.disconnected:
                request.malformed = scope.get("inspector.malformed", "")  # the server found its framing broken
        request.answer_status = self._known_status(request, body)
        self._log.append(request)
        return request

    def _known_status(self, request: RecordedRequest, body: Body | None) -> int:
        """The status of the answer, as far as that is settled on arrival; else 0."""
        if body is not None and body.disconnected:
            return 400 if request.malformed else 0
        if body is not None and request.truncated:
            return 413
        if request.method == "CONNECT":
            return 405
        return 0 if self._rules or self._forwarder is not None else DEFAULT_ANSWER.status

    async def _answer(self, request: RecordedRequest, scope: Any, receive: Receive, send: Send) -> None:
        """By the first rule that matches, else by the first target, else by default."""
        chosen = self._rules.choose(request)
        targets = self._forwarder.select(request) if self._forwarder else ()
        if chosen is not None:
            if self._forwarder and targets:
                self._forwarder.copy(request, targets)
            await self._play(request, chosen, scope, receive, send)
        elif self._forwarder and targets:
            answer = await self._forwarder.answer(request, targets)
            request.answer_status, request.answer_rule = answer.status, answer.rule
            self._log.touch(request, "status")
            await _send(answer, send)
        else:
            request.answer_status = DEFAULT_ANSWER.status
            self._log.touch(request)
            await _send(DEFAULT_ANSWER, send)

    async def _play(
        self, request: RecordedRequest, chosen: tuple[AnswerRule, str], scope: Any, receive: Receive, send: Send
    ) -> None:
        rule, name = chosen
        answer = rule.answer(request, name)
        request.answer_rule = name
        try:
            await play(answer, rule, scope, receive, send)
        finally:
            request.answer_status = 0 if rule.fault in ("reset", "empty") else answer.status
            self._log.touch(request, "status")


class Body:
    """A request body as it comes in: what is kept of it, up to `limit` bytes, and how much there was.

    `disconnected`: its sender left in the middle; `endless`: there was more than anybody would read.
    """

    __slots__ = ("_hash", "_kept", "_limit", "disconnected", "endless", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._hash: _Hash | None = None  # only of what does not fit: others can be hashed when somebody asks
        self.size = 0
        self.disconnected = self.endless = False

    def add(self, chunk: bytes) -> None:
        """Take in a chunk; beyond the limit it is only counted and hashed."""
        room = self._limit - len(self._kept)
        self._kept += chunk[:room]
        self.size += len(chunk)
        if self.size > self._limit:
            if self._hash is None:
                self._hash = sha256(self._kept)
            self._hash.update(chunk[room:])

    def content(self) -> bytes:
        """The bytes that were kept."""
        return bytes(self._kept)

    def describe(self, request: RecordedRequest) -> None:
        """Note on a record what became of its body."""
        request.size = self.size
        request.digest = self._hash.digest() if self._hash else None
        request.incomplete = self.disconnected or self.endless


def _target(scope: Any) -> bytes:
    # Servers other than ours do not hand on the request target; path and query make the same but for a lone "?".
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return b"%b?%b" % (path, query) if query else path


async def _send(answer: Answer, send: Send) -> None:
    await send(answer.start)
    await send(answer.body)


def _refusal(status: int, limit: int) -> Answer:
    """The answer to what no rule can answer: it is recorded all the same."""
    if status == 413:
        code, details = "body_too_large", {"limit": limit}
        message = f"The body is larger than {limit} bytes; it was recorded cut. Raise --max-body to keep it whole."
    else:
        code, details = "no_proxy", {}
        message = "The inspector is no proxy: send webhooks to it directly, with its own address as their URL."
    answer = Answer.json(status, {"error": {"code": code, "message": message, "details": details}})
    answer.start["headers"].append((b"connection", b"close"))
    return answer
