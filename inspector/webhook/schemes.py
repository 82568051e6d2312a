"""Other signature schemes under the same brand, recognised so that they are never mixed up (contract.md §1).

- legacy JWT: header `messagebird-signature-jwt`, HS256, HS384 or HS512; claims `nbf`, `exp`, `url_hash` (hex SHA-256 of
  the full URL) and `payload_hash` (hex SHA-256 of the body, absent when empty).
- Standard Webhooks: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, which lists `v1,` and the base64
  of an HMAC-SHA256 over `id.timestamp.body`; the key is base64-decoded after `whsec_`.

The legacy query scheme has the same headers as today's, so that only the search of `diagnosis.py` can tell it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from inspector.settings import SigningKey
from inspector.webhook.signature import encode_text

JWT_HEADER = "messagebird-signature-jwt"
ID_HEADER, STANDARD_TIMESTAMP_HEADER, STANDARD_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"

_JWT_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


class Surroundings(NamedTuple):
    """What a foreign signature is checked against. `now` is Unix time in seconds, None where it is not known."""

    urls: Sequence[str]
    body: bytes
    keys: Sequence[SigningKey]
    headers: Mapping[str, str]
    now: float | None = None


class Scheme(NamedTuple):
    """A scheme recognised: its slug, a sentence, and the key that the signature holds with (None: with none)."""

    cause: str
    message: str
    received: str
    key: SigningKey | None = None


def scheme_of_headers(around: Surroundings) -> Scheme | None:
    """The other scheme that a request without our signature header is signed by, if any."""
    if JWT_HEADER in around.headers:
        return _legacy_jwt(around.headers[JWT_HEADER], around)
    if STANDARD_HEADER in around.headers:
        return _standard_webhooks(around.headers[STANDARD_HEADER], around)
    return None


def scheme_of_text(signature: str, around: Surroundings) -> Scheme | None:
    """The other scheme that a signature's own text shows: a JWT, or `v1,…` of Standard Webhooks."""
    if signature.count(".") == 2 and _json_part(signature.split(".", maxsplit=1)[0]).get("alg") in _JWT_HASHES:
        return _legacy_jwt(signature, around)
    if signature.startswith("v1,"):
        return _standard_webhooks(signature, around)
    return None


def decode_standard_key(key: str) -> bytes | None:
    """The bytes of a `whsec_…` key of Standard Webhooks; None where it is no base64."""
    try:
        return base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _legacy_jwt(token: str, around: Surroundings) -> Scheme:
    key = next((key for key in around.keys if _jwt_holds(token, key)), None)
    claims = _json_part(token.split(".")[1]) if token.count(".") == 2 else {}
    faults = _jwt_faults(claims, around) if key else []
    says = "Signed by the legacy JWT scheme of MessageBird (header messagebird-signature-jwt), not by today's"
    verdict = f"{_holds_with(key, around.keys)}{', but ' + ' and '.join(faults) if faults else ''}"
    return Scheme("legacy-jwt", f"{says}: {verdict}; check it with the legacy SDK.", token, None if faults else key)


def _jwt_holds(token: str, key: SigningKey) -> bool:
    signed, _, signature = token.rpartition(".")
    algorithm = _JWT_HASHES.get(str(_json_part(token.split(".", maxsplit=1)[0]).get("alg")))
    if algorithm is None or not signed.isascii():
        return False
    return hmac.compare_digest(hmac.digest(encode_text(key.key), signed.encode(), algorithm), _base64url(signature))


def _jwt_faults(claims: Mapping[str, Any], around: Surroundings) -> list[str]:
    faults = []
    url_hashes = {sha256(encode_text(url)).hexdigest() for url in around.urls}
    if "url_hash" in claims and claims["url_hash"] not in url_hashes:
        faults.append("its url_hash is that of another URL")
    if claims.get("payload_hash", sha256(b"").hexdigest()) != sha256(around.body).hexdigest():
        faults.append("its payload_hash is not that of the body")
    for claim, sign, words in (("exp", 1, "it has expired"), ("nbf", -1, "it is not yet valid")):
        limit = claims.get(claim)
        if around.now is not None and isinstance(limit, int | float) and (around.now - limit) * sign > 0:
            faults.append(words)
    return faults


def _json_part(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_base64url(part))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _base64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _standard_webhooks(signatures: str, around: Surroundings) -> Scheme:
    key = next((key for key in around.keys if _standard_holds(signatures, key, around)), None)
    says = "Signed by the Standard Webhooks scheme (webhook-id, webhook-timestamp, webhook-signature), not by today's"
    return Scheme(
        "standard-webhooks",
        f"{says}: {_holds_with(key, around.keys)}; check it with a Standard Webhooks library.",
        signatures,
        key,
    )


def _standard_holds(signatures: str, key: SigningKey, around: Surroundings) -> bool:
    secret = decode_standard_key(key.key)
    identifier, timestamp = (around.headers.get(name) for name in (ID_HEADER, STANDARD_TIMESTAMP_HEADER))
    if secret is None or identifier is None or timestamp is None:
        return False
    message = b"%b.%b.%b" % (encode_text(identifier), encode_text(timestamp), around.body)
    expected = base64.b64encode(hmac.digest(secret, message, "sha256"))
    return any(hmac.compare_digest(b"v1," + expected, encode_text(given)) for given in signatures.split())


def _holds_with(key: SigningKey | None, keys: Sequence[SigningKey]) -> str:
    if key is not None:
        return f"it holds with key {key.label!r}" if key.label else "it holds with the signing key"
    return "it holds with none of the given keys" if keys else "no key was given to check it with"
