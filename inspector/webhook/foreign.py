"""Texts that other services sign, for a signature that came from code written for them.

Only Standard Webhooks is a scheme of the same brand, with a cause of its own. The others depart in more than two places
and stay `unknown`; naming them tells the developer all the same which code to replace.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from inspector.webhook.explanation import Part
from inspector.webhook.readings import Reading
from inspector.webhook.schemes import ID_HEADER, STANDARD_TIMESTAMP_HEADER, decode_standard_key
from inspector.webhook.signature import REQUEST_ID_HEADER, encode_text


class Recipe(NamedTuple):
    """A signed text part by part, what it is called, and the cause that it stands for (None: it has no slug)."""

    name: str
    parts: tuple[Part, ...]
    cause: str | None = None


def foreign_recipe(
    *,
    urls: Sequence[str],
    timestamp: str,
    body: bytes,
    keys: Sequence[str],
    readings: Sequence[Reading],
    headers: Mapping[str, str],
) -> Recipe | None:
    """The recipe of another service that reproduces the signature, with a key as text or base64-decoded."""
    macs = {reading.mac for reading in readings}
    secrets = [secret for key in keys for secret in (encode_text(key), decode_standard_key(key)) if secret]
    for recipe in (*_standard_webhooks(timestamp, body, headers), *_others(urls, timestamp, body)):
        message = b"".join(part.data for part in recipe.parts)
        if any(hmac.digest(secret, message, "sha256") in macs for secret in secrets):
            return recipe
    return None


def _standard_webhooks(timestamp: str, body: bytes, headers: Mapping[str, str]) -> Iterator[Recipe]:
    moments = {timestamp: None, headers.get(STANDARD_TIMESTAMP_HEADER, timestamp): None}
    for name in (ID_HEADER, REQUEST_ID_HEADER):
        for moment in moments if name in headers else ():
            parts = _joined(Part("text", encode_text(headers[name])), _timestamp(moment), Part("body", body), by=b".")
            yield Recipe("id, timestamp and body, joined with dots", parts, "standard-webhooks")


def _others(urls: Sequence[str], timestamp: str, body: bytes) -> Iterator[Recipe]:
    moment, raw = _timestamp(timestamp), Part("body", body)
    digest, hexadecimal = sha256(body).digest(), sha256(body).hexdigest().encode()
    yield Recipe("the body alone", (raw,))
    yield Recipe("the body's digest alone", (Part("body_digest", digest),))
    yield Recipe("the body's digest alone, in hex", (Part("body_digest_text", hexadecimal),))
    for words, by in (("a dot", b"."), ("nothing", b""), ("a line feed", b"\n"), ("a colon", b":")):
        yield Recipe(f"timestamp and body, joined with {words}", _joined(moment, raw, by=by))
    yield Recipe("v0, timestamp and body, joined with colons", _joined(Part("text", b"v0"), moment, raw, by=b":"))
    for url in urls:
        yield Recipe("URL and body", (Part("url", encode_text(url)), raw))
        yield Recipe("timestamp and URL without the body", _joined(moment, Part("url", encode_text(url)), by=b"\n"))


def _timestamp(text: str) -> Part:
    return Part("timestamp", encode_text(text))


def _joined(*parts: Part, by: bytes) -> tuple[Part, ...]:
    separated = [item for part in parts for item in (Part("separator", by), part)]
    return tuple(part for part in separated[1:] if part.data or part.name != "separator")
