"""What `send` was asked for: which events go where, signed and damaged how."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from inspector.cli.events import prepare
from inspector.errors import DeliveryError
from inspector.sender.clock import Clock, RealClock
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.draft import Draft
from inspector.sender.factory import LIFECYCLE
from inspector.sender.faults import Fault, arrange, compose
from inspector.sender.recipe import Made, Recipe
from inspector.sender.request import Request, parse_url
from inspector.sender.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class Order:
    """Events and their destination. `dated`: the start time was given, so that all times follow from it.

    Then equal seeds give equal bytes, timestamps and signatures; else what is signed carries the time of its sending.
    """

    recipe: Recipe
    url: str
    url_signed: str
    signing_key: str | None = field(repr=False)
    dated: bool
    faults: tuple[Fault, ...]
    headers: tuple[tuple[str, str], ...]
    retry: RetryPolicy
    timeout: float

    @property
    def total(self) -> int | None:
        """How many events there will be, if that is known."""
        return None if self.recipe.what == LIFECYCLE else self.recipe.count

    @property
    def clock(self) -> Clock:
        """What the sender takes for now: with a given start, the faults `stale` and `future` count from there."""
        return StandingClock(self.recipe.at) if self.dated and self.faults else RealClock()

    def check(self) -> None:
        """Make the first request and send nothing. Raises what would end the sending at its first event."""
        made = next(self.messages(), None)
        if made is not None:
            self._composed(made).request()

    def messages(self) -> Iterator[Made]:
        """The events in the order of their sending. Raises EventError."""
        return arrange(self.recipe.events(), self.faults if self._several else ())

    async def deliver(self, sender: Sender, made: Made) -> Delivery:
        """Send one. Raises DeliveryError for what cannot be sent."""
        return await sender.deliver(
            made.message,
            self.url,
            self.signing_key,
            request_id=made.request_id,
            timestamp=self._timestamp(made),
            url_signed=self.url_signed,
            headers=self.headers,
            retry=self.retry,
            fault=self._own_faults,
            timeout=self.timeout,
        )

    def requests(self, made: Made) -> list[Request]:
        """What would be sent for one. Raises DeliveryError where the way it is sent matters too."""
        draft = self._composed(made)
        way = draft.transmission
        if way.pause or way.cut is not None or draft.together:
            raise DeliveryError("No curl line does what this fault does on the wire. Leave --dry-run or --fault out.")
        return [draft.request()] * draft.copies

    def _composed(self, made: Made) -> Draft:
        draft = Draft(
            message=made.message,
            url=self.url,
            url_signed=self.url_signed,
            signing_key=self.signing_key,
            request_id=made.request_id,
            timestamp=str(self._timestamp(made)),
            now=self.clock.now(),
        )
        compose(draft, self._own_faults, self.headers)
        return draft

    @property
    def _several(self) -> bool:
        return self.total is None or self.total > 1

    @property
    def _own_faults(self) -> tuple[Fault, ...]:
        # The order was changed already where there is more than one; where there is not, the fault says so itself.
        return tuple(fault for fault in self.faults if fault.stage != "sequence" or not self._several)

    def _timestamp(self, made: Made) -> int:
        return made.timestamp if self.dated else int(time.time())


def take_order(
    *,
    to: str,
    url_signed: str | None,
    signing_key: str | None,
    seed: str | None,
    at: float | None,
    fault: tuple[Fault, ...],
    **others: Any,
) -> Order:
    """The order that the options of `send` make. Raises DeliveryError, and EventError for the event's part of them."""
    parse_url(to)
    event = {name: others.pop(name) for name in ("what", "count", "set_", "unset")}
    return Order(
        recipe=prepare(seed=seed, at=at, **event),
        url=to,
        url_signed=url_signed or to,
        signing_key=signing_key,
        dated=at is not None,
        faults=fault,
        **others,
    )


class StandingClock(RealClock):
    """Sleeps for real, while the time it tells stays where it is."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        """Unix time in seconds."""
        return self._at
