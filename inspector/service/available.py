"""Which events there are to subscribe to, and by what they can be filtered (contract.md §3).

Only those of conversations are ever fired here. Of the other services the list is what their documentation names; a
subscription to any of their events is taken, so that an app which has some can be pointed here.
"""

from __future__ import annotations

from typing import Any

from inspector.service.wording import one_of
from inspector.webhook.event import EVENT_NAMES, SERVICE

_PLATFORMS = ("email", "sms", "whatsapp", "facebook", "rcs", "viber")
_MESSAGES = [f"{platform}.{what}" for platform in _PLATFORMS for what in ("inbound", "outbound", "interaction")]
_MESSAGE_KEYS = ["channelId", "messageStatus", "interactionType"]

AVAILABLE: dict[str, dict[str, list[str]]] = {
    SERVICE: {event: ["channelId"] for event in EVENT_NAMES},
    "channels": {
        **dict.fromkeys(_MESSAGES, _MESSAGE_KEYS),
        **{event: ["channelId", "platformId", "channelStatus"] for event in ("channel.created", "channel.updated")},
    },
    "numbers": {},
    "payments": {},
}
"""The filter keys of each event of each service."""

KNOWN_EVENTS = sorted({event for events in AVAILABLE.values() for event in events})
KNOWN_KEYS = sorted({key for events in AVAILABLE.values() for keys in events.values() for key in keys})


def available_webhooks(service: str | None = None) -> list[dict[str, Any]]:
    """All services, or one, with their events."""
    return [
        {"service": name, "events": [{"name": event, "filterKeys": keys} for event, keys in events.items()]}
        for name, events in AVAILABLE.items()
        if service in (None, name)
    ]


def misfits(service: str, event: str, filter_keys: list[str]) -> dict[str, list[str]]:
    """What is wrong with a subscription to conversations, by path: an event that there is not, or its filters."""
    events = AVAILABLE[SERVICE]
    if service != SERVICE:
        return {}
    if event not in events:
        return {".event": [one_of(events, event)]}
    return {
        f".eventFilters[{index}].key": [one_of(events[event], key)]
        for index, key in enumerate(filter_keys)
        if key not in events[event]
    }
