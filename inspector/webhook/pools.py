"""The values that each ingredient of a signature may have had: the right ones, and what mistakes make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from inspector.webhook.advice import RANK
from inspector.webhook.mistakes import MISTAKES, Clues, Ingredient, Mistake

SHORT = 12
"""Bytes of a wrong value that costs nothing to try; a limit does not count it."""
Fault = tuple[str, str]
"""A slug and its detail."""


@dataclass(slots=True, eq=False)  # not frozen: thousands are made for one search, and frozen ones take thrice as long
class Alternative:
    """A value that an ingredient may have had; `faults` are the mistakes that make it, none for a right value."""

    value: Any
    faults: tuple[Fault, ...] = ()
    alone: bool = False
    origin: Any = None


class Pool:
    """The alternatives of one ingredient by their number of faults, none to two. No value is there twice.

    `limit` bounds how many wrong values each mistake makes, the likeliest first; `cut_short` are the slugs that could
    have made more. `also` has, for a wrong value, the other mistakes that make it just as well.
    """

    def __init__(self, ingredient: Ingredient, right: Iterable[Any], clues: Clues, limit: int | None = None) -> None:
        self._rows = [mistake for mistake in MISTAKES if mistake.ingredient == ingredient]
        self._clues = clues
        self._limit = limit
        self._seen: dict[Any, Alternative] = {value: Alternative(value, origin=value) for value in right}
        self.also: dict[Any, list[Fault]] = {}
        self.cut_short: set[str] = set()
        self.levels: list[list[Alternative]] = [list(self._seen.values()), [], []]
        self.levels[1] = self._spoil(self.levels[0], 1)

    def spoil_twice(self) -> None:
        """Work out what two mistakes of this ingredient make together."""
        by_one = [alternative for alternative in self.levels[1] if not alternative.alone and alternative.value]
        self.levels[2] = [*self._spoil(self.levels[0], 2), *self._spoil(by_one, 1)]

    def at(self, level: int, *, mixed: bool) -> list[Alternative]:
        """Those with so many faults; `mixed` leaves out what is only tried alone."""
        return [each for each in self.levels[level] if not (mixed and each.alone)]

    def _spoil(self, alternatives: Iterable[Alternative], faults: int) -> list[Alternative]:
        rows = [row for row in self._rows if len(row.slugs) == faults]
        pairs = ((row, each) for each in alternatives for row in rows if _may_follow(row, each))
        return [fresh for row, each in pairs for fresh in self._by(row, each)]

    def _by(self, row: Mistake, before: Alternative) -> Iterator[Alternative]:
        """What one mistake makes of an alternative, as far as it is new."""
        left = self._limit
        for value, detail in row.wrong_values(before.value, self._clues):
            if left is not None and len(value or "") > SHORT:
                left -= 1
                if left < 0:
                    self.cut_short.update(row.slugs)
                    return
            known = self._seen.get(value)
            if known is None:
                made = before.faults + tuple((slug, detail) for slug in row.slugs)
                known = self._seen[value] = Alternative(value, made, row.alone, before.origin)
                yield known
            elif not before.faults and len(known.faults) == 1 and known.faults[0][0] != row.slugs[0]:
                self.also.setdefault(value, []).append((row.slugs[0], detail))


@lru_cache(maxsize=64)
def shared_pool(ingredient: Ingredient, right: tuple[Any, ...], clues: Clues) -> Pool:
    """A pool worked out to the end and kept: requests to one address, under the same keys, share most of theirs."""
    pool = Pool(ingredient, right, clues)
    pool.spoil_twice()
    return pool


def mixtures(level: int, *pools: Pool, mixed: bool) -> Iterator[tuple[Alternative, ...]]:
    """One alternative of each pool, with so many faults together; `mixed` says that other slots have faults too."""
    for counts in splits(level, len(pools)):
        apart = mixed or max(counts) < level
        yield from product(*(pool.at(count, mixed=apart) for pool, count in zip(pools, counts, strict=True)))


def splits(total: int, places: int) -> Sequence[tuple[int, ...]]:
    """The ways to spread so many faults over so many places: even ones first."""
    ways = (counts for counts in product(range(total + 1), repeat=places) if sum(counts) == total)
    return sorted(ways, key=max)


def _may_follow(row: Mistake, before: Alternative) -> bool:
    # In the published order only: it is also the order in which a request passes through a receiver's code.
    return not before.faults or (not row.alone and RANK[row.slugs[0]] > RANK[before.faults[-1][0]])
