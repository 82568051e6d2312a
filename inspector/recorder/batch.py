"""Requests that are searched together, with what the terms of a search make of them: once, for all of them.

Asking ten thousand records one by one is mostly calling functions. Asked by the hundred, the work is done in few calls
over long texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from operator import and_, attrgetter, itemgetter
from typing import Any

from inspector.recorder.reading import GZIP_MAGIC
from inspector.recorder.request import RecordedRequest
from inspector.recorder.textsearch import Haystack

MOST = 64
HEAVIEST = 1024**2
"""Records in one batch, and the bytes they may come to, or else each is asked alone."""

_COST, _BODY, _BEGINNING = attrgetter("cost"), attrgetter("body"), itemgetter(slice(2))

FEW = 8
"""Answers from which nothing is learnt."""

Mask = list[bool]
"""Which requests of a batch match, in their order."""


class Batch:
    """Some requests, at least one. `decoded` is their payloads in the shape of a search, once these were read."""

    def __init__(self, requests: Sequence[RecordedRequest]) -> None:
        self.requests = requests
        self.decoded: list[Any] | None = None

    @cached_property
    def bodies(self) -> Haystack:
        """Their bodies, unpacked."""
        return Haystack([request.content for request in self.requests])

    @cached_property
    def heads(self) -> Haystack:
        """What comes before their bodies: of each its method, its target and its headers, three texts."""
        return Haystack(
            [part for r in self.requests for part in (r.method.encode("utf-8", "surrogatepass"), r.target, r.head)]
        )

    def only(self, mask: Mask) -> Batch:
        """Those that match."""
        return Batch([*compress(self.requests, mask)])


def batches(requests: Sequence[RecordedRequest]) -> Iterator[Batch]:
    """Requests in batches, in order."""
    for start in range(0, len(requests), MOST):
        some = requests[start : start + MOST]
        if sum(map(_COST, some)) < HEAVIEST and GZIP_MAGIC not in map(_BEGINNING, map(_BODY, some)):
            yield Batch(some)
        else:  # what is packed may be large
            yield from (Batch([request]) for request in some)


Asked = Callable[[Batch], Mask]
"""A question to the requests of a batch."""


def narrowing(questions: Sequence[Asked], shared: int | None = None) -> Asked:
    """All of some questions, each asked of those alone that met the ones before.

    The first so many, by default all, are also asked of whole batches, as long as most of one is left.
    """
    shared = len(questions) if shared is None else shared

    def ask(batch: Batch) -> Mask:
        mask = questions[0](batch)
        for number, question in enumerate(questions[1:], 2):
            left = sum(mask)
            if not left:
                break
            if number <= shared and 2 * left > len(mask):  # what was made of the whole batch serves again
                mask = [*map(and_, mask, question(batch))]
            else:
                answers = iter(question(batch.only(mask)))
                mask = [matches and next(answers) for matches in mask]
        return mask

    return ask


def sieved(sieve: Asked, question: Asked) -> Asked:
    """A question that costs more than a sieve, which all that meets it passes: tried for as long as it keeps much."""
    is_worth_it = True
    both = narrowing([sieve, question])

    def ask(batch: Batch) -> Mask:
        nonlocal is_worth_it
        if not is_worth_it:
            return question(batch)
        mask = both(batch)
        if len(mask) > FEW:
            is_worth_it = 2 * sum(mask) < len(mask)
        return mask

    return ask


def widening(questions: Sequence[Asked], shared: int | None = None) -> Asked:
    """Any of some questions, likewise asked of those that met none before."""
    return opposite(narrowing([opposite(question) for question in questions], shared))


def opposite(question: Asked) -> Asked:
    """What does not meet a question."""
    return lambda batch: [not matches for matches in question(batch)]
