"""The three slots of a signed text: head (timestamp, separators, URL), third part (body, digest), signer (key, hash).

Each slot is filled once per alternative, or pair of alternatives, of its ingredients; the search then only joins bytes
and copies hash states.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from inspector.webhook.mistakes import Clues, Ingredient
from inspector.webhook.pools import Alternative, Pool, mixtures, shared_pool
from inspector.webhook.readings import Reading
from inspector.webhook.signature import encode_text
from inspector.webhook.variants.body import is_reserialised_in_part
from inspector.webhook.variants.recipe import Digest, Separators, hash_bytes

BODY_WORK = 2 * 1024**2
"""Bytes that each mistake may write of wrong bodies; a long body is tried in fewer ways, the likeliest first."""
LONG_BODY, LONG_PART = 1024**2, 16 * 1024
"""Bytes above which a body, or a third part, is not tried with two mistakes at once."""


_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Signer:
    """HMAC with one key and hash (RFC 2104 §2): two states, copied for each message."""

    __slots__ = ("_inner", "_outer", "size")

    def __init__(self, key: bytes, algorithm: str) -> None:
        self.size, length = _sizes(algorithm)
        block = key if len(key) <= length else hashlib.new(algorithm, key, usedforsecurity=False).digest()
        block = block.ljust(length, b"\0")
        self._inner = hashlib.new(algorithm, block.translate(_INNER), usedforsecurity=False)
        self._outer = hashlib.new(algorithm, block.translate(_OUTER), usedforsecurity=False)

    def hits(self, messages: Sequence[bytes], wanted: Mapping[bytes, Reading]) -> list[tuple[int, Reading]]:
        """The indexes of the messages whose HMAC is wanted, with what it was read from."""
        inner, outer = self._inner.copy, self._outer.copy
        found = []
        for index, message in enumerate(messages):
            inside = inner()
            inside.update(message)
            outside = outer()
            outside.update(inside.digest())
            mac = outside.digest()
            if mac in wanted:
                found.append((index, wanted[mac]))
        return found


class Slot(NamedTuple):
    """What stands in a slot, the alternatives it is made of, and for a head what follows the third part."""

    value: Any
    parts: tuple[Alternative, ...]
    end: bytes = b""


class Slots:
    """The slots of one search. Every method takes the number of faults, and whether other slots have faults too.

    `sizes` are the lengths in bytes that a signature may have; other hashes are left out.
    """

    def __init__(
        self,
        *,
        urls: Sequence[str],
        timestamp: str | None,
        body: bytes,
        keys: Sequence[str],
        clues: Clues,
        sizes: Collection[int],
    ) -> None:
        self._body = body
        self._sizes = sizes
        self.pools: dict[Ingredient, Pool] = {
            "key": shared_pool("key", tuple(map(encode_text, keys)), clues),
            "algorithm": shared_pool("algorithm", ("sha256",), clues),
            "timestamp": Pool("timestamp", [timestamp or ""], clues),
            "separators": shared_pool("separators", (Separators(),), clues),
            "url": shared_pool("url", tuple(urls), clues),
            "body": Pool("body", [body], clues, limit=1 + BODY_WORK // (len(body) + 1)),
            "digest": shared_pool("digest", (Digest(),), clues),
        }
        if timestamp is None:
            absent = Alternative(None, (("timestamp-missing", "no timestamp"),))
            self.pools["timestamp"].levels[:2] = [], [absent, Alternative("", absent.faults)]
        self._filled: dict[tuple[str, int, bool], list[Slot]] = {}
        self._digests: dict[tuple[str, bytes], bytes] = {}

    def spoil_twice(self) -> None:
        """Work out what two mistakes of one ingredient make together."""
        for ingredient in ("timestamp", "body"):
            self.pools[ingredient].spoil_twice()

    def cut_short(self) -> set[str]:
        """The slugs that were not tried in all their ways, because the body is long."""
        slugs = self.pools["body"].cut_short
        return slugs | {"body-reserialised"} if is_reserialised_in_part(self._body) else slugs

    def signers(self, faults: int, *, mixed: bool) -> list[Slot]:
        """Signers with their key and hash."""
        return self._fill("signer", faults, mixed, self._make_signers)

    def heads(self, faults: int, *, mixed: bool) -> list[Slot]:
        """All that stands before the third part."""
        return self._fill("head", faults, mixed, self._make_heads)

    def tails(self, faults: int, *, mixed: bool) -> list[Slot]:
        """Heads without their timestamp."""
        return self._fill("tail", faults, mixed, self._make_tails)

    def thirds(self, faults: int, *, mixed: bool) -> list[Slot]:
        """What stands for the body."""
        return self._fill("third", faults, mixed, self._make_thirds)

    def _fill(self, slot: str, faults: int, mixed: bool, make: Callable[[int, bool], Iterator[Slot]]) -> list[Slot]:
        if (slot, faults, mixed) not in self._filled:
            self._filled[slot, faults, mixed] = list(make(faults, mixed))
        return self._filled[slot, faults, mixed]

    def _make_signers(self, faults: int, mixed: bool) -> Iterator[Slot]:
        for key, algorithm in mixtures(faults, self.pools["key"], self.pools["algorithm"], mixed=mixed):
            if _sizes(algorithm.value)[0] in self._sizes:
                yield Slot(_signer(key.value, algorithm.value), (key, algorithm))

    def _make_heads(self, faults: int, mixed: bool) -> Iterator[Slot]:
        pools = self.pools["timestamp"], self.pools["separators"], self.pools["url"]
        for timestamp, separators, url in mixtures(faults, *pools, mixed=mixed):
            start = b"" if timestamp.value is None else encode_text(timestamp.value) + separators.value.first
            yield Slot(start + _url_line(separators, url), (timestamp, separators, url), separators.value.end)

    def _make_tails(self, faults: int, mixed: bool) -> Iterator[Slot]:
        for separators, url in mixtures(faults, self.pools["separators"], self.pools["url"], mixed=mixed):
            tail = separators.value.first + _url_line(separators, url)
            yield Slot(tail, (separators, url), separators.value.end)

    def _make_thirds(self, faults: int, mixed: bool) -> Iterator[Slot]:
        crowded = mixed or faults == 2
        if faults == 2 and len(self._body) > LONG_BODY:
            return
        for body, digest in mixtures(faults, self.pools["body"], self.pools["digest"], mixed=mixed):
            third = digest.value.of(body.value, self._digest)
            if not (crowded and len(third) > LONG_PART):
                yield Slot(third, (body, digest))

    def _digest(self, algorithm: str, body: bytes) -> bytes:
        """Each body is hashed once, in however many forms its digest is tried."""
        if (algorithm, body) not in self._digests:
            self._digests[algorithm, body] = hash_bytes(algorithm, body)
        return self._digests[algorithm, body]


@lru_cache(maxsize=1024)
def _signer(key: bytes, algorithm: str) -> Signer:
    return Signer(key, algorithm)


def _url_line(separators: Alternative, url: Alternative) -> bytes:
    return b"" if url.value is None else encode_text(url.value) + separators.value.second


@cache
def _sizes(algorithm: str) -> tuple[int, int]:
    """Bytes of a hash's result, and of the blocks that it works through."""
    made = hashlib.new(algorithm, usedforsecurity=False)
    return made.digest_size, made.block_size
