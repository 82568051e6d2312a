"""The capture endpoint: a raw ASGI app that records whatever it is sent, then answers.

Nothing here parses, verifies or renders: that happens when somebody looks. A request is in the log before its answer
leaves, and a fault of our own costs neither the sender the answer nor the user the record.
"""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

from inspector.recorder.analysis import Analyser
from inspector.recorder.answers import DEFAULT_ANSWER, Answer, AnswerRule, AnswerRules, play
from inspector.recorder.forward import Forwarder
from inspector.recorder.log import RequestLog
from inspector.recorder.request import Client, RecordedRequest
from inspector.sender.clock import steady_time

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
            body = Body(content)
        else:
            body = await self._read(message, receive, scope, received_at)
        request = self._record(scope, body, received_at)
        if body.disconnected:
            return
        if request.truncated:
            await _send(_too_large(self._max_body), send)
        elif self._rules or self._forwarder:
            await self._answer(request, scope, receive, send)
        else:
            await send(DEFAULT_ANSWER.start)
            await send(DEFAULT_ANSWER.body)
        request.duration_ms = (steady_time() - started) * 1000

    def record_malformed(self, data: bytes, client: Client) -> None:
        """Record what could not be parsed as HTTP, as far as it can be read; the server has answered 400."""
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        method, _, rest = first.partition(b" ")
        request = RecordedRequest(
            received_at=self._now(),
            method=method[:20].decode("latin-1"),
            target=rest.rpartition(b" ")[0] or rest,
            headers=[_split_header(line) for line in lines if b":" in line],
            body=body[: self._max_body],
            size=len(body),
            analyser=self._analyser,
            client=client,
            malformed=True,
        )
        request.answer_status = 400
        self._log.append(request)

    async def _read(self, message: Any, receive: Receive, scope: Any, received_at: float) -> Body:
        body = Body(b"")
        try:
            while True:
                if message["type"] != "http.request":
                    body.disconnected = True
                    break
                body.add(message.get("body", b""), self._max_body)
                if not message.get("more_body", False) or body.size > self._drain_limit():
                    break
                message = await receive()
        except CancelledError:  # the server is stopping: what came so far is still worth having
            body.disconnected = True
            self._record(scope, body, received_at)
            raise
        return body

    def _drain_limit(self) -> int:
        return max(self._max_body * DRAIN_FACTOR, DRAIN_FLOOR)

    def _record(self, scope: Any, body: Body, received_at: float) -> RecordedRequest:
        request = RecordedRequest(
            received_at=received_at,
            method=scope["method"],
            target=scope.get("inspector.target") or _target(scope),
            headers=scope["headers"],
            body=body.content(),
            size=body.size,
            http_version=scope.get("http_version", "1.1"),
            client=scope.get("client"),
            analyser=self._analyser,
            incomplete=body.disconnected,
        )
        request.answer_status = 0 if body.disconnected else 413 if request.truncated else DEFAULT_ANSWER.status
        self._log.append(request)
        return request

    async def _answer(self, request: RecordedRequest, scope: Any, receive: Receive, send: Send) -> None:
        """By the first rule that matches, else by the first target, else by default."""
        chosen = self._rules.choose(request)
        targets = self._forwarder.select(request) if self._forwarder else ()
        if chosen is not None:
            if self._forwarder and targets:
                self._forwarder.copy(request, targets)
            await self._play(request, chosen, scope, receive, send)
        elif self._forwarder and targets:
            request.answer_status = 0  # not answered yet
            answer = await self._forwarder.answer(request, targets)
            request.answer_status, request.answer_rule = answer.status, answer.rule
            self._log.touch(request)
            await _send(answer, send)
        else:
            await _send(DEFAULT_ANSWER, send)

    async def _play(
        self, request: RecordedRequest, chosen: tuple[AnswerRule, str], scope: Any, receive: Receive, send: Send
    ) -> None:
        rule, name = chosen
        answer = rule.answer(request, name)
        request.answer_status, request.answer_rule = 0, name  # 0: not answered yet
        try:
            await play(answer, rule, scope, receive, send)
        finally:
            request.answer_status = 0 if rule.fault in ("reset", "empty") else answer.status
            self._log.touch(request)


class Body:
    """A request body as it comes in: what is kept, and how much there was."""

    __slots__ = ("_kept", "disconnected", "size")

    def __init__(self, content: bytes) -> None:
        self._kept: bytes | bytearray = content
        self.size = len(content)
        self.disconnected = False

    def add(self, chunk: bytes, limit: int) -> None:
        """Take in a chunk; beyond `limit` bytes it is only counted."""
        if not isinstance(self._kept, bytearray):
            self._kept = bytearray(self._kept)
        self.size += len(chunk)
        self._kept += chunk[: max(0, limit - len(self._kept))]

    def content(self) -> bytes:
        """The bytes that were kept."""
        return bytes(self._kept)


def _target(scope: Any) -> bytes:
    # Servers other than ours do not hand on the request target; path and query make the same but for a lone "?".
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return b"%b?%b" % (path, query) if query else path


async def _send(answer: Answer, send: Send) -> None:
    await send(answer.start)
    await send(answer.body)


def _split_header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _too_large(limit: int) -> Answer:
    message = f"The body is larger than {limit} bytes; it was recorded truncated. Raise --max-body to keep it whole."
    answer = Answer.json(413, {"error": {"code": "body_too_large", "message": message, "details": {"limit": limit}}})
    answer.start["headers"].append((b"connection", b"close"))
    return answer
