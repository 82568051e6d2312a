"""Requests that follow each other in a log, and what is made of them once for all searches.

Laying what thousands of bodies say end to end, in lower case, takes longer than finding a word in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from inspector.recorder.batch import Batch
from inspector.recorder.reading import GZIP_MAGIC
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import BETWEEN, Shredded, Skeleton
from inspector.recorder.textsearch import Haystack, is_code

MOST = 64
HEAVIEST = 1024**2
"""Requests in one batch, and the bytes they may come to, or else each is asked alone."""

HEAVIEST_SEGMENT = 2**19
"""Bytes that the requests of a segment may come to. It takes about half of that once more."""

_COST, _SEGMENT, _SEQUENCE = attrgetter("cost"), attrgetter("segment"), attrgetter("sequence")


class _Made(NamedTuple):
    kept: list[bytes | Shredded]
    skeletons: list[Skeleton | None]
    heads: Haystack
    values: Haystack
    codes: Haystack


class Segment:
    """What is made of requests that follow each other in a log, once for all searches.

    It ends when one of them leaves the log, and holds none of them itself.
    """

    __slots__ = ("_made", "_sequences")

    def __init__(self, batch: Batch) -> None:
        self._sequences = [*map(_SEQUENCE, batch.requests)]
        self._made: _Made | None = _Made(batch.kept, batch.skeletons, batch.heads, *_parted(batch))

    @property
    def is_whole(self) -> bool:
        """Whether all of its requests are still in the log."""
        return self._made is not None

    def end(self) -> None:
        """Let go of all that was made."""
        self._made = None

    def batch(self, upcoming: Sequence[RecordedRequest]) -> Batch | None:
        """The batch of its requests, if they all, and no others among them, come first."""
        made = self._made  # read once: another thread may end it
        batch = Batch(upcoming[: len(self._sequences)])
        if made is None or [*map(_SEQUENCE, batch.requests)] != self._sequences:
            return None
        batch.kept, batch.skeletons, batch.heads, batch.values, batch.codes = made
        return batch


def _parted(batch: Batch) -> tuple[Haystack, Haystack]:
    """What bodies say, and the ids, times and numbers in it: most of it, and of no use to most searches for a word."""
    values: list[bytes] = []
    codes: list[bytes] = []
    for kept, request in zip(batch.kept, batch.requests, strict=True):
        if type(kept) is not Shredded:
            values.append(request.content)
            codes.append(b"")
            continue
        parts = dict.fromkeys(kept.values.lower().split(BETWEEN))
        values.append(BETWEEN.join([part for part in parts if not is_code(part)]))
        codes.append(BETWEEN.join([*filter(is_code, parts)]))
    as_sent = [None if type(kept) is Shredded else text for kept, text in zip(batch.kept, values, strict=True)]
    return Haystack(values, as_sent), Haystack(codes, [None] * len(codes))


def segment_of(requests: Sequence[RecordedRequest]) -> Segment | None:
    """A segment of some requests, at most `MOST`; None if it would take much memory."""
    batch = Batch(requests)
    return Segment(batch) if _is_light(batch, HEAVIEST_SEGMENT) else None


def batches(requests: Sequence[RecordedRequest]) -> Iterator[Batch]:
    """Requests in batches, in order."""
    start = 0
    while start < len(requests):
        upcoming = requests[start : start + MOST]
        segments = [*map(_SEGMENT, upcoming)]
        batch = None if segments[0] is None else segments[0].batch(upcoming)
        count = len(batch.requests) if batch else _until_next(segments)
        yield from [batch] if batch else _light_batches(upcoming[:count])
        start += count


def _until_next(segments: list[Segment | None]) -> int:
    """How many requests come before the next segment, at least one."""
    before = segments[0]
    for number, segment in enumerate(segments):
        if segment is not before and segment is not None:
            return number
    return len(segments)


def _light_batches(requests: Sequence[RecordedRequest]) -> list[Batch]:
    batch = Batch(requests)
    return [batch] if _is_light(batch, HEAVIEST) else [Batch([request]) for request in requests]


def _is_light(batch: Batch, heaviest: int) -> bool:
    """Whether a batch is at most so heavy. What is packed may be large."""
    if sum(map(_COST, batch.requests)) >= heaviest:
        return False
    return GZIP_MAGIC not in [kept[:2] for kept in batch.kept if type(kept) is bytes]
