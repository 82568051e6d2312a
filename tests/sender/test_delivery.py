from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sinks import OK, StartSink, close, reset, stay_silent

from inspector import __version__
from inspector.errors import DeliveryError
from inspector.sender.clock import VirtualClock, steady_time
from inspector.sender.delivery import DeliveryLog, Sender
from inspector.sender.request import Request, Transmission
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy
from inspector.webhook.event import Event
from inspector.webhook.signature import sign, verify

pytestmark = pytest.mark.anyio

EVENT = Event("conversation.updated", {"id": "badbf15c-bad3-4bf3-9223-6b7f414f9770", "name": "Grüße"})
NOWHERE = "http://app.example/hook"
START = 1732736033.5
PATIENCE = 20.0
FAILED = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
MOVED = b"HTTP/1.1 308 Permanent Redirect\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"


class App:
    """Stands in place of the wire: answers the next status as soon as so many requests are here together."""

    def __init__(self, *statuses: int, together: int = 1) -> None:
        self.requests: list[Request] = []
        self.at_once = self.most_at_once = 0
        self._statuses = list(statuses)
        self._together = asyncio.Barrier(together)

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with asyncio.timeout(PATIENCE):
            await self._together.wait()
        self.at_once -= 1
        return Response.build(self._statuses.pop(0) if self._statuses else 200)

    async def aclose(self) -> None:
        pass


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
async def sender(clock: VirtualClock) -> AsyncIterator[Sender]:
    async with Sender(clock) as sender:
        yield sender


