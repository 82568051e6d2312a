"""Requests that are searched together, with what the terms of a search make of them: once, for all of them.

Asking ten thousand records one by one is mostly calling functions. Asked by the hundred, the work is done in few calls
over long texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress
from operator import and_, attrgetter, not_
from typing import Any

from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import Shredded, Skeleton
from inspector.recorder.textsearch import Haystack

_KEPT, _HEAD = attrgetter("kept"), attrgetter("head")
LINE = attrgetter("method", "target")
"""What stands in the first line of a request."""

FEW = 8
"""Answers from which nothing is learnt."""

Mask = list[bool]
"""Which requests of a batch match, in their order."""

Asked = Callable[["Batch"], Mask]
"""A question to the requests of a batch."""


class Batch:
    """Some requests, at least one."""

    def __init__(self, requests: Sequence[RecordedRequest]) -> None:
        self.requests = requests
        self.codes: Haystack | None = None
        """Their ids, times and numbers, where these are not among the values."""
        self.opened: dict[tuple[str, ...], list[Any]] = {}
        """What was found at some paths in those that are not shredded."""

    @cached_property
    def kept(self) -> list[bytes | Shredded]:
        """Their bodies as they are kept."""
        return [*map(_KEPT, self.requests)]

    @cached_property
    def skeletons(self) -> list[Skeleton | None]:
        """The skeletons of those bodies that are shredded."""
        return [kept.skeleton if type(kept) is Shredded else None for kept in self.kept]

    @cached_property
    def values(self) -> Haystack:
        """What their bodies say: the values of those that are shredded, and all of the others."""
        return Haystack(
            [
                kept.values if type(kept) is Shredded else request.content
                for kept, request in zip(self.kept, self.requests, strict=True)
            ]
        )

    @cached_property
    def bodies(self) -> Haystack:
        """Their bodies, unpacked."""
        return Haystack(
            [
                kept.body if type(kept) is Shredded else request.content
                for kept, request in zip(self.kept, self.requests, strict=True)
            ]
        )

    @cached_property
    def heads(self) -> Haystack:
        """Their headers."""
        return Haystack([*map(_HEAD, self.requests)])

    @cached_property
    def lines(self) -> set[tuple[str, bytes]]:
        """The methods and targets among them, which nearly all have in common."""
        return {*map(LINE, self.requests)}

    def asked_where(self, mask: Mask, question: Asked) -> Mask:
        """Which of those that match meet a question too; the others are not asked."""
        if True not in mask:
            return mask
        if False not in mask:
            return question(self)
        answers = iter(question(Batch([*compress(self.requests, mask)])))
        return [matches and next(answers) for matches in mask]


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
                mask = batch.asked_where(mask, question)
        return mask

    return ask


def sieved(sieve: Asked, question: Asked) -> Asked:
    """A dear question, with a cheaper one that is met by all that meet it, asked first as long as that spares much."""
    is_worth_it = True

    def ask(batch: Batch) -> Mask:
        nonlocal is_worth_it
        if not is_worth_it:
            return question(batch)
        kept = sieve(batch)
        if len(kept) > FEW:
            is_worth_it = 2 * sum(kept) < len(kept)
        return batch.asked_where(kept, question)

    return ask


def widening(questions: Sequence[Asked], shared: int | None = None) -> Asked:
    """Any of some questions, likewise asked of those that met none before."""
    return opposite(narrowing([opposite(question) for question in questions], shared))


def opposite(question: Asked) -> Asked:
    """What does not meet a question."""
    return lambda batch: [*map(not_, question(batch))]
