"""What a signature's text may stand for: base64 as it should be, or hex, url-safe or unpadded base64 by mistake."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

SIZES = frozenset({16, 20, 28, 32, 48, 64})
"""Bytes of the results of the hashes that are seen, MD5 to SHA-512."""

_HEX = re.compile(r"[0-9a-fA-F]+")
_PREFIX = re.compile(r"(sha\d{1,3})=(?=[0-9a-fA-F]+\Z)", re.IGNORECASE)


class Reading(NamedTuple):
    """One way to read the text: the HMAC it then stands for, and the mistakes that writing it so would be."""

    mac: bytes
    slugs: tuple[str, ...] = ()
    detail: str = ""

    @property
    def faults(self) -> list[tuple[str, str]]:
        """The slugs, each with its detail."""
        return [(slug, self.detail) for slug in self.slugs]


def readings(text: str) -> list[Reading]:
    """Every way to read a signature's text that leaves as many bytes as some hash has; none for garbage."""
    prefix = _PREFIX.match(text)
    if prefix:
        found = [*_as_hex(text[prefix.end() :], f"hex behind {prefix[0]!r}")]
    else:
        found = [*_as_base64(text), *_as_hex(text, "hex"), *_as_base64_of_hex(text)]
    return [reading for reading in found if len(reading.mac) in SIZES]


def _as_base64(text: str) -> Iterator[Reading]:
    slugs: list[str] = []
    padded = text
    if re.search("[-_]", text):
        slugs.append("signature-base64url")
        padded = text.replace("-", "+").replace("_", "/")
    if len(text) % 4:
        slugs.append("signature-unpadded")
        padded += "=" * (-len(text) % 4)
    mac = _decode(padded)
    if mac is not None:
        yield Reading(mac, tuple(slugs))


def _as_hex(text: str, words: str) -> Iterator[Reading]:
    if len(text) % 2 == 0 and _HEX.fullmatch(text) and text in (text.lower(), text.upper()):
        in_capitals = " in capitals" if text != text.lower() else ""
        yield Reading(bytes.fromhex(text), ("signature-hex",), words + in_capitals)


def _as_base64_of_hex(text: str) -> Iterator[Reading]:
    for reading in _as_base64(text):
        for hexadecimal in _as_hex(reading.mac.decode("latin-1"), "base64 of its hex"):
            yield hexadecimal._replace(slugs=("signature-hex", *reading.slugs))


def _decode(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Spare bits at the end would make a text that no encoder writes.
    return raw if base64.b64encode(raw).decode("ascii") == text else None
