"""ConversationsService: the mock service itself. It knows no HTTP.

service = ConversationsService()
service.subscribe("conversation.updated", url="http://127.0.0.1:8000/hook", signing_key="k")
conversation = service.create_conversation()
service.receive_message(conversation, "hallo")
service.drain()
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from inspector.errors import ConfigError
from inspector.sender.delivery_log import DeliveryLog
from inspector.sender.world import JsonObject, SeededWorld
from inspector.service.calls import CallLog
from inspector.service.clock import ServiceClock
from inspector.service.conversation import Conversation
from inspector.service.courier import Courier
from inspector.service.environment import Change, Environment
from inspector.service.faults import ApiFaults
from inspector.service.settings import SWITCHES, ServiceSettings
from inspector.service.subscriptions import WebhookSubscription
from inspector.service.traffic import Traffic
from inspector.service.workspace import Workspace

if TYPE_CHECKING:
    from inspector.service.forms import Form

T = TypeVar("T")
F = TypeVar("F", bound="Form")

DELIVERED_BYTES = 64 * 1024**2
"""What the log of deliveries may take in memory; the oldest go first."""


class Snapshot(dict[str, Any]):
    """A conversation or another object of the service as it was when it was handed out: the JSON of the wire."""

    @property
    def id(self) -> str:
        """Its UUID."""
        return str(self["id"])


class ConversationsService:
    """Workspaces with channels, conversations and subscriptions; what changes in them fires webhooks.

    May be used from any thread. Deliveries leave from the event loop in which `start` is called; what is fired before
    waits for that. `base_url` is what an app takes for the address of the API. Python calls that name no workspace
    mean `workspace_id`. Equal settings and calls give equal bytes, with a virtual clock.
    """

    def __init__(self, settings: ServiceSettings | None = None, *, base_url: str = "") -> None:
        self.base_url = base_url
        self._lock = threading.RLock()
        self._made_with = settings or ServiceSettings()
        self.traffic = Traffic(self)
        self._begin(self._made_with)

    @property
    def settings(self) -> ServiceSettings:
        """The settings as they are now."""
        return self._environment.settings

    @property
    def clock(self) -> ServiceClock:
        """The service's clock."""
        return self._environment.clock

    @property
    def deliveries(self) -> DeliveryLog:
        """The log of all deliveries, newest last."""
        return self._environment.deliveries

    @property
    def courier(self) -> Courier:
        """Who delivers."""
        return self._courier

    @property
    def workspaces(self) -> list[Workspace]:
        """All workspaces, the one used last at the end."""
        with self._lock:
            return list(self._workspaces.values())

    def start(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Deliver in this event loop, by default the one that runs now."""
        with self._lock:
            self._courier.start(loop or asyncio.get_running_loop())

    async def aclose(self) -> None:
        """Stop delivering."""
        self.traffic.stop()
        await self._courier.aclose()

    def change(self, workspace_id: str, work: Callable[[Workspace], Change[T]]) -> T:
        """Change something in a workspace, and fire the events that this comes to. Raises ServiceError."""
        with self._lock:
            workspace = self._find(workspace_id)
            change = work(workspace)
            self._keep(workspace)
            for event in change.events:
                self._courier.fire(workspace.fire(event))
            if change.later is not None:
                self._courier.plan(change.later.delay, partial(self._go_on, workspace, change.later.work))
        return change.result

    def read(self, workspace_id: str, work: Callable[[Workspace], T]) -> T:
        """Read something of a workspace, while nothing changes there. Raises ServiceError."""
        with self._lock:
            return work(self._find(workspace_id))

    def workspace(self, id: str) -> Workspace:
        """The workspace with this UUID, made if it was not there."""
        with self._lock:
            workspace = self._find(id)
            self._keep(workspace)
            return workspace

    def configure(self, **settings: Any) -> ServiceSettings:
        """Change settings while the service runs. Raises ConfigError for one there is not.

        The `SWITCHES` hold until the next reset; all others, such as the seed, take effect at it.
        """
        try:
            self._environment.settings = replace(self.settings, **settings)
        except TypeError as error:
            raise ConfigError(f"{error}. The settings of the service are those of ServiceSettings.") from None
        return self.settings

    def subscribe(
        self,
        event: str,
        *,
        url: str,
        signing_key: str | None = None,
        filters: Mapping[str, str] | None = None,
        workspace_id: str | None = None,
    ) -> Snapshot:
        """Subscribe an app to an event, under conditions such as `{"channelId": "…"}`. Raises ServiceError."""
        from inspector.service.subscription_forms import CreateSubscription  # noqa: PLC0415 - imports pydantic

        given = {"service": "conversations", "event": event, "url": url, "signing_key": signing_key}
        conditions = [{"key": key, "value": value} for key, value in (filters or {}).items()]
        form = _form(CreateSubscription, {**given, "event_filters": conditions or None})
        made: WebhookSubscription = self._change(workspace_id, lambda workspace: workspace.subscriptions.create(form))
        return Snapshot(made.to_json())

    def create_conversation(self, *, workspace_id: str | None = None, **fields: Any) -> Snapshot:
        """Create a conversation, as the app would through the API. Raises ServiceError.

        `fields` are those of the API in snake_case. Without `participants`, a contact takes part.
        """
        from inspector.service.forms import CreateConversation  # noqa: PLC0415 - imports pydantic

        def work(workspace: Workspace) -> Change[Conversation]:
            form = _form(CreateConversation, fields if "participants" in fields else _with_contact(workspace, fields))
            return workspace.create_conversation(form)

        return Snapshot(self._change(workspace_id, work).to_json())

    def receive_message(self, conversation: str | Mapping[str, Any], text: str) -> Snapshot:
        """The contact of a conversation (itself, or its id) writes. Returns the message. Raises ServiceError."""
        return self._act(conversation, lambda workspace, id: workspace.contacts.write(id, text))

    def send_message(self, conversation: str | Mapping[str, Any], text: str) -> Snapshot:
        """Somebody other than a contact writes. Returns the message, which is then sent and delivered.

        Raises ServiceError.
        """
        return self._act(conversation, lambda workspace, id: workspace.contacts.answer(id, text))

    def close(self, conversation: str | Mapping[str, Any]) -> Snapshot:
        """Close a conversation. Raises ServiceError."""
        return self._act(conversation, lambda workspace, id: _as_json(workspace.contacts.step(id, "close")))

    def delete(self, conversation: str | Mapping[str, Any]) -> None:
        """Delete a conversation. Raises ServiceError."""
        id = _id_of(conversation)
        self.change(self._home_of(id), lambda workspace: workspace.conversations.delete(id))

    def conversation(self, conversation: str | Mapping[str, Any]) -> Snapshot:
        """A conversation as it is now. Raises ServiceError."""
        id = _id_of(conversation)
        return Snapshot(self.read(self._home_of(id), lambda workspace: workspace.conversations.find(id).to_json()))

    def signing_keys(self) -> list[tuple[str, str]]:
        """URL and signing key of every subscription that has one, for whoever wants to verify what arrives there."""
        return [(url, key) for url, key, _ in self.signed_subscriptions()]

    def signed_subscriptions(self) -> list[tuple[str, str, str]]:
        """URL, signing key and event of every subscription that has a key."""
        with self._lock:
            subscriptions = [one for workspace in self._workspaces.values() for one in workspace.subscriptions]
        signed = ((one, one.signing_key) for one in subscriptions)
        return [(one.url, key, str(one.fields["event"])) for one, key in signed if key is not None]

    def drain(self, timeout: float | None = None) -> None:
        """Deliver everything, skipping the waits between retries; returns when nothing is under way any more.

        Not from within the event loop that delivers: await `clock.drain()` there. Raises TimeoutError after so many
        real seconds, and ConfigError where no event loop delivers.
        """
        self._await(self.clock.drain(), timeout)

    def advance(self, seconds: float) -> None:
        """Let so many seconds of the service's clock pass at once, and with them what falls due. As `drain`."""
        self._await(self.clock.advance(seconds), None)

    def reset(self) -> None:
        """Start afresh: no workspaces, the seed and the clock from their beginning, all switches as they were made.

        As `drain`.
        """
        self._await(self.restart(), None)

    async def restart(self) -> None:
        """`reset`, from within the event loop that delivers. Raises ConfigError, and changes nothing, for its seed."""
        with self._lock:
            former, before = self._courier, dict(vars(self))
            try:
                self._begin(replace(self.settings, **{name: getattr(self._made_with, name) for name in SWITCHES}))
            except ConfigError:  # the seed file is another one by now: all goes on as it was
                vars(self).update(before)
                raise
            if former.loop is not None:
                self._courier.start(former.loop)
        self.traffic.stop()
        await former.aclose()

    def _begin(self, settings: ServiceSettings) -> None:
        clock = ServiceClock(settings.clock, settings.scale, settings.start)
        self._environment = Environment(settings, clock, DeliveryLog(settings.max_deliveries, DELIVERED_BYTES))
        self._courier = Courier(self._environment)
        self._workspaces: OrderedDict[str, Workspace] = OrderedDict()
        self.calls = CallLog(settings.max_calls)
        self.faults = ApiFaults(f"{settings.seed}/faults")
        self.workspace_id = settings.workspace_id or SeededWorld(f"{settings.seed}/workspace").uuid()
        if settings.seed_file is not None:
            from inspector.service.seeding import load_seed  # noqa: PLC0415 - imports pydantic

            load_seed(self, settings.seed_file)

    def _go_on(self, workspace: Workspace, work: Callable[[Workspace], Change[object]]) -> None:
        if self._workspaces.get(workspace.id) is workspace:
            self.change(workspace.id, work)

    def _change(self, workspace_id: str | None, work: Callable[[Workspace], Change[T]]) -> T:
        return self.change(workspace_id or self.workspace_id, work)

    def _act(
        self, conversation: str | Mapping[str, Any], work: Callable[[Workspace, str], Change[JsonObject]]
    ) -> Snapshot:
        id = _id_of(conversation)
        return Snapshot(self.change(self._home_of(id), lambda workspace: work(workspace, id)))

    def _home_of(self, conversation_id: str) -> str:
        """The workspace that a conversation is in; that of Python calls when it is in none."""
        for workspace in reversed(self.workspaces):
            if conversation_id in workspace.conversations:
                return workspace.id
        return self.workspace_id

    def _find(self, id: str) -> Workspace:
        """A workspace; one in which nothing has changed yet is not kept, so that asking costs no memory."""
        return self._workspaces.get(id.lower()) or Workspace(id.lower(), self._environment)

    def _keep(self, workspace: Workspace) -> None:
        self._workspaces[workspace.id] = workspace
        self._workspaces.move_to_end(workspace.id)
        while len(self._workspaces) > self.settings.max_workspaces:
            oldest = next(id for id in self._workspaces if id != self.workspace_id)
            del self._workspaces[oldest]

    def _await(self, work: Coroutine[Any, Any, None], timeout: float | None) -> None:
        """Run work in the event loop that delivers, from another thread."""
        loop = self._courier.loop
        if loop is None or loop.is_closed() or self._courier.is_here():
            work.close()
            raise ConfigError(
                "This waits for an event loop that delivers in another thread. Call start() in one; within it, await "
                "clock.drain(), clock.advance() or restart() instead."
            )
        asyncio.run_coroutine_threadsafe(work, loop).result(timeout)


def _form(kind: type[F], fields: Mapping[str, Any]) -> F:
    from inspector.service.validation import read_fields  # noqa: PLC0415 - imports pydantic

    return read_fields(kind, fields)


def _with_contact(workspace: Workspace, fields: Mapping[str, Any]) -> dict[str, Any]:
    contact = workspace.people.contact(workspace.channels.find(fields.get("channel_id")))
    return {**fields, "participants": [{"type": "contact", "id": contact["id"]}]}


def _as_json(change: Change[Any]) -> Change[JsonObject]:
    return Change(change.result.to_json(), change.events, change.later)


def _id_of(conversation: str | Mapping[str, Any]) -> str:
    return conversation.lower() if isinstance(conversation, str) else str(conversation["id"])
