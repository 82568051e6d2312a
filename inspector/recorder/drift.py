"""Drift: where the events of a session depart from the documented contract, over all of them.

One finding in a thousand events is a detail; the same in each of them means that the service and its documentation have
grown apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.recorder.fields import any_index
from inspector.recorder.request import RecordedRequest
from inspector.webhook.times import utc

if TYPE_CHECKING:
    from inspector.webhook.contract import Finding, FindingKind, Severity


@dataclass(slots=True)
class Drift:
    """One departure and how often it was seen. `path` stands for all elements of its arrays (`[*]`).

    `count` counts requests, not places in them. `message` is that of the newest, `example` its request id in the log.
    """

    path: str
    kind: FindingKind
    severity: Severity
    message: str
    first: RecordedRequest
    last: RecordedRequest
    count: int = 0

    def add(self, request: RecordedRequest, finding: Finding) -> None:
        """Count a request in which it was found."""
        self.count += 1
        self.message, self.last = finding.message, request

    def to_json(self) -> dict[str, Any]:
        """`{"path", "kind", "severity", "message", "count", "first_seen", "last_seen", "example"}`."""
        return {
            "path": self.path,
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "first_seen": utc(self.first.received_at),
            "last_seen": utc(self.last.received_at),
            "example": self.last.id,
        }


def drift(requests: Iterable[RecordedRequest]) -> list[Drift]:
    """All departures in requests (oldest first): errors before notes, then the most frequent first.

    Requests that are no events of the service are passed over; `contract:not_an_event` finds them.
    """
    seen: dict[tuple[str, str, str], Drift] = {}
    for request in requests:
        report = request.contract
        if report.verdict == "not_an_event":
            continue
        distinct = {(any_index(found.path), found.kind, found.severity): found for found in report.findings}
        for key, finding in distinct.items():
            if key not in seen:
                seen[key] = Drift(key[0], finding.kind, finding.severity, finding.message, request, request)
            seen[key].add(request, finding)
    return sorted(seen.values(), key=lambda found: (found.severity != "error", -found.count, found.path))
