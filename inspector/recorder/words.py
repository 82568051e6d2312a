"""Looks for words: in bodies, whether they are shredded or not, and in what comes before them."""

from __future__ import annotations

from operator import not_, or_

from inspector.recorder.batch import LINE, Asked, Batch, Mask, narrowing, sieved
from inspector.recorder.remembered import Remembered
from inspector.recorder.shredding import Skeleton
from inspector.recorder.spanning import Span, longest_parts, may_span
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

    ask = _in_spanned(needle) if needle.folded.isascii() and "\0" not in text else _in_whole(needle)
    parts = [_in_names_or_values(Needle(part)) for part in longest_parts(text)]
    return sieved(narrowing(parts), ask) if parts else ask


def _in_spanned(needle: Needle) -> Asked:
    """Whether bodies hold what may begin in a value and end outside; they are put together only where they must be."""
    span = Span(needle.raw)
    # What has quotes stands in no value without escapes.
    in_apart = span.found_in if b'"' in needle.raw else _either(span.found_in, _in_values(needle))

    def ask(batch: Batch) -> Mask:
        apart = span.can_tell(batch)
        found = batch.asked_where(apart, in_apart)
        if False not in apart:
            return found
        return [*map(or_, found, batch.asked_where([*map(not_, apart)], _in_whole(needle)))]

    return _either(_in_names(needle), ask)


def _in_whole(needle: Needle) -> Asked:
    return lambda batch: needle.found_in(batch.bodies, escaped=True)


def _in_names_or_values(needle: Needle) -> Asked:
    return _either(_in_names(needle), _in_values(needle))


def _in_values(needle: Needle) -> Asked:
    def in_values(batch: Batch) -> Mask:
        return needle.found_in(batch.values, escaped=True)

    def in_codes(batch: Batch) -> Mask:
        return [False] * len(batch.requests) if batch.codes is None else needle.found_in(batch.codes, escaped=False)

    return _either(in_values, in_codes) if is_code(needle.raw) else in_values


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
        return found if False not in found else [*map(or_, found, other(batch))]

    return ask
