"""Searches the mistakes of `mistakes.py`, one and two at a time, for one that reproduces a signature exactly.

Work is bounded by a count of tries, each about a microsecond, so that the answer does not depend on how fast the
machine is. The likeliest come first: single mistakes with likely times, pairs, then the other times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from inspector.webhook.advice import RANK, in_order
from inspector.webhook.instants import LIKELY_BATCHES, fault, instants, milliseconds
from inspector.webhook.mistakes import Clues
from inspector.webhook.pools import Alternative, Fault, splits
from inspector.webhook.readings import Reading
from inspector.webhook.slots import Slot, Slots

BUDGET = 18_000
"""Tries (HMACs) after which the search gives up."""
LONG_LINE = 8 * 1024
"""Characters of a URL or timestamp above which two mistakes at once are not tried."""


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
    """Messages to try with each of some signers: so many, made anew at each call; `locate` says what one is made of."""

    signers: Sequence[Slot]
    size: int
    messages: Callable[[], Iterator[bytes]]
    locate: Callable[[int], tuple[Alternative, ...]]

    @property
    def tries(self) -> int:
        """The work of trying all."""
        return len(self.signers) * self.size


class Search:
    """One search. `timestamp` is the header (None: absent), `now` Unix time in seconds, `tries` the work done."""

    def __init__(
        self,
        *,
        urls: Sequence[str],
        timestamp: str | None,
        body: bytes,
        keys: Sequence[str],
        readings: Sequence[Reading],
        clues: Clues,
        now: float | None = None,
        budget: int = BUDGET,
    ) -> None:
        self.readings = readings
        self.tries = 0
        self.is_exhausted = False
        """Whether there was more to try than the budget allowed."""
        self._budget = budget
        self._timestamp = timestamp
        self._is_long = max(map(len, (timestamp or "", *urls))) > LONG_LINE
        self._sizes: Collection[int] = {len(reading.mac) for reading in readings}
        self._instants = [] if timestamp is None else instants(timestamp, now)
        self._milliseconds = milliseconds(timestamp or "")
        self._slots = Slots(urls=urls, timestamp=timestamp, body=body, keys=keys, clues=clues, sizes=self._sizes)

    def find(self, mistakes: int) -> Match | None:
        """The best that reproduces the signature with so many mistakes, 1 or 2."""
        if mistakes == 2 and self._is_long:
            return None
        if mistakes == 2:
            self._slots.spoil_twice()
        return min(self._matches(mistakes), key=lambda match: match.rank, default=None)

    def also(self, match: Match) -> list[Fault]:
        """Other single mistakes that give the same wrong value, in the published order."""
        pools = self._slots.pools
        found = [fault for name in pools for fault in pools[name].also.get(getattr(match, name).value, ())]
        faults = dict(reversed(found))  # of several ways to say one mistake the first, which is the likeliest
        return [(slug, faults[slug]) for slug in in_order(faults)]

    def ruled_out(self) -> tuple[str, ...]:
        """The slugs that there was something to try for, all of which was tried."""
        faults = [fault for pool in self._slots.pools.values() for each in pool.levels[1] for fault in each.faults]
        return in_order({*(slug for slug, _ in faults), "timestamp-mismatch"} - self.cut_short)

    @property
    def cut_short(self) -> set[str]:
        """The slugs of which only the likeliest ways were tried, because the body is long."""
        return self._slots.cut_short()

    def _matches(self, mistakes: int) -> list[Match]:
        for likely in (True, False):
            found: list[Match] = []
            for in_text in range(mistakes + 1):
                wanted = {reading.mac: reading for reading in self.readings if len(reading.slugs) == in_text}
                self._sizes = {len(mac) for mac in wanted}
                if wanted:
                    groups = self._likely_groups if likely else self._late_groups
                    found += [match for group in groups(mistakes - in_text) for match in self._try(group, wanted)]
            if found or mistakes == 1:
                return found
        return []

    def _try(self, group: Group, wanted: Mapping[bytes, Reading]) -> Iterator[Match]:
        if group.tries == 0:
            return
        allowed = min(group.tries, self._budget - self.tries)
        self.is_exhausted = self.is_exhausted or allowed < group.tries
        messages = list(islice(group.messages(), -(-allowed // len(group.signers))))
        for place, signer in enumerate(group.signers):
            # Where the budget does not allow all, each signer has its share: no key is worth more than another.
            share = messages[: allowed // (len(group.signers) - place)]
            allowed -= len(share)
            self.tries += len(share)
            for index, reading in signer.value.hits(share, wanted):
                yield Match(reading, *signer.parts, *group.locate(index))

    def _likely_groups(self, mistakes: int) -> Sequence[Group]:
        """Cheapest first: that is how the budget allows most kinds of mistakes."""
        return sorted(self._groups(mistakes), key=lambda group: group.tries)

    def _groups(self, mistakes: int) -> Iterator[Group]:
        for signer, head, third in splits(mistakes, 3):
            mixed = max(signer, head, third) < mistakes
            yield self._group(
                self._signers(signer, mixed=mixed),
                self._slots.heads(head, mixed=mixed),
                self._slots.thirds(third, mixed=mixed),
            )
        if mistakes:
            yield from self._other_algorithms(mistakes - 1)
        if mistakes == 1:
            for moments in self._instants[:LIKELY_BATCHES]:
                yield self._at_moments(moments, 0, 0, 0)

    def _late_groups(self, mistakes: int) -> Iterator[Group]:
        """Unlikely times in place of the header, and all times together with another mistake."""
        unlikely = [self._milliseconds, *self._instants[LIKELY_BATCHES:]]
        alone = ((moments, 0) for moments in unlikely if mistakes >= 1)
        together = ((moments, 1) for moments in self._instants if mistakes == 2)
        for moments, others in chain(alone, together):
            for signer, tail, third in splits(others, 3):
                if self.tries < self._budget:
                    yield self._at_moments(moments, signer, tail, third)
                else:
                    self.is_exhausted = True

    def _other_algorithms(self, others: int) -> Iterator[Group]:
        """The same wrong hash for body and HMAC, which is one mistake made in two places, with so many others."""
        mixed = others > 0
        for extra, head, third in splits(others, 3):
            thirds = self._slots.thirds(1 + third, mixed=mixed and third == 0)
            for signer in self._signers(1 + extra, mixed=mixed and extra == 0):
                algorithm = signer.parts[1].value
                if algorithm != "sha256":
                    same = [slot for slot in thirds if slot.parts[1].value.algorithm == algorithm]
                    yield self._group([signer], self._slots.heads(head, mixed=mixed), same)

    def _group(self, signers: Sequence[Slot], heads: Sequence[Slot], thirds: Sequence[Slot]) -> Group:
        def messages() -> Iterator[bytes]:
            return (head.value + third.value + head.end for head in heads for third in thirds)

        return Group(signers, len(heads) * len(thirds), messages, lambda index: _parts(heads, thirds, index))

    def _at_moments(self, moments: Sequence[int], signer: int, tail: int, third: int) -> Group:
        mixed = max(signer, tail, third) > 0
        signers = self._signers(signer, mixed=mixed)
        tails, thirds = self._slots.tails(tail, mixed=mixed), self._slots.thirds(third, mixed=mixed)

        def messages() -> Iterator[bytes]:
            texts = [tail.value + third.value + tail.end for tail in tails for third in thirds]
            return (start + text for start in [b"%d" % moment for moment in moments] for text in texts)

        def locate(index: int) -> tuple[Alternative, ...]:
            moment, text = divmod(index, len(tails) * len(thirds))
            name = fault(moments[moment], self._timestamp or "")
            return Alternative(moments[moment], (name,)), *_parts(tails, thirds, text)

        return Group(signers, len(moments) * len(tails) * len(thirds), messages, locate)

    def _signers(self, faults: int, *, mixed: bool) -> list[Slot]:
        return [slot for slot in self._slots.signers(faults, mixed=mixed) if slot.value.size in self._sizes]


def _parts(heads: Sequence[Slot], thirds: Sequence[Slot], index: int) -> tuple[Alternative, ...]:
    head, third = divmod(index, len(thirds))
    return (*heads[head].parts, *thirds[third].parts)
