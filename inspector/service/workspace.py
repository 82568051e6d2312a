"""One workspace: everything that it holds, kept apart from all others."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from inspector.sender.world import SeededWorld
from inspector.service.channels import Channels
from inspector.service.contacts import Contacts
from inspector.service.conversation import Conversation
from inspector.service.conversations import Conversations
from inspector.service.deliveries import Deliveries
from inspector.service.environment import Change, Environment
from inspector.service.fired import Fired
from inspector.service.messages import Messages
from inspector.service.participants import Participants
from inspector.service.people import People
from inspector.service.subscriptions import Subscriptions
from inspector.webhook.event import Event

if TYPE_CHECKING:
    from inspector.service.forms import CreateConversation


class Workspace:
    """The parts of one workspace. All that is made up here is drawn from the service's seed and the workspace's id."""

    def __init__(self, id: str, environment: Environment) -> None:
        settings = environment.settings
        self.id = id
        self.environment = environment
        self.world = SeededWorld(f"{settings.seed}/{id}")
        self.people = People(self.world, settings.max_people)
        self.channels = Channels(self.world, environment)
        self.conversations = Conversations(self.world, self.people, self.channels, environment)
        self.messages = Messages(self.world, self.conversations, self.people, environment)
        self.participants = Participants(self.conversations, self.people, environment)
        self.contacts = Contacts(self)
        self.subscriptions = Subscriptions(id, self.world, environment)
        self.deliveries = Deliveries(environment)
        self._occurrences = count(1)

    def create_conversation(self, form: CreateConversation, id: str | None = None) -> Change[Conversation]:
        """`conversation.created`; with an initial message `conversation.updated` after it."""
        created = self.conversations.create(form, id)
        if form.initial_message is None:
            return created
        initiator = created.result.initiator if form.initiating_participant is not None else None
        written = self.messages.begin(created.result, form.initial_message, initiator)
        return Change(created.result, (*created.events, *written.events), written.later)

    def fire(self, event: Event) -> list[Fired]:
        """An event goes to each subscription that matches, under a request id of its own."""
        now, occurrence = self.environment.clock.now(), next(self._occurrences)
        return [
            self.deliveries.add(Fired(event, subscription, self.world.request_id(), now, occurrence))
            for subscription in self.subscriptions.matching(event)
        ]
