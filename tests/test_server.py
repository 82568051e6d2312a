"""The server on real sockets: what senders do, well or badly, is recorded and does not stop it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from inspector.errors import ConfigError
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import Settings

PATIENCE = 20.0
Exchange = Callable[..., bytes]


def post(target: str = "/hook", body: bytes = b"{}", *headers: str, method: str = "POST") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: app.example", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def only(log: RequestLog) -> RecordedRequest:
    """The one recorded request, once it is there."""
    found = wait_for(log, lambda _: True, 1, timeout=PATIENCE)
    assert len(found) == 1
    return found[0]


def test_a_webhook_is_recorded_and_answered(server: InspectorServer, exchange: Exchange) -> None:
    answer = exchange(server.url, post("/any/path?x=1", b'{"a": 1}'))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"ok":true}')
    recorded = only(server.app.log)
    assert (recorded.url, recorded.body) == ("http://app.example/any/path?x=1", b'{"a": 1}')


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW", "x-odd"])
def test_any_method_is_recorded(server: InspectorServer, exchange: Exchange, method: str) -> None:
    assert exchange(server.url, post(method=method)).startswith(b"HTTP/1.1 200 ")
    assert only(server.app.log).method == method


@pytest.mark.parametrize(
    "target",
    ["/hook?", "/a//b/../c", "/%2e%2E/%zz", "/a b".replace(" ", "+"), "/x?q=%00&&=&", "http://other.example/y"],
)
def test_the_target_is_kept_as_sent(server: InspectorServer, exchange: Exchange, target: str) -> None:
    exchange(server.url, post(target))
    assert only(server.app.log).target == target.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"this is not HTTP\r\n\r\n",
        b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
    ],
)
def test_what_is_no_http_is_recorded_as_malformed(server: InspectorServer, exchange: Exchange, data: bytes) -> None:
    assert exchange(server.url, data).startswith(b"HTTP/1.1 400 ")
    recorded = only(server.app.log)
    assert recorded.malformed
    assert recorded.answer_status == 400


def test_garbage_after_a_good_request_is_recorded_too(server: InspectorServer, exchange: Exchange) -> None:
    good = b"POST /good HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    exchange(server.url, good + b"garbage\r\n\r\n")
    found = wait_for(server.app.log, lambda _: True, 2, timeout=PATIENCE)
    assert sorted(bool(request.malformed) for request in found) == [False, True]


def test_bodies_are_kept_as_sent(server: InspectorServer, exchange: Exchange) -> None:
    packed = gzip.compress(b'{"a": 1}')
    exchange(server.url, post("/gzip", packed, "Content-Encoding: gzip"))
    exchange(server.url, post("/binary", bytes(range(256))))
    exchange(server.url, post("/empty", b""))
    head = b"POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    exchange(server.url, head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    bodies = {request.path: request.body for request in server.app.log.snapshot()}
    assert bodies == {"/gzip": packed, "/binary": bytes(range(256)), "/empty": b"", "/chunked": b"abcde"}


def test_a_client_that_closes_its_half_is_answered(server: InspectorServer, exchange: Exchange) -> None:
    data = b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
    assert exchange(server.url, data, half_close=True).startswith(b"HTTP/1.1 200 ")
    assert not only(server.app.log).incomplete


def test_a_client_that_leaves_mid_body_is_incomplete(server: InspectorServer, exchange: Exchange) -> None:
    data = b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"
    exchange(server.url, data, half_close=True)
    recorded = only(server.app.log)
    assert (recorded.incomplete, recorded.body) == (True, b"half")


def test_an_offer_to_upgrade_is_an_ordinary_webhook(server: InspectorServer, exchange: Exchange) -> None:
    offer = ("Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA")
    data = post("/hook", b"{}", *offer).replace(b"Connection: close", b"Connection: Upgrade, HTTP2-Settings, close")
    assert b"200 OK" in exchange(server.url, data)
    assert only(server.app.log).body == b"{}"


def test_a_body_over_the_limit_is_answered_413(serve: Callable[..., InspectorServer], exchange: Exchange) -> None:
    server = serve(max_body=1000)
    assert exchange(server.url, post("/hook", b"x" * 300_000)).startswith(b"HTTP/1.1 413 ")
    recorded = only(server.app.log)
    assert (recorded.size, len(recorded.body), recorded.truncated) == (300_000, 1000, True)


def test_many_senders_at_once_lose_nothing(server: InspectorServer, exchange: Exchange) -> None:
    senders = [threading.Thread(target=exchange, args=(server.url, post(f"/{n}"))) for n in range(40)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(PATIENCE)
    assert {request.path for request in server.app.log.snapshot()} == {f"/{n}" for n in range(40)}


def test_stop_ends_streams_and_records_what_is_under_way() -> None:
    server = InspectorServer(Settings(port=0))
    server.start()
    address = urlsplit(server.url)
    stream = b"GET /-/api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    half = b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"
    connections = [connect(address, data) for data in (stream, stream, stream)]
    for connection in connections:
        assert connection.recv(10).startswith(b"HTTP/1.1 ")
    connections.append(connect(address, half))
    deadline = time.monotonic() + PATIENCE
    while len(server._state.tasks) < 4:  # the half request has reached the app
        assert time.monotonic() < deadline, "a stream ended, or the half request did not arrive"
        threading.Event().wait(0.001)
    server.stop()
    assert only(server.app.log).incomplete
    for connection in connections:
        connection.close()


def connect(address: Any, data: bytes) -> socket.socket:
    connection = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
    connection.sendall(data)
    return connection


def test_a_taken_port_is_a_clear_error(server: InspectorServer) -> None:
    port = urlsplit(server.url).port
    with pytest.raises(ConfigError, match=f"Cannot listen on 127.0.0.1:{port}.*--port"):
        InspectorServer(Settings(port=port or 0)).start()


def test_ipv6_loopback_is_served() -> None:
    try:
        with InspectorServer(Settings(host="::1", port=0)) as server:
            assert server.url.startswith("http://[::1]:")
    except ConfigError:
        pytest.skip("this machine has no IPv6 loopback")
