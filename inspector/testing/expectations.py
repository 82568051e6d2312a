"""What a test says beforehand that will have arrived when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.recorder.request import RecordedRequest
from inspector.testing.matching import Wanted
from inspector.testing.texts import counted


@dataclass(frozen=True, slots=True)
class Expectation:
    """So many requests of a kind: exactly `count`, or at least one if that is None. Awaited for `within` seconds."""

    wanted: Wanted
    count: int | None
    within: float

    @property
    def least(self) -> int:
        """How many must come."""
        return 1 if self.count is None else self.count

    def is_met(self, found: Sequence[RecordedRequest]) -> bool:
        """Whether this is what was expected."""
        return len(found) >= 1 if self.count is None else len(found) == self.count

    def __str__(self) -> str:
        number = "at least one request" if self.count is None else counted(self.count, "request")
        return f"{number} matching {self.wanted}"
