"""Faults of the API: what an app must cope with when the service itself is in trouble."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Literal, get_args

from inspector.errors import ConfigError
from inspector.service.wording import nearest

FaultKind = Literal["status", "latency", "timeout", "malformed"]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

ANY_CALL = "*"
LONGEST = 600.0


@dataclass(frozen=True, slots=True)
class ApiFault:
    """What happens to calls of one kind.

    `call` is an operation of the API by its id, such as `createMessage`, or `*` for all. Of the kinds, `status` answers
    with that status and does nothing; `latency` answers after `seconds`; `timeout` does nothing, gives no answer for
    `seconds` and hangs up; `malformed` does what was asked and cuts the JSON of the answer. It befalls the next `count`
    calls (None: all), or of them a `share` from 0 to 1. Raises ConfigError for values that make no sense.
    """

    call: str = ANY_CALL
    fault: FaultKind = "status"
    status: int = 503
    seconds: float = 1.0
    count: int | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.call != ANY_CALL:
            _require_call(self.call)
        _require(self.fault in KINDS, f"There is no fault {self.fault!r}. Give one of {', '.join(KINDS)}.")
        _require(400 <= self.status <= 599, f"status {self.status} is no error. Give one from 400 to 599.")
        _require(0 <= self.seconds <= LONGEST, f"{self.seconds} seconds are not between 0 and {LONGEST:g}.")
        _require(self.count is None or self.count >= 1, f"count {self.count} must be at least 1.")
        _require(0 < self.share <= 1, f"share {self.share} must be above 0 and at most 1.")

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class ApiFaults:
    """The faults that are switched on; the first one that befalls a call is it. Draws shares from a seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311  # repeatable, not secret
        self._faults: list[ApiFault] = []
        self._left: list[int | None] = []

    def put(self, faults: Iterable[ApiFault]) -> None:
        """Have these faults, in this order, and no others; counts begin anew."""
        self._faults = list(faults)
        self._left = [fault.count for fault in self._faults]

    def next(self, call: str) -> ApiFault | None:
        """The fault that befalls a call, if any."""
        for place, fault in enumerate(self._faults):
            left = self._left[place]
            if fault.call not in (ANY_CALL, call) or left == 0:
                continue
            if fault.share < 1 and self._random.random() >= fault.share:
                continue
            if left is not None:
                self._left[place] = left - 1
            return fault
        return None

    def to_json(self) -> list[dict[str, Any]]:
        """JSON-ready, each with how often it will still happen."""
        return [{**fault.to_json(), "left": left} for fault, left in zip(self._faults, self._left, strict=True)]


def _require_call(call: str) -> None:
    from inspector.service.table import OPERATIONS  # noqa: PLC0415 - imports pydantic

    if call not in OPERATIONS:
        meant = nearest(OPERATIONS, call)
        question = f"Did you mean {meant}? " if meant else ""
        raise ConfigError(f"The API has no call {call!r}. {question}Give * or one of {', '.join(OPERATIONS)}.")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)
