"""Reads what stands at a path of many payloads.

Where a path leads in a body that is shredded, its skeleton says: once for all bodies that share it. Any other is opened
level by level, and nothing else of it is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw

from inspector.recorder.batch import Batch, Mask
from inspector.recorder.reading import UNREADABLE, open_payload
from inspector.recorder.remembered import Remembered
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import Shredded, Skeleton, values_in
from inspector.recorder.values import children, leaves, values_at

Value = Raw | Any
"""What stands at a path: the bytes of its JSON, or parsed where only we read the body."""

Values = bytes | None
"""Bytes of JSON that hold no other value, a NUL between them, strings without their quotes; None if there are none."""

BETWEEN = b"\0"

_open = msgspec.json.Decoder(list[Raw] | dict[str, Raw] | str | int | float | bool | None).decode

_Runs = list[tuple[int, int]]
"""Values that follow each other, from the first to before the last."""

_Leaf = tuple[bytes, bool]
"""A value that holds no other, and whether it is a string."""


class Place:
    """One place in every payload, with questions to each request of a batch; what is no event has nothing there."""

    def __init__(self, path: Sequence[str]) -> None:
        self._path = path
        self._found: Remembered[Skeleton, Sequence[Any]] = Remembered(self._find)
        self._strings, self._others = self._runs(str), self._runs(int)
        self._scalars, self._leaves = self._runs(str, int), self._runs(str, int, list, dict)

    def is_there(self, batch: Batch) -> Mask:
        """Whether there is anything."""
        return [
            bool(self._found[kept.skeleton]) if type(kept) is Shredded else bool(self.opened(request))
            for kept, request in zip(batch.kept, batch.requests, strict=True)
        ]

    def strings(self, batch: Batch) -> list[Values]:
        """The strings there."""
        return self._read(batch, self._strings, lambda leaf: leaf[1])

    def others(self, batch: Batch) -> list[Values]:
        """The numbers, true, false and null there."""
        return self._read(batch, self._others, lambda leaf: not leaf[1])

    def scalars(self, batch: Batch) -> list[Values]:
        """The values there that hold no other."""
        return self._read(batch, self._scalars, lambda _: True)

    def leaves(self, batch: Batch) -> list[Values]:
        """The values that hold no other, there and in whatever is there."""
        return self._read(batch, self._leaves, None)

    def opened(self, request: RecordedRequest) -> Sequence[Value]:
        """Every value there, whatever it is."""
        if request.event is None:
            return ()
        try:
            return _values_in(open_payload(request.content), self._path)
        except UNREADABLE:
            return values_at(request.payload, self._path)

    def _read(
        self, batch: Batch, runs: Remembered[Skeleton, _Runs], is_wanted: Callable[[_Leaf], bool] | None
    ) -> list[Values]:
        """What some runs lead to; of what is not shredded the scalars that are wanted, or all leaves."""
        read: list[Values] = []
        for kept, request in zip(batch.kept, batch.requests, strict=True):
            if type(kept) is not Shredded:
                read.append(_joined(_leaves_in(self.opened(request), is_wanted)))
                continue
            values, starts, here = kept.values, kept.starts, runs[kept.skeleton]
            if len(here) == 1:  # as it is nearly always
                ((first, end),) = here
                read.append(values[starts[first] : starts[end] - 1])
            elif here:
                read.append(BETWEEN.join([values[starts[first] : starts[end] - 1] for first, end in here]))
            else:
                read.append(None)
        return read

    def _find(self, skeleton: Skeleton) -> Sequence[Any]:
        """What stands there, with numbers of values in place of these."""
        return values_at(skeleton.payload(), self._path)

    def _runs(self, *kinds: type[Any]) -> Remembered[Skeleton, _Runs]:
        def find(skeleton: Skeleton) -> _Runs:
            wanted = [value for value in self._found[skeleton] if isinstance(value, kinds)]
            return _runs(sorted(map(int, chain.from_iterable(map(leaves, wanted)))))

        return Remembered(find)


def _runs(numbers: list[int]) -> _Runs:
    """`[1, 2, 3, 7]` → `[(1, 4), (7, 8)]`."""
    runs: _Runs = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = runs[-1][0], number + 1
        else:
            runs.append((number, number + 1))
    return runs


def _values_in(payload: Raw, path: Sequence[str]) -> Sequence[Raw]:
    found: Sequence[Raw] = [payload]
    for segment in path:
        found = [child for parent in found for child in children(_open(parent), segment)]
    return found


def _joined(found: Iterable[_Leaf]) -> Values:
    values = [value for value, _ in found]
    return BETWEEN.join(values) if values else None


def _leaves_in(found: Sequence[Value], is_wanted: Callable[[_Leaf], bool] | None) -> Iterator[_Leaf]:
    """Every value in some values that holds no other; those that are wanted, of these values themselves."""
    for value in found:
        raw = bytes(value) if isinstance(value, Raw) else None
        holds_others = raw[:1] in (b"{", b"[") if raw is not None else isinstance(value, dict | list)
        if not (holds_others and is_wanted):
            some = _made(value) if raw is None else values_in(raw) if holds_others else [_leaf(raw)]
            yield from some if is_wanted is None else filter(is_wanted, some)


def _made(value: Any) -> list[_Leaf]:
    return [_leaf(json.dumps(leaf).encode()) for leaf in leaves(value)]


def _leaf(raw: bytes) -> _Leaf:
    return (raw[1:-1], True) if raw[:1] == b'"' else (raw, False)