async def test_delivery_is_signed_and_accepted(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    delivery = await sender.deliver(EVENT, target.url, "key", request_id="id-1")
    body = EVENT.to_bytes()
    assert target.request.body == body
    assert target.request.headers == [
        ("host", f"127.0.0.1:{target.port}"),
        ("content-type", "application/json"),
        ("messagebird-request-id", "id-1"),
        ("messagebird-request-timestamp", "1732736033"),
        ("messagebird-signature", sign("key", "1732736033", target.url, body)),
        ("user-agent", f"conversations-inspector/{__version__}"),
        ("content-length", str(len(body))),
    ]
    assert (delivery.state, delivery.accepted, delivery.status) == ("delivered", True, 200)
    assert delivery.event == "conversation.updated"
    assert 0 < delivery.elapsed < 10


async def test_record_holds_what_left(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    delivery = await sender.deliver(EVENT, target.url, "key")
    assert delivery.attempts[0].request.head == target.request.head
    assert delivery.attempts[0].request.headers == target.request.headers


async def test_without_a_key_nothing_is_signed(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    delivery = await sender.deliver(EVENT, target.url)
    assert not [name for name, _ in target.request.headers if "signature" in name or "timestamp" in name]
    assert delivery.signed_text is None


async def test_key_of_the_sender_is_used_where_none_is_given(sink: StartSink) -> None:
    target = await sink(OK)
    async with Sender(signing_key="own") as sender:
        await sender.deliver(EVENT, target.url, timestamp=1)
        await sender.deliver(EVENT, target.url, "given", timestamp="2")
    for request, key, timestamp in zip(target.requests, ["own", "given"], ["1", "2"], strict=True):
        assert request.header("messagebird-signature") == sign(key, timestamp, target.url, request.body)


async def test_url_signed_may_differ_from_the_url_sent_to(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    await sender.deliver(EVENT, target.url, "key", url_signed="https://public.example/hook?x=1")
    request = target.request
    assert verify(
        url="https://public.example/hook?x=1",
        timestamp=request.header("messagebird-request-timestamp"),
        body=request.body,
        signature=request.header("messagebird-signature"),
        signing_keys=["key"],
    ).verdict == "valid"  # fmt: skip


async def test_body_is_sent_as_it_is(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    pretty = await sender.deliver(b'{ "service": "conversations", "event": "e", "payload": {} }\n', target.url, "key")
    binary = await sender.deliver(b"\xff\x00", target.url, "key")
    assert [request.body for request in target.requests] == [pretty.request.body, b"\xff\x00"]
    assert (pretty.event, binary.event) == ("e", None)


async def test_more_headers_follow_or_replace_ours(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    await sender.deliver(EVENT, target.url, headers=[("X-Tenant", "7"), ("Content-Type", "application/json; v=1")])
    assert [name for name, _ in target.request.headers] == [
        "host",
        "Content-Type",
        "messagebird-request-id",
        "user-agent",
        "X-Tenant",
        "content-length",
    ]


async def test_request_ids_are_uuids_or_made_as_told() -> None:
    app = App()
    async with Sender(transport=app) as sender:
        first, second = [await sender.deliver(EVENT, NOWHERE) for _ in range(2)]
    assert first.request_id != second.request_id
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first.request_id or "")
    async with Sender(transport=app, new_request_id=iter(["a", "b"]).__next__) as sender:
        assert (await sender.deliver(EVENT, NOWHERE)).request_id == "a"


async def test_each_attempt_sends_the_same_bytes(sink: StartSink, sender: Sender, clock: VirtualClock) -> None:
    target = await sink(FAILED, MOVED, OK)
    delivery = sender.start(EVENT, target.url, "key", retry=RetryPolicy.bird())
    await clock.drain()
    assert len({request.raw for request in target.requests}) == 1
    assert [attempt.status for attempt in delivery.attempts] == [500, 308, 200]
    assert [attempt.started_at - START for attempt in delivery.attempts] == [0, 1, 3]
    assert [attempt.number for attempt in delivery.attempts] == [1, 2, 3]
    assert delivery.state == "delivered"
    assert delivery.elapsed >= 3


async def test_eight_hours_of_retries_to_nobody(sender: Sender, clock: VirtualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    delivery = sender.start(EVENT, url, retry=RetryPolicy.bird())
    await clock.drain()
    assert delivery.state == "failed"
    assert len(delivery.attempts) == 36
    assert {attempt.error.kind for attempt in delivery.attempts if attempt.error} == {"refused"}
    assert clock.now() - START == 28_798


async def test_retries_can_be_watched_step_by_step(sink: StartSink, sender: Sender, clock: VirtualClock) -> None:
    target = await sink(FAILED)
    delivery = sender.start(EVENT, target.url, retry=RetryPolicy((10, 60)))
    await clock.advance(0)
    assert (delivery.state, delivery.next_attempt_at, len(delivery.attempts)) == ("retrying", START + 10, 1)
    await clock.step()
    assert (delivery.state, delivery.next_attempt_at, len(delivery.attempts)) == ("retrying", START + 70, 2)
    await clock.step()
    assert (delivery.state, delivery.next_attempt_at, len(delivery.attempts)) == ("failed", None, 3)


async def test_retries_of_many_deliveries_stay_in_order(sink: StartSink, sender: Sender, clock: VirtualClock) -> None:
    target = await sink(FAILED)
    for number, waits in enumerate([(3.0, 3.0), (2.0, 2.0), (1.0, 4.0)]):
        sender.start(EVENT, target.url, request_id=str(number), retry=RetryPolicy(waits))
    await clock.drain()
    ids = [request.header("messagebird-request-id") for request in target.requests]
    assert sorted(ids[:3]) == ["0", "1", "2"]
    assert ids[3:] == ["2", "1", "0", "1", "2", "0"]


@pytest.mark.parametrize(("answer", "kind"), [(close, "closed"), (reset, "reset"), (b"no http\r\n\r\n", "protocol")])
async def test_what_the_target_does_wrong_stands_in_the_delivery(
    sink: StartSink, sender: Sender, answer: object, kind: str
) -> None:
    target = await sink(answer)
    delivery = await sender.deliver(EVENT, target.url)
    assert delivery.state == "failed"
    assert delivery.error is not None
    assert delivery.error.kind == kind
    assert delivery.to_json()["attempts"][0]["error"]["kind"] == kind


async def test_each_attempt_has_its_time_limit(sink: StartSink, sender: Sender, clock: VirtualClock) -> None:
    target = await sink(stay_silent, OK)
    delivery = sender.start(EVENT, target.url, timeout=0.3, retry=RetryPolicy((1.0,)))
    await clock.drain()
    assert [attempt.error.kind if attempt.error else attempt.status for attempt in delivery.attempts] == [
        "timeout",
        200,
    ]
    assert delivery.accepted


async def test_all_attempts_at_an_app_that_never_answers_pass_at_once(sink: StartSink, clock: VirtualClock) -> None:
    target = await sink(stay_silent)
    began = steady_time()
    async with Sender(clock, grace=0.01) as sender:
        delivery = sender.start(EVENT, target.url, retry=RetryPolicy.bird())
        await clock.drain()
    assert [attempt.error and attempt.error.kind for attempt in delivery.attempts] == ["timeout"] * 36
    assert delivery.elapsed == pytest.approx(sum(RetryPolicy.bird().waits) + 36 * 10)
    assert len({request.raw for request in target.requests}) == 1
    assert steady_time() - began < 36 * 10 / 20  # about half a second; waited for in full it would be six minutes


async def test_an_app_that_answers_within_the_grace_is_accepted(sink: StartSink, clock: VirtualClock) -> None:
    async def answer_late(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asyncio.get_running_loop().call_later(0.05, writer.write, OK)

    target = await sink(answer_late)
    async with Sender(clock, grace=5.0) as sender:
        delivery = sender.start(EVENT, target.url, retry=RetryPolicy.bird())
        await clock.drain()
    assert (delivery.accepted, len(delivery.attempts)) == (True, 1)


async def test_a_stopped_delivery_has_the_attempt_that_was_under_way(sink: StartSink) -> None:
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    target = await sink(hang)
    async with Sender() as sender, asyncio.timeout(PATIENCE):
        delivery = sender.start(EVENT, target.url)
        await arrived.wait()
    assert delivery.state == "cancelled"
    assert delivery.error is not None
    assert delivery.error.kind == "interrupted"


@pytest.mark.parametrize("limit", [0, -1.0])
async def test_a_time_limit_of_nothing_is_refused(limit: float) -> None:
    async with Sender(transport=App()) as sender:
        with pytest.raises(DeliveryError, match="Give more than 0"):
            await sender.deliver(EVENT, NOWHERE, timeout=limit)
        assert len(sender.log) == 0


async def test_time_limit_of_the_retry_policy(sink: StartSink, sender: Sender) -> None:
    target = await sink(stay_silent)
    delivery = await sender.deliver(EVENT, target.url, retry=RetryPolicy(timeout=0.02))
    assert delivery.error is not None
    assert delivery.error.kind == "timeout"


async def test_redirect_is_a_failure_and_not_followed(sink: StartSink, sender: Sender) -> None:
    target = await sink(MOVED)
    delivery = await sender.deliver(EVENT, target.url)
    assert (delivery.state, delivery.status) == ("failed", 308)
    assert len(target.requests) == 1


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("app.example/hook", {}),
        (NOWHERE, {"headers": [("x", "a\nb")]}),
        (NOWHERE, {"request_id": "a\r\nx: y"}),
        (NOWHERE, {"fault": "no-such-fault"}),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_not_logged(url: str, options: dict[str, object]) -> None:
    async with Sender(transport=App()) as sender:
        with pytest.raises(DeliveryError):
            await sender.deliver(EVENT, url, **options)  # type: ignore[arg-type]
        assert len(sender.log) == 0


async def test_misspelt_option_is_an_error() -> None:
    async with Sender(transport=App()) as sender:
        with pytest.raises(TypeError, match="no option time_out"):
            await sender.deliver(EVENT, NOWHERE, time_out=5)  # type: ignore[call-arg]


async def test_log_keeps_and_tells_of_each_change(clock: VirtualClock) -> None:
    log = DeliveryLog()
    states = []
    async with Sender(clock, transport=App(500, 200), log=log) as sender:
        with log.listening(lambda delivery: states.append((delivery.state, len(delivery.attempts)))):
            delivery = sender.start(EVENT, NOWHERE, retry=RetryPolicy((5.0,)))
            await clock.drain()
    assert log.get(delivery.id) is delivery
    assert states == [("sending", 0), ("retrying", 1), ("delivered", 2)]


async def test_only_so_many_attempts_are_under_way() -> None:
    app = App(together=2)
    async with Sender(transport=app, concurrency=2) as sender:
        for _ in range(6):
            sender.start(EVENT, NOWHERE)
        await sender.join()
    assert app.most_at_once == 2
    assert len(app.requests) == 6


async def test_closing_cancels_what_waits(clock: VirtualClock) -> None:
    async with Sender(clock, transport=App(500)) as sender:
        delivery = sender.start(EVENT, NOWHERE, retry=RetryPolicy((3600.0,)))
        await clock.advance(0)
    assert delivery.state == "cancelled"
    assert len(delivery.attempts) == 1
    await clock.drain()
    assert clock.now() == START


async def test_cancelled_delivery_says_so(clock: VirtualClock) -> None:
    async with Sender(clock, transport=App(500)) as sender:
        task = asyncio.create_task(sender.deliver(EVENT, NOWHERE, retry=RetryPolicy((3600.0,))))
        await clock.advance(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert sender.log.select()[0].state == "cancelled"


async def test_recorded_request_is_repeated_as_it_is(sink: StartSink, sender: Sender) -> None:
    target = await sink(OK)
    headers = [("Messagebird-Request-Id", "id-7"), ("messagebird-signature", "kept")]
    delivery = await sender.send(Request.build("PUT", target.url, headers, EVENT.to_bytes()))
    assert target.request.head.startswith(b"PUT /hook HTTP/1.1\r\n")
    assert target.request.headers[1:3] == headers
    assert (delivery.request_id, delivery.event, delivery.accepted) == ("id-7", "conversation.updated", True)


async def test_deliver_all_keeps_the_order(sender: Sender, sink: StartSink) -> None:
    target = await sink(OK)
    bodies = [b"1", b"2", b"3"]
    deliveries = await sender.deliver_all(bodies, target.url)
    assert [delivery.request.body for delivery in deliveries] == bodies
    assert [request.body for request in target.requests] == bodies


async def test_key_shows_nowhere() -> None:
    async with Sender(transport=App(), signing_key="sesame") as sender:
        delivery = await sender.deliver(EVENT, NOWHERE, "open sesame")
    shown = json.dumps(delivery.to_json()) + repr(delivery) + repr(sender) + repr(delivery.attempts)
    assert "sesame" not in shown
