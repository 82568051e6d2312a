"""Searches by those who cannot wait: a page that is opened, a call, a stream that webhooks share their thread with.

A cause can take longer to find than a whole page may take. What has not been searched for is passed over here; reading
ahead finds it when there is time, and tells the log, whose listeners then look again.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspector.recorder.filters import RequestFilter, terms_of
from inspector.recorder.log import Matcher, RequestLog, among
from inspector.recorder.request import RecordedRequest
from inspector.sender.clock import steady_time

SMALL_LOG = 1000
PATIENCE = 1.0
"""Seconds after which no further cause is searched for, in a log of at most so many requests; in a larger one none is.
"""


class AtHand:
    """A search for which a request does not match as long as it asks for a cause that is not known.

    For `patience` seconds from now, causes are searched for all the same. `passed_over` counts the requests of which
    it is not known whether they match.
    """

    def __init__(self, matches: RequestFilter, patience: float) -> None:
        self.passed_over = 0
        self._matches, self._cheap = matches, matches.without_causes()
        self._until = steady_time() + patience

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches, as far as is known."""
        return bool(self.among([request]))

    def among(self, requests: Sequence[RecordedRequest]) -> list[RecordedRequest]:
        """Those of several that match, as far as is known."""
        return self._matches.among([request for request in self._cheap.among(requests) if self._is_known(request)])

    def _is_known(self, request: RecordedRequest) -> bool:
        if is_diagnosed(request):
            return True
        if steady_time() < self._until:
            _ = request.cause
            return True
        self.passed_over += 1
        return False


def fields_of(matches: Matcher) -> frozenset[str] | None:
    """The fields that a search asks for, None where that cannot be known."""
    if not isinstance(matches, RequestFilter):
        return None
    return frozenset() if matches.node is None else frozenset(term.name for term in terms_of(matches.node))


def at_hand(matches: Matcher | None, patience: float = 0.0) -> Matcher | None:
    """The same search, as far as can be told from what is known, or is found in so many seconds from now."""
    return AtHand(matches, patience) if isinstance(matches, RequestFilter) and matches.is_slow else matches


def patience_for(log: RequestLog) -> float:
    """For how many seconds a list may be worked on to find causes."""
    return PATIENCE if len(log) <= SMALL_LOG else 0.0


def passed_over(matches: Matcher | None) -> int:
    """Of how many requests it is not known whether they match, of those a search was asked."""
    return matches.passed_over if isinstance(matches, AtHand) else 0


def count(log: RequestLog, matches: Matcher) -> dict[str, int]:
    """How many requests match, as far as is known, and of how many it is not known."""
    search = at_hand(matches)
    return {"matched": len(among(log.snapshot(), search)), "undiagnosed": passed_over(search)}


def is_diagnosed(request: RecordedRequest) -> bool:
    """Whether the cause of a bad signature is known. Any other's is found in no time."""
    return request.signature.verdict != "invalid" or request.known_cause is not None
