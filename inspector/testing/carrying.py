"""A recorded request on its way from the process that received it to the one that shows and keeps it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.web.masking import MASK, is_secret_header, mask_target
from inspector.webhook.signature import Verification
from inspector.webhook.times import parse_time


def carried(request: RecordedRequest) -> dict[str, Any]:
    """A record in the published shape, secrets masked, for any JSON writer."""
    content = request.to_json()
    content["headers"] = [[name, MASK if is_secret_header(name) else value] for name, value in request.headers]
    for name in ("url", "query"):
        content[name] = mask_target(f"?{content[name]}")[1:] if name == "query" else mask_target(content[name])
    return content


def restored(content: dict[str, Any]) -> RecordedRequest:
    """The record again, to be appended to another log, where it gets an id of its own."""
    path, query, body = content["path"], content["query"], content["body"]
    request = RecordedRequest(
        received_at=parse_time(content["received_at"]),
        method=content["method"],
        target=(f"{path}?{query}" if query else path).encode("utf-8", "surrogateescape"),
        headers=_encoded(content["headers"]),
        body=body["text"].encode() if body["text"] is not None else base64.b64decode(body["base64"]),
        size=body["size"],
        http_version=content["http_version"],
        client=content["client"],
        incomplete=content["incomplete"],
        malformed=content["malformed"],
        analyser=ToldAnalyser(content["signature"]),
    )
    request.test, request.note = content["test"], content["note"]
    answer = content["answer"]
    request.answer_status, request.duration_ms, request.answer_rule = (
        answer["status"],
        answer["duration_ms"],
        answer["rule"],
    )
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


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("utf-8", "surrogateescape")) for name, value in headers]
