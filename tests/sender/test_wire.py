from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sinks import OK, StartSink, close, reset, stay_silent

from inspector.sender import wire as module
from inspector.sender.request import Request, Transmission
from inspector.sender.wire import Wire, WireError

pytestmark = pytest.mark.anyio

LOCALHOST = Path(__file__).parent.parent / "data" / "localhost.pem"


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The wire stands on whichever loop there is."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    yield wire
    await wire.aclose()


def post(url: str, body: bytes = b"{}") -> Request:
    return Request.build("POST", url, [("Content-Type", "application/json")], body)


async def error_of(wire: Wire, request: Request, **options: Any) -> WireError:
    with pytest.raises(WireError) as caught:
        await wire.exchange(request, **options)
    return caught.value


async def test_bytes_arrive_as_built_and_the_answer_comes_back(sink: StartSink, wire: Wire) -> None:
    target = await sink(b"HTTP/1.1 202 Accepted\r\nX-A: 1\r\ncontent-length: 3\r\n\r\nyes")
    request = post(target.url + "?b=2&a=1", b'{"a":1}')
    answer = await wire.exchange(request)
    assert target.request.raw == request.head + b'{"a":1}'
    assert (answer.status, answer.reason, answer.body) == (202, "Accepted", b"yes")
    assert answer.ms > 0


