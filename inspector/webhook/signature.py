"""Sign and verify webhooks of the Conversations service.

    body_digest = SHA-256(raw request body)                  32 raw bytes
    message     = timestamp LF url LF body_digest
    signature   = base64(HMAC-SHA256(signing key as UTF-8 text, message))

This is the only place that composes the signed bytes. The scheme is contract.md §1.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from inspector.errors import SignatureError
from inspector.settings import RETRY_WINDOW, SigningKey
from inspector.units import format_duration

if TYPE_CHECKING:
    from hashlib import _Hash

SIGNATURE_HEADER = "messagebird-signature"
TIMESTAMP_HEADER = "messagebird-request-timestamp"
REQUEST_ID_HEADER = "messagebird-request-id"

Verdict = Literal["valid", "invalid", "missing", "unchecked"]

_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def signed_message(timestamp: str, url: str, body: bytes) -> bytes:
    """The exact bytes that are signed: `timestamp LF url LF SHA-256(body)`, the digest as 32 raw bytes."""
    return _compose(timestamp, url, sha256(body).digest())


def sign(signing_key: str, timestamp: str | int, url: str, body: bytes) -> str:
    """The `messagebird-signature` header for a body.

    `timestamp` is Unix time in seconds exactly as it stands in the header, `url` the full URL exactly as registered
    in the subscription (never normalised). The key is taken as UTF-8 text and never base64-decoded.
    """
    mac = _mac(signing_key, signed_message(str(timestamp), url, body))
    return binascii.b2a_base64(mac, newline=False).decode("ascii")


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying one webhook came to. `verdict` speaks of the signature alone; age is apart.

    `key` is the label of the key that matched, `url` the URL that the signature holds for, `age_seconds` how old the
    timestamp was on arrival (negative: from the future), `stale` whether that is beyond the retry window.
    """

    verdict: Verdict
    key: str | None = None
    url: str | None = None
    age_seconds: int | None = None
    stale: bool = False
    reason: str | None = None
    undated: bool = False
    """Whether the timestamp is no number of seconds, so that it has no age."""

    @property
    def message(self) -> str:
        """One sentence for a person."""
        if self.verdict == "valid":
            return f"Signed by {f'key {self.key!r}' if self.key else 'the signing key'}{self._age_words()}."
        if self.reason:
            return self.reason
        if self.verdict == "missing":
            return "No messagebird-signature header: the subscription has no signing key, or the header got lost."
        if self.verdict == "unchecked":
            return "Not checked: no signing key is configured. Start with --signing-key to verify signatures."
        return "The signature matches none of the configured keys for this URL, timestamp and body."

    def _age_words(self) -> str:
        if self.age_seconds is None:
            return ", with a timestamp that is not Unix seconds" if self.undated else ""
        if self.age_seconds < -60:
            return f", dated {format_duration(self.age_seconds)} in the future"
        if self.stale:
            return f", {format_duration(self.age_seconds)} old: beyond the retry window"
        if self.age_seconds > 60:
            return f", {format_duration(self.age_seconds)} old: a redelivery keeps its first timestamp"
        return ""


_MISSHAPEN = "The signature is not 32 bytes in standard base64 with padding (44 characters)."
_UNDATED = "There is a signature but no messagebird-request-timestamp header, so it cannot hold."


def verify(
    *,
    url: str | Sequence[str],
    timestamp: str | None,
    body: bytes,
    signature: str | None,
    signing_keys: Iterable[SigningKey | str],
    now: float | None = None,
    stale_after: float = RETRY_WINDOW,
    body_digest: bytes | None = None,
) -> Verification:
    """Check a signature against every key and every URL it may have been signed for.

    `url` is the registered URL, or several candidates; `timestamp` and `signature` are the headers as received
    (None: absent); `now` is the Unix time of arrival, without which there is no age. `body_digest` is the SHA-256 of
    a body that is not at hand whole. Signatures are compared in constant time, as 32 bytes.
    """
    age = _age(timestamp, now)
    stale = age is not None and age > stale_after
    keys = _labelled(signing_keys)
    if signature is None or not keys:
        return Verification("missing" if signature is None else "unchecked", age_seconds=age, stale=stale)
    received = decode_signature(signature)
    if received is None or timestamp is None:
        reason = _MISSHAPEN if received is None else _UNDATED
        return Verification("invalid", age_seconds=age, stale=stale, reason=reason)
    urls = [url] if isinstance(url, str) else url
    match = _find_match(received, urls, timestamp, body_digest or sha256(body).digest(), keys)
    if match is None:
        return Verification("invalid", age_seconds=age, stale=stale)
    key, matched_url = match
    return Verification("valid", key.label, matched_url, age, stale, undated=_age(timestamp, 0) is None)


def _labelled(keys: Iterable[SigningKey | str]) -> list[SigningKey]:
    return [key if isinstance(key, SigningKey) else SigningKey(key) for key in keys]


def decode_signature(signature: str) -> bytes | None:
    """The 32 bytes of a well-formed signature header, else None."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None


def _find_match(
    received: bytes, urls: Sequence[str], timestamp: str, digest: bytes, keys: Sequence[SigningKey]
) -> tuple[SigningKey, str] | None:
    # No early exit: every candidate is compared, so that time tells nothing about which one came close.
    found: tuple[SigningKey, str] | None = None
    for url in urls:
        message = _compose(timestamp, url, digest)
        for key in keys:
            if hmac.compare_digest(_mac(key.key, message), received) and found is None:
                found = key, url
    return found


def _compose(timestamp: str, url: str, body_digest: bytes) -> bytes:
    return b"%b\n%b\n%b" % (encode_text(timestamp), encode_text(url), body_digest)


def _mac(signing_key: str, message: bytes) -> bytes:
    start, end = _keyed(signing_key)
    inner, outer = start.copy(), end.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=256)
def _keyed(signing_key: str) -> tuple[_Hash, _Hash]:
    """The two halves of HMAC-SHA256 (RFC 2104 §2) with the key taken in: to copy them halves the time of a MAC."""
    key = encode_text(signing_key)
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))


def encode_text(text: str) -> bytes:
    """A key, timestamp or URL as it is signed: UTF-8, and bytes that never were as they came. Raises SignatureError."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise SignatureError(f"{text[:40]!r} cannot be written as UTF-8. Give plain text.") from None


def _age(timestamp: str | None, now: float | None) -> int | None:
    if timestamp is None or now is None or not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 15:
        return None
    return int(now) - int(timestamp)
