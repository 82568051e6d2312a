"""When to try again: the waits between the attempts of one delivery."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.errors import ConfigError
from inspector.units import parse_duration

MAX_ATTEMPTS = 1000
"""More than this is a slip of the finger, and each attempt is kept."""

_TIMES = re.compile(r"(\d{1,6})x(.+)")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`waits` are the seconds before the second, third, … attempt; `timeout` is the time limit of each, in seconds.

    A wait is counted from the end of the attempt before it.
    """

    waits: tuple[float, ...] = ()
    timeout: float = 10.0

    @property
    def attempts(self) -> int:
        """How often is tried at most."""
        return len(self.waits) + 1

    @classmethod
    def none(cls) -> RetryPolicy:
        """One attempt."""
        return cls()

    @classmethod
    def bird(cls) -> RetryPolicy:
        """36 attempts over 8 h, as documented: waits of 1, 2, 4 … 512 s, then 25 of 1111 s.

        The exact schedule is a guess (contract.md §1).
        """
        return cls(tuple(2.0**n for n in range(10)) + (1111.0,) * 25)

    @classmethod
    def parse(cls, text: str) -> RetryPolicy:
        """Read `none`, `bird`, or waits with commas between them: `1s,5s,30s`.

        A wait is a duration such as `500ms`, `5`, `2m`; `3x2s` stands for three waits of 2 s, and both mix:
        `3x1s,1m`. Raises ConfigError.
        """
        if text in ("none", "bird"):
            return cls.none() if text == "none" else cls.bird()
        waits = tuple(wait for item in text.split(",") for wait in _read_item(item.strip(), text))
        if len(waits) >= MAX_ATTEMPTS:
            raise ConfigError(f"{text!r} asks for {len(waits) + 1} attempts; the most is {MAX_ATTEMPTS}.")
        return cls(waits)


def _read_item(item: str, whole: str) -> tuple[float, ...]:
    match = _TIMES.fullmatch(item)
    times, wait = (int(match[1]), match[2]) if match else (1, item)
    try:
        return (parse_duration(wait),) * times
    except ConfigError:
        raise ConfigError(
            f"{whole!r} is not a retry policy: {item!r} is no wait. "
            "Give none, bird, or waits such as 1s,5s,30s or 3x2s."
        ) from None
