"""A body as a folding tree: a flat run of marks that a template writes without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from inspector.webhook.jsontext import Node, tree

LARGEST_BODY = 1024 * 1024
"""Bytes up to which a body is shown as a tree; a longer one is shown as text and can be downloaded."""

MOST_NODES = 1500
LONGEST_VALUE = 2000
"""Characters of one value that are shown."""


class Mark(NamedTuple):
    """One step through the tree. `open` starts a container of `size` members, `leaf` is a value, `more` stands for
    `size` members that are not shown, `gone` for one that is there no longer. `path` is the place in the body, `text`
    the value as it was sent.

    `change` says how it differs from the event before, `old` what stood there; `search` finds the value elsewhere.
    """

    shape: Literal["open", "leaf", "more", "gone", "close"]
    key: str = ""
    path: str = ""
    kind: str = ""
    text: str = ""
    size: int = 0
    cut: int = 0
    change: str = ""
    old: str = ""
    search: str | None = None


def tree_marks(body: bytes) -> list[Mark] | None:
    """The marks of a JSON body; None for anything else, and for what is too long."""
    root = tree(body, MOST_NODES) if len(body) <= LARGEST_BODY else None
    return list(_walk(root)) if root else None


def _walk(root: Node) -> Iterator[Mark]:
    waiting: list[Node | Mark] = [root]  # no recursion: depth is up to who sent the JSON
    while waiting:
        step = waiting.pop()
        if isinstance(step, Mark):
            yield step
        elif step.kind in ("object", "array") and not step.literal:
            yield Mark("open", _key(step), step.path, step.kind, size=len(step.children) + step.omitted)
            waiting.append(Mark("close", kind=step.kind))
            if step.omitted:
                waiting.append(Mark("more", size=step.omitted))
            waiting.extend(reversed(step.children))
        else:
            cut = max(0, len(step.literal) - LONGEST_VALUE)
            yield Mark("leaf", _key(step), step.path, step.kind, step.literal[:LONGEST_VALUE], cut=cut)


def _key(node: Node) -> str:
    return "" if node.key is None else str(node.key)
