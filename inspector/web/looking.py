"""Searches by those who cannot wait: a page that is opened, a stream that webhooks share their thread with.

A cause can take longer to find than a whole page may take. What has not been searched for is passed over here; reading
ahead finds it when there is time, and tells the log, whose listeners then look again.
"""

from __future__ import annotations

from inspector.recorder.filters import RequestFilter, terms_of
from inspector.recorder.log import Matcher
from inspector.recorder.request import RecordedRequest
from inspector.sender.clock import steady_time


def fields_of(matches: Matcher) -> frozenset[str] | None:
    """The fields that a search asks for, None where that cannot be known."""
    if not isinstance(matches, RequestFilter):
        return None
    return frozenset() if matches.node is None else frozenset(term.name for term in terms_of(matches.node))


def at_hand(matches: Matcher, patience: float = 0.0) -> Matcher:
    """The same search, for which a request does not match as long as it asks for a cause that is not known.

    For `patience` seconds from now, causes are searched for all the same.
    """
    if "cause" not in (fields_of(matches) or ()):
        return matches
    until = steady_time() + patience

    def test(request: RecordedRequest) -> bool:
        return (is_diagnosed(request) or steady_time() < until) and matches(request)

    return test


def is_diagnosed(request: RecordedRequest) -> bool:
    """Whether the cause of a bad signature is known. Any other's is found in no time."""
    return request.signature.verdict != "invalid" or request.known_cause is not None
