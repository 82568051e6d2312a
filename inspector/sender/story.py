"""One synthetic conversation as it goes on: what changes in it, and the event that each change fires."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from inspector.errors import EventError
from inspector.sender.people import Pool
from inspector.sender.world import Channel, JsonObject, SeededWorld
from inspector.webhook.event import Event
from inspector.webhook.times import format_time

_FIELDS = (
    "id",
    "name",
    "description",
    "status",
    "visibility",
    "accessibility",
    "style",
    "featuredParticipants",
    "activeParticipantCount",
    "pendingParticipantCount",
    "initiatingParticipant",
    "channelId",
    "lastMessage",
    "lastMessageIncomingAt",
    "lastMessageOutgoingAt",
    "attributes",
    "hasDraft",
    "likelySpam",
    "likelySpamReason",
    "summary",
    "referral",
    "resource",
    "createdAt",
    "updatedAt",
    "platformStyle",
)
"""A conversation's fields in the documented order."""

_FEATURED = 5
_DAY = 86_400.0


class ConversationStory:
    """A conversation of a contact with the people of a workspace, after the rules of contract.md §2.

    Each method is one change and returns the event it fires, a copy of the conversation as it is then. `after` is how
    many seconds pass before the change; without it, a believable pause is drawn. `participants` holds all of them, as
    JSON; a payload features the first five.
    """

    def __init__(self, world: SeededWorld, channel: Channel | None = None) -> None:
        self.world = world
        self.channel = channel or world.pick(world.channels)
        self.pool = world.pick(world.pools)
        self.contact = world.participant("contact", channel=self.channel, pool=self.pool)
        self.participants = [self.contact]
        initiator = self.contact if world.chance(0.8) else self._add(self._newcomer(), "active")
        self._fields: JsonObject = {}
        self._put(**_new_conversation(world, self.pool, self.channel, self.contact["displayName"], initiator))

    @classmethod
    def under_way(cls, world: SeededWorld, channel: Channel | None = None, status: str = "active") -> ConversationStory:
        """A conversation that began minutes to hours ago, in which people have joined and written since."""
        story = cls(world, channel)
        age = 60 + _DAY * world.random() ** 3
        story._put(status=status, createdAt=format_time(world.time() - age))
        for _ in range(world.pick((0, 0, 1, 1, 1, 1, 2, 6))):
            story._add(story._newcomer(), "active")
        story._write(world.pick(story.participants), ago=age * world.random())
        return story

    def tell(self) -> Iterator[Event]:
        """The whole life of a new conversation, from `conversation.created` to `conversation.deleted`."""
        yield self.create()
        yield self.receive()
        if self.world.chance(0.4):
            yield self.invite()
        yield self.join()
        for _ in range(1 + int(self.world.random() * 3)):
            yield self.send()
            yield self.deliver()
            if self.world.chance(0.6):
                yield self.receive()
        yield self.close()
        yield self.delete()

    def create(self, *, after: float = 0.0) -> Event:
        """`conversation.created`, before any message: an initial message follows as an update."""
        self.world.advance(after)
        self._put(createdAt=self.world.timestamp())
        return self._event("conversation.created")

    def receive(self, text: str | None = None, *, after: float | None = None) -> Event:
        """The contact writes."""
        self._wait(after, 2, 9)
        self._write(self.contact, text)
        return self._event()

    def send(self, text: str | None = None, *, after: float | None = None) -> Event:
        """One of the others writes: the message is `sent`, and `deliver` takes it further."""
        self._wait(after, 1, 6)
        senders = [one for one in self.participants if one["type"] != "contact" and one["status"] == "active"]
        sender = self.world.pick(senders) if senders else self._add(self._newcomer(), "active")
        self._write(sender, text)
        return self._event()

    def deliver(self, status: str = "delivered", *, after: float | None = None) -> Event:
        """The last message takes a step, to any documented message status. Raises EventError before there is one."""
        message = self._fields.get("lastMessage")
        if message is None:
            raise EventError("There is no message to deliver yet. Let the story send or receive one first.")
        self._wait(after, 0.1, 1.2)
        message["status"] = status
        return self._event()

    def invite(self, *, after: float | None = None) -> Event:
        """Somebody is invited, and pending until they join."""
        self._wait(after, 0.5, 3)
        self._add(self._newcomer(), "invited")
        return self._event()

    def join(self, *, after: float | None = None) -> Event:
        """Somebody becomes an active participant: who is pending, else somebody new."""
        self._wait(after, 0.5, 3)
        for one in self.participants:
            if one["status"] != "active":
                one["status"] = "active"
                return self._event()
        self._add(self._newcomer(), "active")
        return self._event()

    def rename(self, name: str | None = None, *, after: float | None = None) -> Event:
        """The conversation gets another name."""
        self._wait(after, 1, 5)
        self._put(name=self.world.pick(self.pool.sentences) if name is None else name)
        return self._event()

    def close(self, *, after: float | None = None) -> Event:
        """The conversation's status becomes `closed`."""
        self._wait(after, 5, 15)
        self._put(status="closed")
        return self._event()

    def delete(self, *, after: float | None = None) -> Event:
        """`conversation.deleted`: the conversation as it last was, updated at the time of its deletion."""
        self._wait(after, 5, 20)
        return self._event("conversation.deleted")

    def _wait(self, after: float | None, least: float, most: float) -> None:
        self.world.advance(least + (most - least) * self.world.random() if after is None else after)

    def _newcomer(self) -> JsonObject:
        here = {one["id"] for one in self.participants}
        user = self.world.pick(self.world.users)
        return self.world.participant(self.world.pick(("user", "bot"))) if user["id"] in here else user

    def _add(self, newcomer: JsonObject, status: str) -> JsonObject:
        participant = {**newcomer, "status": status}
        self.participants.append(participant)
        return participant

    def _write(self, sender: JsonObject, text: str | None = None, ago: float | None = None) -> None:
        incoming = sender is self.contact
        message = self.world.message(
            sender,
            text,
            channel=self.channel,
            pool=self.pool,
            status="delivered" if incoming else "sent",
            recipients=None if incoming else self._recipients(),
            # The service updates the conversation some milliseconds after it took the message.
            ago=0.002 + 0.02 * self.world.random() if ago is None else ago,
        )
        direction = "lastMessageIncomingAt" if incoming else "lastMessageOutgoingAt"
        self._put(**{"lastMessage": message, direction: message["createdAt"]})

    def _recipients(self) -> list[JsonObject] | None:
        if self.channel.platform != "email":
            return None
        return [{"type": "to", "id": self.contact["id"], **self.contact["contact"]}]

    def _put(self, **fields: Any) -> None:
        """Set fields; those that are new come where the contract has them."""
        if fields.keys() <= self._fields.keys():
            self._fields.update(fields)
        else:
            fields = self._fields | fields
            self._fields = {name: fields[name] for name in _FIELDS if name in fields}

    def _event(self, name: str = "conversation.updated") -> Event:
        active = [one["status"] for one in self.participants].count("active")
        self._put(
            featuredParticipants=self.participants[:_FEATURED],
            activeParticipantCount=active,
            pendingParticipantCount=len(self.participants) - active,
            updatedAt=self.world.timestamp(),
        )
        # As JSON it is a copy, whatever becomes of the conversation later, and what is sent is often never read here.
        return Event.written(name, orjson.dumps(self._fields))


