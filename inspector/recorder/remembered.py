"""Answers found once for things that thousands of requests have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

MOST = 1024
"""Answers that are kept at most."""

LONGEST = 64
"""Bytes or letters of a text whose answer is kept."""

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class Remembered(dict[_Key, _Found], Generic[_Key, _Found]):
    """What was found out about each of some things; forgotten when it comes to be much, and about long texts at once.

    Asking it is one look into a dict: unlike `functools.lru_cache`, it can be asked of a whole list within C.
    """

    def __init__(self, find: Callable[[_Key], _Found]) -> None:
        self._find = find

    def __missing__(self, key: _Key) -> _Found:
        found = self._find(key)
        if isinstance(key, str | bytes) and len(key) > LONGEST:
            return found
        if len(self) >= MOST:
            self.clear()
        self[key] = found
        return found
