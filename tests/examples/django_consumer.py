"""A small consumer in Django, in one file: it counts the messages of each contact."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections import Counter
from hashlib import sha256

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LONGEST_RETRY = 8.5 * 3600  # seconds: redeliveries come for 8 hours, with their first timestamp

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["app.example"],
        SECRET_KEY="only for this example",
        CONVERSATIONS_SIGNING_KEY="the key of the subscription",
        CONVERSATIONS_WEBHOOK_URL="https://app.example/webhooks/conversations",
        LOGGING_CONFIG=None,
    )

messages: Counter[str] = Counter()
counted: set[str] = set()


def is_signed(request: HttpRequest) -> bool:
    """Whether the signature is that of the body's bytes, for the URL as registered."""
    timestamp = request.headers.get("messagebird-request-timestamp", "")
    parts = [timestamp.encode(), settings.CONVERSATIONS_WEBHOOK_URL.encode(), sha256(request.body).digest()]
    expected = base64.b64encode(hmac.digest(settings.CONVERSATIONS_SIGNING_KEY.encode(), b"\n".join(parts), "sha256"))
    return hmac.compare_digest(expected, request.headers.get("messagebird-signature", "").encode())


@csrf_exempt
@require_POST
async def receive(request: HttpRequest) -> HttpResponse:
    """Verify the bytes first, then read them; answer 2xx to whatever need not come again."""
    if not is_signed(request):
        return HttpResponse("wrong signature", status=401)
    if time.time() - int(request.headers["messagebird-request-timestamp"]) > LONGEST_RETRY:
        return HttpResponse("older than any redelivery", status=401)
    if "content-encoding" in request.headers:
        return HttpResponse("compressed bodies are not read here", status=415)
    try:
        event = json.loads(request.body)
    except ValueError:
        return HttpResponse("not JSON", status=400)
    message = event["payload"].get("lastMessage")
    if event["event"] == "conversation.updated" and message and message["id"] not in counted:
        counted.add(message["id"])
        messages[message["sender"]["displayName"]] += 1
    return HttpResponse(status=204)


urlpatterns = [path("webhooks/conversations", receive)]
application = get_asgi_application()
