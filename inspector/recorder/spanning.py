"""Texts that may span a value of a shredded body and what stands around it, and where they do.

`"status":"active"` begins in a skeleton and ends behind a value. Where in a skeleton it may stand is found out once for
all bodies that share it; the values there are then read as those at a path are, and no body is put together for it.
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

_PUNCTUATION = re.compile(r'["\s:,\[\]{}\0]+')
_OF_OTHERS = re.compile(r"(?i:[ki])")
"""Letters that others come to in lower case, the Kelvin sign and İ, where these are looked for."""
_BETWEEN_BARE = re.compile(r"[\s,\[\]{}]+")
_BEFORE_BARE = re.compile(r"[\s:,\[\]{}]*")
_NUMERIC = re.compile(r"[-+.\de]*")
_CONSTANTS = ("true", "false", "null")

MOST_PARTS = 3
"""Parts of a text that are looked for before all of it."""

MOST_BLANKS = 12
"""Blanks and punctuation in a text, beyond which it is looked for in the whole body at once."""

Marks = dict[bytes, Runs]
"""What is looked for in values, with a NUL where one begins or ends, and in which."""


def may_span(text: str) -> bool:
    """Whether a text, in lower case, may begin inside a value and end outside, or reach from one to another."""
    if '"' in text or "\0" in text:
        return True
    rest = text[_BEFORE_BARE.match(text).end() :]  # type: ignore[union-attr]
    bare = _BETWEEN_BARE.split(rest)
    return (rest != text or len(bare) > 1) and all(map(_may_be_bare, bare))


def _may_be_bare(text: str) -> bool:
    return _NUMERIC.fullmatch(text) is not None or any(text in constant for constant in _CONSTANTS)


def longest_parts(text: str) -> list[str]:
    """The longest parts of a text that each stand in one value or name, wherever the text does; there may be none."""
    parts = {part for part in _PUNCTUATION.split(text) if part and (text.isascii() or not _OF_OTHERS.search(part))}
    return sorted(parts, key=lambda part: (-len(part), part))[:MOST_PARTS]


class Span:
    """A text in lower case, in ASCII and without NUL."""

    def __init__(self, text: bytes) -> None:
        self._marks: Remembered[Skeleton | None, Marks | None] = Remembered(lambda skeleton: _marks_in(skeleton, text))

    def can_tell(self, batch: Batch) -> Mask:
        """Of which bodies it can be told without putting them together: not of those with escapes."""
        can_tell = [marks is not None for marks in map(self._marks.__getitem__, batch.skeletons)]
        if not batch.values.has_escapes:
            return can_tell
        return [it_can and b"\\" not in kept.values for it_can, kept in zip(can_tell, batch.kept, strict=True)]  # type: ignore[union-attr]

    def found_in(self, batch: Batch) -> Mask:
        """In which bodies it stands, other than within a piece of the skeleton or a value; of all it can be told."""
        found = [False] * len(batch.requests)
        marks = [self._marks[skeleton] or {} for skeleton in batch.skeletons]
        for mark in {mark for here in marks for mark in here}:
            values = read_runs([here.get(mark, []) for here in marks], batch.kept)  # type: ignore[arg-type]
            is_there = [text is not None for text in values]  # where there is none, an empty one would seem to be
            found = [*map(or_, found, map(and_, is_there, marked(mark, values)))]
        return found


def _marks_in(skeleton: Skeleton | None, text: bytes) -> Marks | None:
    """What to look for in the values of a skeleton; None if the text may span several, or names hold escapes."""
    if skeleton is None or b"\\" in skeleton.text or len(_BEFORE_VALUE.findall(text)) > MOST_BLANKS:
        return None
    numbers: dict[bytes, list[int]] = {}
    for mark, place in _spans(skeleton.text.lower(), text):
        if not mark:
            return None
        numbers.setdefault(mark, []).append(skeleton.numbers[place])
    return {mark: runs_of(sorted(found)) for mark, found in numbers.items()}


def _spans(skeleton: bytes, text: bytes) -> Iterator[tuple[bytes, int]]:
    """What to look for in which value, by its place in the body; for nothing where the text reaches another value."""
    pieces = skeleton.split(BETWEEN)
    places = range(len(pieces) - 1)
    yield from _ended(pieces, places, b"", text)
    for cut in [found.end() for found in _BEFORE_VALUE.finditer(text[:-1])]:
        before, rest = text[:cut], text[cut:]
        if before + BETWEEN not in skeleton:
            continue
        begun = [place for place in places if pieces[place].endswith(before)]
        if b'"' not in rest:
            yield from ((BETWEEN + rest, place) for place in begun)
        yield from _ended(pieces, begun, BETWEEN, rest)


def _ended(pieces: list[bytes], begun: Sequence[int], before: bytes, text: bytes) -> Iterator[tuple[bytes, int]]:
    """The same where a text, which begins at or in some values, goes on behind them."""
    for found in _BEHIND_VALUE.finditer(text) if begun else ():
        inside, rest = text[: found.start()], text[found.start() :]
        for place in begun if before or inside else ():
            behind = pieces[place + 1]
            if behind.startswith(rest):
                yield before + inside + BETWEEN, place
            elif rest.startswith(behind) and place + 2 < len(pieces):
                yield b"", place
        if found[0] == b'"':  # which no value has
            return
