from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from inspector.errors import SignatureError
from inspector.settings import SigningKey
from inspector.webhook.signature import Verification, decode_signature, sign, signed_message, verify

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "signatures.json").read_text(encoding="utf-8"))
BY_CASE = {vector["case"]: vector for vector in VECTORS["correct"]}
NOW = 1719823259


def signature_by_definition(key, timestamp, url, body):
    """HMAC written out from RFC 2104, so that nothing is shared with what is tested."""
    block = key.encode() if len(key.encode()) <= 64 else hashlib.sha256(key.encode()).digest()
    block = block.ljust(64, b"\0")
    message = timestamp.encode() + b"\n" + url.encode() + b"\n" + hashlib.sha256(body).digest()
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return base64.b64encode(hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()).decode()


def pieces(**changes):
    """A webhook whose signature holds, as arguments of `verify`."""
    vector = BY_CASE["query kept verbatim, unsorted"]
    return {
        "url": vector["url"],
        "timestamp": vector["timestamp"],
        "body": vector["body"].encode(),
        "signature": vector["signature"],
        "signing_keys": [vector["key"]],
        "now": NOW,
        **changes,
    }


@pytest.mark.parametrize("vector", VECTORS["correct"], ids=BY_CASE.keys())
def test_vectors(vector):
    body = vector["body"].encode()
    signature = sign(vector["key"], vector["timestamp"], vector["url"], body)
    assert signature == vector["signature"]
    assert signature == signature_by_definition(vector["key"], vector["timestamp"], vector["url"], body)
    assert verify(
        url=vector["url"],
        timestamp=vector["timestamp"],
        body=body,
        signature=vector["signature"],
        signing_keys=[vector["key"]],
    ) == Verification("valid", url=vector["url"])


@pytest.mark.parametrize("key", ["k", "whsec_MfKQ9r8=", "schlüssel €", "k" * 64, "k" * 65])
def test_keys_are_text_of_any_length_and_never_decoded(key):
    assert sign(key, NOW, "https://app.example/hook", b"{}") == signature_by_definition(
        key, str(NOW), "https://app.example/hook", b"{}"
    )


def test_the_signed_message_ends_with_the_raw_digest():
    message = signed_message("1719823259", "https://example.com/webhook?b=2&a=1", b"body")
    assert message == b"1719823259\nhttps://example.com/webhook?b=2&a=1\n" + hashlib.sha256(b"body").digest()


def test_bytes_that_are_no_utf_8_are_signed_as_they_came():
    assert signed_message("1", b"/\xff".decode(errors="surrogateescape"), b"").startswith(b"1\n/\xff\n")


def test_text_that_cannot_be_utf_8_is_an_error():
    with pytest.raises(SignatureError, match="cannot be written as UTF-8"):
        sign("\ud800", 1, "https://app.example", b"")


def test_a_signature_that_holds():
    assert verify(**pieces()).verdict == "valid"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://example.com/webhook?a=1&b=2"},
        {"url": "http://example.com/webhook?b=2&a=1"},
        {"url": "https://example.com/webhook"},
        {"timestamp": "1719823260"},
        {"timestamp": "1719823259000"},
        {"timestamp": ""},
        {"body": b""},
        {"body": b'{"service": "conversations"}'},
        {"signing_keys": ["another"]},
        {"signing_keys": ["KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk= "]},
        {"signature": BY_CASE["plain"]["signature"]},
    ],
)
def test_one_wrong_piece_and_it_does_not_hold(changes):
    assert verify(**pieces(**changes)).verdict == "invalid"


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "fMeCHiCAD5l+nMPFrReEcJf1Yla1XTx4icsfX70tfQs", "YWJj", "0" * 64, "ü", "\ud800"],
)
def test_a_signature_of_another_form_says_which_is_expected(signature):
    verification = verify(**pieces(signature=signature))
    assert verification.verdict == "invalid"
    assert verification.message == "The signature is not 32 bytes in standard base64 with padding (44 characters)."


def test_url_safe_base64_is_another_form():
    assert decode_signature(base64.urlsafe_b64encode(b"\xff" * 32).decode()) is None
    assert decode_signature(base64.b64encode(b"\xff" * 32).decode()) == b"\xff" * 32


def test_a_signature_without_a_timestamp_cannot_hold():
    verification = verify(**pieces(timestamp=None))
    assert verification.verdict == "invalid"
    assert "no messagebird-request-timestamp header" in verification.message


def test_no_signature_is_missing_even_without_a_key():
    assert verify(**pieces(signature=None)).verdict == "missing"
    assert verify(**pieces(signature=None, signing_keys=[])).verdict == "missing"


def test_no_key_leaves_it_unchecked():
    verification = verify(**pieces(signing_keys=[]))
    assert verification.verdict == "unchecked"
    assert "--signing-key" in verification.message


def test_the_key_and_the_url_that_match_are_named():
    good = pieces()
    keys = [SigningKey("other", "old"), SigningKey(good["signing_keys"][0], "staging")]
    urls = ["http://127.0.0.1:4747/webhook?b=2&a=1", good["url"]]
    verification = verify(**pieces(signing_keys=keys, url=urls))
    assert (verification.verdict, verification.key, verification.url) == ("valid", "staging", good["url"])
    assert verification.message == "Signed by key 'staging'."


@pytest.mark.parametrize(
    ("arrived", "age", "stale", "words"),
    [
        (NOW, 0, False, "Signed by the signing key."),
        (NOW + 59.9, 59, False, "Signed by the signing key."),
        (NOW + 11520, 11520, False, "3 h 12 min old: a redelivery keeps its first timestamp"),
        (NOW + 8 * 3600, 28800, False, "8 h old: a redelivery"),
        (NOW + 8 * 3600 + 1, 28801, True, "8 h old: beyond the retry window"),
        (NOW - 120, -120, False, "dated 2 min in the future"),
    ],
)
def test_age_is_told_apart_from_the_verdict(arrived, age, stale, words):
    verification = verify(**pieces(now=arrived))
    assert (verification.verdict, verification.age_seconds, verification.stale) == ("valid", age, stale)
    assert words in verification.message


def test_when_it_is_stale_can_be_set():
    assert verify(**pieces(now=NOW + 301, stale_after=300)).stale
    assert not verify(**pieces(now=NOW + 300, stale_after=300)).stale


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1719823259.5", "²", "9" * 5000])
def test_a_timestamp_that_is_no_number_of_seconds_has_no_age(timestamp):
    verification = verify(**pieces(timestamp=timestamp))
    assert (verification.verdict, verification.age_seconds, verification.stale) == ("invalid", None, False)


def test_a_signed_timestamp_that_is_no_number_is_valid_and_says_so():
    signature = sign("k", "yesterday", "https://app.example", b"")
    verification = verify(
        url="https://app.example", timestamp="yesterday", body=b"", signature=signature, signing_keys=["k"], now=NOW
    )
    assert verification.verdict == "valid"
    assert "not Unix seconds" in verification.message


def test_without_a_time_of_arrival_nothing_is_said_of_the_age():
    signature = sign("k", "1719823259", "https://app.example", b"")
    verification = verify(
        url="https://app.example", timestamp="1719823259", body=b"", signature=signature, signing_keys=["k"]
    )
    assert verification.message == "Signed by the signing key."
