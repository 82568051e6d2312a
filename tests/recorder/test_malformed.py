"""What is no HTTP is kept as it came, and said why."""

from __future__ import annotations

import pytest

from inspector.recorder.malformed import Malformed, malformed_reason

HEAD = b"POST /hook?a=1 HTTP/1.0\r\nHost: a\r\nX-B:  c: d \r\n"


def test_a_head_that_can_be_read_is_read() -> None:
    assert Malformed.read(HEAD + b"\r\nrest\r\n\r\n") == Malformed(
        "POST", b"/hook?a=1", ((b"host", b"a"), (b"x-b", b"c: d")), b"rest\r\n\r\n", "1.0"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\nmore",
        b"this is not HTTP\r\n\r\n",
        HEAD + b"no colon\r\n\r\nbody",
        b"",
    ],
)
def test_of_anything_else_all_bytes_are_kept(data: bytes) -> None:
    assert Malformed.read(data) == Malformed("-", b"", (), data)


def test_a_line_that_has_not_ended_is_no_header() -> None:
    read = Malformed.read(b"POST /x HTTP/1.1\r\nHost: x\r\nX-Sec")
    assert (read.method, read.target, read.headers, read.body) == ("POST", b"/x", ((b"host", b"x"),), b"X-Sec")


@pytest.mark.parametrize(
    ("data", "why", "said"),
    [
        (b"\x16\x03\x01\x02", "Invalid method", "TLS on a plain port: use http://"),
        (b"PRI * HTTP/2.0\r\n\r\n", "", "HTTP/2"),
        (b"x", "illegal request line: bytearray(b'hello')", "request: illegal request line: 'hello'."),
        (b"x", "", "request: it cannot be parsed."),
    ],
)
def test_the_reason_is_for_people(data: bytes, why: str, said: str) -> None:
    assert said in malformed_reason(data, why)
