"""Bodies kept as what alike ones have in common, and what each of them says.

Most of an event is names and punctuation, the same in thousands. Taken apart into a skeleton, which all alike share,
and its values, a log takes less memory, a word is looked for in half the bytes, and what stands at a path is known from
the skeleton. Bodies of which none is like another stay as they are. Put together again, one is what was received, byte
by byte.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakValueDictionary, ref

import msgspec
import orjson

from inspector.recorder.reading import is_json
from inspector.recorder.values import leaves, values_at

if TYPE_CHECKING:
    from inspector.recorder.request import RecordedRequest

LONGEST = 2**14
"""Bytes of a body beyond which it stays as it is."""

WORTH_IT = 16
"""Bytes of a body for each of its values, below which little would be saved."""

MOST_SKELETONS = 1000
"""How many are in use at a time, and of how many bodies it is remembered that they were like none before."""

MOST_AT_ONCE = 500
"""How many skeletons may be in use while one more is made for a single body."""

SMALL = 2**12
"""Bytes of a skeleton that is made for a single body, or of which more is kept than its text."""

BETWEEN = b"\0"
"""Stands between values, and in a skeleton where a value stands; no JSON has it."""

MOST_PATHS = 32
"""Paths of a skeleton that are remembered."""

Runs = list[tuple[int, int]]
"""Values that follow each other, from the number of the first to that of the first beyond."""

_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_VALUE = re.compile(
    rb'("?+(?:[ \t\r\n,{}\[\]]++|"%b"[ \t\r\n]*+:)*+"?+)((?<=")%b|(?<!")[-+.\w]++|\Z)' % (_INSIDE, _INSIDE)
)
"""What stands before a value, with its names and the quotes around it, and the value: of a string its inside.

At the end there are two more without a value, what stands behind the last one, and nothing.
"""


class Skeleton:
    """A body without its values."""

    __slots__ = ("__weakref__", "_as_sent", "_format", "_order", "_payload", "_runs", "numbers", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        """The pieces before, between and behind the values, with a NUL where a value stands."""
        self._format = b""
        self._payload: Any = None
        self._runs: dict[Any, Runs] = {}
        size = text.count(BETWEEN)
        self._order = array("H", _order(orjson.loads(self.filled(_numbered(range(size))))["payload"], size))
        numbers = {place: number for number, place in enumerate(self._order)}
        self.numbers = array("H", [numbers[place] for place in range(size)])
        """Of each value, as they follow each other in a body, its number among those that are kept."""
        # With one more, since for a single value there would be no tuple.
        self._as_sent = itemgetter(*self.numbers, 0)

    def shredded(self, values: Sequence[bytes]) -> Shredded:
        """A body of this skeleton, of the values in it."""
        ordered = [values[place] for place in self._order]
        starts = array("H", accumulate([len(value) + 1 for value in ordered], initial=0))
        return Shredded(self, BETWEEN.join(ordered), starts)

    def body(self, ordered: Sequence[bytes]) -> bytes:
        """A body of this skeleton, of its values in the order in which they are kept."""
        return self.filled(self._as_sent(ordered)[:-1])

    def filled(self, values: tuple[bytes, ...]) -> bytes:
        """A body of this skeleton, of its values as they follow each other in it."""
        return (self._format or self._made_format()) % values

    def _made_format(self) -> bytes:
        made = _format(self.text)
        if len(made) <= SMALL:
            self._format = made
        return made

    def has(self, path: tuple[str, ...]) -> bool:
        """Whether there is anything at a path of the payload."""
        return bool(values_at(self.payload(), path))

    def runs_at(self, path: tuple[str, ...], kinds: tuple[type[Any], ...]) -> Runs:
        """The values at a path of the payload: of strings (`str`) or others (`int`), or in arrays or objects there."""
        runs = self._runs.get((path, kinds))
        if runs is None:
            found = [value for value in values_at(self.payload(), path) if isinstance(value, kinds)]
            runs = runs_of(sorted(map(int, leaves(found) if list in kinds else found)))
            if len(self._runs) >= MOST_PATHS:
                self._runs.clear()
            self._runs[path, kinds] = runs
        return runs

    def payload(self) -> Any:
        """The payload, with the number of each value in its place: of a string as a string, else as an integer."""
        payload = self._payload
        if payload is None:
            payload = orjson.loads(self.body(_numbered(range(len(self._order)))))["payload"]
            if len(self.text) <= SMALL:
                self._payload = payload
        return payload


def _numbered(numbers: Iterable[int]) -> tuple[bytes, ...]:
    return tuple(b"%d" % number for number in numbers)


def _order(payload: Any, size: int) -> list[int]:
    """The places of values in a body in the order in which they are kept; a payload has each value's place as value.

    Those of the payload come first, and of these all that a path with `*` leads to stand side by side.
    """
    found = sorted(_places(payload), key=lambda found: (len(found[0]), found[0]))
    order = dict.fromkeys(place for _, place in found)
    return [*order, *(place for place in range(size) if place not in order)]


def _places(payload: Any) -> Iterator[tuple[tuple[str, ...], int]]:
    """The path to each value, which is the same for all elements of an array, and its place."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), payload)]
    for path, value in waiting:  # which grows meanwhile
        if isinstance(value, dict):
            waiting += [((*path, name), child) for name, child in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, "*"), child) for child in value]
        else:
            yield path, int(value)


