"""Texts that other services sign, for a signature that came from code written for them.

The named ones stand for a cause of their own. The others depart in more than two places and stay `unknown`; saying what
they sign tells the developer all the same which code to replace.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from inspector.webhook.explanation import Part
from inspector.webhook.readings import Reading
from inspector.webhook.schemes import ID_HEADER, STANDARD_TIMESTAMP_HEADER, decode_standard_key
from inspector.webhook.signature import REQUEST_ID_HEADER, encode_text

Recipes = Callable[[Sequence[str], str, bytes, Mapping[str, str]], Iterable["Recipe"]]
"""Takes URLs, timestamp, body and headers by their names in small letters."""
STANDARD_WEBHOOKS = "standard-webhooks"


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


_PLAIN_HASHES: tuple[tuple[str, Callable[[bytes, bytes], bytes]], ...] = (
    ("plain SHA-256 of key and text, without HMAC,", lambda key, message: sha256(key + message).digest()),
    ("plain SHA-256 of text and key, without HMAC,", lambda key, message: sha256(message + key).digest()),
    ("plain SHA-256 of the text, without the key,", lambda key, message: sha256(message).digest()),
)


class Recipe(NamedTuple):
    """A signed text part by part, what it is called, the cause that it stands for or `unknown`, and how it is signed.

    `mac` takes key and text.
    """

    name: str
    parts: tuple[Part, ...]
    cause: str = "unknown"
    mac: Callable[[bytes, bytes], bytes] = _hmac


def reproducing(
    recipes: Iterable[Recipe], keys: Sequence[str], readings: Sequence[Reading]
) -> tuple[Recipe, Reading] | None:
    """The recipe that reproduces the signature with one of the keys, if any does, and how the signature was read."""
    by_mac = {reading.mac: reading for reading in readings}
    for recipe in recipes:
        message = b"".join(part.data for part in recipe.parts)
        for secret in _secrets(keys, decoded=recipe.cause == STANDARD_WEBHOOKS):
            mac = recipe.mac(secret, message)
            if mac in by_mac:
                return recipe, by_mac[mac]
    return None


def _secrets(keys: Sequence[str], *, decoded: bool) -> list[bytes]:
    texts = [encode_text(key) for key in keys]
    return [*texts, *filter(None, map(decode_standard_key, keys))] if decoded else texts


def named_recipes(urls: Sequence[str], timestamp: str, body: bytes, headers: Mapping[str, str]) -> Iterator[Recipe]:
    """Recipes that are one mistake by name."""
    digest = Part("body_digest", sha256(body).digest())
    for url in urls:
        lines = _timestamp(timestamp), Part("url", encode_text(url))
        yield Recipe("nothing, not even a line,", _joined(*lines, by=b"\n"), "body-empty")
        for name, mac in _PLAIN_HASHES:
            yield Recipe(name, _joined(*lines, digest, by=b"\n"), "algorithm", mac)
    moments = {timestamp: None, headers.get(STANDARD_TIMESTAMP_HEADER, timestamp): None}
    for name in (ID_HEADER, REQUEST_ID_HEADER):
        for moment in moments if name in headers else ():
            parts = _joined(Part("text", encode_text(headers[name])), _timestamp(moment), Part("body", body), by=b".")
            yield Recipe("id, timestamp and body, joined with dots", parts, STANDARD_WEBHOOKS)


def unnamed_recipes(urls: Sequence[str], timestamp: str, body: bytes, headers: Mapping[str, str]) -> Iterator[Recipe]:
    """Recipes that are more than two mistakes away, or one that has no name."""
    moment, raw = _timestamp(timestamp), Part("body", body)
    digest = sha256(body)
    hexadecimal = Part("body_digest_text", digest.hexdigest().encode())
    for url in urls:
        for third in (Part("body_digest", digest.digest()), hexadecimal):
            parts = _joined(Part("url", encode_text(url)), moment, third, by=b"\n")
            yield Recipe("URL, timestamp and the body's digest, in this wrong order", parts)
    yield Recipe("the body alone", (raw,))
    yield Recipe("the body's digest alone, in hex", (hexadecimal,))
    for words, by in (("a dot", b"."), ("nothing", b""), ("a colon", b":")):
        yield Recipe(f"timestamp and body, joined with {words}", _joined(moment, raw, by=by))
    yield Recipe("v0, timestamp and body, joined with colons", _joined(Part("text", b"v0"), moment, raw, by=b":"))
    for url in urls:
        yield Recipe("URL and body", (Part("url", encode_text(url)), raw))


def _timestamp(text: str) -> Part:
    return Part("timestamp", encode_text(text))


def _joined(*parts: Part, by: bytes) -> tuple[Part, ...]:
    separated = [item for part in parts for item in (Part("separator", by), part)]
    return tuple(part for part in separated[1:] if part.data or part.name != "separator")
