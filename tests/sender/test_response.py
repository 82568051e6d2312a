from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from inspector.sender import response as module
from inspector.sender.response import KEPT_BODY, H11Reader, HttptoolsReader, Response, ResponseReader, WireError

ReaderMaker = Callable[[], ResponseReader]


@pytest.fixture(params=["httptools", "h11"])
def new_reader(request: pytest.FixtureRequest) -> ReaderMaker:
    """Both readers must read the same."""
    return HttptoolsReader if request.param == "httptools" else lambda: H11Reader("POST")


def read(new_reader: ReaderMaker, raw: bytes) -> Response:
    reader = new_reader()
    assert reader.feed(raw)
    return reader.response(ms=1.5)


SIMPLE = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-A: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n{}"


def test_parts_of_an_answer(new_reader: ReaderMaker) -> None:
    answer = read(new_reader, SIMPLE)
    assert (answer.status, answer.reason, answer.http_version) == (201, "Created", "1.1")
    assert answer.headers == [("Content-Type", "application/json"), ("X-A", "1"), ("x-a", "2"), ("content-length", "2")]
    assert (answer.body, answer.size, answer.ms) == (b"{}", 2, 1.5)
    assert answer.header("x-A") == "1"
    assert answer.header("x-b") is None


def test_byte_by_byte(new_reader: ReaderMaker) -> None:
    reader = new_reader()
    done = [reader.feed(bytes([byte])) for byte in SIMPLE]
    assert done == [False] * (len(SIMPLE) - 1) + [True]
    assert reader.response(0).head == SIMPLE.removesuffix(b"\r\n\r\n{}")
    assert reader.keep_alive


def test_chunked_body_and_trailers(new_reader: ReaderMaker) -> None:
    raw = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n"
    answer = read(new_reader, raw)
    assert answer.body == b"abcde"
    assert answer.headers == [("transfer-encoding", "chunked")]


def test_body_until_the_connection_closes(new_reader: ReaderMaker) -> None:
    reader = new_reader()
    assert not reader.feed(b"HTTP/1.1 200 OK\r\n\r\nab")
    assert not reader.feed(b"c")
    assert reader.feed_eof()
    assert reader.response(0).body == b"abc"
    assert not reader.keep_alive


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 O",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["nothing", "in the head", "in a body with a length", "in a chunked body"],
)
def test_closed_too_early_is_no_answer(new_reader: ReaderMaker, start: bytes) -> None:
    reader = new_reader()
    assert not reader.feed(start) if start else True
    assert not reader.feed_eof()


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_that_have_no_body(new_reader: ReaderMaker, status: bytes) -> None:
    answer = read(new_reader, b"HTTP/1.1 " + status + b"\r\ncontent-type: x\r\n\r\n")
    assert answer.size == 0


def test_interim_answers_are_passed_over(new_reader: ReaderMaker) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    answer = read(new_reader, interim + SIMPLE)
    assert answer.status == 201
    assert answer.header("link") is None


def test_interim_answer_in_a_packet_of_its_own(new_reader: ReaderMaker) -> None:
    reader = new_reader()
    assert not reader.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert reader.feed(SIMPLE)
    assert reader.response(0).reason == "Created"


def test_answer_to_head_has_no_body() -> None:
    reader = H11Reader("HEAD")
    assert reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")
    assert reader.response(0).size == 0
    assert reader.keep_alive


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n", False),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\nmore", False),
    ],
    ids=["yes", "close", "old version", "bytes that nobody asked for", "bytes after close"],
)
def test_whether_the_connection_can_be_kept(new_reader: ReaderMaker, raw: bytes, kept: bool) -> None:
    reader = new_reader()
    assert reader.feed(raw)
    assert reader.keep_alive is kept
    assert reader.response(0).status == 200


def test_version_of_old_answers(new_reader: ReaderMaker) -> None:
    assert read(new_reader, b"HTTP/1.0 200\r\ncontent-length: 0\r\n\r\n").http_version == "1.0"


def test_reason_may_be_missing(new_reader: ReaderMaker) -> None:
    answer = read(new_reader, b"HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n")
    assert answer.reason == ""


def test_long_body_is_counted_and_its_beginning_kept(new_reader: ReaderMaker) -> None:
    body = b"x" * (KEPT_BODY - 1) + b"yz"
    reader = new_reader()
    reader.feed(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
    reader.feed(body[:1000])
    assert reader.feed(body[1000:])
    answer = reader.response(0)
    assert answer.size == len(body)
    assert answer.body == body[:KEPT_BODY]


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
    ids=["ssh", "tls", "a wrong length", "an upgrade"],
)
def test_what_is_not_http_is_an_error(new_reader: ReaderMaker, raw: bytes) -> None:
    with pytest.raises(WireError, match="not HTTP") as caught:
        new_reader().feed(raw)
    assert caught.value.kind == "protocol"


def test_endless_headers_are_an_error(new_reader: ReaderMaker) -> None:
    reader = new_reader()
    reader.feed(b"HTTP/1.1 200 OK\r\n")
    for _ in range(4):
        reader.feed(b"x-long: " + b"x" * 60_000 + b"\r\n")
    with pytest.raises(WireError) as caught:
        reader.feed(b"x-long: " + b"x" * 60_000 + b"\r\n")
    assert caught.value.kind == "protocol"


def test_h11_reads_where_httptools_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(module.reader_for("POST"), HttptoolsReader)
    assert isinstance(module.reader_for("HEAD"), H11Reader)
    monkeypatch.setattr(module, "httptools", None)
    assert isinstance(module.reader_for("POST"), H11Reader)


def test_answer_as_json() -> None:
    answer = Response.build(500, [("x", "é"), (b"y", b"\xe9")], b"\xff\x00", reason="Oops", ms=2.0)
    assert answer.to_json() == {
        "status": 500,
        "reason": "Oops",
        "http_version": "1.1",
        "headers": [["x", "é"], ["y", "é"]],
        "body": {
            "size": 2,
            "sha256": sha256(b"\xff\x00").hexdigest(),
            "truncated": False,
            "text": None,
            "base64": "/wA=",
        },
    }
    assert answer.raw_headers == [(b"x", "é".encode()), (b"y", b"\xe9")]


def test_repr_is_short() -> None:
    assert repr(Response.build(200, (), b"x" * 9, reason="OK", ms=2)) == "<Response 200 OK, 9 bytes, 2.0 ms>"
