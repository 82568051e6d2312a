"""The API calls that apps made here, remembered for the view that joins them with the events before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from inspector.service.fired import Fired
from inspector.webhook.times import format_time

FOLLOWS_WITHIN = 60.0
"""Real seconds within which a call counts as made because of an event."""


class ApiCall(NamedTuple):
    """One call. `at` is Unix time by the service's clock, `steady_at` by the machine's; `operation` is None where no
    operation of the API was meant, `fault` is what was done to it on purpose."""

    at: float
    steady_at: float
    method: str
    path: str
    operation: str | None
    workspace_id: str | None
    conversation_id: str | None
    status: int
    ms: float
    fault: str | None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "at": format_time(self.at),
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "conversation_id": self.conversation_id,
            "status": self.status,
            "duration_ms": round(self.ms, 3),
            "fault": self.fault,
        }


class CallLog:
    """The last `capacity` calls of all workspaces."""

    def __init__(self, capacity: int) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=capacity)

    def __iter__(self) -> Iterator[ApiCall]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: ApiCall) -> None:
        """Remember a call."""
        self._calls.append(call)

    def of(self, workspace_id: str) -> list[ApiCall]:
        """The calls to one workspace, oldest first."""
        return [call for call in self if call.workspace_id == workspace_id]


def follow_up(fired: Iterable[Fired], calls: Iterable[ApiCall]) -> dict[str, list[ApiCall]]:
    """Which calls were made because of which event, by request id.

    A call that names a conversation belongs to the last event of that conversation of which an attempt had left before
    it, within `FOLLOWS_WITHIN` seconds; attempts that cannot have arrived do not count. Where the event went to several
    subscriptions, the call belongs to a delivery that was accepted rather than to another, then to the one that left
    last.
    """
    of_conversation: dict[str, list[Fired]] = {}
    for one in fired:
        of_conversation.setdefault(one.conversation_id, []).append(one)
    found: dict[str, list[ApiCall]] = {}
    for call in calls:
        cause = _cause(of_conversation.get(call.conversation_id or "", ()), call.steady_at)
        if cause is not None:
            found.setdefault(cause.request_id, []).append(call)
    return found


def _cause(fired: Iterable[Fired], called_at: float) -> Fired | None:
    left = {one: left_at for one in fired if (left_at := one.left_before(called_at)) is not None}
    left = {one: left_at for one, left_at in left.items() if called_at - left_at <= FOLLOWS_WITHIN}
    if not left:
        return None
    last = max(left, key=left.__getitem__).occurrence
    same = [one for one in left if one.occurrence == last]
    return max(same, key=lambda one: (one.accepted, left[one]))
