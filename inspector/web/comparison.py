"""What an event changed in its conversation, marked in place in the tree of its body."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspector.errors import NotFoundError
from inspector.recorder.conversations import Conversations
from inspector.recorder.request import RecordedRequest
from inspector.web.changes import changes_at, literal
from inspector.web.jsontree import Mark
from inspector.web.searching import leaf_term
from inspector.webhook.difference import Change

_LAST_STEP = re.compile(r'(?:^|\.)([^.\[\]="]+)$|\[(\d+|"(?:[^"\\]|\\.)*")\]$')


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where an event stands in its conversation. `previous` is the id of the request that brought the event before.

    `position` counts from 1 in the order in which things happened, of `events`.
    """

    conversation_id: str
    position: int
    events: int
    previous: str | None
    changes: list[Change]

    @classmethod
    def of(cls, request: RecordedRequest, conversations: Conversations) -> Comparison | None:
        """Compare a record with the event before it; None for what is no event of a conversation."""
        if request.event is None or request.event.conversation_id is None:
            return None
        try:
            conversation = conversations.get(request.event.conversation_id)
        except NotFoundError:
            return None  # evicted since it was found
        step = conversation.step_of(request)
        if step is None:
            return None
        before = conversation.before(step)
        previous = before.request.id if before else None
        return cls(conversation.id, step.position, len(conversation.steps), previous, changes_at(conversation, step))


def marked(marks: Iterable[Mark], comparison: Comparison | None) -> Iterator[Mark]:
    """The marks of a tree with what changed, what is gone at the end of where it stood, and what each value finds."""
    changes = comparison.changes if comparison else []
    here = {change.path: change for change in changes if change.kind != "removed"}
    gone: dict[str, list[Mark]] = defaultdict(list)
    for change in changes:
        if change.kind == "removed":
            parent, key = split_path(change.path)
            gone[parent].append(Mark("gone", key, change.path, change="removed", old=literal(change.old)))
    opened: list[str] = []
    for mark in marks:
        if mark.shape == "open":
            opened.append(mark.path)
        elif mark.shape == "close":
            yield from gone.pop(opened.pop(), ())
        yield _marked(mark, here.get(mark.path) if mark.shape in ("open", "leaf") else None)


def _marked(mark: Mark, change: Change | None) -> Mark:
    search = leaf_term(mark) if mark.shape == "leaf" else None
    if change is None:
        return mark._replace(search=search) if search else mark
    old = literal(change.old) if change.kind == "changed" else ""
    return mark._replace(search=search, change=change.kind, old=old)


def split_path(path: str) -> tuple[str, str]:
    """A path's container, and the name in it."""
    last = _LAST_STEP.search(path)
    if last is None:
        return "", path
    return path[: last.start()], last[1] or last[2]
