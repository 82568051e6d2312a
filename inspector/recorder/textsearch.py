"""Finds a text in raw bytes whatever its case and however JSON escapes it, without decoding what cannot hold it.

Case is ignored letter by letter. A text in ASCII is only found in ASCII letters, which is what lets thousands of
bodies be searched as bytes; any other text is compared in lower case after decoding. A body's JSON escapes are read
too: `Jürgen` is found in `"J\\u00fcrgen"`.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate

from inspector.recorder.request import decode

SHORT = 6
"""Bytes that are found faster by `re`."""

_IN_CODES = b"0123456789abcdeftz:.+-"
"""What ids, times and numbers are written in, in lower case."""

_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_ASCII = re.compile(rb"\\u00[0-7]")
_SHOWN_IN_BYTES = re.compile(r'[^"\\/\x00-\x1f\x7f-\U0010ffff]+')
_PLAIN_RUN = re.compile(r"[\x00-hjl-\x7f]+")
_ESCAPED_BACKSLASH, _ESCAPED_LETTER = rb"\\", rb"\u"
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NEED_ESCAPES = frozenset('"\\/\b\f\n\r\t')
_OTHER_CAPITALS = {"ω": "\u2126", "å": "\u212b", "ß": "ẞ", "θ": "\u03f4", "σ": "Σς"}
"""Letters that are lower-cased to another one without being its upper case."""
_DOT_ABOVE = "\u0307"
"""What the lower case of İ has beside its i."""


class Haystack:
    """Several texts laid end to end, so that one search goes through all of them."""

    def __init__(self, texts: Sequence[bytes], as_sent: Sequence[bytes | None] | None = None) -> None:
        self.lowered = b"\0".join(texts).lower()
        self._as_sent = texts if as_sent is None else as_sent
        """The texts, or None for those of strict JSON: its escapes, as `\\n`, are in lower case anyway."""
        self._ends = array("I", accumulate([len(text) + 1 for text in texts]))

    def __len__(self) -> int:
        return len(self._ends)

    @cached_property
    def has_escapes(self) -> bool:
        """Whether some may have escapes of JSON."""
        return b"\\" in self.lowered

    @cached_property
    def escapes_ascii(self) -> bool:
        """Whether some may have a letter of ASCII as an escape of JSON."""
        return escapes_ascii(self.lowered)

    def text(self, number: int) -> tuple[bytes, bytes]:
        """One of the texts, and in lower case; they count from 0."""
        lowered = self.lowered[self._ends[number - 1] if number else 0 : self._ends[number] - 1]
        as_sent = self._as_sent[number]
        return lowered if as_sent is None else as_sent, lowered

    def holding(self, mark: bytes) -> Iterator[int]:
        """The texts whose lower case holds some bytes."""
        find = _finder(mark)
        at = find(self.lowered, 0)
        while at >= 0:
            number = bisect_right(self._ends, at)
            end = self._ends[number]
            if at + len(mark) < end:
                yield number
                at = end - 1
            at = find(self.lowered, at + 1)


@lru_cache(256)
def _finder(mark: bytes) -> Callable[[bytes, int], int]:
    """Finds some bytes from a place on: what is short, `re` finds in half the time."""
    if not 1 < len(mark) <= SHORT:
        return lambda text, start: text.find(mark, start)
    search = re.compile(re.escape(mark)).search

    def find(text: bytes, start: int) -> int:
        found = search(text, start)
        return found.start() if found else -1

    return find


def is_shown_in_bytes(text: str) -> bool:
    """Whether a text stands in JSON as it is, but for letters that somebody escaped without need."""
    return _SHOWN_IN_BYTES.fullmatch(text) is not None


def escapes_ascii(raw: bytes) -> bool:
    """Whether JSON may have a letter of ASCII as an escape, such as `\\u0041`."""
    return b"\\" in raw and _ESCAPED_ASCII.search(raw) is not None


def is_code(lowered: bytes) -> bool:
    """Whether a text in lower case may be an id, a time or a number, or a part of one."""
    return not lowered.translate(None, _IN_CODES)


class Needle:
    """A text to look for."""

    __slots__ = ("_escaped", "_forms", "_is_ascii", "_may_be_escaped", "_run", "folded", "raw")

    def __init__(self, text: str) -> None:
        self.folded = _fold(text)
        self._is_ascii = self.folded.isascii()  # which the Kelvin sign is in lower case
        self.raw = self.folded.encode("utf-8", "surrogatepass")
        self._escaped = json.dumps(self.folded)[1:-1].encode()
        self._may_be_escaped = not _NEED_ESCAPES.isdisjoint(text)
        self._forms = [_forms(letter) for letter in dict.fromkeys(self.folded) if not letter.isascii()]
        self._run = _longest_run(self.folded)

    def equals(self, value: str) -> bool:
        """Whether a value is this text."""
        if self._is_ascii:
            return value.isascii() and value.lower() == self.folded
        return _fold(value) == self.folded

    def is_in(self, value: str) -> bool:
        """Whether a value holds this text."""
        if value.isascii():
            return self.folded in value.lower()
        if self._is_ascii:
            return self.raw in value.encode("utf-8", "surrogatepass").lower()
        return self.folded in _fold(value)

    def is_in_bytes(self, raw: bytes, lowered: bytes) -> bool:
        """Whether raw bytes hold this text; `lowered` is `raw.lower()`."""
        if self._is_ascii:
            return self.raw in lowered
        if lowered.isascii():
            return False
        return self.raw in lowered or (self._may_hold(lowered) and self.folded in _fold(decode(raw)))

    def is_in_body(self, body: bytes, lowered: bytes) -> bool:
        """The same for a body, whose JSON escapes are read too."""
        if self.is_in_bytes(body, lowered):
            return True
        if b"\\" not in body or not self._may_hold_escaped(body, lowered):
            return False
        if self._escaped in lowered and _ESCAPED_BACKSLASH not in body and _ESCAPED_LETTER not in body:
            return True
        return self.is_in(unescape(decode(body)))

    def found_in(self, texts: Haystack, *, escaped: bool) -> list[bool]:
        """Which of several texts hold this text; `escaped`: they are bodies, whose JSON escapes are read too."""
        found = [False] * len(texts)
        if self._is_ascii:
            for number in texts.holding(self.raw):
                found[number] = True
        for mark in self._doubtful(texts, escaped):
            for number in texts.holding(mark):
                if not found[number]:
                    is_in = self.is_in_body if escaped else self.is_in_bytes
                    found[number] = is_in(*texts.text(number))
        return found

    def _doubtful(self, texts: Haystack, escaped: bool) -> Sequence[bytes]:
        """What those texts hold that may hold it in other bytes than those looked for first."""
        marks = () if self._is_ascii else (self._run,) if self._run else self._forms[0]
        if escaped and (texts.has_escapes if self._may_be_escaped else texts.escapes_ascii):
            return (*marks, b"\\")
        return marks

    # Decoding and folding costs ten times what these searches do. None of them rejects what holds the text.

    def _may_hold_escaped(self, body: bytes, lowered: bytes) -> bool:
        if not self._may_hold_letters(lowered):
            return False
        if self._may_be_escaped or escapes_ascii(body):
            return True
        return not self._is_ascii and self._run in lowered

    def _may_hold(self, lowered: bytes) -> bool:
        return self._run in lowered and self._may_hold_letters(lowered)

    def _may_hold_letters(self, lowered: bytes) -> bool:
        return all(any(form in lowered for form in forms) for forms in self._forms)


def unescape(text: str) -> str:
    """A text with the escapes of JSON strings read, surrogate pairs joined."""
    text = _ESCAPE.sub(_unescape_one, text)
    if _SURROGATE.search(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _unescape_one(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _SHORT_ESCAPES.get(match[2], match[2])


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    return text.replace("Σ", "σ").replace("ς", "σ").lower()


def _forms(letter: str) -> tuple[bytes, ...]:
    """The bytes in which a folded letter may stand: each case in UTF-8 and Latin-1, and escaped in lower case."""
    candidates = letter + letter.upper() + letter.title() + _OTHER_CAPITALS.get(letter, "")
    letters = [spelled for spelled in dict.fromkeys(candidates) if _fold(spelled) == letter]
    if letter == _DOT_ABOVE:
        letters.append("İ")
    return tuple(dict.fromkeys(form.lower() for spelled in letters for form in _encodings(spelled)))


def _encodings(letter: str) -> list[bytes]:
    utf16 = letter.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(f"\\u{utf16[start : start + 4]}" for start in range(0, len(utf16), 4))
    latin = [letter.encode("latin-1")] if ord(letter) < 256 else []
    return [letter.encode("utf-8", "surrogatepass"), escaped.encode(), *latin]


def _longest_run(folded: str) -> bytes:
    # Not k and i: they also come from letters outside ASCII, the Kelvin sign and İ.
    return max(_PLAIN_RUN.findall(folded), key=len, default="").encode()
