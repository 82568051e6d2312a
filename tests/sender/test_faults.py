"""Each fault on a raw socket: what leaves is what its row in the table says."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sinks import OK, Received, Sink, StartSink

from inspector.errors import DeliveryError
from inspector.sender import damage
from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.faults import FAULTS, Fault, arrange, parse_faults
from inspector.webhook.event import Event
from inspector.webhook.signature import verify

pytestmark = pytest.mark.anyio

NOW = 1732736033.5
PROMISED = """
    bad-signature wrong-key no-signature tampered-body stale future duplicate concurrent-duplicate reorder
    truncated-json wrong-content-type empty-body unknown-event unknown-field null-fields huge-body slow-body
    cut-connection chunked reserialised gzip
"""
NAMES = PROMISED.split()


@pytest.fixture
def event(seed_body: bytes) -> Event:
    return Event.from_bytes(seed_body)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender(VirtualClock(NOW), signing_key="key") as sender:
        yield sender


@pytest.fixture
async def target(sink: StartSink) -> Sink:
    return await sink(OK)


def verdict(request: Received, url: str, key: str = "key", body: bytes | None = None) -> str:
    return verify(
        url=url,
        timestamp=request.header("messagebird-request-timestamp"),
        body=request.body if body is None else body,
        signature=request.header("messagebird-signature"),
        signing_keys=[key],
    ).verdict


def payload(request: Received) -> dict[str, Any]:
    return dict(json.loads(request.body)["payload"])


def test_all_promised_faults_are_there_and_say_what_they_do() -> None:
    assert list(FAULTS) == NAMES
    for fault in FAULTS.values():
        assert fault.summary.endswith(".")
        assert fault.expected.endswith(".")


async def test_without_a_fault_all_is_right(target: Sink, sender: Sender, event: Event) -> None:
    delivery = await sender.deliver(event, target.url)
    assert verdict(target.request, target.url) == "valid"
    assert delivery.faults == ()


async def test_bad_signature(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="bad-signature")
    signature = target.request.header("messagebird-signature")
    assert signature is not None
    assert len(signature) == 44
    assert len(base64.b64decode(signature, validate=True)) == 32
    assert verdict(target.request, target.url) == "invalid"
    assert target.request.body == event.to_bytes()


async def test_wrong_key(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="wrong-key")
    assert verdict(target.request, target.url) == "invalid"
    assert verdict(target.request, target.url, key=damage.WRONG_KEY) == "valid"


async def test_no_signature(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="no-signature")
    assert target.request.header("messagebird-signature") is None
    assert target.request.header("messagebird-request-timestamp") == "1732736033"


async def test_tampered_body(target: Sink, sender: Sender, event: Event) -> None:
    delivery = await sender.deliver(event, target.url, fault="tampered-body")
    sent, signed = target.request.body, event.to_bytes()
    assert [(a, b) for a, b in zip(sent, signed, strict=True) if a != b] == [(ord("6"), ord("5"))]
    assert Event.from_bytes(sent).payload["updatedAt"] != event.payload["updatedAt"]
    assert verdict(target.request, target.url) == "invalid"
    assert verdict(target.request, target.url, body=signed) == "valid"
    assert delivery.signed is not None
    assert delivery.signed[2] == signed


@pytest.mark.parametrize(("name", "shift"), [("stale", -24 * 3600), ("future", 3600)])
async def test_timestamp_of_another_time(target: Sink, sender: Sender, event: Event, name: str, shift: int) -> None:
    await sender.deliver(event, target.url, fault=name)
    assert target.request.header("messagebird-request-timestamp") == str(1732736033 + shift)
    assert verdict(target.request, target.url) == "valid"


@pytest.mark.parametrize("name", ["duplicate", "concurrent-duplicate"])
async def test_duplicates_are_the_same_to_the_byte(target: Sink, sender: Sender, event: Event, name: str) -> None:
    delivery = await sender.deliver(event, target.url, fault=name)
    first, second = target.requests
    assert first.raw == second.raw
    assert verdict(first, target.url) == "valid"
    assert [attempt.status for attempt in delivery.attempts] == [200, 200]
    assert delivery.accepted


async def test_duplicate_comes_after_the_answer(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="duplicate")
    assert [request.connection for request in target.requests] == [1, 1]


async def test_concurrent_duplicate_comes_before_the_answer(sink: StartSink, sender: Sender, event: Event) -> None:
    both = asyncio.Barrier(2)

    async def answer_when_both_are_here(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await both.wait()
        writer.write(OK)

    target = await sink(answer_when_both_are_here)
    delivery = await sender.deliver(event, target.url, fault="concurrent-duplicate")
    assert delivery.accepted
    assert {request.connection for request in target.requests} == {1, 2}


async def test_duplicate_is_accepted_only_if_both_are(sink: StartSink, sender: Sender, event: Event) -> None:
    target = await sink(OK, b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n")
    delivery = await sender.deliver(event, target.url, fault="duplicate")
    assert delivery.state == "failed"


async def test_reorder_swaps_neighbours(target: Sink, sender: Sender) -> None:
    bodies = [b"1", b"2", b"3", b"4", b"5"]
    deliveries = await sender.deliver_all(bodies, target.url, fault="reorder")
    assert [request.body for request in target.requests] == [b"2", b"1", b"4", b"3", b"5"]
    assert all(verdict(request, target.url) == "valid" for request in target.requests)
    assert len(deliveries) == 5


def test_endless_events_can_be_reordered_too() -> None:
    swapped = arrange(iter(range(10**12)), parse_faults("reorder"))
    assert [next(swapped) for _ in range(4)] == [1, 0, 3, 2]
    assert list(arrange([1, 2, 3], ())) == [1, 2, 3]


async def test_truncated_json_is_signed_as_sent(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="truncated-json")
    assert event.to_bytes().startswith(target.request.body)
    assert target.request.is_whole()
    assert verdict(target.request, target.url) == "valid"
    with pytest.raises(json.JSONDecodeError):
        json.loads(target.request.body)


async def test_wrong_content_type(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="wrong-content-type")
    assert target.request.header("content-type") == "text/plain"
    assert verdict(target.request, target.url) == "valid"


async def test_empty_body_is_signed_as_sent(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="empty-body")
    assert target.request.body == b""
    assert target.request.header("content-length") == "0"
    assert verdict(target.request, target.url) == "valid"


async def test_unknown_event(target: Sink, sender: Sender, event: Event) -> None:
    delivery = await sender.deliver(event, target.url, fault="unknown-event")
    assert Event.from_bytes(target.request.body) == Event(damage.UNKNOWN_EVENT, event.payload)
    assert verdict(target.request, target.url) == "valid"
    assert delivery.event == damage.UNKNOWN_EVENT


async def test_unknown_field(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="unknown-field")
    sent = payload(target.request)
    assert sent.pop(damage.UNKNOWN_FIELD) == {"values": ["text", 1, None]}
    assert sent == event.payload
    assert verdict(target.request, target.url) == "valid"


async def test_null_fields(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="null-fields")
    sent = payload(target.request)
    nulls = {name for name, value in sent.items() if value is None}
    assert {"description", "lastMessage", "initiatingParticipant", "attributes", "summary", "resource"} <= nulls
    required = {"id", "name", "status", "featuredParticipants", "channelId", "createdAt", "updatedAt", "platformStyle"}
    assert {name: sent[name] for name in required} == {name: event.payload[name] for name in required}
    assert verdict(target.request, target.url) == "valid"


async def test_huge_body(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="huge-body")
    assert len(target.request.body) > 1024**2
    assert len(payload(target.request)["attributes"]["padding"]) == 1024**2
    assert verdict(target.request, target.url) == "valid"


async def test_slow_body_comes_in_pieces(
    target: Sink, sender: Sender, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(damage, "SLOW_PAUSE", 0.02)
    delivery = await sender.deliver(event, target.url, fault="slow-body")
    assert len(target.request.pieces) == damage.SLOW_PIECES
    assert target.request.body == event.to_bytes()
    assert delivery.elapsed > 0.05
    assert verdict(target.request, target.url) == "valid"


async def test_cut_connection(target: Sink, sender: Sender, event: Event) -> None:
    delivery = await sender.deliver(event, target.url, fault="cut-connection")
    await target.all_handled()
    body = event.to_bytes()
    assert target.request.body == body[: len(body) // 2]
    assert target.request.header("content-length") == str(len(body))
    assert not target.request.complete
    assert delivery.error is not None
    assert delivery.error.kind == "cut"


async def test_chunked(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="chunked")
    assert target.request.header("transfer-encoding") == "chunked"
    assert target.request.header("content-length") is None
    sizes, body = unchunk(target.request.body)
    assert len(sizes) == damage.CHUNKS
    assert body == event.to_bytes()
    assert verdict(target.request, target.url, body=body) == "valid"


async def test_reserialised_is_the_same_json_in_other_bytes(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="reserialised")
    assert target.request.body != event.to_bytes()
    assert json.loads(target.request.body) == json.loads(event.to_bytes())
    assert verdict(target.request, target.url) == "invalid"
    assert verdict(target.request, target.url, body=event.to_bytes()) == "valid"


async def test_gzip_is_signed_as_sent(target: Sink, sender: Sender, event: Event) -> None:
    await sender.deliver(event, target.url, fault="gzip")
    assert target.request.header("content-encoding") == "gzip"
    assert gzip.decompress(target.request.body) == event.to_bytes()
    assert verdict(target.request, target.url) == "valid"


async def test_combined(target: Sink, sender: Sender, event: Event) -> None:
    delivery = await sender.deliver(event, target.url, fault="chunked+stale+unknown-field+gzip")
    sizes, body = unchunk(target.request.body)
    assert len(sizes) == damage.CHUNKS
    assert damage.UNKNOWN_FIELD in json.loads(gzip.decompress(body))["payload"]
    assert target.request.header("messagebird-request-timestamp") == str(1732736033 - 24 * 3600)
    assert verdict(target.request, target.url, body=body) == "valid"
    assert delivery.faults == ("stale", "unknown-field", "chunked", "gzip")


def unchunk(raw: bytes) -> tuple[list[int], bytes]:
    sizes, body = [], b""
    while not raw.startswith(b"0\r\n"):
        size, _, rest = raw.partition(b"\r\n")
        sizes.append(int(size, 16))
        body, raw = body + rest[: sizes[-1]], rest[sizes[-1] + 2 :]
    return sizes, body


def names(given: Any) -> list[str]:
    return [fault.name for fault in parse_faults(given)]


def test_faults_are_given_in_many_ways() -> None:
    stale = FAULTS["stale"]
    assert names(None) == names("") == names([]) == []
    assert names("stale") == names(stale) == names(["stale", stale]) == ["stale"]
    assert names("gzip+stale") == names("stale, gzip") == names(["gzip", stale]) == ["stale", "gzip"]


def test_own_fault(event: Event) -> None:
    shout = Fault("shout", "sent", lambda draft: draft.replace_headers([("x", "!")]), "Loud.", "Answers 2xx.")
    assert parse_faults(["stale", shout]) == (FAULTS["stale"], shout)


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(DeliveryError, match=r"no fault 'slow-bdy'\. Did you mean slow-body"):
        parse_faults("slow-bdy")
    with pytest.raises(DeliveryError, match="There are bad-signature, wrong-key"):
        parse_faults("qqq")


@pytest.mark.parametrize(
    "pair",
    [
        "bad-signature+wrong-key",
        "no-signature+bad-signature",
        "stale+future",
        "duplicate+concurrent-duplicate",
        "truncated-json+empty-body",
        "truncated-json+reserialised",
        "tampered-body+reserialised",
        "tampered-body+gzip",
        "empty-body+slow-body",
        "empty-body+cut-connection",
        "empty-body+huge-body",
        "null-fields+huge-body",
    ],
)
def test_contradictions_are_refused(pair: str) -> None:
    with pytest.raises(DeliveryError, match="contradicts"):
        parse_faults(pair)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS.values() if fault.needs_key])
async def test_fault_of_the_signature_needs_a_key(target: Sink, event: Event, name: str) -> None:
    async with Sender() as sender:
        with pytest.raises(DeliveryError, match=f"{name} shows only on a signed delivery"):
            await sender.deliver(event, target.url, fault=name)


async def test_reorder_needs_several_events(target: Sink, sender: Sender, event: Event) -> None:
    with pytest.raises(DeliveryError, match="needs several events"):
        await sender.deliver(event, target.url, fault="reorder")


@pytest.mark.parametrize("name", NAMES)
async def test_every_fault_alone_can_be_sent(
    target: Sink, sender: Sender, event: Event, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(damage, "SLOW_PAUSE", 0.0)
    deliveries: list[Delivery] = await sender.deliver_all([event, event], target.url, fault=name)
    expected = "failed" if name == "cut-connection" else "delivered"
    assert [delivery.state for delivery in deliveries] == [expected, expected]
