"""What the service looks like now, for the Service page and for scripts: JSON-ready, in our own snake_case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from itertools import accumulate
from typing import Any

from inspector.sender.record import Attempt, Delivery
from inspector.sender.retry import RetryPolicy
from inspector.service.calls import ApiCall, follow_up
from inspector.service.conversation import Conversation
from inspector.service.fired import Fired
from inspector.service.settings import SWITCHES
from inspector.service.state import ConversationsService
from inspector.service.subscriptions import WebhookSubscription
from inspector.service.workspace import Workspace
from inspector.webhook.times import format_time


def overview(service: ConversationsService, workspace_id: str | None = None, limit: int = 100) -> dict[str, Any]:
    """The service as a whole, and one workspace in detail, its newest `limit` conversations and deliveries."""
    settings = asdict(service.settings)
    return {
        "base_url": service.base_url,
        "workspace_id": service.workspace_id,
        "clock": clock_json(service),
        "settings": {
            **{name: settings[name] for name in SWITCHES if name != "access_key"},
            "has_access_key": service.settings.access_key is not None,
            "retry": service.settings.retry,
        },
        "faults": service.faults.to_json(),
        "traffic": service.traffic.to_json(),
        "waiting": service.courier.waiting,
        "workspaces": [_counts(workspace) for workspace in reversed(service.workspaces)],
        "workspace": service.read(
            workspace_id or service.workspace_id, lambda workspace: _describe(service, workspace, limit)
        ),
    }


def clock_json(service: ConversationsService) -> dict[str, Any]:
    """The clock: its mode and scale, the time there, and when the next thing falls due."""
    clock = service.clock
    due = clock.next_due
    shown = {"mode": clock.mode, "scale": clock.pace, "now": format_time(clock.now())}
    return {**shown, "next_due": None if due is None else format_time(due)}


def _counts(workspace: Workspace) -> dict[str, Any]:
    return {
        "id": workspace.id,
        "conversations": len(workspace.conversations),
        "subscriptions": len(workspace.subscriptions),
        "deliveries": len(workspace.deliveries),
    }


def _describe(service: ConversationsService, workspace: Workspace, limit: int) -> dict[str, Any]:
    fired = workspace.deliveries.newest(limit)
    calls = service.calls.of(workspace.id)
    caused, healths = follow_up(fired, calls), _healths(workspace)
    waits = RetryPolicy.parse(service.settings.retry).waits
    return {
        **_counts(workspace),
        "channels": workspace.channels.to_json(),
        "subscriptions": [_subscription(one, healths[one.id]) for one in workspace.subscriptions],
        "conversations": [_conversation(one) for one in workspace.conversations.newest(limit)],
        "deliveries": [_delivery(one, workspace, waits, caused.get(one.request_id, ())) for one in fired],
        "calls": [call.to_json() for call in reversed(calls)][:limit],
    }


def _subscription(subscription: WebhookSubscription, health: _Health) -> dict[str, Any]:
    fields = subscription.fields
    return {
        "id": subscription.id,
        "service": fields["service"],
        "event": fields["event"],
        "url": subscription.url,
        "status": fields["status"],
        "filters": {one["key"]: one["value"] for one in subscription.filters},
        "signed": subscription.signing_key is not None,
        "created_at": fields["createdAt"],
        "health": health.to_json(),
    }


class _Health:
    """How the deliveries to one subscription went."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter(dict.fromkeys(("waiting", "sending", "retrying", "delivered", "failed"), 0))
        self.last: Fired | None = None

    def add(self, fired: Fired) -> None:
        """Count one delivery."""
        self.states[fired.state] += 1
        if fired.attempt_count:
            self.last = fired

    def to_json(self) -> dict[str, Any]:
        """How many are in which state, and what the last attempt brought."""
        last = self.last
        status, error = (last.status, last.error) if last else (None, None)
        return {**self.states, "last_status": status, "last_error": error}


def _healths(workspace: Workspace) -> dict[str, _Health]:
    """The health of each subscription, by its id."""
    healths = {subscription.id: _Health() for subscription in workspace.subscriptions}
    for fired in workspace.deliveries:
        if fired.subscription_id in healths:
            healths[fired.subscription_id].add(fired)
    return healths


def _conversation(conversation: Conversation) -> dict[str, Any]:
    payload = conversation.to_json()
    last = payload.get("lastMessage")
    return {
        "id": conversation.id,
        "name": payload["name"],
        "status": payload["status"],
        "channel_id": conversation.channel.id,
        "platform": conversation.channel.platform,
        "participants": [{"type": one["type"], "name": one["displayName"]} for one in payload["featuredParticipants"]],
        "last_message": last and {"text": last["preview"]["text"], "status": last["status"], "type": last["type"]},
        "messages": len(conversation.messages),
        "updated_at": payload["updatedAt"],
        "payload": payload,
    }


def _delivery(fired: Fired, workspace: Workspace, waits: tuple[float, ...], calls: Iterable[ApiCall]) -> dict[str, Any]:
    """One event to one subscription: how it went, what is still planned, and what the app then called here.

    `attempts` are empty where they are forgotten; their count and what the last one brought are not.
    """
    delivery = workspace.deliveries.of(fired)
    return {
        "request_id": fired.request_id,
        "delivery_id": fired.delivery_id,
        "subscription_id": fired.subscription_id,
        "conversation_id": fired.conversation_id,
        "event": fired.event_name,
        "url": fired.url,
        "fired_at": format_time(fired.fired_at),
        "state": fired.state,
        "attempt_count": fired.attempt_count,
        "status": fired.status,
        "given_up": fired.given_up,
        "attempts": [_attempt(attempt) for attempt in delivery.attempts] if delivery else [],
        "planned_at": _planned(delivery, waits) if delivery else [],
        "calls": [call.to_json() for call in calls],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "started_at": format_time(attempt.started_at),
        "status": attempt.status,
        "error": attempt.error.message if attempt.error else None,
        "duration_ms": round(attempt.ms, 3),
    }


def _planned(delivery: Delivery, waits: tuple[float, ...]) -> list[str]:
    """When the attempts still to come are made, if none of them is accepted and none takes time."""
    if delivery.next_attempt_at is None:
        return []
    following = waits[len(delivery.attempts) :]
    return [format_time(time) for time in accumulate(following, initial=delivery.next_attempt_at)]
