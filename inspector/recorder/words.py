"""Looks for words: in bodies, whether they are shredded or not, and in what comes before them."""

from __future__ import annotations

import operator

from inspector.recorder.batch import LINE, Asked, Batch, Mask, narrowing, sieved
from inspector.recorder.remembered import Remembered
from inspector.recorder.shredding import Skeleton, longest_parts, may_span
from inspector.recorder.textsearch import Needle, is_code


def in_request(text: str) -> Asked:
    """Whether method, target, headers or body hold a text."""
    needle = Needle(text)

    def is_in_line(line: tuple[str, bytes]) -> bool:
        method, target = line
        return needle.is_in(method) or needle.is_in_bytes(target, target.lower())

    def in_head(batch: Batch) -> Mask:
        found = needle.found_in(batch.heads, escaped=False)
        lines = {*filter(is_in_line, batch.lines)}
        if not lines:  # as it is nearly always
            return found
        return [is_found or LINE(request) in lines for is_found, request in zip(found, batch.requests, strict=True)]

    return _either(in_body(text), in_head)


def in_body(text: str) -> Asked:
    """Whether the body holds a text."""
    needle = Needle(text)
    if not may_span(needle.folded):
        return _in_names_or_values(needle)

    def in_whole(batch: Batch) -> Mask:
        return needle.found_in(batch.bodies, escaped=True)

    ask = in_whole if "\0" in text else _either(_in_names(needle), in_whole)
    parts = [_in_names_or_values(Needle(part)) for part in longest_parts(text)]
    return sieved(narrowing(parts), ask) if parts else ask


def _in_names_or_values(needle: Needle) -> Asked:
    def in_values(batch: Batch) -> Mask:
        return needle.found_in(batch.values, escaped=True)

    def in_codes(batch: Batch) -> Mask:
        return [False] * len(batch.requests) if batch.codes is None else needle.found_in(batch.codes, escaped=False)

    return _either(_in_names(needle), _either(in_values, in_codes) if is_code(needle.raw) else in_values)


def _in_names(needle: Needle) -> Asked:
    """Whether the names and punctuation hold it, of bodies that are shredded."""

    def is_in_names(skeleton: Skeleton | None) -> bool:
        return skeleton is not None and needle.is_in_body(skeleton.text, skeleton.text.lower())

    in_skeleton = Remembered(is_in_names)
    return lambda batch: [*map(in_skeleton.__getitem__, batch.skeletons)]


def _either(one: Asked, other: Asked) -> Asked:
    """Whether one question or another is met; the other is asked where it can matter."""

    def ask(batch: Batch) -> Mask:
        found = one(batch)
        return found if False not in found else [*map(operator.or_, found, other(batch))]

    return ask
