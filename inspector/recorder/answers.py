"""What the sender of a webhook is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson


class Answer:
    """A complete answer, made into ASGI messages once. `rule` names the rule it came from (None: the default)."""

    __slots__ = ("body", "rule", "start", "status")

    def __init__(
        self, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = (), rule: str | None = None
    ) -> None:
        self.status = status
        self.rule = rule
        length = (b"content-length", str(len(body)).encode())
        self.start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}

    @classmethod
    def json(cls, status: int, content: Any, rule: str | None = None) -> Answer:
        """An answer with a JSON body."""
        return cls(status, orjson.dumps(content), [(b"content-type", b"application/json")], rule)


DEFAULT_ANSWER = Answer.json(200, {"ok": True})
