"""Requests that are searched together, with what the terms of a search make of them: once, for all of them.

Asking ten thousand records one by one is mostly calling functions. Asked by the hundred, the work is done in few calls
over long texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from operator import and_, attrgetter
from typing import Any

from inspector.recorder.reading import GZIP_MAGIC
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import Shredded, Skeleton
from inspector.recorder.textsearch import Haystack

MOST = 64
HEAVIEST = 1024**2
"""Records in one batch, and the bytes they may come to, or else each is asked alone."""

HEAVIEST_SEGMENT = 2**18
"""Bytes that one segment may come to."""

_COST, _KEPT, _HEAD, LINE = attrgetter("cost"), attrgetter("kept"), attrgetter("head"), attrgetter("method", "target")
_SEGMENT, _SEQUENCE = attrgetter("segment"), attrgetter("sequence")

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
        self.is_of_segment = False
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


class Segment:
    """What is made of requests that follow each other in a log, once for all searches.

    It ends when one of them leaves the log, and holds none of them itself.
    """

    __slots__ = ("made", "sequences")

    def __init__(self, batch: Batch) -> None:
        self.sequences = [*map(_SEQUENCE, batch.requests)]
        self.made: _Made | None = (batch.kept, batch.skeletons, batch.values, batch.heads)

    def end(self) -> None:
        """Let go of all that was made."""
        self.made = None


_Made = tuple[list[bytes | Shredded], list[Skeleton | None], Haystack, Haystack]


def segment_of(requests: Sequence[RecordedRequest]) -> Segment | None:
    """A segment of some requests, at most `MOST`; None if it would take much memory."""
    batch = Batch(requests)
    if not _is_light(batch) or len(batch.values.lowered) + len(batch.heads.lowered) > HEAVIEST_SEGMENT:
        return None
    return Segment(batch)


def batches(requests: Sequence[RecordedRequest]) -> Iterator[Batch]:
    """Requests in batches, in order."""
    start = 0
    while start < len(requests):
        upcoming = requests[start : start + MOST]
        segments = [*map(_SEGMENT, upcoming)]
        batch = _segment_batch(upcoming, segments[0]) or Batch(upcoming[: _until_next(segments)])
        start += len(batch.requests)
        if batch.is_of_segment or _is_light(batch):
            yield batch
        else:
            yield from (Batch([request]) for request in batch.requests)


def _segment_batch(upcoming: Sequence[RecordedRequest], segment: Segment | None) -> Batch | None:
    """The batch of a segment, if all of its requests and no others come next."""
    made = None if segment is None else segment.made  # read once: another thread may end it
    if segment is None or made is None:
        return None
    batch = Batch(upcoming[: len(segment.sequences)])
    if [*map(_SEQUENCE, batch.requests)] != segment.sequences:
        return None
    batch.kept, batch.skeletons, batch.values, batch.heads = made
    batch.is_of_segment = True
    return batch


def _until_next(segments: list[Segment | None]) -> int:
    """How many requests come before the next segment, at least one."""
    before = segments[0]
    for number, segment in enumerate(segments):
        if segment is not before and segment is not None:
            return number
    return len(segments)


def _is_light(batch: Batch) -> bool:
    """Whether a batch can be asked as one. What is packed may be large."""
    if sum(map(_COST, batch.requests)) >= HEAVIEST:
        return False
    return GZIP_MAGIC not in [kept[:2] for kept in batch.kept if type(kept) is bytes]


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
    return lambda batch: [not matches for matches in question(batch)]
