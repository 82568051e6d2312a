from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import SignatureError
from inspector.settings import SigningKey
from inspector.webhook.diagnosis import explain
from inspector.webhook.explanation import MAX_SHOWN, Explanation
from inspector.webhook.signature import sign, signed_message

DATA = Path(__file__).parents[1] / "data"
VECTORS = json.loads((DATA / "signatures.json").read_text())
KEY, TIMESTAMP, URL = "secret", "1719823259", "https://app.example/hook?b=2&a=1"
BODY = b'{"service":"conversations","event":"conversation.created","payload":{"name":"Jane"}}'


def explained(signature: str | None, **given: Any) -> Explanation:
    pieces = {"url": URL, "timestamp": TIMESTAMP, "body": BODY, "signing_keys": [KEY], **given}
    return explain(signature=signature, **pieces)


def random_signature(seed: int) -> str:
    return base64.b64encode(random.Random(seed).randbytes(32)).decode()


@pytest.mark.parametrize("vector", VECTORS["correct"], ids=lambda vector: vector["case"])
def test_a_right_signature_is_valid(vector: dict[str, str]) -> None:
    explanation = explain(
        url=vector["url"],
        timestamp=vector["timestamp"],
        body=vector["body"].encode(),
        signature=vector["signature"],
        signing_keys=[vector["key"]],
    )
    assert (explanation.verdict, explanation.cause) == ("valid", None)
    assert explanation.expected == explanation.received == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["legacy_query"], ids=lambda vector: vector["case"])
def test_the_vendors_own_vectors_of_the_legacy_scheme_are_recognised(vector: dict[str, str]) -> None:
    query = f"?{vector['query']}" if vector["query"] else ""
    explanation = explain(
        url=f"https://app.example/hook{query}",
        timestamp=vector["timestamp"],
        body=vector["body"].encode(),
        signature=vector["signature"],
        signing_keys=[vector["key"]],
    )
    assert explanation.cause == "legacy-query-scheme"


def test_any_key_and_any_url_that_matches_is_valid() -> None:
    keys = [SigningKey("first", "one"), SigningKey(KEY, "two")]
    explanation = explained(sign(KEY, TIMESTAMP, URL, BODY), url=["https://old.example/", URL], signing_keys=keys)
    assert (explanation.verdict, explanation.key, explanation.url) == ("valid", "two", URL)


def test_a_mistake_says_what_to_do_and_what_was_signed() -> None:
    explanation = explained(sign(KEY, TIMESTAMP, URL.replace("https", "http"), BODY))
    assert explanation.cause == "url-scheme"
    assert "http://" in explanation.message
    assert f"sign exactly {URL}" in explanation.message
    assert explanation.evidently_signed is not None
    assert [part.text for part in explanation.evidently_signed][:3] == [
        TIMESTAMP,
        "\n",
        "http://app.example/hook?b=2&a=1",
    ]


def test_the_right_parts_join_to_the_signed_message() -> None:
    explanation = explained(random_signature(1))
    assert [part.name for part in explanation.signed_text] == [
        "timestamp",
        "separator",
        "url",
        "separator",
        "body_digest",
    ]
    assert b"".join(part.data for part in explanation.signed_text) == signed_message(TIMESTAMP, URL, BODY)


def test_expected_is_the_right_signature_for_the_key_that_was_misused() -> None:
    wrong = base64.b64encode(hmac.digest(b"second\n", signed_message(TIMESTAMP, URL, BODY), "sha256")).decode()
    explanation = explained(wrong, signing_keys=[SigningKey("first", "one"), SigningKey("second", "two")])
    assert (explanation.cause, explanation.key) == ("key-whitespace", "two")
    assert explanation.expected == sign("second", TIMESTAMP, URL, BODY)


def test_the_label_of_another_subscriptions_key() -> None:
    explanation = explained(sign("other", TIMESTAMP, URL, BODY), other_keys=[SigningKey("other", "sales")])
    assert (explanation.cause, explanation.key) == ("other-key", "sales")
    assert "'sales'" in explanation.message
    assert explanation.expected == sign(KEY, TIMESTAMP, URL, BODY)


def test_a_key_that_is_given_as_right_is_not_another_subscriptions() -> None:
    assert explained(sign(KEY, TIMESTAMP, URL, BODY), other_keys=[KEY]).verdict == "valid"


def test_evident_parts_show_the_bytes_that_were_hashed() -> None:
    rewritten = json.dumps(json.loads(BODY)).encode()
    explanation = explained(sign(KEY, TIMESTAMP, URL, rewritten))
    assert explanation.evidently_signed is not None
    assert explanation.evidently_signed[-1].digest_of == rewritten


def test_a_left_out_part_is_not_among_the_evident_ones() -> None:
    message = TIMESTAMP.encode() + b"\n" + hashlib.sha256(BODY).digest()
    explanation = explained(base64.b64encode(hmac.digest(KEY.encode(), message, "sha256")).decode())
    assert explanation.evidently_signed is not None
    assert [part.name for part in explanation.evidently_signed] == ["timestamp", "separator", "body_digest"]


