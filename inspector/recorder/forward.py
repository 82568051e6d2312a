"""Forwarding: what was recorded goes on to the app under development, and its answer back to the sender.

    --forward-to http://127.0.0.1:8000                       every request, each to its own path
    --forward-to "http://127.0.0.1:9000/audit event:~deleted"   those that match, to this address

An address with a path is used whole, so that path and query of what was received do not go on.
The first target that matches answers the sender; the others get copies. Bodies go on byte for byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from inspector.errors import ConfigError
from inspector.recorder.answers import Answer, parse_answerable
from inspector.recorder.filters import RequestFilter, parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.replay import HOP_BY_HOP
from inspector.recorder.request import RecordedRequest, decode
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.request import Request, parse_url, target_url
from inspector.sender.retry import RetryPolicy

LOOP_HEADER = "x-inspector-forwarded"
"""Marks what was forwarded, so that it is never forwarded again."""

TIMEOUT = 30.0
"""Seconds that a target gets for its answer."""

MOST_WAITING = 1000
"""Forwardings that may be under way, or wait for their next attempt; each keeps its request in memory."""

_LEFT_OUT = HOP_BY_HOP | {"host", "content-length"}
_NOT_PASSED_BACK = HOP_BY_HOP | {"content-length", "date"}


@dataclass(frozen=True, slots=True)
class ForwardTarget:
    """Where to forward what: a URL (its origin alone keeps the path of the request) and a search."""

    url: str
    matches: RequestFilter = field(default_factory=lambda: parse_filter(""))

    @classmethod
    def parse(cls, text: str) -> ForwardTarget:
        """Read `URL[ q]`. Raises ConfigError, DeliveryError or FilterError."""
        url, _, q = text.strip().partition(" ")
        parse_url(url)
        return cls(url, parse_answerable(q, f"--forward-to {url}"))


class Forwarder:
    """Sends recorded requests on to `targets`. `retry` is for what a target did not accept."""

    def __init__(
        self, targets: Iterable[ForwardTarget], log: RequestLog, sender: Sender, retry: RetryPolicy | None = None
    ) -> None:
        self._targets = tuple(targets)
        self._log = log
        self._sender = sender
        self._retry = RetryPolicy(retry.waits if retry else (), TIMEOUT)
        self._started: set[asyncio.Task[Any]] = set()

    def serve_at(self, url: str) -> None:
        """Take note of our own address. Raises ConfigError if a target leads there."""
        own = urlsplit(url)
        for target in self._targets:
            parsed = parse_url(target.url)
            if parsed.port == own.port and (parsed.host == own.hostname or _is_this_machine(parsed.host)):
                raise ConfigError(f"--forward-to {target.url} leads back to the inspector. Give the app's address.")

    def select(self, request: RecordedRequest) -> Sequence[ForwardTarget]:
        """The targets that get a request; none for one that was forwarded already."""
        if request.header(LOOP_HEADER) is not None:
            return ()
        return [target for target in self._targets if target.matches(request)]

    async def answer(self, request: RecordedRequest, targets: Sequence[ForwardTarget]) -> Answer:
        """Forward a request to the first target and say what it answered; the others get their copies meanwhile."""
        first, *others = targets
        self.copy(request, others)
        return _passed_back(await self._deliver(request, first))

    def copy(self, request: RecordedRequest, targets: Iterable[ForwardTarget]) -> None:
        """Forward a request without waiting for what becomes of it."""
        for target in targets:
            self._start(self._deliver(request, target))

    async def aclose(self) -> None:
        """Give up what is not through."""
        for task in self._started:
            task.cancel()
        await asyncio.gather(*self._started, return_exceptions=True)

    async def _deliver(self, request: RecordedRequest, target: ForwardTarget) -> Delivery:
        sent = _forwarded(request, target)
        delivery = await self._sender.send(sent, timeout=TIMEOUT)
        is_missed = bool(self._retry.waits) and not delivery.accepted
        if is_missed and len(self._started) >= MOST_WAITING:
            delivery.given_up = f"Gave up: {MOST_WAITING:,} forwardings were already under way."
        elif is_missed:
            self._start(self._try_again(request, sent))
        self._keep(request, delivery)
        return delivery

    async def _try_again(self, request: RecordedRequest, sent: Request) -> None:
        # The sender has its answer; what the target missed is brought to it all the same.
        await self._sender.clock.sleep(self._retry.waits[0])
        rest = RetryPolicy(self._retry.waits[1:], TIMEOUT)
        self._keep(request, await self._sender.send(sent, retry=rest))

    def _keep(self, request: RecordedRequest, delivery: Delivery) -> None:
        request.forwards = [*(request.forwards or []), forward_json(delivery)]
        self._log.touch(request)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._started.add(task)
        task.add_done_callback(self._started.discard)


def forward_json(delivery: Delivery) -> dict[str, Any]:
    """What a record keeps of one forwarding; the delivery's id leads to all of it."""
    return {
        "delivery": delivery.id,
        "url": delivery.url,
        "status": delivery.status,
        "error": delivery.error.to_json() if delivery.error else None,
        "attempts": len(delivery.attempts),
        "given_up": delivery.given_up,
        "duration_ms": round(delivery.elapsed * 1000, 3),
    }


def _is_this_machine(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    return address.is_loopback or address.is_unspecified


def _forwarded(request: RecordedRequest, target: ForwardTarget) -> Request:
    headers = [(name, value) for name, value in request.headers if name not in _LEFT_OUT]
    named = {name for name, _ in headers}
    if "x-forwarded-host" not in named:
        headers.append(("x-forwarded-host", request.header("host") or ""))
    if "x-forwarded-proto" not in named:
        headers.append(("x-forwarded-proto", "http"))
    headers.append((LOOP_HEADER, request.id))
    return Request.build(request.method, target_url(target.url, decode(request.target)), headers, request.body)


def _passed_back(delivery: Delivery) -> Answer:
    response = delivery.response
    rule = f"forwarded to {delivery.url}"
    if response is None:
        reason = delivery.error.message if delivery.error else "no answer"
        message = f"The inspector recorded this webhook but could not forward it to {delivery.url}: {reason}"
        return Answer.json(502, {"error": {"code": "forward_failed", "message": message, "details": {}}}, rule)
    passed = [(name.lower(), value) for name, value in response.raw_headers]
    headers = [(name, value) for name, value in passed if decode(name) not in _NOT_PASSED_BACK]
    return Answer(response.status, response.body, headers, rule)