async def test_connection_is_kept_for_the_next(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    for _ in range(5):
        await wire.exchange(post(target.url))
    assert [request.connection for request in target.requests] == [1] * 5


async def test_exchanges_at_one_time_have_a_connection_each(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    await asyncio.gather(*(wire.exchange(post(target.url)) for _ in range(4)))
    await asyncio.gather(*(wire.exchange(post(target.url)) for _ in range(4)))
    assert target.connections == 4


async def test_only_so_many_unused_connections_are_kept(sink: StartSink) -> None:
    target = await sink(OK)
    wire = Wire(max_idle=1)
    await asyncio.gather(*(wire.exchange(post(target.url)) for _ in range(3)))
    await asyncio.gather(*(wire.exchange(post(target.url)) for _ in range(2)))
    assert target.connections == 4
    await wire.aclose()


async def test_connection_is_not_kept_after_close(sink: StartSink, wire: Wire) -> None:
    target = await sink(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    await wire.exchange(post(target.url))
    await wire.exchange(post(target.url))
    assert target.connections == 2


async def test_connection_is_not_used_after_a_long_rest(
    sink: StartSink, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await sink(OK)
    await wire.exchange(post(target.url))
    monkeypatch.setattr(module, "MAX_IDLE_SECONDS", 0.0)
    await wire.exchange(post(target.url))
    assert target.connections == 2


async def test_closing_leaves_nothing_open(sink: StartSink) -> None:
    target = await sink(OK)
    wire = Wire()
    await wire.exchange(post(target.url))
    await wire.aclose()
    await target.all_handled()
    gc.collect()  # an unclosed transport would warn, and warnings are errors
    assert target.connections == 1


@pytest.mark.parametrize("answer", [close, reset])
async def test_kept_connection_that_the_target_gave_up_is_replaced_once(
    sink: StartSink, wire: Wire, answer: Any
) -> None:
    target = await sink(OK, answer, OK)
    await wire.exchange(post(target.url))
    again = await wire.exchange(post(target.url))
    assert again.status == 200
    assert [request.connection for request in target.requests] == [1, 1, 2]


async def test_new_connection_is_not_replaced(sink: StartSink, wire: Wire) -> None:
    target = await sink(close)
    error = await error_of(wire, post(target.url))
    assert error.kind == "closed"
    assert target.connections == 1


async def test_no_second_try_after_a_part_of_the_answer(sink: StartSink, wire: Wire) -> None:
    async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
        writer.close()

    target = await sink(OK, half)
    await wire.exchange(post(target.url))
    error = await error_of(wire, post(target.url))
    assert error.kind == "closed"
    assert "in the middle of its answer" in error.message
    assert len(target.requests) == 2


async def test_kept_connection_that_closes_in_the_meantime_is_not_used(sink: StartSink, wire: Wire) -> None:
    async def answer_then_close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    target = await sink(answer_then_close)
    await wire.exchange(post(target.url))
    await target.all_handled()
    await wire.exchange(post(target.url))
    assert target.connections == 2


async def test_connection_with_bytes_that_nobody_asked_for_is_not_used_again(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK + b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
    for _ in range(3):
        assert (await wire.exchange(post(target.url))).status == 200
    assert [request.connection for request in target.requests] == [1, 2, 3]


async def test_broken_connection_is_a_reset(sink: StartSink, wire: Wire) -> None:
    target = await sink(reset)
    error = await error_of(wire, post(target.url))
    assert error.kind == "reset"
    assert "without an answer" in error.message
    assert error.ms > 0


async def test_nobody_listens(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await error_of(wire, post(f"http://127.0.0.1:{port}/"))
    assert error.kind == "refused"
    assert f"Nothing listens at 127.0.0.1:{port}" in error.message


async def test_name_with_several_addresses_is_tried_at_each(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    answer = await wire.exchange(post(f"http://localhost:{target.port}/"))
    assert answer.status == 200
    assert target.request.header("host") == f"localhost:{target.port}"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "double..dot"])
async def test_unknown_host_name(wire: Wire, host: str) -> None:
    error = await error_of(wire, post(f"http://{host}/"))
    assert error.kind == "dns"
    assert host in error.message


async def test_silence_runs_out_of_time(sink: StartSink, wire: Wire) -> None:
    target = await sink(stay_silent)
    error = await error_of(wire, post(target.url), timeout=0.02)
    assert error.kind == "timeout"
    assert error.message.startswith("No answer within 0.02 s")
    assert error.ms > 10  # a loop may keep time in whole milliseconds
    await target.all_handled()  # our side has closed the connection


async def test_each_exchange_on_a_connection_has_its_own_limit(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK, stay_silent)
    await wire.exchange(post(target.url), timeout=60)
    error = await error_of(wire, post(target.url), timeout=0.1)
    assert error.message.startswith("No answer within 0.1 s")
    assert 90 < error.ms < 10_000
    assert target.connections == 1


async def test_limit_of_an_exchange_that_is_over_does_not_end_the_next(sink: StartSink, wire: Wire) -> None:
    async def answer_late(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.35, over.set)
        await over.wait()
        writer.write(OK)

    target = await sink(OK, answer_late)
    await wire.exchange(post(target.url), timeout=0.3)
    answer = await wire.exchange(post(target.url), timeout=60)
    assert answer.status == 200
    assert target.connections == 1


async def test_time_covers_the_whole_answer(sink: StartSink, wire: Wire) -> None:
    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await reader.read()

    target = await sink(begin)
    error = await error_of(wire, post(target.url), timeout=0.02)
    assert error.kind == "timeout"
    assert "not complete" in error.message


async def test_time_covers_connecting(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(address)
        error = await error_of(wire, post(f"http://127.0.0.1:{address[1]}/"), timeout=0.05)
        for connection in waiting:
            connection.close()
    assert error.kind == "timeout"
    assert "No connection" in error.message


async def test_cancelled_exchange_closes_its_connection(sink: StartSink, wire: Wire) -> None:
    arrived = asyncio.Event()

    async def notice(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    target = await sink(notice)
    task = asyncio.create_task(wire.exchange(post(target.url)))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await target.all_handled()
    assert target.connections == 1


async def test_not_http_is_a_protocol_error(sink: StartSink, wire: Wire) -> None:
    target = await sink(b"SSH-2.0-OpenSSH_9.6\r\n")
    assert (await error_of(wire, post(target.url))).kind == "protocol"


async def test_redirect_is_an_answer_and_not_followed(sink: StartSink, wire: Wire) -> None:
    target = await sink(b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n")
    assert (await wire.exchange(post(target.url))).status == 307
    assert len(target.requests) == 1


async def test_head_and_get_carry_no_body(sink: StartSink, wire: Wire) -> None:
    target = await sink(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", OK)
    assert (await wire.exchange(Request.build("HEAD", target.url))).size == 0
    assert (await wire.exchange(Request.build("GET", target.url))).body == b"ok"
    assert [request.connection for request in target.requests] == [1, 1]
    assert target.requests[1].head == b"GET /hook HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n\r\n" % target.port


async def test_large_body_arrives_whole(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    body = bytes(range(256)) * 16_384
    await wire.exchange(post(target.url, body))
    assert target.request.body == body


async def test_early_answer_ends_the_sending(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    request = Request.build("POST", target.url, [("content-length", "0")], b"x" * 10)
    answer = await wire.exchange(request, transmission=Transmission(pieces=10, pause=60))
    assert answer.status == 200
    await wire.exchange(post(target.url))
    assert [request.connection for request in target.requests] == [1, 2]


async def test_chunks(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    request = Request.build("POST", target.url, (), b"0123456789", chunked=True)
    await wire.exchange(request, transmission=Transmission(chunked=True, pieces=2))
    assert target.request.body == b"5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"
    assert target.request.header("content-length") is None


async def test_pieces_come_one_by_one(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    answer = await wire.exchange(post(target.url, b"0123456789"), transmission=Transmission(pieces=5, pause=0.02))
    assert target.request.pieces == [b"01", b"23", b"45", b"67", b"89"]
    assert answer.ms > 50


async def test_slow_sending_runs_out_of_time(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    slow = Transmission(pieces=5, pause=60)
    assert (await error_of(wire, post(target.url, b"01234"), timeout=0.02, transmission=slow)).kind == "timeout"


async def test_cut_closes_the_connection_in_the_middle(sink: StartSink, wire: Wire) -> None:
    target = await sink(OK)
    error = await error_of(wire, post(target.url, b"0123456789"), transmission=Transmission(cut=0.5))
    assert error.kind == "cut"
    assert "after 50% of the body" in error.message
    await target.all_handled()
    assert target.request.body == b"01234"
    assert target.request.header("content-length") == "10"
    assert not target.request.complete


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)
    return context


async def test_tls_certificate_that_nobody_trusts_is_refused(sink: StartSink, wire: Wire, tls: ssl.SSLContext) -> None:
    target = await sink(OK, tls=tls)
    error = await error_of(wire, post(target.url))
    assert error.kind == "tls"
    assert "SSL_CERT_FILE" in error.message
    assert target.requests == []


async def test_tls_without_verification(sink: StartSink, tls: ssl.SSLContext) -> None:
    target = await sink(OK, tls=tls)
    wire = Wire(verify=False)
    for _ in range(2):
        assert (await wire.exchange(post(target.url))).status == 200
    assert target.connections == 1
    await wire.aclose()
    await target.all_handled()


async def test_tls_with_a_certificate_of_ones_own(
    sink: StartSink, wire: Wire, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(LOCALHOST))
    target = await sink(OK, tls=tls)
    assert (await wire.exchange(post(target.url))).status == 200


async def test_tls_to_a_port_without_it(wire: Wire) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as plain:
        error = await error_of(wire, post(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/"))
    assert error.kind == "tls"
    assert "Does this port speak TLS?" in error.message
