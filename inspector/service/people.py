"""The people of a workspace: who a reference means, and the same person for the same identifier each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.sender.world import Channel, JsonObject, SeededWorld, participant_json
from inspector.service.register import Register

if TYPE_CHECKING:
    from inspector.service.forms import ParticipantReference


class People:
    """Everybody who was ever mentioned here, as participants in JSON. `capacity` counts people."""

    def __init__(self, world: SeededWorld, capacity: int) -> None:
        self._world = world
        self._by_id: Register[JsonObject] = Register(capacity)
        self._ids: Register[str] = Register(capacity)
        self._access_key: JsonObject | None = None

    def find(self, reference: ParticipantReference, channel: Channel | None = None) -> JsonObject:
        """Who is meant. Who was not heard of is somebody new, under the id or the identifier given."""
        identifier = reference.identifier
        if identifier:
            return self._by_identifier(reference.id, *identifier)
        assert reference.id is not None
        return self._by_id.get(reference.id) or self._remember(self._newcomer(reference.id, reference.type, channel))

    def sender(self, id: str, type: str) -> JsonObject:
        """Who writes under this id and type. Of who was not heard of, nothing is made up: no name, no address."""
        known = self._by_id.get(id)
        if known is None:
            return self._remember(_nameless(id, type))
        return known if known["type"] == type else _nameless(id, type)

    def recipient(self, given: JsonObject, channel: Channel) -> JsonObject:
        """A recipient of a message with all that is known of them, by wire name: who they are, and their address."""
        given = {name: value for name, value in given.items() if value is not None}
        key = given.get("identifierKey", channel.identifier_key)
        value = given.get("identifierValue", given.get("platformAddress"))
        person = self._by_id.get(given.get("id", ""))
        if person is None and value is not None:
            person = self._by_identifier(given.get("id"), key, value)
        known = {"id": person["id"], **person.get("contact", {})} if person else {}
        return {"type": "to", **known, **given}

    def get(self, id: str) -> JsonObject | None:
        """Who has this id."""
        return self._by_id.get(id)

    def id_of(self, identifier_key: str, identifier_value: str) -> str | None:
        """The id of the contact who is known by this."""
        return self._ids.get(f"{identifier_key}/{identifier_value}")

    def contact(self, channel: Channel) -> JsonObject:
        """A contact nobody has heard of, with a name and an address of the channel."""
        return self._remember(self._world.participant("contact", channel=channel))

    def colleague(self, here: set[str]) -> JsonObject:
        """Somebody who works in this workspace and is not among those `here`; a bot when all are."""
        for user in self._world.users:
            if user["id"] not in here:
                return self._remember(user)
        return self._remember(self._world.participant("bot"))

    def access_key(self) -> JsonObject:
        """The access key in whose name messages are sent that nobody signs; always the same one."""
        if self._access_key is None:
            self._access_key = participant_json(self._world.uuid(), "accessKey", "Access key")
        return self._access_key

    def update(self, person: JsonObject) -> None:
        """Remember how somebody is called from now on."""
        self._remember(person)

    def _by_identifier(self, id: str | None, key: str, value: str) -> JsonObject:
        known = self._by_id.get(self.id_of(key, value) or "")
        if known is not None:
            return known
        address = {"identifierKey": key, "identifierValue": value, "platformAddress": value}
        return self._remember(participant_json(id or self._world.uuid(), "contact", value, contact=address))

    def _newcomer(self, id: str, type: str, channel: Channel | None) -> JsonObject:
        if type == "contact":
            return {**self._world.participant("contact", channel=channel), "id": id}
        return _nameless(id, type)

    def _remember(self, person: JsonObject) -> JsonObject:
        contact = person.get("contact")
        if contact:
            self._ids.put(f"{contact['identifierKey']}/{contact['identifierValue']}", person["id"])
        return self._by_id.put(person["id"], person)


def _nameless(id: str, type: str) -> JsonObject:
    return participant_json(id, type, f"{type} {id[:8]}")
