"""The rate limit of the API: so many calls in each second, for each workspace.

The seconds are the machine's, whatever the service's clock does: an app that waits as it is told to gets through.
"""

from __future__ import annotations

from collections import Counter

from inspector.sender.clock import steady_time
from inspector.service.errors import TooManyRequestsError
from inspector.service.state import ConversationsService


class RateLimiter:
    """Counts calls. Reads are GET; everything else writes."""

    def __init__(self, service: ConversationsService) -> None:
        self._service = service
        self._second = 0
        self._counts: Counter[tuple[str, bool]] = Counter()

    def count(self, workspace_id: str, *, is_read: bool) -> None:
        """One more call. Raises TooManyRequestsError over the limit, if it is switched on."""
        settings = self._service.settings
        if not settings.rate_limit:
            return
        second = int(steady_time())
        if second != self._second:
            self._second = second
            self._counts.clear()
        self._counts[workspace_id, is_read] += 1
        limit, kind = (settings.reads_per_second, "reads") if is_read else (settings.writes_per_second, "writes")
        if self._counts[workspace_id, is_read] > limit:
            raise TooManyRequestsError(f"More than {limit} {kind} a second in this workspace. Try again in a second.")
