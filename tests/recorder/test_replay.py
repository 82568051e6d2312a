"""Replays: byte for byte, or edited, signed as asked."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.errors import ConflictError, DeliveryError
from inspector.recorder.analysis import Analyser
from inspector.recorder.replay import MASK, Edit, Replay
from inspector.recorder.request import RecordedRequest
from inspector.webhook.signature import sign

NOW = 1700000000.9
TARGET = "http://app.example:8000"


def recorded(body: bytes = b'{"a":  1}') -> RecordedRequest:
    headers = [
        (b"host", b"inspector:4747"),
        (b"content-type", b"application/json"),
        (b"x-twice", b"1"),
        (b"x-twice", b"2"),
        (b"connection", b"keep-alive"),
        (b"transfer-encoding", b"chunked"),
        (b"content-length", b"9"),
        (b"messagebird-request-id", b"id-1"),
        (b"messagebird-request-timestamp", b"1600000000"),
        (b"messagebird-signature", b"old="),
    ]
    target = b"/hook?b=2&a=%31"
    return RecordedRequest(
        received_at=0.0, method="PUT", target=target, headers=headers, body=body, analyser=Analyser()
    )


def headers_of(**options: Any) -> list[tuple[str, str]]:
    return Replay(TARGET, **options).request(recorded(), NOW).headers


def test_a_kept_replay_is_what_was_recorded() -> None:
    sent = Replay(TARGET).request(recorded(), NOW)
    assert (sent.method, sent.url, sent.body) == ("PUT", f"{TARGET}/hook?b=2&a=%31", b'{"a":  1}')
    assert sent.headers == [
        ("host", "app.example:8000"),
        ("content-type", "application/json"),
        ("x-twice", "1"),
        ("x-twice", "2"),
        ("messagebird-request-id", "id-1"),
        ("messagebird-request-timestamp", "1600000000"),
        ("messagebird-signature", "old="),
        ("content-length", "9"),
    ]


def test_a_fresh_signature_is_of_the_new_address_and_time() -> None:
    headers = dict(headers_of(signing="fresh", signing_key="k"))
    assert headers["messagebird-request-timestamp"] == "1700000000"
    expected = sign("k", 1700000000, f"{TARGET}/hook?b=2&a=%31", b'{"a":  1}')
    assert headers["messagebird-signature"] == expected
    assert headers["messagebird-request-id"] == "id-1"


def test_without_a_signature_both_headers_go() -> None:
    names = [name for name, _ in headers_of(signing="none")]
    assert "messagebird-signature" not in names
    assert "messagebird-request-timestamp" not in names
    assert "messagebird-request-id" in names


def test_an_edit_is_signed_as_edited() -> None:
    edit = Edit(method="POST", path="/other", headers=[("x-only", "this")], body=b"[]")
    sent = Replay(TARGET, "fresh", "k", edit).request(recorded(), NOW)
    assert (sent.method, sent.url, sent.body) == ("POST", f"{TARGET}/other", b"[]")
    assert sent.headers[1] == ("x-only", "this")
    assert dict(sent.headers)["messagebird-signature"] == sign("k", 1700000000, f"{TARGET}/other", b"[]")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must be an object"),
        ({"metod": "GET"}, "unknown field 'metod'"),
        ({"method": 5}, "'method'"),
        ({"headers": "x"}, "pairs of text"),
        ({"headers": [["a", "b\r\nc: d"]]}, "line break"),
        ({"path": "/a\r\nb"}, "'path' of 'edit' holds a line break"),
        ({"method": "PO\nST"}, "'method' of 'edit' holds a line break"),
        ({"body_base64": "%%%"}, "not base64"),
    ],
)
def test_a_wrong_edit_is_refused(content: Any, said: str) -> None:
    with pytest.raises(DeliveryError, match=said):
        Edit.from_json(content)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"body": "text"}, b"text"),
        ({"body": {"a": 1}}, b'{"a":1}'),
        ({"body_base64": "AAH/"}, b"\x00\x01\xff"),
        ({}, None),
    ],
)
def test_a_body_is_text_json_or_base64(content: dict[str, Any], body: bytes | None) -> None:
    assert Edit.from_json(content).body == body


@pytest.mark.parametrize(
    ("path", "where"),
    [("/other?y", "/other?y"), ("other", "/other"), ("", "/"), ("http://b.example/other", "/other")],
)
def test_an_edited_path_goes_before_that_of_the_target(path: str, where: str) -> None:
    sent = Replay(f"{TARGET}/in?x=1", edit=Edit(path=path)).request(recorded(), NOW)
    assert sent.url == f"{TARGET}{where}"


def test_what_is_masked_is_not_sent() -> None:
    masked = Edit(headers=[("authorization", f"Bearer {MASK}")])
    with pytest.raises(ConflictError, match="The header authorization is masked"):
        Replay(TARGET, edit=masked).request(recorded(), NOW)
    with pytest.raises(ConflictError, match="A secret in the query is masked"):
        Replay(TARGET, edit=Edit(path=f"/hook?token={MASK}")).request(recorded(), NOW)


@pytest.mark.parametrize("lack", [{"size": 9}, {"incomplete": True}])
def test_what_was_not_recorded_whole_is_sent_with_another_body_alone(lack: dict[str, Any]) -> None:
    half = RecordedRequest(
        received_at=0.0, method="PUT", target=b"/", headers=[], body=b'{"a', analyser=Analyser(), **lack
    )
    with pytest.raises(ConflictError, match="The body was not recorded whole"):
        Replay(TARGET).request(half, NOW)
    assert Replay(TARGET, edit=Edit(body=b"{}")).request(half, NOW).body == b"{}"


def test_a_fresh_signature_needs_a_key() -> None:
    with pytest.raises(DeliveryError, match="needs a signing key"):
        Replay(TARGET, "fresh")


def test_the_way_of_signing_is_one_of_three() -> None:
    with pytest.raises(DeliveryError, match="not one of fresh, keep, none"):
        Replay(TARGET, "again")  # type: ignore[arg-type]