def _new_conversation(
    world: SeededWorld, pool: Pool, channel: Channel, contact_name: str, initiator: JsonObject
) -> JsonObject:
    """The fields of a conversation that has not begun."""
    is_email = channel.platform == "email"
    fields = {
        "id": world.uuid(),
        "name": world.pick(pool.sentences if is_email else ("", "", contact_name, world.pick(pool.companies))),
        "description": "",
        "status": "active",
        "visibility": "private",
        "accessibility": "invite-only",
        "initiatingParticipant": initiator,
        "channelId": channel.id,
        "platformStyle": channel.platform_style,
    }
    return fields | world.pick(_PECULIARITIES)(world, pool) if world.chance(0.4) else fields


_PECULIARITIES: tuple[Callable[[SeededWorld, Pool], JsonObject], ...] = (
    lambda world, pool: {"description": world.pick(pool.sentences)},
    lambda world, pool: {"summary": world.pick(pool.sentences)},
    lambda world, pool: {"attributes": {"company": world.pick(pool.companies), "priority": world.pick((1, 2, 3))}},
    lambda world, pool: {"style": world.pick(("default", "directMessage", "chatChannel", "personalInbox"))},
    lambda world, pool: {"style": "resource", "resource": {"type": "order", "id": world.uuid()}},
    lambda world, pool: {"visibility": "public", "accessibility": world.pick(("open", "request-to-join"))},
    lambda world, pool: {"hasDraft": True},
    lambda world, pool: {"likelySpam": True, "likelySpamReason": "Many equal messages in a short time"},
)
