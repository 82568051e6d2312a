from __future__ import annotations

import pytest

from inspector.errors import DeliveryError
from inspector.sender.request import Request, Transmission, encode, parse_url, target_url

URL = "http://app.example:8000/hook?b=2&a=1"


def test_request_stands_on_the_wire_as_given() -> None:
    headers = [("Content-Type", "application/json"), ("x-empty", ""), ("X-Twice", "1"), ("x-twice", "2")]
    request = Request.build("POST", URL, headers, b'{"a":1}')
    assert request.head == (
        b"POST /hook?b=2&a=1 HTTP/1.1\r\n"
        b"host: app.example:8000\r\n"
        b"Content-Type: application/json\r\n"
        b"x-empty: \r\n"
        b"X-Twice: 1\r\n"
        b"x-twice: 2\r\n"
        b"content-length: 7\r\n"
        b"\r\n"
    )
    assert encode(request) == [request.head + b'{"a":1}']


def test_headers_are_those_that_go_out() -> None:
    request = Request.build("POST", URL, [("a", "1")], b"x")
    assert request.headers == [("host", "app.example:8000"), ("a", "1"), ("content-length", "1")]


def test_given_host_and_framing_are_not_corrected() -> None:
    request = Request.build("POST", URL, [("Content-Length", "99"), ("HOST", "other")], b"x")
    assert request.headers == [("Content-Length", "99"), ("HOST", "other")]


@pytest.mark.parametrize(
    ("method", "body", "framing"),
    [("POST", b"", "0"), ("PUT", b"", "0"), ("GET", b"", None), ("DELETE", b"", None), ("GET", b"x", "1")],
)
def test_length_is_written_where_a_body_may_be(method: str, body: bytes, framing: str | None) -> None:
    assert dict(Request.build(method, URL, (), body).headers).get("content-length") == framing


def test_text_is_written_as_utf_8_and_bytes_as_they_are() -> None:
    request = Request.build("GET", URL, [("x-text", "é"), ("x-bytes", b"\xe9\xff")])
    assert b"x-text: \xc3\xa9\r\nx-bytes: \xe9\xff\r\n" in request.head


def test_percent_signs_travel() -> None:
    request = Request.build("GET", "http://a.example/%20%s?q=100%25", [("x-%s", "50%s")])
    assert request.head.startswith(b"GET /%20%s?q=100%25 HTTP/1.1\r\n")
    assert ("x-%s", "50%s") in request.headers


@pytest.mark.parametrize("value", ["a\r\nx-more: 1", "a\nb", "a\rb", "a\0b", b"a\nb"])
def test_value_that_would_end_its_header_is_refused(value: str | bytes) -> None:
    with pytest.raises(DeliveryError, match="header x-bad holds a line break or NUL"):
        Request.build("POST", URL, [("x-good", "1"), ("x-bad", value)])


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "é"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(DeliveryError, match="is not a header name"):
        Request.build("POST", URL, [(name, "1")])


def test_method_that_is_none_is_refused() -> None:
    with pytest.raises(DeliveryError, match="is not a method"):
        Request.build("GET /", URL)


def test_repr_does_not_show_the_body() -> None:
    assert repr(Request.build("POST", URL, (), b"secret")) == f"<Request POST {URL}, 6 bytes>"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://app.example", (False, "app.example", 80, "app.example", "/")),
        ("https://app.example", (True, "app.example", 443, "app.example", "/")),
        ("HTTP://App.Example:8000/A/../b/", (False, "App.Example", 8000, "App.Example:8000", "/A/../b/")),
        ("http://127.0.0.1:1?q=/x", (False, "127.0.0.1", 1, "127.0.0.1:1", "/?q=/x")),
        ("http://[::1]:8000/hook#part", (False, "::1", 8000, "[::1]:8000", "/hook")),
    ],
)
def test_url_is_taken_apart_and_not_normalised(url: str, target: tuple[object, ...]) -> None:
    assert tuple(parse_url(url)) == target


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("localhost:8000/hook", "http://localhost:8000/hook"),
        ("//localhost/hook", "http://localhost/hook"),
        ("htp://localhost", "http://localhost"),
        ("htps://localhost", "https://localhost"),
        ("http:/localhost/x", "http://localhost/x"),
        ("ws://localhost", "http://localhost"),
        ("", "http://127.0.0.1:8000/"),
    ],
)
def test_url_that_is_none_is_refused_with_the_nearest(url: str, meant: str) -> None:
    with pytest.raises(DeliveryError, match="Did you mean") as caught:
        parse_url(url)
    assert f"Did you mean '{meant}'?" in caught.value.message


@pytest.mark.parametrize("url", ["http://a.example/a b", "http://a.example/é", "http://bücher.example/", "http://a/\n"])
def test_url_with_other_characters_is_refused(url: str) -> None:
    with pytest.raises(DeliveryError, match="Percent-encode"):
        parse_url(url)


@pytest.mark.parametrize("url", ["http://:80/", "http://a:0/", "http://a:65536/", "http://a:b/", "http://u:p@a/"])
def test_url_without_usable_host_and_port_is_refused(url: str) -> None:
    with pytest.raises(DeliveryError, match="no usable host and port"):
        parse_url(url)


def test_chunks_are_of_nearly_equal_size() -> None:
    request = Request.build("POST", URL, (), b"0123456789", chunked=True)
    assert ("transfer-encoding", "chunked") in request.headers
    pieces = encode(request, Transmission(chunked=True, pieces=3))
    assert pieces == [request.head, b"4\r\n0123\r\n", b"4\r\n4567\r\n", b"2\r\n89\r\n", b"0\r\n\r\n"]


def test_empty_body_in_chunks_is_the_last_chunk_alone() -> None:
    request = Request.build("POST", URL, chunked=True)
    assert encode(request, Transmission(chunked=True, pieces=4)) == [request.head, b"0\r\n\r\n"]


def test_pieces_make_up_the_body() -> None:
    request = Request.build("POST", URL, (), b"0123456789")
    assert encode(request, Transmission(pieces=5)) == [request.head, b"01", b"23", b"45", b"67", b"89"]


def test_cut_leaves_the_announced_length_and_no_last_chunk() -> None:
    request = Request.build("POST", URL, (), b"0123456789")
    assert encode(request, Transmission(cut=0.5)) == [request.head, b"01234"]
    assert ("content-length", "10") in request.headers
    chunked = Request.build("POST", URL, (), b"0123456789", chunked=True)
    assert encode(chunked, Transmission(chunked=True, cut=0.5)) == [chunked.head, b"5\r\n01234\r\n"]


@pytest.mark.parametrize(
    ("url", "target", "where"),
    [
        ("http://a.example", "/hook?x", "http://a.example/hook?x"),
        ("http://a.example/in", "/hook?x", "http://a.example/in"),
        ("http://a.example/", "/hook", "http://a.example/"),
        ("http://a.example", "http://b.example/hook?x", "http://a.example/hook?x"),
        ("http://a.example", "*", "http://a.example/*"),
    ],
)
def test_a_target_without_a_path_keeps_that_of_the_request(url: str, target: str, where: str) -> None:
    assert target_url(url, target) == where
