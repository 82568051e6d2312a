from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from inspector.settings import SigningKey
from inspector.webhook.schemes import Scheme, Surroundings, scheme_of_headers, scheme_of_text

URL, BODY, NOW = "https://app.example/hook", b'{"event":"conversation.created"}', 1719823259.0
KEY = SigningKey("jwt-secret", "old")
STANDARD_KEY = SigningKey("whsec_" + base64.b64encode(b"raw key").decode())


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(key: str = KEY.key, algorithm: str = "HS256", **claims: Any) -> str:
    payload = {
        "iss": "MessageBird",
        "nbf": NOW - 5,
        "exp": NOW + 60,
        "url_hash": hashlib.sha256(URL.encode()).hexdigest(),
        "payload_hash": hashlib.sha256(BODY).hexdigest(),
        **claims,
    }
    signed = part(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + "." + part(json.dumps(payload).encode())
    return signed + "." + part(hmac.digest(key.encode(), signed.encode(), "sha" + algorithm[2:]))


def scheme(headers: dict[str, str], *keys: SigningKey, body: bytes = BODY, now: float | None = NOW) -> Scheme:
    found = scheme_of_headers(Surroundings([URL], body, keys, headers, now))
    assert found is not None
    return found


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_jwt_that_holds(algorithm: str) -> None:
    found = scheme({"messagebird-signature-jwt": token(algorithm=algorithm)}, SigningKey("x"), KEY)
    assert (found.cause, found.key) == ("legacy-jwt", KEY)
    assert "holds with key 'old'" in found.message


def test_a_jwt_by_another_key() -> None:
    found = scheme({"messagebird-signature-jwt": token("another")}, KEY)
    assert found.key is None
    assert "none of the given keys" in found.message


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"url_hash": "0" * 64}, "another URL"),
        ({"payload_hash": "0" * 64}, "not that of the body"),
        ({"exp": NOW - 1}, "expired"),
        ({"nbf": NOW + 1}, "not yet valid"),
    ],
)
def test_a_jwt_that_is_not_for_this_request(claims: dict[str, Any], words: str) -> None:
    found = scheme({"messagebird-signature-jwt": token(**claims)}, KEY)
    assert found.key is None
    assert words in found.message


def test_a_jwt_without_a_payload_hash_is_for_an_empty_body() -> None:
    claims = json.loads(base64.urlsafe_b64decode(token().split(".")[1] + "=="))
    del claims["payload_hash"]
    signed = part(b'{"alg":"HS256"}') + "." + part(json.dumps(claims).encode())
    jwt = signed + "." + part(hmac.digest(KEY.key.encode(), signed.encode(), "sha256"))
    assert scheme({"messagebird-signature-jwt": jwt}, KEY, body=b"").key == KEY
    assert scheme({"messagebird-signature-jwt": jwt}, KEY).key is None


def test_without_a_clock_a_jwt_does_not_expire() -> None:
    assert scheme({"messagebird-signature-jwt": token(exp=1)}, KEY, now=None).key == KEY


@pytest.mark.parametrize("jwt", ["", "a.b.c", "é.é.é", "..", "e30.e30.", "[.[.[", "W10.W10.x"])
def test_a_broken_jwt_is_still_the_legacy_scheme(jwt: str) -> None:
    found = scheme({"messagebird-signature-jwt": jwt}, KEY)
    assert (found.cause, found.key) == ("legacy-jwt", None)


def test_a_jwt_without_keys() -> None:
    assert "no key was given" in scheme({"messagebird-signature-jwt": token()}).message


def standard_headers(*signatures: str) -> dict[str, str]:
    return {"webhook-id": "msg_1", "webhook-timestamp": "1719823259", "webhook-signature": " ".join(signatures)}


def standard_signature(body: bytes = BODY) -> str:
    return "v1," + base64.b64encode(hmac.digest(b"raw key", b"msg_1.1719823259." + body, "sha256")).decode()


def test_standard_webhooks_that_hold_with_one_of_their_signatures() -> None:
    found = scheme(standard_headers("v1,AAAA", standard_signature()), KEY, STANDARD_KEY)
    assert (found.cause, found.key) == ("standard-webhooks", STANDARD_KEY)
    assert "it holds with the signing key" in found.message


def test_standard_webhooks_for_another_body() -> None:
    found = scheme(standard_headers(standard_signature(b"{}")), STANDARD_KEY)
    assert found.key is None


def test_standard_webhooks_without_an_id() -> None:
    assert scheme({"webhook-signature": standard_signature()}, STANDARD_KEY).key is None


def test_our_own_headers_are_no_other_scheme() -> None:
    assert scheme_of_headers(Surroundings([URL], BODY, [KEY], {"messagebird-signature": "x"})) is None


def test_a_signature_shows_its_scheme_by_its_form() -> None:
    around = Surroundings([URL], BODY, [KEY, STANDARD_KEY], standard_headers())
    jwt, standard = scheme_of_text(token(), around), scheme_of_text(standard_signature(), around)
    assert jwt is not None
    assert standard is not None
    assert (jwt.cause, jwt.key) == ("legacy-jwt", KEY)
    assert (standard.cause, standard.key) == ("standard-webhooks", STANDARD_KEY)


@pytest.mark.parametrize("text", ["a.b.c", "v2,abc", "AcMbAAMEEYJ8/2Q+6YjaEoTcXuuS4WWEV6wP3ufVul4=", ""])
def test_other_texts_show_no_scheme(text: str) -> None:
    assert scheme_of_text(text, Surroundings([URL], BODY, [KEY], {})) is None
