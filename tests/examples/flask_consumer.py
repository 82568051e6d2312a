"""A small consumer in Flask: it keeps the newest state of each conversation."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import Any

from flask import Flask, request

LONGEST_RETRY = 8.5 * 3600  # seconds: redeliveries come for 8 hours, with their first timestamp
SIGNING_KEY = "the key of the subscription"
URL = "https://app.example/webhooks/conversations"

app = Flask(__name__)
conversations: dict[str, dict[str, Any]] = {}
seen: set[str] = set()


def is_signed(body: bytes) -> bool:
    """Whether the signature is that of these bytes, for the URL as registered."""
    timestamp = request.headers.get("messagebird-request-timestamp", "")
    message = b"\n".join([timestamp.encode(), URL.encode(), sha256(body).digest()])
    expected = base64.b64encode(hmac.digest(SIGNING_KEY.encode(), message, "sha256"))
    return hmac.compare_digest(expected, request.headers.get("messagebird-signature", "").encode())


@app.post("/webhooks/conversations")
def receive() -> tuple[str, int]:
    """Verify the bytes first, then read them; answer 2xx to whatever need not come again."""
    body = request.get_data()
    if not is_signed(body):
        return "wrong signature", 401
    if time.time() - int(request.headers["messagebird-request-timestamp"]) > LONGEST_RETRY:
        return "older than any redelivery", 401
    if "content-encoding" in request.headers:
        return "compressed bodies are not read here", 415
    try:
        event = json.loads(body)
    except ValueError:
        return "not JSON", 400
    request_id = request.headers["messagebird-request-id"]
    if request_id not in seen:
        apply(event["event"], event["payload"])
        seen.add(request_id)
    return "", 204


def apply(name: str, conversation: dict[str, Any]) -> None:
    """Never let an older state replace a newer one: order is not promised."""
    if name not in ("conversation.created", "conversation.updated", "conversation.deleted"):
        return
    known = conversations.get(conversation["id"])
    if known is None or moment(known) <= moment(conversation):
        conversations[conversation["id"]] = {**conversation, "deleted": name == "conversation.deleted"}


def moment(conversation: dict[str, Any]) -> str:
    """Sorts by time: the service drops trailing zeros of the milliseconds."""
    seconds, _, fraction = conversation["updatedAt"].rstrip("Z").partition(".")
    return f"{seconds}.{fraction:<03}"
