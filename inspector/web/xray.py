"""The X-ray of a signature: what should be signed beside what evidently was, part by part."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from inspector.web.rows import SIGNATURE_WORDS
from inspector.web.templating import render
from inspector.webhook.explanation import Explanation, Part

LONGEST_TEXT = 600
"""Characters of one part that are shown, and compared one by one."""

BEFORE, AFTER = 24, 60
"""Bytes of a body shown before and after the place where another one departs from it."""

Hide = Callable[[str], str]

_LABELS = {
    "timestamp": "Timestamp",
    "separator": "",
    "url": "URL",
    "body_digest": "Body",
    "body_digest_text": "Body",
    "body": "Body",
    "text": "Text",
}
_SLOTS = {"timestamp": 0, "url": 2, "text": 2, "body_digest": 4, "body_digest_text": 4, "body": 4}
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0", "\ufeff": "\\ufeff"}
_SEPARATORS = {b"\n": "LF", b"\r\n": "CR LF", b"\r": "CR", b" ": "space", b"\\n": "\\ and n, two characters"}
_WORD = re.compile(r"\w+|\W", re.ASCII)


class Segment(NamedTuple):
    """A piece of a text, and whether the other side has something else there."""

    text: str
    differs: bool


class Side(NamedTuple):
    """One side of a row: its bytes made visible, and what they are."""

    segments: tuple[Segment, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the signed text. `was` is what stands there in fact, None where it is the same or not known."""

    label: str
    should: Side
    was: Side | None = None


def render_xray(explanation: Explanation, body: bytes, hide: Hide = str, *, headed: bool = False) -> str:
    """The X-ray as HTML. `body` is the one that was received; `hide` masks what is secret in a text.

    `headed` says whether verdict and cause stand above it.
    """
    return render(
        "_xray.html",
        found=explanation,
        headed=headed,
        word=SIGNATURE_WORDS[explanation.verdict],
        message=hide(explanation.message),
        fixes=hide(explanation.fix or "").splitlines(),
        rows=_rows(explanation, body, hide),
        is_compared=explanation.evidently_signed is not None,
    )


def _rows(explanation: Explanation, body: bytes, hide: Hide) -> list[Row]:
    should, was = explanation.signed_text, explanation.evidently_signed
    if was is None:
        return [Row(_LABELS[part.name], _side(part, None, body, hide)) for part in should]
    return [_row(right, wrong, body, hide) for right, wrong in _aligned(should, was)]


def _aligned(should: Sequence[Part], was: Sequence[Part]) -> list[tuple[Part | None, Part | None]]:
    """Parts side by side; where the second text has another order, simply one after the other."""
    right, wrong = _by_slot(should), _by_slot(was)
    if right is None or wrong is None:
        return list(zip_longest(should, was))
    return [(right.get(slot), wrong.get(slot)) for slot in sorted({*right, *wrong})]


def _by_slot(parts: Sequence[Part]) -> dict[int, Part] | None:
    slots: dict[int, Part] = {}
    for part in parts:
        last = max(slots, default=-1)
        slot = _SLOTS.get(part.name, last + 1)
        if slot <= last:
            return None
        slots[slot] = part
    return slots


def _row(right: Part | None, wrong: Part | None, body: bytes, hide: Hide) -> Row:
    label = _LABELS[(right or wrong or Part("text", b"")).name]
    should = _side(right, wrong, body, hide)
    is_same = right is not None and wrong is not None and (right.name, right.data) == (wrong.name, wrong.data)
    return Row(label, should, None if is_same else _side(wrong, right, body, hide))


def _side(part: Part | None, other: Part | None, body: bytes, hide: Hide) -> Side:
    if part is None:
        return Side((), "nothing")
    if part.name == "body_digest":
        departs = part.digest_of is not None
        note = f"{len(part.data)} raw bytes, SHA-256 of " + ("another body" if departs else "the body")
        sample = f": {_departure(part.digest_of, body)}" if part.digest_of is not None else ""
        return Side((Segment(part.data.hex(" ", 4), False),), note + sample)
    segments = _segments(hide(_visible(part)), None if other is None else hide(_visible(other)))
    return Side(segments, _note(part, body))


def _note(part: Part, body: bytes) -> str:
    if part.name == "separator":
        return " ".join(f"{byte:02x}" for byte in part.data)
    if part.name == "body":
        return f"the body itself, {len(part.data)} bytes, in place of its digest"
    if part.name == "body_digest_text":
        sample = "" if part.digest_of is None else f", of {_departure(part.digest_of, body)}"
        return f"the digest as {len(part.data)} characters of text, not as 32 bytes{sample}"
    return ""


def _visible(part: Part) -> str:
    if part.name == "separator" and part.data in _SEPARATORS:
        return _SEPARATORS[part.data]
    text = part.data[: 4 * LONGEST_TEXT].decode("utf-8", "replace")
    return _escaped(text[:LONGEST_TEXT]) + ("…" if len(text) > LONGEST_TEXT else "")


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _segments(text: str, other: str | None) -> tuple[Segment, ...]:
    """A text in pieces: word by word, what the other one has and what it has not."""
    if other is None or text == other:
        return (Segment(text, False),)
    words, others = _WORD.findall(text), _WORD.findall(other)
    matches = SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    pieces = [Segment("".join(words[start:end]), kind != "equal") for kind, start, end, _, _ in matches]
    return tuple(piece for piece in pieces if piece.text)


def _departure(hashed: bytes, received: bytes) -> str:
    """Two bodies around the first byte in which they differ."""
    at = next((at for at, (one, two) in enumerate(zip(hashed, received, strict=False)) if one != two), None)
    at = min(len(hashed), len(received)) if at is None else at
    return f"{_around(hashed, at)} in place of {_around(received, at)}"


def _around(body: bytes, at: int) -> str:
    start = max(0, at - BEFORE)
    text = body[start : at + AFTER].decode("utf-8", "replace")
    return f"{'…' if start else ''}{_escaped(text) or 'nothing'}{'…' if at + AFTER < len(body) else ''}"
