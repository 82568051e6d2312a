"""A seed file: what is in the service before the first call. Written as one would ask the API for it.

    {"version": 1,
     "workspaces": [{"id": "<uuid>",
                     "channels": [{"id": "<uuid>", "status": "inactive"}],
                     "subscriptions": [{"id": "<uuid>", "service": "conversations", "event": "…", "url": "…"}],
                     "conversations": [{"id": "<uuid>", "name": "…", "status": "closed",
                                        "messages": [{"participantId": "<uuid>", …}]}]}]}

Ids may be left out, but for those of channels; a workspace without one is that of Python calls. Nothing is fired, and
messages have arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ConfigDict, Field

from inspector.errors import ConfigError
from inspector.service.errors import ConflictError, InvalidPayloadError, ServiceError, sentences
from inspector.service.forms import ConversationStatus, CreateConversation, CreateMessage, Form, UpdateChannel, Uuid
from inspector.service.subscription_forms import CreateSubscription, UpdateSubscription
from inspector.service.validation import read_body
from inspector.service.workspace import Workspace

if TYPE_CHECKING:
    from inspector.service.state import ConversationsService

F = TypeVar("F", bound=Form)


class SeededChannel(UpdateChannel):
    """A channel and its configuration."""

    id: Uuid


class SeededSubscription(CreateSubscription):
    """A subscription."""

    id: Uuid | None = None
    status: Literal["active", "inactive"] | None = None


class SeededConversation(CreateConversation):
    """A conversation with its messages, oldest first."""

    model_config = ConfigDict(extra="forbid")

    id: Uuid | None = None
    status: ConversationStatus | None = None
    messages: list[CreateMessage] = Field(default_factory=list)


class SeededWorkspace(Form):
    """A workspace."""

    model_config = ConfigDict(extra="forbid")

    id: Uuid | None = None
    channels: list[SeededChannel] = Field(default_factory=list)
    subscriptions: list[SeededSubscription] = Field(default_factory=list)
    conversations: list[SeededConversation] = Field(default_factory=list)


class Seed(Form):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=1)
    workspaces: list[SeededWorkspace]


def load_seed(service: ConversationsService, file: str) -> None:
    """Put what a seed file tells of into a service. Raises ConfigError."""
    try:
        seed = read_body(Seed, Path(file).expanduser().read_bytes())
        for number, one in enumerate(seed.workspaces):
            _plant(service.workspace(one.id or service.workspace_id), one, f".workspaces[{number}]")
    except OSError as error:
        raise ConfigError(f"Cannot read the seed file {file!r}: {error.strerror}.") from None
    except ServiceError as error:
        wrong = sentences(error.details, "the whole of it") or error.message
        raise ConfigError(f"The seed file {file!r} cannot be used: {wrong}", **error.details) from None


def _plant(workspace: Workspace, seed: SeededWorkspace, place: str) -> None:
    for channel in seed.channels:
        workspace.channels.update(channel.id, channel)
    for number, subscription in enumerate(seed.subscriptions):
        with _at(f"{place}.subscriptions[{number}]"):
            _plant_subscription(workspace, subscription)
    for number, conversation in enumerate(seed.conversations):
        with _at(f"{place}.conversations[{number}]"):
            _plant_conversation(workspace, conversation)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Name the place in the file of what the service refuses."""
    try:
        yield
    except InvalidPayloadError as error:
        raise InvalidPayloadError({f"{place}{path}": told for path, told in error.details.items()}) from None
    except ServiceError as error:
        raise ConflictError(f"{place}: {error.message}") from None


def _plant_subscription(workspace: Workspace, seed: SeededSubscription) -> None:
    made = workspace.subscriptions.create(_only(CreateSubscription, seed), id=seed.id).result
    if seed.status is not None:
        workspace.subscriptions.update(made.id, UpdateSubscription.model_validate({"status": seed.status}))


def _plant_conversation(workspace: Workspace, seed: SeededConversation) -> None:
    conversation = workspace.create_conversation(_only(CreateConversation, seed), seed.id).result
    for message in seed.messages:
        workspace.messages.create(conversation.id, message)
    steps = workspace.environment.settings.message_steps
    for message_json in conversation.messages:
        if steps and not message_json["draft"] and message_json["sender"]["type"] != "contact":
            workspace.messages.set_status(conversation.id, message_json["id"], steps[-1][0])
    if seed.status is not None:
        workspace.conversations.set(conversation, status=seed.status)


def _only(kind: type[F], form: Form) -> F:
    """The part of a seeded form that the API knows."""
    known: dict[str, Any] = {name: getattr(form, name) for name in form.model_fields_set if name in kind.model_fields}
    return kind.model_construct(_fields_set=set(known), **known)
