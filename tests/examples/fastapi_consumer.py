"""A small consumer in FastAPI: it tells another service about each conversation that is closed."""

from __future__ import annotations

import base64
import hmac
import time
from hashlib import sha256
from typing import Annotated, Any

import httpx2
from fastapi import BackgroundTasks, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ValidationError

SIGNING_KEY = "the key of the subscription"
URL = "https://app.example/webhooks/conversations"
RETRY_WINDOW = 8 * 3600

app = FastAPI()
told: set[str] = set()


class Settings:
    """Where to tell it."""

    crm_url = "https://crm.example"


class Conversation(BaseModel):
    """What we need of a conversation; everything else may come and go."""

    id: str
    status: str


class Event(BaseModel):
    """The envelope."""

    event: str
    payload: Conversation


@app.post("/webhooks/conversations", status_code=204)
async def receive(
    request: Request,
    background: BackgroundTasks,
    messagebird_signature: Annotated[str, Header()] = "",
    messagebird_request_timestamp: Annotated[str, Header()] = "",
    content_encoding: Annotated[str, Header()] = "",
) -> None:
    """Verify the bytes first, then read them; tell the other service after the answer."""
    body = await request.body()
    if not is_signed(body, messagebird_request_timestamp, messagebird_signature):
        raise HTTPException(401, "wrong signature")
    if content_encoding:
        raise HTTPException(415, "compressed bodies are not read here")
    try:
        event = Event.model_validate_json(body)
    except ValidationError:
        raise HTTPException(400, "not an event") from None
    if event.payload.status == "closed" and event.payload.id not in told:
        told.add(event.payload.id)
        background.add_task(tell, event.payload.model_dump())


def is_signed(body: bytes, timestamp: str, signature: str) -> bool:
    """Whether the signature is that of these bytes, and no older than the last retry can be."""
    if not timestamp.isdecimal() or time.time() - int(timestamp) > RETRY_WINDOW:
        return False
    message = b"\n".join([timestamp.encode(), URL.encode(), sha256(body).digest()])
    expected = base64.b64encode(hmac.digest(SIGNING_KEY.encode(), message, "sha256"))
    return hmac.compare_digest(expected, signature.encode())


async def tell(conversation: dict[str, Any]) -> None:
    """Slow work, done after the answer."""
    async with httpx2.AsyncClient() as client:
        await client.post(f"{Settings.crm_url}/closed", json=conversation)
