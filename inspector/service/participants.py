"""Who takes part in conversations: added, changed and removed, by id or by what a contact is known by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.sender.world import JsonObject
from inspector.service.conversation import Conversation
from inspector.service.conversations import Conversations
from inspector.service.environment import Change, Environment
from inspector.service.errors import ConflictError, MissingResourceError
from inspector.service.people import People
from inspector.service.register import Page, Paging

if TYPE_CHECKING:
    from inspector.service.forms import ParticipantReference, UpdateParticipant


class Participants:
    """The participants of all conversations of one workspace."""

    def __init__(self, conversations: Conversations, people: People, environment: Environment) -> None:
        self._conversations = conversations
        self._people = people
        self._environment = environment

    def find(self, conversation_id: str, id: str) -> JsonObject:
        """A participant by the id. Raises MissingResourceError."""
        found = self._conversations.find(conversation_id).participants.get(id)
        if found is None:
            raise MissingResourceError.of("participant", id)
        return found

    def id_of(self, identifier_key: str, identifier_value: str) -> str:
        """The id of a contact by what it is known by. Raises MissingResourceError."""
        id = self._people.id_of(identifier_key, identifier_value)
        if id is None:
            raise MissingResourceError.of("contact", f"{identifier_key}/{identifier_value}")
        return id

    def page(self, conversation_id: str, paging: Paging) -> Page[JsonObject]:
        """Some of the participants, in the order in which they joined."""
        return self._conversations.find(conversation_id).participants.page(paging)

    def add(self, conversation_id: str, reference: ParticipantReference) -> Change[JsonObject]:
        """Somebody joins; `conversation.updated`. Raises ConflictError for who is there already."""
        conversation = self._conversations.find(conversation_id)
        person = self._people.find(reference, conversation.channel)
        if person["id"] in conversation.participants:
            raise ConflictError(f"{person['id']} takes part in this conversation already.")
        return self.join(conversation, {**person, "status": self._environment.settings.participant_status})

    def join(self, conversation: Conversation, person: JsonObject) -> Change[JsonObject]:
        """Somebody joins who is known; `conversation.updated`."""
        conversation.put(person)
        return Change(person, self._conversations.touch(conversation).events)

    def update(self, conversation_id: str, id: str, form: UpdateParticipant) -> Change[JsonObject]:
        """Change what is given; `conversation.updated`."""
        participant = {**self.find(conversation_id, id), **form.given()}
        self._people.update({**participant, "status": "active"})
        return self.join(self._conversations.find(conversation_id), participant)

    def remove(self, conversation_id: str, id: str) -> Change[None]:
        """Somebody leaves; `conversation.updated`."""
        self.find(conversation_id, id)
        conversation = self._conversations.find(conversation_id)
        conversation.participants.remove(id)
        return Change(None, self._conversations.touch(conversation).events)
