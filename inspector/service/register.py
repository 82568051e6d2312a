"""Registers: things by id in the order they were added, bounded, and read page by page.

A page token is the place where the next page begins, not a count of what was shown: what is added or removed meanwhile
shifts nothing. It is good for the list, and the conditions, that it was given out with.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar

from inspector.service.errors import InvalidPayloadError

T = TypeVar("T")

TOKEN_PATTERN = "^[0-9a-f]{16}$"  # noqa: S105 - a page token opens nothing

OF_ANOTHER_LIST = "is not a token of this list: take nextPageToken of the page before, under the same conditions"

_TOKENS = 2**64
_FACTOR = 0x9E3779B97F4A7C15  # odd, so that every number has one token and every token one number
_INVERSE = pow(_FACTOR, -1, _TOKENS)
_SCOPES = 2**24
_PLAUSIBLE = 2**24
"""Things that no list has had so many of: what a token means beyond them, nobody was given."""


class Paging(NamedTuple):
    """Which page: at most `limit` things, from where `token` says; without one, from the beginning.

    `scope` tells one list, with the conditions under which it is read, from all others.
    """

    limit: int = 10
    token: str | None = None
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some things, and the token of the next page while there are more."""

    things: list[T]
    next_token: str | None

    def to_json(self, render: Callable[[T], Any]) -> dict[str, Any]:
        """`{"results": […]}`, with `nextPageToken` while there are more."""
        results = {"results": [render(thing) for thing in self.things]}
        return results if self.next_token is None else {**results, "nextPageToken": self.next_token}


class Register(Generic[T]):
    """Things by id, oldest first. With more than `capacity` of them, the oldest go."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._count = 0
        self._things: OrderedDict[str, tuple[int, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def __iter__(self) -> Iterator[T]:
        return (thing for _, thing in self._things.values())

    def __reversed__(self) -> Iterator[T]:
        return (thing for _, thing in reversed(self._things.values()))

    def __contains__(self, id: str) -> bool:
        return id in self._things

    def put(self, id: str, thing: T) -> T:
        """Put a thing in the place of the one with this id, else at the end, and return it."""
        known = self._things.get(id)
        if known is None:
            self._count += 1
        self._things[id] = (known[0] if known else self._count, thing)
        while len(self._things) > self.capacity:
            self._things.popitem(last=False)
        return thing

    def get(self, id: str) -> T | None:
        """The thing with this id."""
        found = self._things.get(id)
        return found[1] if found else None

    def remove(self, id: str) -> None:
        """Take out the thing with this id."""
        del self._things[id]

    def page(
        self, paging: Paging, matches: Callable[[T], bool] | None = None, *, newest_first: bool = False
    ) -> Page[T]:
        """One page of the matching things. Raises InvalidPayloadError for a token that is none."""
        found: list[tuple[int, T]] = []
        for number, thing in self._from(paging, newest_first):
            if matches is None or matches(thing):
                found.append((number, thing))
            if len(found) > paging.limit:
                break
        token = _token(found[paging.limit - 1][0], paging.scope) if len(found) > paging.limit else None
        return Page([thing for _, thing in found[: paging.limit]], token)

    def _from(self, paging: Paging, newest_first: bool) -> Iterable[tuple[int, T]]:
        if paging.token is None:
            return reversed(self._things.values()) if newest_first else iter(self._things.values())
        last = _number(paging.token, paging.scope)
        if not 1 <= last <= self._count:
            return ()
        if newest_first:
            return (one for one in reversed(self._things.values()) if one[0] < last)
        return (one for one in self._things.values() if one[0] > last)


def _token(number: int, scope: str) -> str:
    return f"{(number * _SCOPES + _digest(scope)) * _FACTOR % _TOKENS:016x}"


def _number(token: str, scope: str) -> int:
    """The number of the last thing on the page before. Raises InvalidPayloadError for another list's token."""
    if not re.fullmatch(TOKEN_PATTERN, token):
        raise InvalidPayloadError.at(".pageToken", OF_ANOTHER_LIST)
    number, digest = divmod(int(token, 16) * _INVERSE % _TOKENS, _SCOPES)
    if 1 <= number < _PLAUSIBLE and digest != _digest(scope):
        raise InvalidPayloadError.at(".pageToken", OF_ANOTHER_LIST)
    return number


def _digest(scope: str) -> int:
    return int.from_bytes(blake2b(scope.encode(), digest_size=3).digest())
