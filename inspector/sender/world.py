"""The world that synthetic events tell of: its time, ids, channels and people, all drawn from one seed.

Nothing here reads a clock or anything else of the machine: equal seed and start give equal draws in any process.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from inspector.errors import EventError
from inspector.sender.people import Pool, fill_pools
from inspector.webhook.times import format_time

T = TypeVar("T")
JsonObject = dict[str, Any]

START = 1_732_736_033.504
"""Where time begins unless told otherwise: 2024-11-27T19:33:53.504Z, the time in the documented example."""

_LATEST_START = 250_000_000_000  # in the year 9892: room to go on before times take five digits
_USERS = 12
_VERSION_BITS, _VERSION_4 = 0xF000_C000 << 48, 0x4000_8000 << 48  # RFC 9562 §4


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the workspace: where its messages travel, and by what a contact is known there."""

    id: str
    platform: str
    identifier_key: str
    platform_style: str
    message_types: tuple[str, ...]


class SeededWorld:
    """Draws ids, times, people and messages from a seed.

    `seed` may be a number or a text; 7 and `"7"` are the same. `start` is in Unix seconds, by default `START`. `locale`
    names one or several of Faker's locales (None: a mixture). Faker is imported when the first name is drawn.
    Raises EventError for a start that is no Unix time. `random` draws a number from 0 up to 1.
    """

    def __init__(
        self, seed: int | str = 0, start: float | None = None, locale: str | Sequence[str] | None = None
    ) -> None:
        self.seed = seed
        self.start = START if start is None else start
        self._milliseconds = _milliseconds(self.start)
        self._locale = locale
        self._random = _seeded(f"{seed}")
        self.random = self._random.random
        # Its own generator: whether deliveries are made of the events must not change the events.
        self._request_ids = _seeded(f"{seed}/request-id")

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """Names and texts, a pool for each language."""
        return fill_pools(self._locale)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The workspace's channels, one of each platform; the same for equal seeds, whatever was drawn before."""
        draw = _seeded(f"{self.seed}/channels")
        page, text, media = f"facebookid-{draw.randrange(10**14, 10**15)}", ("text",), ("image", "file", "location")
        return (
            Channel(_uuid(draw), "whatsapp", "phonenumber", "direct", text * 6 + media),
            Channel(_uuid(draw), "facebook", page, "direct", text * 8 + media[:1]),
            Channel(_uuid(draw), "sms", "phonenumber", "direct", text),
            Channel(_uuid(draw), "email", "emailaddress", "email", ("html",)),
        )

    @cached_property
    def users(self) -> tuple[JsonObject, ...]:
        """The people who work here and join conversations; the same for equal seeds."""
        draw = _seeded(f"{self.seed}/users")
        names = draw.sample([person.name for pool in self.pools for person in pool.people], _USERS)
        return tuple(participant_json(_uuid(draw), "user", name, avatar_url=_avatar(draw)) for name in names)

    def chance(self, probability: float) -> bool:
        """Whether something happens that does so with this probability, from 0 to 1."""
        return self.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of several."""
        return choices[int(self.random() * len(choices))]

    def uuid(self) -> str:
        """A UUID of version 4."""
        return _uuid(self._random)

    def request_id(self) -> str:
        """A UUID for the `messagebird-request-id` header, from a sequence apart from that of the events."""
        return _uuid(self._request_ids)

    def time(self) -> float:
        """The time it is here, in Unix seconds with three decimals."""
        return self._milliseconds / 1000

    def timestamp(self) -> str:
        """The time it is here, as on the wire."""
        return format_time(self._milliseconds / 1000)

    def advance(self, seconds: float) -> float:
        """Let time pass, by at least a millisecond unless by nothing, and return the new time.

        Raises EventError for less than nothing.
        """
        if seconds < 0:
            raise EventError(f"Time cannot go back by {-seconds:g} s. Give 0 or more seconds.")
        if seconds:
            self._milliseconds += max(1, round(seconds * 1000))
        return self.time()

    def participant(
        self, type: str = "contact", *, channel: Channel | None = None, pool: Pool | None = None, status: str = "active"
    ) -> JsonObject:
        """Somebody new, as JSON. A contact is known by what `channel` (None: any) knows people by.

        E-mail addresses are under example.com, telephone numbers among those kept for fiction (+1 … 555 01xx).
        """
        person, id_ = self.pick((pool or self.pick(self.pools)).people), self.uuid()
        if type != "contact":
            return participant_json(id_, type, person.name, status=status)
        channel = channel or self.pick(self.channels)
        address = self._address(channel, person.mailbox)
        contact = {"identifierKey": channel.identifier_key, "identifierValue": address, "platformAddress": address}
        return participant_json(id_, type, person.name, status=status, contact=contact)

    def message(
        self,
        sender: JsonObject,
        text: str | None = None,
        *,
        channel: Channel | None = None,
        pool: Pool | None = None,
        status: str = "delivered",
        recipients: list[JsonObject] | None = None,
        ago: float = 0.0,
    ) -> JsonObject:
        """A message by `sender`, written `ago` seconds before now, in the form that `lastMessage` has.

        Without `text`, one is made up, and its type is one that travels on `channel` (None: any).
        """
        channel = channel or self.pick(self.channels)
        return {
            "id": self.uuid(),
            "type": self.pick(channel.message_types) if text is None else channel.message_types[0],
            "preview": {"text": self.pick((pool or self.pick(self.pools)).sentences) if text is None else text},
            "recipients": recipients,
            "status": status,
            "sender": sender,
            "createdAt": format_time(self.time() - ago),
        }

    def _address(self, channel: Channel, mailbox: str) -> str:
        number = self._random.getrandbits(53)
        if channel.identifier_key == "emailaddress":
            return f"{mailbox}{number % 1000}@example.com"
        if channel.identifier_key == "phonenumber":
            return f"+1{200 + number // 100 % 800}55501{number % 100:02}"
        return f"{2 * 10**16 + number % 10**16}"


def participant_json(
    id: str,
    type: str,
    display_name: str,
    *,
    status: str = "active",
    avatar_url: str = "",
    contact: JsonObject | None = None,
) -> JsonObject:
    """A participant as on the wire, keys in the documented order; only contacts have `contact`."""
    json = {"id": id, "type": type, "status": status, "displayName": display_name, "avatarUrl": avatar_url}
    return json if contact is None else {**json, "contact": contact}


def _seeded(seed: str) -> Random:
    return Random(seed)  # noqa: S311  # made-up data that must be repeatable, not secrets


def _uuid(random: Random) -> str:
    bits = random.getrandbits(128) & ~_VERSION_BITS | _VERSION_4
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _avatar(random: Random) -> str:
    return f"https://media.example.com/avatars/{_uuid(random)}.png" if random.random() < 0.5 else ""


def _milliseconds(start: float) -> int:
    if not (math.isfinite(start) and 0 <= start <= _LATEST_START):
        raise EventError(
            f"{start!r} is not a start time. Give Unix time in seconds, such as {START}, not milliseconds."
        )
    return round(start * 1000)
