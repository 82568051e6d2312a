from __future__ import annotations

from typing import Any

import pytest

from inspector import __version__
from inspector.errors import DeliveryError
from inspector.sender.draft import Draft
from inspector.webhook.event import Event
from inspector.webhook.signature import sign

URL = "http://app.example/hook"


def draft(**changes: Any) -> Draft:
    made = {
        "message": Event("conversation.created", {"id": "1"}),
        "url": URL,
        "url_signed": URL,
        "signing_key": "key",
        "request_id": "id-1",
        "timestamp": "1732736033",
        "now": 1732736033.5,
    }
    return Draft(**{**made, **changes})


def finished(**changes: Any) -> Draft:
    made = draft(**changes)
    made.serialise()
    made.sign()
    return made


def test_signed_headers_in_order() -> None:
    made = finished()
    assert made.headers == [
        ("content-type", "application/json"),
        ("messagebird-request-id", "id-1"),
        ("messagebird-request-timestamp", "1732736033"),
        ("messagebird-signature", sign("key", "1732736033", URL, made.body)),
        ("user-agent", f"conversations-inspector/{__version__}"),
    ]
    assert made.signed == ("1732736033", URL, made.body)


def test_without_a_key_neither_signature_nor_timestamp() -> None:
    made = finished(signing_key=None)
    assert [name for name, _ in made.headers] == ["content-type", "messagebird-request-id", "user-agent"]
    assert made.signed is None


def test_event_and_body() -> None:
    assert finished().body == b'{"service":"conversations","event":"conversation.created","payload":{"id":"1"}}'
    assert finished(message=b"\xff as it is").body == b"\xff as it is"


def test_the_registered_url_is_signed() -> None:
    made = finished(url_signed="https://public.example/hook/")
    assert dict(made.headers)["messagebird-signature"] == sign(
        "key", "1732736033", "https://public.example/hook/", made.body
    )
    assert made.request().url == URL


def test_given_headers_take_the_place_of_ours_or_follow() -> None:
    made = finished()
    made.replace_headers([("Content-Type", "text/plain"), ("x-a", "1"), ("x-a", "2")])
    assert made.headers[0] == ("Content-Type", "text/plain")
    assert made.headers[-2:] == [("x-a", "1"), ("x-a", "2")]
    assert made.header("content-type") == "text/plain"


def test_header_can_be_left_out() -> None:
    made = finished()
    made.replace_headers([("Messagebird-Signature", "x")])
    made.remove_header("messagebird-signature")
    assert "Messagebird-Signature" not in dict(made.headers)


def test_request_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(DeliveryError, match="is not an http"):
        finished(url="app.example/hook").request()


def test_key_does_not_show() -> None:
    assert "sesame" not in repr(finished(signing_key="sesame"))