def runs_of(numbers: list[int]) -> Runs:
    """Numbers in order as runs: `[1, 2, 3, 7]` → `[(1, 4), (7, 8)]`."""
    runs: Runs = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = runs[-1][0], number + 1
        else:
            runs.append((number, number + 1))
    return runs


class Shredded(msgspec.Struct, frozen=True, gc=False):
    """A body taken apart."""

    skeleton: Skeleton
    values: bytes
    """Its values as bytes of JSON, strings without their quotes, with a NUL between them: not in the body's order."""
    starts: array[int]
    """Where each value starts in these, and where one more would."""

    @property
    def body(self) -> bytes:
        """The bytes as they were received."""
        return self.skeleton.body(self.values.split(BETWEEN))


class Shredder:
    """Takes the bodies of events apart that are alike."""

    def __init__(self) -> None:
        self._skeletons: WeakValueDictionary[bytes, Skeleton] = WeakValueDictionary()
        self._first: dict[int, ReferenceType[RecordedRequest]] = {}

    def take(self, request: RecordedRequest) -> None:
        """Keep the body of a request taken apart from now on, if one before was like it; then also that one's.

        The first few are not asked to be like another.
        """
        parts = _parts_of(request)
        if parts is None:
            return
        text, values = parts
        skeleton = self._skeletons.get(text)
        if skeleton is None and len(self._skeletons) < MOST_AT_ONCE and len(text) <= SMALL:
            skeleton = self._skeletons[text] = Skeleton(text)
        if skeleton is not None:
            request.kept = skeleton.shredded(values)
        elif len(self._skeletons) < MOST_SKELETONS:
            self._take_both(request, parts, self._first_of(text, request))

    def _take_both(self, request: RecordedRequest, parts: _Parts, first: RecordedRequest | None) -> None:
        others = None if first is None else _parts_of(first)
        if first is None or others is None or others[0] != parts[0]:
            return
        skeleton = self._skeletons[parts[0]] = Skeleton(parts[0])
        request.kept = skeleton.shredded(parts[1])
        if first.segment is None:  # which would keep the body that it has
            first.kept = skeleton.shredded(others[1])

    def _first_of(self, text: bytes, request: RecordedRequest) -> RecordedRequest | None:
        """The request that had this skeleton first; if there is none, it is this one from now on."""
        first = self._first.pop(hash(text), None)
        other = None if first is None else first()
        if other is None or other is request:
            if len(self._first) >= MOST_SKELETONS:
                self._first.clear()
            self._first[hash(text)] = ref(request)
            return None
        return other


_Parts = tuple[bytes, list[bytes]]
"""The text of a skeleton, and values."""


def _parts_of(request: RecordedRequest) -> _Parts | None:
    """The body of a request taken apart; None of what is no whole event in strict JSON, or would save little."""
    body = request.kept
    if type(body) is not bytes or not len(body) == request.size <= LONGEST or request.event is None:
        return None
    found = _VALUE.findall(body)[:-1]
    values = [value for _, value in found[:-1]]
    if not 0 < WORTH_IT * len(values) <= len(body) or not is_json(body):
        return None
    text = BETWEEN.join([before for before, _ in found])
    return (text, values) if _format(text) % tuple(values) == body else None


def _format(text: bytes) -> bytes:
    return text.replace(b"%", b"%%").replace(BETWEEN, b"%b")
