"""The X-ray of a signature: what should be signed beside what was."""

from __future__ import annotations

import base64
import hmac
import json
import re
from hashlib import sha256
from html import unescape

import pytest

from inspector.web.masking import mask_in_text
from inspector.web.xray import render_xray
from inspector.webhook.diagnosis import explain
from inspector.webhook.explanation import Explanation
from inspector.webhook.signature import sign

KEY, URL, TIMESTAMP = "k", "https://app.example/hook?b=1&a=2", "1732708433"
BODY = b'{"service": "conversations", "name": "\xc3\xa9"}'


def explanation(signature: str, url: str = URL, key: str = KEY) -> Explanation:
    return explain(url=url, timestamp=TIMESTAMP, body=BODY, signature=signature, signing_keys=[key])


def text_of(html: str) -> str:
    return unescape(re.sub(r"</?(mark|b|span)[^>]*>", "", html))


def test_a_valid_signature_shows_all_five_parts() -> None:
    html = render_xray(explanation(sign(KEY, TIMESTAMP, URL, BODY)), BODY)
    assert html.count("<tr>") == 5
    assert html.count("LF") == 2
    assert "data-differs" not in html
    assert "32 raw bytes, SHA-256 of the body" in html


def test_what_differs_is_marked_word_by_word() -> None:
    wrong = sign(KEY, TIMESTAMP, URL.replace("https", "http"), BODY)
    html = render_xray(explanation(wrong), BODY)
    assert html.count("data-differs") == 1
    assert "<mark>https</mark>://app.example" in html
    assert "<mark>http</mark>://app.example" in html


def test_another_body_is_shown_around_its_first_difference() -> None:
    wrong = sign(KEY, TIMESTAMP, URL, json.dumps(json.loads(BODY)).encode())
    found = explanation(wrong)
    assert found.cause == "body-reserialised"
    html = text_of(render_xray(found, BODY))
    assert 'in place of …onversations", "name": "é"}' in html


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        (TIMESTAMP + ".", "should be"),
        (TIMESTAMP + "\\n", "\\ and n, two characters"),
        (TIMESTAMP + "\r\n", "CR LF"),
    ],
    ids=["dots", "backslash", "cr"],
)
def test_separators_are_made_visible(signed: str, told: str) -> None:
    separator = signed.removeprefix(TIMESTAMP)
    message = (signed + URL + separator).encode() + sha256(BODY).digest()
    found = explanation(base64.b64encode(hmac.digest(KEY.encode(), message, "sha256")).decode())
    assert found.cause == "separator"
    html = text_of(render_xray(found, BODY))
    assert told in html
    assert html.count("data-differs") == 2


def test_parts_in_another_order_stand_side_by_side() -> None:
    message = f"id-1.{TIMESTAMP}.".encode() + BODY
    signature = base64.b64encode(hmac.digest(KEY.encode(), message, "sha256")).decode()
    found = explain(
        url=URL,
        timestamp=TIMESTAMP,
        body=BODY,
        signature=signature,
        signing_keys=[KEY],
        headers=[("webhook-id", "id-1")],
    )
    assert found.cause == "standard-webhooks"
    assert "id-1" in render_xray(found, BODY)


def test_what_was_ruled_out_is_listed() -> None:
    html = render_xray(explanation(sign("another", TIMESTAMP, URL, BODY)), BODY)
    assert "Ruled out" in html
    assert "body-hex-digest" in html
    assert "not known" in html


@pytest.mark.parametrize(
    "wrong", ["http://app.example/hook?token=s3cr3t%21&a=2", "https://app.example/hook?token=s3cr3t!&a=2"]
)
def test_secrets_in_urls_are_masked_everywhere(wrong: str) -> None:
    url = "https://app.example/hook?token=s3cr3t%21&a=2"
    found = explanation(sign(KEY, TIMESTAMP, wrong, BODY), url)
    html = render_xray(found, BODY, lambda text: mask_in_text(text, "token=s3cr3t%21&a=2"))
    assert found.cause is not None
    assert "s3cr3t" in render_xray(found, BODY)
    assert "s3cr3t" not in html
