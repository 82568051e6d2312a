"""EventFactory: believable webhook events, made up from a seed.

    factory = EventFactory(seed=7)
    factory.updated(status="closed").to_bytes()

Equal seed, start and calls give byte-identical bodies, ids and times in any process (with equal versions of Faker).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import chain, repeat
from typing import Any

from inspector.errors import EventError
from inspector.sender.story import ConversationStory
from inspector.sender.world import Channel, SeededWorld
from inspector.webhook.event import EVENT_NAMES, Event

LIFECYCLE = "lifecycle"

LIFECYCLE_SECONDS = 60.0
"""Longer than a lifecycle takes: one that begins so long ago has ended by now, and nothing comes from the future."""


class EventFactory(SeededWorld):
    """Makes events like the service's, of new conversations that are in the middle of their life or tell all of it.

    Arguments are those of SeededWorld. The first event happens at `start`. Events made one by one follow each other
    within milliseconds; those of one story within seconds.
    """

    def created(self, **overrides: Any) -> Event:
        """A `conversation.created`.

        `overrides` replace fields of the payload, in wire names or snake_case: `created(channel_id="…")`. Any path that
        `set_path` takes may be given as `**{"lastMessage.status": "sent"}`. Raises EventError for an unknown field.
        """
        return self._finish(self.story().create(), overrides)

    def updated(self, **overrides: Any) -> Event:
        """A `conversation.updated`: a message, a status step, somebody who joins, another name or status."""
        change = self.pick(_CHANGES)
        return self._finish(change(ConversationStory.under_way(self)), overrides)

    def deleted(self, **overrides: Any) -> Event:
        """A `conversation.deleted`, of an active or a closed conversation."""
        story = ConversationStory.under_way(self, status="closed" if self.chance(0.7) else "active")
        return self._finish(story.delete(after=0), overrides)

    def event(self, name: str, /, **overrides: Any) -> Event:
        """An event by its name, `conversation.created` or `created`. Raises EventError for an unknown one."""
        return self._maker(name)(**overrides)

    def story(self, channel: Channel | None = None) -> ConversationStory:
        """A conversation that has not begun, to be told step by step."""
        return ConversationStory(self, channel)

    def lifecycle(self) -> list[Event]:
        """All events of one conversation: created, messages in and out, people who join, closed, deleted."""
        return list(self.story().tell())

    def stream(self, name: str = LIFECYCLE, count: int | None = None) -> Iterator[Event]:
        """`count` events of a name, or the events of `count` lifecycles one after the other; None: without end.

        They are made as they are taken. Raises EventError at once for an unknown name or a negative count.
        """
        if count is not None and count < 0:
            raise EventError(f"Cannot make {count} events. Give a count of 0 or more.")
        times = repeat(None) if count is None else repeat(None, count)
        if name == LIFECYCLE:
            return chain.from_iterable(self.lifecycle() for _ in times)
        make = self._maker(name, LIFECYCLE)
        return (make() for _ in times)

    def _maker(self, name: str, *others: str) -> Callable[..., Event]:
        """What makes events of a name. Raises EventError, which also speaks of `others` that may be asked for."""
        makers = {"created": self.created, "updated": self.updated, "deleted": self.deleted}
        short = name.removeprefix("conversation.")
        if short in makers:
            return makers[short]
        known = {**dict(zip(makers, EVENT_NAMES, strict=True)), **{other: other for other in others}}
        nearest = [known[match] for match in get_close_matches(short, known, cutoff=0.5)]
        advice = f"Did you mean {' or '.join(nearest)}?" if nearest else f"Give one of {', '.join(known.values())}."
        raise EventError(f"There is no event {name!r}. {advice}", nearest=nearest)

    def _finish(self, event: Event, overrides: dict[str, Any]) -> Event:
        self.advance(0.001 + 0.004 * self.random())
        return _overridden(event, overrides) if overrides else event


def _overridden(event: Event, overrides: dict[str, Any]) -> Event:
    from inspector.webhook.paths import set_path  # noqa: PLC0415 - heavy: it knows the models

    for path, value in overrides.items():
        event = set_path(event, path, value)
    return event


_CHANGES: tuple[Callable[[ConversationStory], Event], ...] = (
    lambda story: story.receive(after=0),
    lambda story: story.receive(after=0),
    lambda story: story.send(after=0),
    lambda story: story.deliver(after=0),
    lambda story: story.join(after=0),
    lambda story: story.rename(after=0),
    lambda story: story.close(after=0),
)
