"""Server-Sent Events as they are written."""

from __future__ import annotations

from typing import Any

import orjson


def event_id(run: str, change: int) -> str:
    """The id of an event: the run of the log, so that nobody resumes in another one, and the number of the change."""
    return f"{run}:{change}"


def sse(event: str, data: Any, id: str | int) -> bytes:
    """One Server-Sent Event with its id; JSON data keeps it on one line."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(id).encode(), event.encode(), orjson.dumps(data))
