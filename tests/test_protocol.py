"""The protocols on real sockets: what is no proper HTTP is one record with all its bytes, and answered."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from inspector.protocol import RecordingH11
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer

PATIENCE = 20.0
Exchange = Callable[..., bytes]
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(60))


@pytest.fixture(params=["httptools", "h11"])
def server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., InspectorServer]
) -> InspectorServer:
    """An inspector with each of the parsers first in line."""
    if request.param == "h11":
        monkeypatch.setattr("inspector.server.RecordingProtocol", RecordingH11)
    return serve()


@pytest.fixture(autouse=True)
def nothing_on_the_terminal(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever senders do stands in the log of requests alone."""
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        yield
    assert [record.getMessage() for record in caplog.records] == []


def settled(server: InspectorServer, exchange: Exchange) -> list[RecordedRequest]:
    """All records once one that comes after them is there too."""
    exchange(server.url, b"POST /last HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    *found, last = server.app.log.snapshot()
    assert last.path == "/last"
    return found


def arrived(log: RequestLog) -> RecordedRequest:
    """The first record, once it is there."""
    return wait_for(log, lambda _: True, timeout=PATIENCE)[0]


def test_a_head_that_breaks_off_is_recorded_and_answered(server: InspectorServer, exchange: Exchange) -> None:
    answer = exchange(server.url, b"POST /x HTTP/1.1\r\nHost: x\r\n", half_close=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    (recorded,) = settled(server, exchange)
    assert (recorded.method, recorded.url, recorded.answer_status) == ("POST", "http://x/x", 400)
    assert recorded.incomplete
    assert "middle of the request's head" in recorded.malformed


def test_a_head_whose_connection_is_reset_is_recorded(server: InspectorServer, exchange: Exchange) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHo")
        exchange(server.url, b"POST /between HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    found = wait_for(server.app.log, lambda request: request.path == "/x", timeout=PATIENCE)
    assert (found[0].incomplete, found[0].body) == (True, b"Ho")


def test_a_connection_that_says_nothing_is_nothing(server: InspectorServer, exchange: Exchange) -> None:
    assert exchange(server.url, b"", half_close=True) == b""
    assert settled(server, exchange) == []


def test_tls_on_our_port_is_kept_and_said(server: InspectorServer, exchange: Exchange) -> None:
    assert b"use http://" in exchange(server.url, HELLO)
    (recorded,) = settled(server, exchange)
    assert (recorded.method, recorded.url, recorded.body, recorded.size) == ("-", "", HELLO, len(HELLO))
    shown = recorded.to_json()
    assert (shown["malformed"], shown["signature"]["verdict"]) == (True, "unchecked")
    for said in (shown["malformed_reason"], shown["signature"]["message"], shown["contract"]["findings"][0]["message"]):
        assert "TLS on a plain port: use http://" in said


@pytest.mark.parametrize("method", ["POST", "x-odd"])
def test_a_request_with_broken_chunks_is_one_record(server: InspectorServer, exchange: Exchange, method: str) -> None:
    head = f"{method} /bad HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert exchange(server.url, head + b"3\r\nabc\r\nZZ\r\n").startswith(b"HTTP/1.1 400 ")
    (recorded,) = settled(server, exchange)
    assert (recorded.method, recorded.path, recorded.body, recorded.answer_status) == (method, "/bad", b"abc", 400)
    assert recorded.incomplete
    assert "chunk" in recorded.malformed


@pytest.mark.parametrize("close", ["", "Connection: close\r\n"])
def test_connect_is_recorded_and_refused_with_a_word(server: InspectorServer, exchange: Exchange, close: str) -> None:
    answer = exchange(server.url, f"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n{close}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"is no proxy" in answer
    (recorded,) = settled(server, exchange)
    assert (recorded.url, recorded.answer_status) == ("http://a.example:443", 405)
    assert recorded.duration_ms is not None


def test_connect_is_refused_whatever_the_rules(server: InspectorServer, exchange: Exchange) -> None:
    server.app.rules.replace([{"status": 200}])
    answer = exchange(server.url, b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")


def test_an_offer_of_websockets_is_an_ordinary_request(server: InspectorServer, exchange: Exchange) -> None:
    offer = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    assert exchange(server.url, b"GET /ws HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n").startswith(b"HTTP/1.1 200 ")
    assert arrived(server.app.log).path == "/ws"


def test_a_rule_may_hang_up_on_an_odd_request(server: InspectorServer, exchange: Exchange) -> None:
    server.app.rules.replace([{"fault": "empty"}])
    assert exchange(server.url, b"x-odd /x HTTP/1.1\r\nHost: x\r\n\r\n") == b""


def test_an_odd_request_is_answered_although_its_half_is_closed(server: InspectorServer, exchange: Exchange) -> None:
    data = b"x-odd /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    assert exchange(server.url, data, half_close=True).startswith(b"HTTP/1.1 200 ")


def test_a_target_that_names_its_host_is_the_url(server: InspectorServer, exchange: Exchange) -> None:
    exchange(server.url, b"GET http://other.example/abs?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert arrived(server.app.log).url == "http://other.example/abs?x=1"
