"""The conversations of a workspace: created, listed, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from inspector.sender.world import Channel, JsonObject, SeededWorld
from inspector.service.channels import Channels
from inspector.service.conversation import CREATED, DELETED, Conversation
from inspector.service.environment import Change, Environment
from inspector.service.errors import MissingResourceError
from inspector.service.people import People
from inspector.service.register import Page, Paging, Register

if TYPE_CHECKING:
    from inspector.service.forms import CreateConversation, ParticipantReference, UpdateConversation


class Conversations:
    """All conversations of one workspace."""

    def __init__(self, world: SeededWorld, people: People, channels: Channels, environment: Environment) -> None:
        self._world = world
        self._people = people
        self._channels = channels
        self._environment = environment
        self._all: Register[Conversation] = Register(environment.settings.max_conversations)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, id: str) -> bool:
        return id in self._all

    def newest(self, limit: int) -> list[Conversation]:
        """The last ones that were created, newest first."""
        return self._all.page(Paging(limit), newest_first=True).things

    def find(self, id: str) -> Conversation:
        """A conversation by its id. Raises MissingResourceError."""
        found = self._all.get(id)
        if found is None:
            raise MissingResourceError.of("conversation", id)
        return found

    def on(self, channel: Channel, participant_id: str | None = None) -> Iterator[Conversation]:
        """The conversations on a channel, of a participant if one is given, newest first."""
        return (
            one
            for one in reversed(self._all)
            if one.channel.id == channel.id and (participant_id is None or participant_id in one.participants)
        )

    def page(
        self,
        paging: Paging,
        *,
        status: str | None = None,
        channel_id: str | None = None,
        participant_id: str | None = None,
        reverse: bool = False,
    ) -> Page[Conversation]:
        """Some of the conversations of a status, a channel or a participant."""

        def matches(one: Conversation) -> bool:
            return (
                status in (None, one.fields["status"])
                and channel_id in (None, one.channel.id)
                and (participant_id is None or participant_id in one.participants)
            )

        newest_first = self._environment.settings.newest_first != reverse
        return self._all.page(paging, matches, newest_first=newest_first)

    def create(self, form: CreateConversation, id: str | None = None) -> Change[Conversation]:
        """`conversation.created`. An initial message is written by `Messages`, as an update."""
        references = form.participants or []
        channel = self._channels.find(form.channel_id, _identifier_key(references))
        conversation = self.open(channel, self._written(form), id)
        for reference in references:
            conversation.put(self._people.find(reference, channel))
        conversation.initiator = self._initiator(form.initiating_participant, conversation)
        return Change(conversation, (conversation.event(CREATED),))

    def open(self, channel: Channel, fields: JsonObject, id: str | None = None) -> Conversation:
        """A new conversation with nobody in it yet. `fields` take the place of those it has without."""
        settings = self._environment.settings
        fields, now = {**self._blank(), **fields}, self._environment.clock.now()
        conversation = Conversation(id or self._world.uuid(), channel, fields, now, settings)
        return self._all.put(conversation.id, conversation)

    def update(self, id: str, form: UpdateConversation) -> Change[Conversation]:
        """Change what is given."""
        conversation = self.find(id)
        return self.set(conversation, **form.given())

    def set(self, conversation: Conversation, **fields: object) -> Change[Conversation]:
        """Give fields other values, by wire name."""
        conversation.fields = {**conversation.fields, **fields}
        return self.touch(conversation)

    def touch(self, conversation: Conversation) -> Change[Conversation]:
        """What any change to a conversation comes to."""
        return Change(conversation, (conversation.touch(self._environment.clock.now()),))

    def delete(self, id: str) -> Change[None]:
        """`conversation.deleted`: the conversation as it last was."""
        conversation = self.find(id)
        self._all.remove(id)
        return Change(None, (conversation.event(DELETED),))

    def _blank(self) -> JsonObject:
        settings = self._environment.settings
        return {
            "name": "",
            "description": "",
            "status": "active",
            "visibility": settings.visibility,
            "accessibility": settings.accessibility,
            "style": None,
            "attributes": None,
            "resource": None,
        }

    def _written(self, form: CreateConversation) -> JsonObject:
        known = self._blank()
        return {name: value for name, value in form.given().items() if name in known}

    def _initiator(self, reference: ParticipantReference | None, conversation: Conversation) -> JsonObject | None:
        if reference is not None:
            return self._people.find(reference, conversation.channel)
        return next(iter(conversation.participants), None)


def _identifier_key(references: list[ParticipantReference]) -> str | None:
    """By what the first contact among them is known."""
    return next((reference.identifier[0] for reference in references if reference.identifier), None)
