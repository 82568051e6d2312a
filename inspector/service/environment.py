"""What all parts of one service share, and what a change comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from inspector.sender.delivery_log import DeliveryLog
from inspector.service.clock import ServiceClock
from inspector.service.settings import ServiceSettings
from inspector.webhook.event import Event

if TYPE_CHECKING:
    from inspector.service.workspace import Workspace

T_co = TypeVar("T_co", covariant=True)


@dataclass(slots=True)
class Environment:
    """Settings, which may be replaced while the service runs, its clock, and the log of all deliveries."""

    settings: ServiceSettings
    clock: ServiceClock
    deliveries: DeliveryLog


class Later(NamedTuple):
    """Something that follows from a change by itself, `delay` seconds after it."""

    delay: float
    work: Callable[[Workspace], Change[object]]


@dataclass(frozen=True, slots=True)
class Change(Generic[T_co]):
    """What a change to a workspace comes to: its result, the events it fires, in order, and what follows by itself."""

    result: T_co
    events: tuple[Event, ...] = ()
    later: Later | None = None
