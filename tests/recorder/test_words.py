"""Words are found wherever they stand in a request, shredded or not."""

from __future__ import annotations

import pytest
from recordings import make_record, shredded

from inspector.recorder.batch import Batch
from inspector.recorder.words import in_body, in_request

BODY = (
    b'{"service":"conversations","event":"conversation.updated","payload":{"status":"closed","n": 5, "list":[1, 2],'
    b'"name":"J\\u00fcrgen \\"Joe\\" 100%","empty":""}}'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CLOSED", True),
        ("status", True),
        ("jürgen", True),
        ('jürgen "joe"', True),
        ("100%", True),
        ('"status":"closed"', True),
        ('"status":"open"', False),
        ('"n": 5, "list"', True),
        (": 5", True),
        ("5, ", True),
        ("1, 2]", True),
        ("1, 3]", False),
        ('""}}', True),
        ("closed5", False),
        ("statusclosed", False),
        ("\0", False),
        ("closed\0", False),
        ("/hook", False),
    ],
)
def test_words_in_a_body(text: str, expected: bool) -> None:
    request = make_record(BODY)
    assert in_body(text)(Batch([request])) == [expected]
    assert in_body(text)(Batch([shredded(request)])) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("put", True), ("/Hook?a", True), ("x-own:1", True), ("closed", True), ("PUT/hook", False), ("opened", False)],
)
def test_words_in_a_request(text: str, expected: bool) -> None:
    request = make_record(BODY, method="PUT", target="/hook?a", headers={"X-Own": "1"})
    assert in_request(text)(Batch([request])) == [expected]
    assert in_request(text)(Batch([shredded(request)])) == [expected]


def test_many_bodies_are_searched_as_each_is() -> None:
    requests = [make_record(BODY.replace(b"closed", b"open" * (number % 7))) for number in range(60)]
    for request in requests[::2]:
        shredded(request)
    for text in ('"open"', '"status":"open', "openopen", "5, "):
        ask = in_body(text)
        alone = [in_body(text)(Batch([request]))[0] for request in requests]
        assert ask(Batch(requests)) == alone
        assert ask(Batch(requests)) == alone  # also once it has learnt what is worth trying


@pytest.mark.parametrize(
    ("payload", "text", "expected"),
    [
        ('{"ééé":"\u212a"}', 'ééé":"k', True),  # the Kelvin sign
        ('{"ééé":"\u0130"}', 'ééé":"i', True),
        (r'{"\u0078\"":"\\"}', '8"', False),  # the digit of an escape
        (r'{"\u0078\n":"a"}', "8\n", False),
        (r'{"x\"":"a"}', 'x"', True),
        (r'{"8\"":"\\"}', '8"', True),
    ],
)
def test_letters_that_are_written_in_another_way(payload: str, text: str, expected: bool) -> None:
    body = f'{{"service":"s","event":"e","payload":{payload},"other":"{"x" * 99}"}}'.encode()
    request = make_record(body)
    assert in_body(text)(Batch([request])) == [expected]
    assert in_body(text)(Batch([shredded(request)])) == [expected]