def test_signature_and_timestamp_may_come_from_the_headers() -> None:
    headers = [("Messagebird-Signature", sign(KEY, TIMESTAMP, URL, BODY)), ("MESSAGEBIRD-Request-Timestamp", TIMESTAMP)]
    assert explained(None, timestamp=None, headers=headers).verdict == "valid"


def test_no_signature_is_missing_and_no_key_is_unchecked() -> None:
    assert (explained(None).verdict, explained(None).cause) == ("missing", None)
    assert explained("x", signing_keys=[]).verdict == "unchecked"


def test_without_a_timestamp_the_missing_header_is_the_cause() -> None:
    explanation = explained(sign(KEY, TIMESTAMP, URL, BODY), timestamp=None)
    assert (explanation.verdict, explanation.cause, explanation.expected) == ("invalid", "timestamp-missing", None)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_signature_is_unknown(seed: int) -> None:
    explanation = explained(random_signature(seed), now=1760000000.0, other_keys=["other"])
    assert (explanation.verdict, explanation.cause) == ("invalid", "unknown")
    assert {"url-scheme", "body-hex-digest", "timestamp-mismatch"} <= set(explanation.ruled_out)


@pytest.mark.parametrize("garbage", ["", "x", "not base64 at all!", "====", "é", "a" * 43 + "=", "v2,abc", "a.b.c"])
def test_garbage_is_unknown(garbage: str) -> None:
    explanation = explained(garbage)
    assert explanation.cause == "unknown"
    assert "44 characters" in explanation.message


@pytest.mark.parametrize("size", [16, 20, 32, 48, 64])
def test_random_hex_is_unknown(size: int) -> None:
    assert explained(random.Random(size).randbytes(size).hex()).cause == "unknown"


def test_more_than_two_mistakes_are_unknown_but_a_foreign_recipe_is_told() -> None:
    explanation = explained(base64.b64encode(hmac.digest(KEY.encode(), BODY, "sha256")).decode())
    assert explanation.cause == "unknown"
    assert "the body alone" in explanation.message


def test_parts_in_the_wrong_order_have_no_name_but_are_told() -> None:
    message = f"{URL}\n{TIMESTAMP}\n".encode() + hashlib.sha256(BODY).digest()
    explanation = explained(base64.b64encode(hmac.digest(KEY.encode(), message, "sha256")).decode())
    assert explanation.cause == "unknown"
    assert "URL, timestamp and the body's digest, in this wrong order" in explanation.message


@pytest.mark.parametrize("write", [bytes.hex, lambda mac: base64.b64encode(mac).decode()], ids=["hex", "base64"])
@pytest.mark.parametrize(
    "text",
    [lambda text: KEY.encode() + text, lambda text: text + KEY.encode(), lambda text: text],
    ids=["key first", "key last", "no key"],
)
def test_sha_256_without_hmac(text: Callable[[bytes], bytes], write: Callable[[bytes], str]) -> None:
    digest = hashlib.sha256(text(signed_message(TIMESTAMP, URL, BODY))).digest()
    explanation = explained(write(digest))
    assert explanation.cause in ("algorithm", "signature-hex+algorithm")
    assert "plain SHA-256" in explanation.message


def test_a_foreign_recipe_in_a_doubly_wrong_text_is_too_much() -> None:
    body = next(b"%d" % n for n in range(99) if set("-_") <= set(url_only(b"%d" % n)))
    assert explained(url_only(body), url=URL + body.decode()).cause == "unknown"


