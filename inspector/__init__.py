"""Conversations Inspector: record, explain and send webhooks of the Conversations API.

The public names load on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from inspector.recorder.log import RequestLog as RequestLog
    from inspector.sender.delivery import Sender as Sender
    from inspector.sender.factory import EventFactory as EventFactory
    from inspector.service.state import ConversationsService as ConversationsService
    from inspector.testing.inspector import Inspector as Inspector
    from inspector.webhook.diagnosis import explain as explain
    from inspector.webhook.event import Event as Event
    from inspector.webhook.signature import sign as sign
    from inspector.webhook.signature import verify as verify

_HOMES = {
    "ConversationsService": "inspector.service.state",
    "Event": "inspector.webhook.event",
    "EventFactory": "inspector.sender.factory",
    "Inspector": "inspector.testing.inspector",
    "RequestLog": "inspector.recorder.log",
    "Sender": "inspector.sender.delivery",
    "explain": "inspector.webhook.diagnosis",
    "sign": "inspector.webhook.signature",
    "verify": "inspector.webhook.signature",
}

__all__ = [
    "ConversationsService",
    "Event",
    "EventFactory",
    "Inspector",
    "RequestLog",
    "Sender",
    "__version__",
    "explain",
    "sign",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
