"""Searches the mistakes of `mistakes.py`, one and two at a time, for one that reproduces a signature exactly.

The signed text has three slots: a head (timestamp, separators, URL), the third part (body, digest) and the signer (key,
algorithm). Each slot is worked out once per alternative; the innermost loop then only joins bytes and copies hash
states, about a microsecond per try. Work is bounded by a count of tries, so that the answer does not depend on how fast
the machine is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from inspector.webhook.advice import RANK, in_order
from inspector.webhook.instants import distance, instants
from inspector.webhook.mistakes import Clues, Ingredient
from inspector.webhook.pools import Alternative, Fault, Pool, mixtures, splits
from inspector.webhook.readings import Reading
from inspector.webhook.signature import encode_text
from inspector.webhook.variants.recipe import Digest, Separators

BUDGET = 30_000
"""Tries (HMACs) after which the search gives up."""
BODY_WORK = 32 * 1024**2
"""Bytes of bodies to rewrite and hash; a long body is tried in fewer ways, the likeliest first."""
LONG_BODY, LONG_PART = 1024**2, 16 * 1024
"""Bytes above which a body, or a third part, is not tried with two mistakes at once."""


class Signer:
    """HMAC with one key and hash: two states, copied for each message."""

    __slots__ = ("_inner", "_outer", "size")

    def __init__(self, key: bytes, algorithm: str) -> None:
        self._inner = hashlib.new(algorithm, usedforsecurity=False)
        self._outer = self._inner.copy()
        self.size = self._inner.digest_size
        size = self._inner.block_size
        block = key if len(key) <= size else hashlib.new(algorithm, key, usedforsecurity=False).digest()
        self._inner.update(bytes(byte ^ 0x36 for byte in block.ljust(size, b"\0")))
        self._outer.update(bytes(byte ^ 0x5C for byte in block.ljust(size, b"\0")))

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


@dataclass(frozen=True, slots=True)
class Match:
    """What reproduces the signature: one alternative per ingredient, and how its text was written."""

    reading: Reading
    key: Alternative
    algorithm: Alternative
    timestamp: Alternative
    separators: Alternative
    url: Alternative
    body: Alternative
    digest: Alternative

    @property
    def faults(self) -> list[Fault]:
        """Slugs with their details, in the published order, none twice."""
        ingredients = (self.key, self.algorithm, self.timestamp, self.separators, self.url, self.body, self.digest)
        faults = dict(fault for each in ingredients for fault in each.faults)
        faults |= self.reading.faults
        return [(slug, faults[slug]) for slug in in_order(faults)]

    @property
    def rank(self) -> tuple[int, list[int]]:
        """Fewest mistakes first, then the published order."""
        ranks = [RANK[slug] for slug, _ in self.faults]
        return len(ranks), ranks


class Group(NamedTuple):
    """Messages to try with each of some signers; `locate` says what the message at an index is made of."""

    signers: Sequence[Slot]
    messages: Sequence[bytes]
    locate: Callable[[int], tuple[Alternative, ...]]


@dataclass
class Search:
    """One search. `timestamp` is the header (None: absent), `now` Unix time in seconds, `tries` the work done."""

    urls: Sequence[str]
    timestamp: str | None
    body: bytes
    keys: Sequence[str]
    readings: Sequence[Reading]
    clues: Clues
    now: float | None = None
    budget: int = BUDGET
    tries: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._sizes = frozenset(len(reading.mac) for reading in self.readings)
        self._pools = {
            "key": self._pool("key", *map(encode_text, self.keys)),
            "algorithm": self._pool("algorithm", "sha256"),
            "timestamp": self._pool("timestamp", self.timestamp or ""),
            "separators": self._pool("separators", Separators()),
            "url": self._pool("url", *self.urls),
            "body": Pool("body", [self.body], self.clues, limit=4 + BODY_WORK // (len(self.body) + 1)),
            "digest": self._pool("digest", Digest()),
        }
        if self.timestamp is None:
            absent = Alternative(None, (("timestamp-missing", "no timestamp"),))
            self._pools["timestamp"].levels[:2] = [], [absent, Alternative("", absent.faults)]
        self._instants = instants(self.timestamp or "", self.now)
        self._slots: dict[tuple[str, int, bool], list[Slot]] = {}

    def find(self, mistakes: int) -> Match | None:
        """The best match with so many mistakes, 1 or 2."""
        if mistakes == 2:
            for pool in self._pools.values():
                pool.spoil_twice()
        return min(self._matches(mistakes), key=lambda match: match.rank, default=None)

    def ruled_out(self) -> tuple[str, ...]:
        """The slugs that there was something to try for."""
        faults = [fault for pool in self._pools.values() for each in pool.levels[1] for fault in each.faults]
        return in_order([*(slug for slug, _ in faults), "timestamp-mismatch"])

    def _pool(self, ingredient: Ingredient, *right: Any) -> Pool:
        return Pool(ingredient, right, self.clues)

    def _matches(self, mistakes: int) -> Iterator[Match]:
        for in_text in range(mistakes + 1):
            wanted = {reading.mac: reading for reading in self.readings if len(reading.slugs) == in_text}
            faults = mistakes - in_text
            if wanted:
                for group in self._groups(faults):
                    yield from self._try(group, wanted)
            if wanted and mistakes == 2 and self.timestamp is not None:
                for group in chain(*(self._other_instants(others) for others in range(faults))):
                    yield from self._try(group, wanted)

    def _try(self, group: Group, wanted: Mapping[bytes, Reading]) -> Iterator[Match]:
        sizes = {len(mac) for mac in wanted}
        for signer in group.signers:
            if signer.value.size not in sizes:
                continue
            messages = group.messages[: max(0, self.budget - self.tries)]
            self.tries += len(messages)
            for index, reading in signer.value.hits(messages, wanted):
                yield Match(reading, *signer.parts, *group.locate(index))

    def _groups(self, mistakes: int) -> Iterator[Group]:
        for signer, head, third in splits(mistakes, 3):
            mixed = max(signer, head, third) < mistakes
            heads = self._heads(head, mixed=mixed)
            yield _group(self._signers(signer, mixed=mixed), heads, self._thirds(third, mixed=mixed))
        if mistakes == 1:
            yield self._one_other_algorithm()
        if mistakes == 1 and self.timestamp is not None:
            likely, _ = self._instants
            yield self._at_moments(likely, 0, 0, 0)

    def _one_other_algorithm(self) -> Group:
        """The same wrong hash for body and HMAC: one mistake, made in two places."""
        signers = [slot for slot in self._signers(1, mixed=False) if slot.parts[1].faults]
        thirds = [slot for slot in self._thirds(1, mixed=False) if slot.parts[1].value.algorithm != "sha256"]
        return _group(signers, self._heads(0, mixed=False), thirds)

    def _other_instants(self, others: int) -> Iterator[Group]:
        """Other times in place of the header, with so many other mistakes; likely times alone were tried before."""
        likely, rest = self._instants
        for moments in rest if others == 0 else (likely, *rest):
            for signer, tail, third in splits(others, 3):
                if self.tries < self.budget:
                    yield self._at_moments(moments, signer, tail, third)

    def _at_moments(self, moments: Sequence[int], signer: int, tail: int, third: int) -> Group:
        mixed = max(signer, tail, third) > 0
        signers, tails = self._signers(signer, mixed=mixed), self._tails(tail, mixed=mixed)
        thirds = self._thirds(third, mixed=mixed)
        texts = [tail.value + third.value + tail.end for tail in tails for third in thirds]
        starts = [b"%d" % moment for moment in moments] if signers else []
        messages = [start + text for start in starts for text in texts]

        def locate(index: int) -> tuple[Alternative, ...]:
            moment, text = divmod(index, len(texts))
            fault = ("timestamp-mismatch", distance(moments[moment], self.timestamp or ""))
            return Alternative(moments[moment], (fault,)), *_parts(tails, thirds, text)

        return Group(signers, messages, locate)

    def _signers(self, faults: int, *, mixed: bool) -> list[Slot]:
        return self._cached("signer", faults, mixed, self._make_signers)

    def _heads(self, faults: int, *, mixed: bool) -> list[Slot]:
        return self._cached("head", faults, mixed, self._make_heads)

    def _tails(self, faults: int, *, mixed: bool) -> list[Slot]:
        return self._cached("tail", faults, mixed, self._make_tails)

    def _thirds(self, faults: int, *, mixed: bool) -> list[Slot]:
        return self._cached("third", faults, mixed, self._make_thirds)

    def _cached(self, slot: str, faults: int, mixed: bool, make: Callable[[int, bool], Iterator[Slot]]) -> list[Slot]:
        if (slot, faults, mixed) not in self._slots:
            self._slots[slot, faults, mixed] = list(make(faults, mixed))
        return self._slots[slot, faults, mixed]

    def _make_signers(self, faults: int, mixed: bool) -> Iterator[Slot]:
        for key, algorithm in mixtures(faults, self._pools["key"], self._pools["algorithm"], mixed=mixed):
            if _digest_size(algorithm.value) in self._sizes:
                yield Slot(Signer(key.value, algorithm.value), (key, algorithm))

    def _make_heads(self, faults: int, mixed: bool) -> Iterator[Slot]:
        pools = self._pools["timestamp"], self._pools["separators"], self._pools["url"]
        for timestamp, separators, url in mixtures(faults, *pools, mixed=mixed):
            start = b"" if timestamp.value is None else encode_text(timestamp.value) + separators.value.first
            yield Slot(start + _url_line(separators, url), (timestamp, separators, url), separators.value.end)

    def _make_tails(self, faults: int, mixed: bool) -> Iterator[Slot]:
        for separators, url in mixtures(faults, self._pools["separators"], self._pools["url"], mixed=mixed):
            tail = separators.value.first + _url_line(separators, url)
            yield Slot(tail, (separators, url), separators.value.end)

    def _make_thirds(self, faults: int, mixed: bool) -> Iterator[Slot]:
        crowded = mixed or faults == 2
        if faults == 2 and len(self.body) > LONG_BODY:
            return
        for body, digest in mixtures(faults, self._pools["body"], self._pools["digest"], mixed=mixed):
            third = digest.value.of(body.value)
            if not (crowded and len(third) > LONG_PART):
                yield Slot(third, (body, digest))


def _group(signers: Sequence[Slot], heads: Sequence[Slot], thirds: Sequence[Slot]) -> Group:
    if not signers:
        return Group((), (), lambda index: ())
    messages = [head.value + third.value + head.end for head in heads for third in thirds]
    return Group(signers, messages, lambda index: _parts(heads, thirds, index))


def _parts(heads: Sequence[Slot], thirds: Sequence[Slot], index: int) -> tuple[Alternative, ...]:
    head, third = divmod(index, len(thirds))
    return (*heads[head].parts, *thirds[third].parts)


def _url_line(separators: Alternative, url: Alternative) -> bytes:
    return b"" if url.value is None else encode_text(url.value) + separators.value.second


@cache
def _digest_size(algorithm: str) -> int:
    return hashlib.new(algorithm, usedforsecurity=False).digest_size