def url_only(ending: bytes) -> str:
    mac = hmac.digest(KEY.encode(), f"{TIMESTAMP}\n{URL}".encode() + ending, "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def test_blanks_around_the_header_do_not_count() -> None:
    assert explained(sign(KEY, TIMESTAMP, URL, BODY) + "\n").verdict == "valid"


def test_of_equally_few_mistakes_the_first_in_order_wins_and_the_others_are_told() -> None:
    explanation = explained(sign(KEY, TIMESTAMP, URL, BODY), body=BODY + b"\n")
    assert (explanation.cause, explanation.also) == ("body-reserialised", ("body-newline",))
    assert "or, which gives the same bytes, the body was hashed without its final newline" in explanation.message


def test_a_mistake_in_a_signature_for_the_second_of_several_urls() -> None:
    explanation = explained(sign(KEY, TIMESTAMP, URL + "/", BODY), url=["https://other.example/", URL])
    assert (explanation.cause, explanation.url) == ("url-trailing-slash", URL)


def test_a_jwt_of_the_legacy_scheme_in_place_of_our_header() -> None:
    explanation = explained(None, headers=[("messagebird-signature-jwt", "a.b.c")])
    assert (explanation.verdict, explanation.cause, explanation.received) == ("missing", "legacy-jwt", "a.b.c")


def test_standard_webhooks_in_place_of_our_header() -> None:
    headers = [("webhook-id", "m"), ("webhook-timestamp", TIMESTAMP), ("webhook-signature", "v1,AAAA")]
    explanation = explained(None, headers=headers)
    assert (explanation.verdict, explanation.cause) == ("missing", "standard-webhooks")


def test_our_header_beside_a_jwt_is_what_counts() -> None:
    explanation = explained(sign(KEY, TIMESTAMP, URL, BODY), headers=[("messagebird-signature-jwt", "a.b.c")])
    assert explanation.verdict == "valid"


@pytest.mark.parametrize("header", ["webhook-id", "messagebird-request-id"])
def test_a_library_for_standard_webhooks_used_by_the_developer(header: str) -> None:
    message = b"msg_1." + TIMESTAMP.encode() + b"." + BODY
    signature = base64.b64encode(hmac.digest(b"raw key", message, "sha256")).decode()
    key = "whsec_" + base64.b64encode(b"raw key").decode()
    explanation = explained(signature, signing_keys=[key], headers=[(header, "msg_1")])
    assert explanation.cause == "standard-webhooks"


def test_its_own_text_shows_standard_webhooks_too() -> None:
    assert explained("v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=").cause == "standard-webhooks"


def test_json_has_every_part() -> None:
    answer = explained(sign(KEY, TIMESTAMP, URL + "/", BODY)).to_json()
    assert json.loads(json.dumps(answer)) == answer
    assert answer["cause"] == "url-trailing-slash"
    assert answer["signed_text"][2] == {
        "name": "url",
        "text": URL,
        "hex": URL.encode().hex(),
        "size": len(URL),
        "truncated": False,
        "digest_of": None,
    }
    assert answer["signed_text"][4]["text"] is None
    assert answer["evidently_signed"][2]["text"] == URL + "/"


def test_json_cuts_a_long_body_that_was_signed_itself() -> None:
    body = b"x" * (MAX_SHOWN * 2)
    message = f"{TIMESTAMP}\n{URL}\n".encode() + body
    signature = base64.b64encode(hmac.digest(KEY.encode(), message, "sha256")).decode()
    answer = explained(signature, body=body).to_json()
    assert answer["cause"] == "body-not-hashed"
    assert (answer["evidently_signed"][-1]["truncated"], len(answer["evidently_signed"][-1]["text"])) == (
        True,
        MAX_SHOWN,
    )


def test_keys_are_not_shown() -> None:
    assert "hidden-key" not in repr(explained(random_signature(1), signing_keys=["hidden-key"]))


@pytest.mark.parametrize(
    "given",
    [
        {"url": ""},
        {"url": "http://[::1"},
        {"url": "http://a:b:c/?&&==%zz"},
        {"url": "://\udcff/%"},
        {"url": ()},
        {"timestamp": ""},
        {"timestamp": "٣٣"},
        {"timestamp": "9" * 40},
        {"timestamp": "-5"},
        {"body": b"\xff\xfe{"},
        {"body": b"[" * 100_000},
        {"body": b'{"\\ud800": 1e999, "2": NaN}'},
        {"body": b""},
        {"signing_keys": ["", "é", "=", "whsec_"]},
        {"headers": [("host", "\x00:::"), ("forwarded", ";;=,"), ("x-forwarded-prefix", "//")]},
        {"now": 0.0},
    ],
)
def test_strange_pieces_do_no_harm(given: dict[str, Any]) -> None:
    assert explained(random_signature(3), **given).cause == "unknown"


def test_a_key_that_is_no_text_is_an_error() -> None:
    with pytest.raises(SignatureError, match="UTF-8"):
        explained(random_signature(1), signing_keys=["\ud800"])


def test_a_long_body_is_still_explained() -> None:
    body = json.dumps({"payload": {"text": "é" * 200_000}}).encode()
    assert explained(sign(KEY, TIMESTAMP, URL, b""), body=body).cause == "body-empty"
    assert explained(sign(KEY, TIMESTAMP, URL, body + b"\n"), body=body).cause == "body-newline"
    unknown = explained(random_signature(1), body=body)
    assert unknown.cause == "unknown"
    assert {"body-reserialised", "body-charset"} <= set(unknown.partly_tried)
    assert not set(unknown.partly_tried) & set(unknown.ruled_out)
    assert "only in part, the body is long" in unknown.message


def test_a_long_url_is_still_explained() -> None:
    url = "https://app.example/hook?" + "&".join(f"p{n}={n}" for n in range(10_000))
    assert explained(sign(KEY, TIMESTAMP, url.partition("?")[0], BODY), url=url).cause == "url-query-dropped"
    assert explained(random_signature(1), url=url, now=1760000000.0).cause == "unknown"


def test_the_work_is_bounded() -> None:
    wrong = sign(KEY, TIMESTAMP, URL.replace("https", "http"), BODY)
    assert explained(wrong, budget=0).cause == "unknown"
