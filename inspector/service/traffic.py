"""Background traffic: believable conversations that go on by themselves, for demonstrations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from inspector.errors import ConfigError
from inspector.sender.world import SeededWorld
from inspector.service.environment import Change
from inspector.service.errors import ServiceError

if TYPE_CHECKING:
    from inspector.service.state import ConversationsService
    from inspector.service.workspace import Workspace

FASTEST = 1000.0
"""Steps a second."""

_AT_A_TIME = 8
"""Conversations that go on side by side."""


class Traffic:
    """Plays conversations in one workspace. `rate` are steps (messages, joins, closings …) per real second; 0 is off.

    Belongs to the event loop that delivers. What is said and who says it is drawn from the seed.
    """

    def __init__(self, service: ConversationsService) -> None:
        self._service = service
        self._task: asyncio.Task[None] | None = None
        self.rate = 0.0
        self.workspace_id = ""

    def play(self, rate: float, workspace_id: str) -> None:
        """Play at a rate from now on. Raises ConfigError."""
        if not 0 <= rate <= FASTEST:
            raise ConfigError(f"Traffic cannot have {rate:g} steps a second. Give a rate from 0 (off) to {FASTEST:g}.")
        self.stop()
        self.rate, self.workspace_id = rate, workspace_id
        if rate:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Play no more."""
        self.rate = 0.0
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def to_json(self) -> dict[str, object]:
        """JSON-ready."""
        return {"rate": self.rate, "workspace_id": self.workspace_id or None}

    async def _run(self) -> None:
        world = SeededWorld(f"{self._service.settings.seed}/traffic")
        lives: list[Iterator[None]] = []
        while True:
            if len(lives) < _AT_A_TIME and (not lives or world.chance(0.2)):
                lives.append(self._live(world))
            life = world.pick(lives)
            try:
                next(life)
            except (StopIteration, ServiceError):  # over, or ended by somebody else
                lives.remove(life)
            await asyncio.sleep(1 / self.rate)

    def _live(self, world: SeededWorld) -> Iterator[None]:
        """One conversation, a step at a time."""
        pool = world.pick(world.pools)
        begun = self._service.change(self.workspace_id, lambda workspace: _begin(workspace, world, pool.sentences))
        if begun is None:
            return
        yield
        for step in _script(world):
            text = world.pick(pool.sentences)
            self._service.change(self.workspace_id, partial(_take, begun, step, text))
            yield


def _script(world: SeededWorld) -> Iterator[str]:
    """What happens after the first message."""
    if world.chance(0.7):
        yield "join"
    for _ in range(1 + int(world.random() * 3)):
        yield "answer"
        if world.chance(0.5):
            yield "read"
        if world.chance(0.6):
            yield "write"
    if world.chance(0.3):
        yield "leave"
    yield "close"
    if world.chance(0.4):
        yield "delete"


def _begin(workspace: Workspace, world: SeededWorld, sentences: tuple[str, ...]) -> Change[str | None]:
    channel = world.pick(workspace.world.channels)
    contact = workspace.people.contact(channel)
    change = workspace.contacts.arrive_from(channel, contact, world.pick(sentences))
    return Change(change.result.id if change.result else None, change.events, change.later)


def _take(conversation_id: str, step: str, text: str, workspace: Workspace) -> Change[object]:
    contacts = workspace.contacts
    if step == "write":
        return contacts.write(conversation_id, text)
    if step == "answer":
        return contacts.answer(conversation_id, text)
    return contacts.step(conversation_id, step)
