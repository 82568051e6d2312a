"""Reads what stands at a path of many payloads.

Where a path leads in a body that is shredded, its skeleton says: once for all bodies that share it. Any other is opened
level by level, and nothing else of it is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from inspector.recorder.batch import Batch, Mask
from inspector.recorder.reading import UNREADABLE, open_payload, read_value
from inspector.recorder.remembered import Remembered
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shredding import BETWEEN, Runs, Shredded, Skeleton
from inspector.recorder.values import children, json_text, leaves, values_at

Value = Raw | Any
"""What stands at a path: the bytes of its JSON, or parsed where only we read the body."""

Values = bytes | None
"""Bytes of JSON that hold no other value, a NUL between them, strings without their quotes; None if there are none."""

_open = msgspec.json.Decoder(list[Raw] | dict[str, Raw] | str | int | float | bool | None).decode

_NUMBERS_AS_TEXT = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


class Place:
    """One place in every payload, with questions to each request of a batch; what is no event has nothing there."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = path
        self._is_there: Remembered[Skeleton, bool] = Remembered(lambda skeleton: skeleton.has(path))
        self._others = _runs_of(path, int)
        self._scalars, self._leaves = _runs_of(path, str, int), _runs_of(path, str, int, list, dict)

    def is_there(self, batch: Batch) -> Mask:
        """Whether there is anything."""
        return [
            self._is_there[kept.skeleton] if type(kept) is Shredded else bool(opened)
            for kept, opened in zip(batch.kept, self._all_opened(batch), strict=True)
        ]

    def others(self, batch: Batch) -> list[Values]:
        """The numbers, true, false and null there."""
        return self._read(batch, self._others, _others_in)

    def scalars(self, batch: Batch) -> list[Values]:
        """The values there that hold no other."""
        return self._read(batch, self._scalars, _scalars_in)

    def leaves(self, batch: Batch) -> list[Values]:
        """The values that hold no other, there and in whatever is there."""
        return self._read(batch, self._leaves, _leaves_in)

    def opened(self, request: RecordedRequest) -> Sequence[Value]:
        """Every value there, whatever it is."""
        if request.event is None:
            return ()
        try:
            return _values_in(open_payload(request.content), self._path)
        except UNREADABLE:
            return values_at(request.payload, self._path)

    def _read(
        self, batch: Batch, runs: Remembered[Skeleton, Runs], wanted_of: Callable[[Sequence[Value]], Iterable[bytes]]
    ) -> list[Values]:
        """What some runs lead to; of what is not shredded, what is wanted of all that is found there."""
        if None in batch.skeletons:
            return [
                _at(runs[kept.skeleton], kept) if type(kept) is Shredded else _joined([*wanted_of(found)])
                for kept, found in zip(batch.kept, self._all_opened(batch), strict=True)
            ]
        return read_runs([*map(runs.__getitem__, batch.skeletons)], batch.kept)  # type: ignore[arg-type]

    def _all_opened(self, batch: Batch) -> list[Sequence[Value]]:
        """What is found in those that are not shredded."""
        if None not in batch.skeletons:
            return [()] * len(batch.kept)
        opened = batch.opened.get(self._path)
        if opened is None:
            both = zip(batch.skeletons, batch.requests, strict=True)
            opened = [self.opened(request) if skeleton is None else () for skeleton, request in both]
            batch.opened[self._path] = opened
        return opened


def read_runs(runs: Sequence[Runs], bodies: Sequence[Shredded]) -> list[Values]:
    """The values that stand in some runs of each of several bodies."""
    if max(map(len, runs)) <= 1:  # as it is nearly always: without a call for each
        return [
            kept.values[kept.starts[found[0][0]] : kept.starts[found[0][1]] - 1] if found else None
            for kept, found in zip(bodies, runs, strict=True)
        ]
    return [*map(_at, runs, bodies)]


def _at(runs: Runs, kept: Shredded) -> Values:
    values, starts = kept.values, kept.starts
    if len(runs) == 1:
        ((first, end),) = runs
        return values[starts[first] : starts[end] - 1]
    return _joined([values[starts[first] : starts[end] - 1] for first, end in runs])


def _joined(values: list[bytes]) -> Values:
    return BETWEEN.join(values) if values else None


def _runs_of(path: tuple[str, ...], *kinds: type[Any]) -> Remembered[Skeleton, Runs]:
    return Remembered(lambda skeleton: skeleton.runs_at(path, kinds))


def _values_in(payload: Raw, path: Sequence[str]) -> Sequence[Raw]:
    found: Sequence[Raw] = [payload]
    for segment in path:
        found = [child for parent in found for child in children(_open(parent), segment)]
    return found


def _strings_in(found: Sequence[Value]) -> Iterator[bytes]:
    for value in found:
        if isinstance(value, str):
            yield _escaped(value)
        elif isinstance(value, Raw) and bytes(value)[:1] == b'"':
            yield _clean(bytes(value)[1:-1])


def _others_in(found: Sequence[Value]) -> Iterator[bytes]:
    for value in found:
        if isinstance(value, Raw):
            raw = bytes(value)
            if raw[:1] not in (b'"', b"{", b"["):
                yield raw
        elif not isinstance(value, str | dict | list):
            yield json_text(value).encode()


def _scalars_in(found: Sequence[Value]) -> Iterator[bytes]:
    yield from _strings_in(found)
    yield from _others_in(found)


def _leaves_in(found: Sequence[Value]) -> Iterator[bytes]:
    if found and isinstance(found[0], Raw):
        found = _parsed(b"[%b]" % b",".join(found))
    return map(_escaped, map(json_text, leaves([*found])))


def _parsed(raw: bytes) -> Any:
    """JSON as plain values, its numbers as the text they were sent as."""
    try:
        return _NUMBERS_AS_TEXT.decode(raw.decode(errors="replace"))
    except (ValueError, RecursionError):
        return read_value(raw)


def _escaped(text: str) -> bytes:
    """A text as it stands within a string of JSON."""
    if '"' in text or "\\" in text or not text.isprintable():
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    return text.encode("utf-8", "surrogatepass")


def _clean(inside: bytes) -> bytes:
    """The inside of a string as UTF-8."""
    return inside if inside.isascii() else inside.decode(errors="replace").encode()
