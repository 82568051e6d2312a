"""Finds text that spans one value and what stands around it, without putting bodies together.

`"status":"active"` begins in a skeleton and ends behind a value. Where in a skeleton it may stand is found out once for
all bodies that share it; the values there are then read as those at a path are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import and_, or_

from inspector.recorder.batch import Batch, Mask
from inspector.recorder.payloads import read_runs
from inspector.recorder.remembered import Remembered
from inspector.recorder.shredding import BETWEEN, Runs, Skeleton, runs_of
from inspector.recorder.unparsed import marked

_BEFORE_VALUE = re.compile(rb'["\s:,\[]')
_BEHIND_VALUE = re.compile(rb'["\s,\]}]')

MOST_BLANKS = 12
"""Blanks and punctuation in a text, beyond which it is looked for in the whole body at once."""

Places = dict[bytes, Runs]
"""What is looked for in values, with a NUL where one begins or ends, and in which."""


class Span:
    """A text in lower case, in ASCII and without NUL."""

    def __init__(self, text: bytes) -> None:
        self._places: Remembered[Skeleton | None, Places | None] = Remembered(lambda skeleton: _places(skeleton, text))

    def can_tell(self, batch: Batch) -> Mask:
        """Of which bodies it can be told without putting them together: not of those with escapes."""
        can_tell = [places is not None for places in map(self._places.__getitem__, batch.skeletons)]
        if not batch.values.has_escapes:
            return can_tell
        return [it_can and b"\\" not in kept.values for it_can, kept in zip(can_tell, batch.kept, strict=True)]  # type: ignore[union-attr]

    def found_in(self, batch: Batch) -> Mask:
        """In which bodies it stands, other than within a piece of the skeleton or a value; of all it can be told."""
        found = [False] * len(batch.requests)
        places = [self._places[skeleton] or {} for skeleton in batch.skeletons]
        for mark in {mark for here in places for mark in here}:
            values = read_runs([here.get(mark, []) for here in places], batch.kept)  # type: ignore[arg-type]
            is_there = [text is not None for text in values]  # where there is none, an empty one would seem to be
            found = [*map(or_, found, map(and_, is_there, marked(mark, values)))]
        return found


def _places(skeleton: Skeleton | None, text: bytes) -> Places | None:
    """Where a text may stand that spans one value; None if it may span several, or names hold escapes."""
    if skeleton is None or b"\\" in skeleton.text or len(_BEFORE_VALUE.findall(text)) > MOST_BLANKS:
        return None
    numbers: dict[bytes, list[int]] = {}
    for mark, number in _spans(skeleton.text.lower().split(BETWEEN), text):
        if not mark:
            return None
        numbers.setdefault(mark, []).append(skeleton.places[number])
    return {mark: runs_of(sorted(found)) for mark, found in numbers.items()}


def _spans(pieces: list[bytes], text: bytes) -> Iterator[tuple[bytes, int]]:
    """What to look for in which value, by its number in the body; for nothing where the text reaches another value."""
    values = range(len(pieces) - 1)
    yield from _ended(pieces, values, b"", text)
    for cut in [found.end() for found in _BEFORE_VALUE.finditer(text[:-1])]:
        before, rest = text[:cut], text[cut:]
        begun = [number for number in values if pieces[number].endswith(before)]
        if b'"' not in rest:
            yield from ((BETWEEN + rest, number) for number in begun)
        yield from _ended(pieces, begun, BETWEEN, rest)


def _ended(pieces: list[bytes], begun: Sequence[int], before: bytes, text: bytes) -> Iterator[tuple[bytes, int]]:
    """The same where a text, which begins at or in some values, goes on behind them."""
    for found in _BEHIND_VALUE.finditer(text) if begun else ():
        inside, rest = text[: found.start()], text[found.start() :]
        for number in begun if before or inside else ():
            behind = pieces[number + 1]
            if behind.startswith(rest):
                yield before + inside + BETWEEN, number
            elif rest.startswith(behind) and number + 2 < len(pieces):
                yield b"", number
        if found[0] == b'"':  # which no value has
            return
