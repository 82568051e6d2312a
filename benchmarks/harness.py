"""Rounds, medians and the rows of the table.

Candidates take turns in every round, first one first, then the next, so that what else the machine does falls on all
alike. A ratio is the median of the ratios of the rounds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

Result = TypeVar("Result")

ROUNDS = 7


def interleave(
    subject: str, candidates: Mapping[str, Callable[[], Result]], rounds: int = ROUNDS
) -> dict[str, list[Result]]:
    """What every candidate came to in every round."""
    results: dict[str, list[Result]] = {name: [] for name in candidates}
    names = list(candidates)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            print(f"\r\033[K{subject}: round {number + 1} of {rounds}, {name}", end="", file=sys.stderr, flush=True)
            results[name].append(candidates[name]())
    print("\r\033[K", end="", file=sys.stderr, flush=True)
    return results


@dataclass(frozen=True)
class Series:
    """One figure of one candidate over all rounds."""

    name: str
    values: Sequence[float]
    unit: str

    def __str__(self) -> str:
        """The median."""
        return f"{_shown(median(self.values))} {self.unit}".rstrip()

    @property
    def spread(self) -> str:
        """The smallest and the largest value."""
        return f"{_shown(min(self.values))} … {_shown(max(self.values))}"


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, what it stands beside, and what is to be reached.

    With a `reference` the `limit` is one of the ratio to it, without one of the figure itself. `at_least` says which
    side of the limit is good.
    """

    figure: Series
    reference: Series | None = None
    limit: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """The figure over its reference."""
        if self.reference is None:
            return None
        return median(ours / theirs for ours, theirs in zip(self.figure.values, self.reference.values, strict=True))

    @property
    def reached(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        value = median(self.figure.values) if self.ratio is None else self.ratio
        return value >= self.limit if self.at_least else value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        ratio = "" if self.ratio is None else f"× {self.ratio:.2f}"
        unit = "" if self.reference else f" {self.figure.unit}"
        reach = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g}{unit}"
        verdict = {True: "reached", False: "MISSED", None: ""}[self.reached]
        reference = f"{self.reference.name}: {self.reference}" if self.reference else ""
        return (self.figure.name, str(self.figure), self.figure.spread, reference, ratio, reach, verdict)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"
