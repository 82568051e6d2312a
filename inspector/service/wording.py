"""Words for what is wrong with what clients send: each follows a path, as in `.url must be …`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""Characters up to which a name is compared with those that there are."""


def one_of(known: Iterable[str], given: object = None) -> str:
    """That one of these was expected, and which of them was probably meant."""
    known = list(known)
    listed = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
    return _with_nearest(f"must be {listed}", known, given)


def unknown_field(known: Iterable[str], given: str) -> str:
    """That there is no such field beside these, and which was probably meant."""
    known = list(known)
    return _with_nearest(f"is not a field here; known are {', '.join(known)}", known, given)


def nearest(known: Iterable[str], given: object) -> str | None:
    """The one of these that is written most like what was given."""
    if not isinstance(given, str) or len(given) > _LONGEST:
        return None
    return next(iter(get_close_matches(given, list(known), 1, 0.5)), None)


def _with_nearest(text: str, known: Iterable[str], given: object) -> str:
    meant = nearest(known, given)
    return text if meant is None else f"{text}; did you mean {meant}?"
