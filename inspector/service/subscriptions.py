"""Webhook subscriptions: who wants to hear of which events, where, and signed with which key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from inspector.sender.world import JsonObject, SeededWorld
from inspector.service.available import misfits
from inspector.service.environment import Change, Environment
from inspector.service.errors import ConflictError, InvalidPayloadError, MissingResourceError, sentences
from inspector.service.register import Page, Paging, Register
from inspector.webhook.event import Event
from inspector.webhook.times import format_time

if TYPE_CHECKING:
    from inspector.service.subscription_forms import CreateSubscription, UpdateSubscription


@dataclass(frozen=True, slots=True)
class WebhookSubscription:
    """One subscription. `fields` are all but the signing key, by wire name; changes make another one."""

    fields: JsonObject
    signing_key: str | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Its UUID."""
        return str(self.fields["id"])

    @property
    def url(self) -> str:
        """Where its webhooks go, exactly as registered."""
        return str(self.fields["url"])

    @property
    def filters(self) -> list[JsonObject]:
        """The conditions that an event must meet, all of them."""
        return self.fields["eventFilters"] or []

    @property
    def alike(self) -> tuple[Any, ...]:
        """Equal for subscriptions to the same events: only so many may be."""
        pairs = frozenset((one["key"], one["value"]) for one in self.filters)
        return self.fields["service"], self.fields["event"], pairs

    def matches(self, event: Event) -> bool:
        """Whether this event is to be delivered."""
        fields = self.fields
        return (
            fields["status"] == "active"
            and fields["service"] == event.service
            and fields["event"] == event.name
            and all(event.payload.get(one["key"]) == one["value"] for one in self.filters)
        )

    def misfits(self) -> dict[str, list[str]]:
        """What its service does not have, by path: its event, or a key of its filters."""
        return misfits(self.fields["service"], self.fields["event"], [one["key"] for one in self.filters])

    def to_json(self, *, with_key: bool = False) -> JsonObject:
        """The subscription object of contract.md §3; the key only where the service shows it."""
        return {**self.fields, "signingKey": self.signing_key} if with_key and self.signing_key else self.fields


class Subscriptions:
    """All subscriptions of one workspace."""

    def __init__(self, workspace_id: str, world: SeededWorld, environment: Environment) -> None:
        self._workspace_id = workspace_id
        self._world = world
        self._environment = environment
        self._all: Register[WebhookSubscription] = Register(environment.settings.max_subscriptions)

    def __iter__(self) -> Iterator[WebhookSubscription]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, id: str) -> WebhookSubscription:
        """A subscription by its id. Raises MissingResourceError."""
        found = self._all.get(id)
        if found is None:
            raise MissingResourceError.of("webhook subscription", id)
        return found

    def page(self, paging: Paging) -> Page[WebhookSubscription]:
        """Some of the subscriptions, in the order in which they were made."""
        return self._all.page(paging)

    def matching(self, event: Event) -> list[WebhookSubscription]:
        """Those to which an event is to be delivered."""
        return [subscription for subscription in self._all if subscription.matches(event)]

    def create(
        self, form: CreateSubscription, organization_id: str | None = None, id: str | None = None
    ) -> Change[WebhookSubscription]:
        """A new subscription, active. Raises InvalidPayloadError, or ConflictError for one too many alike."""
        settings, now = self._environment.settings, format_time(self._environment.clock.now())
        given = form.given()
        key = given.pop("signingKey", None)
        fields = {
            "id": id or self._world.uuid(),
            "organizationId": organization_id or settings.organization_id,
            "workspaceId": self._workspace_id,
            "service": form.service,
            "event": form.event,
            "eventFilters": None,
            "template": None,
            "url": form.url,
            **given,
            "status": "active",
            "createdAt": now,
            "updatedAt": now,
        }
        made = WebhookSubscription(fields, key or None)
        if wrong := made.misfits():
            raise InvalidPayloadError(wrong)
        return self._put(made)

    def update(self, id: str, form: UpdateSubscription) -> Change[WebhookSubscription]:
        """Change what is given. Raises as `create` does.

        An event or a filter that is one, but of another service than the subscription's, raises ConflictError.
        """
        subscription, given = self.find(id), form.stated()
        key = given.pop("signingKey", subscription.signing_key)
        fields = {**subscription.fields, **given, "updatedAt": format_time(self._environment.clock.now())}
        changed = replace(subscription, fields=fields, signing_key=key or None)
        if wrong := changed.misfits():
            raise ConflictError(f"The subscription is for {changed.fields['service']}: {sentences(wrong)}", **wrong)
        return self._put(changed)

    def delete(self, id: str) -> Change[None]:
        """Take a subscription out; what was fired before is still delivered."""
        self.find(id)
        self._all.remove(id)
        return Change(None)

    def _put(self, subscription: WebhookSubscription) -> Change[WebhookSubscription]:
        settings = self._environment.settings
        if settings.strict_urls:
            _require_public(subscription.url)
        others = sum(one.alike == subscription.alike and one.id != subscription.id for one in self._all)
        if others >= settings.max_equal_subscriptions:
            raise ConflictError(
                f"There are {others} subscriptions with this event and these filters already, and no more than "
                f"{settings.max_equal_subscriptions} may be. Delete one, or filter differently."
            )
        return Change(self._all.put(subscription.id, subscription))


def _require_public(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise InvalidPayloadError.at(".url", "must begin with https:// (strict_urls is on)")
    if "." not in (parts.hostname or ""):
        raise InvalidPayloadError.at(".url", "must name a host with a dot in it (strict_urls is on)")
