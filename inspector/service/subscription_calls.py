"""The calls about webhook subscriptions, their delivery logs, and what there is to subscribe to."""

from __future__ import annotations

from typing import Any

from inspector.service import queries, shapes, subscription_forms
from inspector.service.available import available_webhooks
from inspector.service.call import ORGANIZATION, WORKSPACE, Asked, Call
from inspector.service.environment import Change
from inspector.service.subscriptions import WebhookSubscription
from inspector.service.workspace import Workspace


def _shown(workspace: Workspace, subscription: WebhookSubscription) -> Any:
    return subscription.to_json(with_key=workspace.environment.settings.echo_signing_key)


def _create_subscription(workspace: Workspace, asked: Asked) -> Change[Any]:
    change = workspace.subscriptions.create(asked.form, asked.path.get("organizationId"))
    return Change(change.result.to_json(with_key=True))


def _list_subscriptions(workspace: Workspace, asked: Asked) -> Any:
    return workspace.subscriptions.page(asked.paging).to_json(lambda one: _shown(workspace, one))


def _update_subscription(workspace: Workspace, asked: Asked) -> Change[Any]:
    return Change(_shown(workspace, workspace.subscriptions.update(asked.path["subscriptionId"], asked.form).result))


def _list_logs(workspace: Workspace, asked: Asked) -> Any:
    subscription = workspace.subscriptions.find(asked.path["subscriptionId"])
    page = workspace.deliveries.page(subscription.id, asked.paging, asked.query.execution_status)
    return page.to_json(workspace.deliveries.summary)


def _log_details(workspace: Workspace, asked: Asked) -> Any:
    subscription = workspace.subscriptions.find(asked.path["subscriptionId"])
    return {"results": workspace.deliveries.details(subscription.id, asked.query.request_id)}


_BOTH = (WORKSPACE, ORGANIZATION + WORKSPACE)
_SUBSCRIPTION = "/webhook-subscriptions/{subscriptionId}"
SUBSCRIPTION_CALLS = (
    Call(
        "createWebhookSubscription",
        "POST",
        "/webhook-subscriptions",
        "Subscribe to an event.",
        _create_subscription,
        shapes.WebhookSubscription,
        201,
        form=subscription_forms.CreateSubscription,
        may_conflict=True,
        prefixes=_BOTH,
    ),
    Call(
        "listWebhookSubscriptions",
        "GET",
        "/webhook-subscriptions",
        "Subscriptions, oldest first.",
        _list_subscriptions,
        shapes.WebhookSubscription,
        query=queries.ListQuery,
        is_list=True,
        prefixes=_BOTH,
    ),
    Call(
        "getWebhookSubscription",
        "GET",
        _SUBSCRIPTION,
        "One subscription.",
        lambda workspace, asked: _shown(workspace, workspace.subscriptions.find(asked.path["subscriptionId"])),
        shapes.WebhookSubscription,
        prefixes=_BOTH,
    ),
    Call(
        "updateWebhookSubscription",
        "PATCH",
        _SUBSCRIPTION,
        "Change a subscription, or switch it off and on.",
        _update_subscription,
        shapes.WebhookSubscription,
        form=subscription_forms.UpdateSubscription,
        may_conflict=True,
        prefixes=_BOTH,
    ),
    Call(
        "deleteWebhookSubscription",
        "DELETE",
        _SUBSCRIPTION,
        "End a subscription.",
        lambda workspace, asked: workspace.subscriptions.delete(asked.path["subscriptionId"]),
        status=204,
        prefixes=_BOTH,
    ),
    Call(
        "listWebhookLogs",
        "GET",
        f"{_SUBSCRIPTION}/logs",
        "What was delivered or tried in the last 7 days, newest first.",
        _list_logs,
        shapes.Delivery,
        query=queries.LogsQuery,
        is_list=True,
        prefixes=_BOTH,
    ),
    Call(
        "getWebhookLogDetails",
        "GET",
        f"{_SUBSCRIPTION}/logs/details",
        "Every attempt at one delivery.",
        _log_details,
        shapes.Attempt,
        query=queries.DetailsQuery,
        is_list=True,
        prefixes=_BOTH,
    ),
    Call(
        "listAvailableWebhooks",
        "GET",
        "/available-webhooks",
        "Which events there are, and their filters.",
        lambda workspace, asked: {"results": available_webhooks(asked.query.service)},
        shapes.AvailableWebhook,
        query=queries.AvailableQuery,
        is_list=True,
        prefixes=_BOTH,
    ),
)
