"""The channels of a workspace. Any UUID is one: it is made on first use, as the workspace is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.sender.world import Channel, JsonObject, SeededWorld
from inspector.service.environment import Change, Environment
from inspector.service.register import Register

if TYPE_CHECKING:
    from inspector.service.forms import UpdateChannel

_PLATFORMS = {"emailaddress": "email", "phonenumber": "whatsapp", "facebookid": "facebook"}


class Channels:
    """Channels by id, and whether messages on them make conversations."""

    def __init__(self, world: SeededWorld, environment: Environment) -> None:
        self._seeded = world.channels
        self._environment = environment
        self._channels: Register[Channel] = Register(environment.settings.max_channels)
        self._inactive: set[str] = set()
        for channel in world.channels:
            self._channels.put(channel.id, channel)

    def __iter__(self) -> list[Channel]:
        return list(self._channels)

    def find(self, id: str | None, identifier_key: str | None = None) -> Channel:
        """The channel with this id; without one, a channel on which people are known by `identifier_key`.

        An id that was not heard of is a new channel: of the platform that `identifier_key` speaks of, else of the
        `channel_platform` of the settings.
        """
        known = self._channels.get(id) if id else None
        if known is not None:
            return known
        platform = _PLATFORMS.get((identifier_key or "").partition("-")[0], self._environment.settings.channel_platform)
        like = next((one for one in self._seeded if one.platform == platform), self._seeded[0])
        if id is None:
            return like
        return self._channels.put(id, replace(like, id=id, identifier_key=identifier_key or like.identifier_key))

    def is_active(self, id: str) -> bool:
        """Whether a contact's first message on this channel begins a conversation."""
        return id not in self._inactive

    def conversational(self, id: str) -> JsonObject:
        """The configuration of a channel."""
        self.find(id)
        return {"status": "active" if self.is_active(id) else "inactive"}

    def update(self, id: str, form: UpdateChannel) -> Change[JsonObject]:
        """Switch the conversations of a channel on or off."""
        self.find(id)
        (self._inactive.discard if form.status == "active" else self._inactive.add)(id)
        return Change(self.conversational(id))

    def to_json(self) -> list[JsonObject]:
        """What the Service page shows of them."""
        return [
            {"id": one.id, "platform": one.platform, "status": self.conversational(one.id)["status"]}
            for one in self._channels
        ]
