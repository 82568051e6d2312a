"""What can be played in a conversation beside messages."""

from __future__ import annotations

from typing import Literal, get_args

Step = Literal[
    "sent", "delivered", "read", "sending_failed", "delivery_failed", "join", "leave", "close", "reopen", "delete"
]
STEPS: tuple[Step, ...] = get_args(Step)

STATUSES = ("accepted", "processing", "sent", "delivered", "sending_failed", "delivery_failed")
"""The steps that are statuses of a message."""
