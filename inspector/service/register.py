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

NO_TOKEN = "is not a token of this list: take nextPageToken of the page before, and leave the conditions as they were"
"""What is said of any other."""

_TOKENS = 2**64
_FACTOR = 0x9E3779B97F4A7C15  # odd, so that every number has one token and every token one number
_INVERSE = pow(_FACTOR, -1, _TOKENS)


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
        for number, thing in self._from(self._last_shown(paging), newest_first):
            if matches is None or matches(thing):
                found.append((number, thing))
            if len(found) > paging.limit:
                break
        token = _token(found[paging.limit - 1][0], paging.scope) if len(found) > paging.limit else None
        return Page([thing for _, thing in found[: paging.limit]], token)

    def _last_shown(self, paging: Paging) -> int | None:
        """The number of the last thing on the page before. One that was never given is that of another list's token."""
        if paging.token is None:
            return None
        last = _number(paging.token, paging.scope)
        if not 1 <= last <= self._count:
            raise InvalidPayloadError.at(".pageToken", NO_TOKEN)
        return last

    def _from(self, last: int | None, newest_first: bool) -> Iterable[tuple[int, T]]:
        if newest_first:
            return (one for one in reversed(self._things.values()) if last is None or one[0] < last)
        return (one for one in self._things.values() if last is None or one[0] > last)


def _token(number: int, scope: str) -> str:
    return f"{number * _FACTOR % _TOKENS ^ _mask(scope):016x}"


def _number(token: str, scope: str) -> int:
    if not re.fullmatch(TOKEN_PATTERN, token):
        raise InvalidPayloadError.at(".pageToken", NO_TOKEN)
    return (int(token, 16) ^ _mask(scope)) * _INVERSE % _TOKENS


def _mask(scope: str) -> int:
    return int.from_bytes(blake2b(scope.encode(), digest_size=8).digest())
