"""The first words of a message, as a conversation shows its last one: webhooks never carry the body."""

from __future__ import annotations

import re

from inspector.sender.world import JsonObject

_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"\s+")


def message_type(message: JsonObject) -> str:
    """The type of a message's body; that of one made from a template is `template`."""
    body = message.get("body")
    return str(body["type"]) if body else "template"


def preview_text(message: JsonObject) -> str:
    """What can be shown of a message in one line: its text, that of its HTML, or the text beside a file."""
    body = message.get("body") or {}
    part = body.get(body.get("type"))
    if not isinstance(part, dict):
        return ""
    if body["type"] == "html" and isinstance(html := part.get("html"), str):
        return _BLANKS.sub(" ", _TAG.sub(" ", html)).strip()
    text = part.get("text")
    return text if isinstance(text, str) else ""
