"""What changed between two JSON values, path by path: between two events of a conversation, say.

- Objects are compared field by field, arrays element by element. Where all elements of both arrays are objects with an
  `id` of their own (participants, messages), they are matched by it: then mere order is no change.
- Numbers are equal if they have the same value (1 and 1.0), and exact: what was read by `read_json` is never rounded.
- What was added or removed is one change, however much is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, Literal, NamedTuple

from inspector.webhook.jsontext import plain
from inspector.webhook.pathnames import Step, format_path

ChangeKind = Literal["added", "removed", "changed"]

MAX_CHANGES = 1000
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `old` is None for what was added, `new` for what was removed; `kind` tells it from a null.

    `path` is that in the new value, for what was removed that in the old one; "" is the whole. `label` is the
    `displayName` of the participant it belongs to, if any.
    """

    path: str
    old: Any
    new: Any
    kind: ChangeKind
    label: str | None = None

    def to_json(self) -> dict[str, Any]:
        """`{"path", "old", "new", "kind", "label"}`, for any JSON writer."""
        return {
            "path": self.path,
            "old": plain(self.old),
            "new": plain(self.new),
            "kind": self.kind,
            "label": self.label,
        }


class _Pair(NamedTuple):
    """Two values to compare, or `_ABSENT` for one of them, and where they stand."""

    steps: tuple[Step, ...]
    old: Any
    new: Any
    label: str | None


def differences(old: Any, new: Any, *, path: tuple[Step, ...] = (), limit: int = MAX_CHANGES) -> list[Change]:
    """The changes that lead from one JSON value to another, at most `limit` of them. Never raises.

    In the order of the new value; what was removed follows the rest of its object or array. `path` leads to the values
    themselves: `("payload",)` makes paths start with `payload.`.
    """
    return list(islice(_changes(_Pair(path, old, new, None)), limit))


def _changes(whole: _Pair) -> Iterator[Change]:
    waiting = [whole]  # no recursion: depth is up to who sent the JSON
    while waiting:
        pair = waiting.pop()
        parts = _parts(pair)
        if parts is not None:
            waiting.extend(reversed(parts))
        elif not _is_same(pair.old, pair.new):
            yield _change(pair)


def _change(pair: _Pair) -> Change:
    path = format_path(pair.steps)
    if pair.old is _ABSENT:
        return Change(path, None, pair.new, "added", pair.label)
    if pair.new is _ABSENT:
        return Change(path, pair.old, None, "removed", pair.label)
    return Change(path, pair.old, pair.new, "changed", pair.label)


def _parts(pair: _Pair) -> list[_Pair] | None:
    """The pairs that two objects or two arrays consist of; None for anything else."""
    if isinstance(pair.old, dict) and isinstance(pair.new, dict):
        matches = _match(pair.old, pair.new)
        return [_part(pair, name, *values) for name, values in matches.items()]
    if isinstance(pair.old, list) and isinstance(pair.new, list):
        return _elements(pair, pair.old, pair.new)
    return None


def _elements(pair: _Pair, old: list[Any], new: list[Any]) -> list[_Pair]:
    old_keys, new_keys = _ids(old), _ids(new)
    if old_keys is None or new_keys is None:
        old_keys, new_keys = list(range(len(old))), list(range(len(new)))
    index = {key: place for places in (old_keys, new_keys) for place, key in enumerate(places)}
    matches = _match(dict(zip(old_keys, old, strict=True)), dict(zip(new_keys, new, strict=True)))
    return [_part(pair, index[key], *values) for key, values in matches.items()]


def _ids(array: list[Any]) -> list[Any] | None:
    """The ids of an array of objects, if each has one of its own."""
    ids = [element.get("id") if isinstance(element, dict) else None for element in array]
    return ids if all(isinstance(id_, str) for id_ in ids) and len(set(ids)) == len(ids) else None


def _match(old: dict[Any, Any], new: dict[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Old and new value by key: in the order of the new, then what is only in the old."""
    matches = {key: (old.get(key, _ABSENT), value) for key, value in new.items()}
    return matches | {key: (value, _ABSENT) for key, value in old.items() if key not in new}


def _part(pair: _Pair, step: Step, old: Any, new: Any) -> _Pair:
    here = old if new is _ABSENT else new
    label = here.get("displayName") if isinstance(here, dict) else None
    return _Pair((*pair.steps, step), old, new, label if label and isinstance(label, str) else pair.label)


def _is_same(old: Any, new: Any) -> bool:
    if _is_number(old) and _is_number(new):
        return _exact(old) == _exact(new)
    return type(old) is type(new) and bool(old == new)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(number: float) -> Decimal | str:
    """The number as written, not as the nearest double. NaN is text, so that it equals itself."""
    try:
        value = Decimal(number if isinstance(number, int) else str(number))
    except InvalidOperation:
        return str(number)  # an exponent beyond even Decimal
    return str(value) if value.is_nan() else value
