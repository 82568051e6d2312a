"""A recorded request on its way from the process that received it to the one that shows and keeps it.

It travels as a line of a JSON Lines export, secrets masked.
"""

from __future__ import annotations

from typing import Any

import orjson

from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.web.archive import read_archive, write_jsonl
from inspector.webhook.signature import Verification


def carried(request: RecordedRequest) -> str:
    """The line of a record."""
    return b"".join(write_jsonl([request])).decode()


def restored(line: str) -> RecordedRequest:
    """The record of a line, to be appended to another log, where it gets an id of its own."""
    (request,) = read_archive(line.encode(), ToldAnalyser(orjson.loads(line)["signature"]))
    return request


class ToldAnalyser(Analyser):
    """Knows of a signature what was found where the request was received; the keys stay there."""

    def __init__(self, signature: dict[str, Any]) -> None:
        super().__init__()
        self._signature = signature

    def verify(self, request: RecordedRequest) -> Verification:
        """What was found."""
        told = self._signature
        reason = None if told["verdict"] == "valid" else told["message"]
        return Verification(told["verdict"], told["key"], None, told["age_seconds"], told["stale"], reason)
