"""Reads paths out of many payloads, and nothing else of them.

A search over thousands of events is mostly spent on making objects that nobody looks at. So all the paths of a search
are made into one type: the decoder goes over a body once, passes over whatever is on none of them, and leaves what is
at the end of one as the bytes it stands in (`unparsed.py`). What does not have that shape, or may write a name
otherwise, is opened level by level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count, repeat
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw

from inspector.recorder.batch import Batch
from inspector.recorder.reading import UNREADABLE, open_payload
from inspector.recorder.request import RecordedRequest
from inspector.recorder.shape import Level, Reader, envelope_type, reader
from inspector.recorder.textsearch import Haystack, escapes_ascii, is_shown_in_bytes
from inspector.recorder.values import children, contract_spelling, is_name, values_at

Value = Raw | Any
"""What stands at a path: the bytes of its JSON, or parsed where only we read the body."""

FREE = frozenset({"attributes", "recipients", "summary", "referral"})
"""Members in which the contract lets anything stand."""

_EVENT, _BODY = attrgetter("event"), attrgetter("body")

_open = msgspec.json.Decoder(list[Raw] | dict[str, Raw] | str | int | float | bool | None).decode


class Payloads:
    """What the paths of one search lead to, read in one pass over each body."""

    __slots__ = ("_decode", "_top")

    def __init__(self) -> None:
        self._top = Level()
        self._decode: Callable[[bytes], Any] | None = None

    def place(self, path: tuple[str, ...]) -> Place:
        """A place to be read in every payload. All are asked for before the first is read."""
        if path:  # the whole payload is found without a shape
            self._top.add(path)
        return Place(path, self, self._top)

    def decoded(self, batch: Batch) -> list[Any]:
        """The envelopes, their payloads in the shape of the paths; None for one that has another, or is no event."""
        if batch.decoded is None:
            batch.decoded = _all_decoded(self._decode or self._compile(), batch.requests)
        return batch.decoded

    def _compile(self) -> Callable[[bytes], Any]:
        self._decode = msgspec.json.Decoder(envelope_type(self._top)).decode
        return self._decode


def _payload(request: RecordedRequest) -> Raw | None:
    """The whole payload of an event. Raises one of UNREADABLE."""
    if request.event is None:
        return None
    if request.payload_at:
        return Raw(memoryview(request.content)[request.payload_at : -1])
    return open_payload(request.content)


def _all_decoded(decode: Callable[[bytes], Any], requests: Sequence[RecordedRequest]) -> list[Any]:
    if all(map(_EVENT, requests)):
        with suppress(*UNREADABLE):
            return [*map(decode, map(_BODY, requests))]
    return [_decoded(decode, request) for request in requests]


def _decoded(decode: Callable[[bytes], Any], request: RecordedRequest) -> Any:
    try:
        return decode(request.body) if request.event else None
    except UNREADABLE:  # an object where an array was thought to be, or the reverse; what only we read; gzip
        return None


class Place:
    """One place in every payload, of which `read` gives what stands there."""

    __slots__ = ("_is_modelled", "_names", "_path", "_payloads", "_top", "_way")

    def __init__(self, path: tuple[str, ...], payloads: Payloads, top: Level) -> None:
        self._path, self._payloads, self._top = path, payloads, top
        self._way: tuple[Reader, Sequence[str]] | None = None
        self._names = [_Name(segment) for segment in path if is_name(segment)]
        self._is_modelled = FREE.isdisjoint(map(str.lower, path)) and not any(name.is_strange for name in self._names)

    def read(self, batch: Batch) -> list[Sequence[Value]]:
        """Every value there, in order, for each request of a batch; nothing where one is no event."""
        if any(name.is_strange and not name.may_be_in(batch.bodies) for name in self._names):
            return [()] * len(batch.requests)
        if self._must_be_opened(batch):
            return [self._opened(request) for request in batch.requests]
        envelopes = self._payloads.decoded(batch)
        if self._way is None:  # now that the shape of all places together is known
            self._way = reader(self._top, self._path)
        read, far = self._way
        if far:
            return [self._opened(request) for request in batch.requests]
        missed: list[int] = []
        values = [*map(read, envelopes, count(), repeat(missed))]
        for number in missed:
            if envelopes[number] is None or self._may_be_otherwise(batch.requests[number]):
                values[number] = self._opened(batch.requests[number])
        return values

    def _must_be_opened(self, batch: Batch) -> bool:
        """Whether the whole payload is asked for, or a body may have a name of the contract in other letters too."""
        otherwise = (name for name in self._names if name.is_otherwise)
        return not self._path or any(name.may_be_as_asked_in(batch.bodies) for name in otherwise)

    def _may_be_otherwise(self, request: RecordedRequest) -> bool:
        """Whether a body, in which something on the path is missing, may have a name on it in other letters."""
        report = request.contract
        if self._is_modelled and report.verdict == "conforms" and not report.findings:
            return False  # all its names are the contract's
        bodies = Haystack([request.content])
        return any(name.may_be_otherwise_in(bodies) for name in self._names)

    def _opened(self, request: RecordedRequest) -> Sequence[Value]:
        try:
            payload = _payload(request)
            return () if payload is None else _values_in([payload], self._path)
        except UNREADABLE:
            return values_at(request.payload, self._path)


class _Name:
    """A member's name on a path, and how it may be written in a body."""

    __slots__ = ("_as_asked", "_is_shown", "_lowered", "_read_as", "is_otherwise", "is_strange")

    def __init__(self, name: str) -> None:
        in_contract = contract_spelling(name)
        self.is_strange = in_contract is None
        """The contract does not know it."""
        self.is_otherwise = in_contract not in (None, name)
        """The contract writes it in other letters."""
        self._is_shown = is_shown_in_bytes(name)
        self._as_asked, self._read_as, self._lowered = map(_quoted, (name, in_contract or name, name.lower()))

    def may_be_in(self, bodies: Haystack) -> bool:
        """Whether some body may have it, in any case."""
        return self._lowered in bodies.lowered or self._may_be_escaped(bodies)

    def may_be_as_asked_in(self, bodies: Haystack) -> bool:
        """Whether some body may have it just as asked for."""
        return self._as_asked in bodies.raw or self._may_be_escaped(bodies)

    def may_be_otherwise_in(self, bodies: Haystack) -> bool:
        """Whether some body may have it in other letters than those it is read in."""
        return bodies.lowered.count(self._lowered) > bodies.raw.count(self._read_as) or self._may_be_escaped(bodies)

    def _may_be_escaped(self, bodies: Haystack) -> bool:
        return not self._is_shown or escapes_ascii(bodies.raw)


def _quoted(name: str) -> bytes:
    return f'"{name}"'.encode("utf-8", "surrogatepass")


def _values_in(found: Sequence[Value], path: Sequence[str]) -> Sequence[Value]:
    """What a path leads to in values that are still bytes."""
    for segment in path:
        found = [child for parent in found for child in children(_open(parent), segment)]
    return found
