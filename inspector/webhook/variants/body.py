"""How a body changes between the socket and the digest: each function yields what a mistaken receiver would hash.

Every function takes the body as received and the clues around it, and yields pairs of wrong bytes and words for them,
likeliest first. What does not apply (JSON writers on a body that is not JSON) yields nothing.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from inspector.webhook.variants.json_writers import COMMON_WRITERS, RARE_WRITERS, JsonDocument, JsonWriter

if TYPE_CHECKING:
    from inspector.webhook.mistakes import Clues

Variants = Iterator[tuple[bytes, str]]
"""Pairs of wrong bytes and words for them."""

MAX_REMEMBERED = 64 * 1024
"""Bytes of a body whose parsed form is kept for the next question about it; longer ones only quick writers write."""
MAX_PARSED = 512 * 1024
"""Bytes of a body above which no JSON writer is tried."""
JSON_WORK, QUICK_WORK = 256 * 1024, 1024**2
"""Bytes that JSON writers, and quick ones alone, may write of one body; of a longer one fewer are tried."""
PAYLOAD_WRITERS = COMMON_WRITERS[:6]

_LONE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


class Recoding(NamedTuple):
    """Bytes read in one charset and written in another, with the handling of what does not fit."""

    words: str
    read: str
    written: str
    on_read: str = "strict"
    on_write: str = "strict"

    def apply(self, body: bytes) -> bytes:
        """Raises UnicodeError where a strict side does not fit."""
        return body.decode(self.read, self.on_read).encode(self.written, self.on_write)


_RECODINGS = (
    Recoding("read as Latin-1 and written as UTF-8", "latin-1", "utf-8"),
    Recoding("read as Windows-1252 and written as UTF-8", "cp1252", "utf-8", on_read="replace"),
    Recoding("written as Latin-1", "utf-8", "latin-1", on_write="replace"),
    Recoding("written as Windows-1252", "utf-8", "cp1252", on_write="replace"),
    Recoding("written as ASCII, with ? for other letters", "utf-8", "ascii", on_write="replace"),
    Recoding("written as ASCII, without other letters", "utf-8", "ascii", on_write="ignore"),
    Recoding("read as ASCII, with U+FFFD for other bytes", "ascii", "utf-8", on_read="replace"),
    Recoding("read as UTF-8, with U+FFFD for broken letters", "utf-8", "utf-8", on_read="replace"),
)
_RARE_RECODINGS = (
    Recoding("read as Windows-1252 and written as UTF-8", "cp1252", "utf-8", on_read="ignore"),
    Recoding("read as UTF-8, without broken letters", "utf-8", "utf-8", on_read="ignore"),
    Recoding("written as Latin-1, without other letters", "utf-8", "latin-1", on_write="ignore"),
    Recoding("written as Windows-1252, without other letters", "utf-8", "cp1252", on_write="ignore"),
    Recoding("written as ASCII with backslash escapes", "utf-8", "ascii", on_write="backslashreplace"),
    Recoding("written as ASCII with XML references", "utf-8", "ascii", on_write="xmlcharrefreplace"),
    Recoding("written as Latin-1 with XML references", "utf-8", "latin-1", on_write="xmlcharrefreplace"),
    Recoding("read as ISO-8859-15 and written as UTF-8", "iso-8859-15", "utf-8"),
    Recoding("written as ISO-8859-15", "utf-8", "iso-8859-15", on_write="replace"),
    Recoding("read as Mac Roman and written as UTF-8", "mac-roman", "utf-8"),
    Recoding("read as code page 437 and written as UTF-8", "cp437", "utf-8"),
    Recoding("written as UTF-16", "utf-8", "utf-16-le"),
    Recoding("written as UTF-16, big-endian", "utf-8", "utf-16-be"),
    Recoding("written as UTF-16 with a byte-order mark", "utf-8", "utf-16"),
)
_UNPARSED = (b"{}", b"[]", b"null", b'""', b"undefined", b"None", b"{}\n")
_OBJECT_AS_TEXT = (b"[object Object]", b"Array", b"[object Undefined]")


def reserialised(body: bytes, clues: Clues) -> Variants:
    """Parsed, and written again by the JSON writers that are seen most."""
    return _written_again(body, COMMON_WRITERS)


def rarely_reserialised(body: bytes, clues: Clues) -> Variants:
    """Written again with less usual options, or as the text of a parsed object."""
    yield from _written_again(body, RARE_WRITERS)
    document = _parse(body)
    if document is not None:
        yield from ((text, f"as the text {text.decode()!r}") for text in _OBJECT_AS_TEXT)
    if document is not None and len(body) <= MAX_REMEMBERED:
        yield str(document.plain).encode(), "as Python's str() writes the parsed object"
        yield from _payload_alone(document)
        yield from _as_json_text(body)


def charset(body: bytes, clues: Clues) -> Variants:
    """Read or written in another charset than UTF-8; those tried here all have ASCII in them."""
    if not body.isascii():
        yield from _recoded(body, _RECODINGS)
        yield body.decode("utf-8", "replace").encode("utf-16-le")[::2], "written as Latin-1 by Node's 'binary'"


def rare_charset(body: bytes, clues: Clues) -> Variants:
    """Charsets and ways to handle misfits that are seen less."""
    yield from _recoded(body, _RARE_RECODINGS)
    yield body.translate(_SEVEN_BITS), "read as 7-bit ASCII, as Node's 'ascii' does"
    yield body.decode("latin-1").translate(_WINDOWS_1252).encode(), "read as Windows-1252 and written as UTF-8"


def newline(body: bytes, clues: Clues) -> Variants:
    """The final newline added or removed, CRLF in place of LF or the reverse."""
    if body.endswith((b"\n", b"\r")):
        yield body.rstrip(b"\r\n"), "without its final newline"
    yield body + b"\n", "with a newline at its end"
    yield body + b"\r\n", "with CRLF at its end"
    if b"\n" in body:
        yield body.replace(b"\r\n", b"\n"), "with LF in place of CRLF"
        yield _LONE_LINE_FEED.sub(b"\r\n", body), "with CRLF in place of LF"


def rare_newline(body: bytes, clues: Clues) -> Variants:
    """Lines joined, blanks trimmed, and both changes of newlines at once."""
    yield body.removesuffix(b"\n"), "without its last byte, a newline"
    yield body.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), "with LF in place of CR"
    yield body.replace(b"\r", b"").replace(b"\n", b""), "with its lines joined"
    yield body.replace(b"\r\n", b" ").replace(b"\n", b" "), "with blanks in place of newlines"
    yield body.strip(), "without the blanks around it"
    yield body.rstrip(), "without the blanks at its end"
    for end in (b"", b"\n", b"\r\n"):
        bare = body.rstrip(b"\r\n")
        yield bare.replace(b"\r\n", b"\n") + end, "with LF in place of CRLF and another end"
        yield _LONE_LINE_FEED.sub(b"\r\n", bare) + end, "with CRLF in place of LF and another end"


def byte_order_mark(body: bytes, clues: Clues) -> Variants:
    """A UTF-8 byte-order mark removed or put before it."""
    if body.startswith(BOM_UTF8):
        yield body.removeprefix(BOM_UTF8), "without its byte-order mark"
    else:
        yield BOM_UTF8 + body, "with a byte-order mark before it"


def empty(body: bytes, clues: Clues) -> Variants:
    """Nothing: the stream was read before."""
    yield b"", "no bytes at all"


def unparsed(body: bytes, clues: Clues) -> Variants:
    """What a framework hands on when it did not parse the body."""
    for text in _UNPARSED:
        yield text, f"the text {text.decode()!r}"


def is_reserialised_in_part(body: bytes) -> bool:
    """Whether a body is too long to be written again by all writers."""
    return len(body) > MAX_REMEMBERED or len(_affordable(body, RARE_WRITERS)) < len(RARE_WRITERS)


def _written_again(body: bytes, writers: Sequence[JsonWriter]) -> Variants:
    document = _parse(body)
    unmarked = body.removeprefix(BOM_UTF8)
    if document is None:
        return
    for writer in _affordable(body, writers):
        written = _write(writer, document)
        # Where it only lacks a byte-order mark, or has the writer's newline, that is what matters.
        if written is not None and written not in (unmarked, unmarked + writer.end.encode()):
            yield written, f"as {writer.words} writes it"


def _affordable(body: bytes, writers: Sequence[JsonWriter]) -> Sequence[JsonWriter]:
    size = len(body) + 1
    if size <= MAX_REMEMBERED:
        return writers[: 1 + JSON_WORK // size]
    return [writer for writer in writers if writer.is_quick][: 1 + QUICK_WORK // size]


def _write(writer: JsonWriter, document: JsonDocument) -> bytes | None:
    try:
        return writer.write(document)
    except (ValueError, RecursionError):
        return None  # a lone surrogate that has no UTF-8, or nesting without end


def _payload_alone(document: JsonDocument) -> Variants:
    payload = document.payload()
    for writer in PAYLOAD_WRITERS:
        written = None if payload is None else _write(writer, payload)
        if written is not None:
            yield written, f"as {writer.words} writes its payload alone"


def _as_json_text(body: bytes) -> Variants:
    text = body.decode()
    for ascii_only in (False, True):
        yield json.dumps(text, ensure_ascii=ascii_only).encode(), "as one JSON string, its quotes escaped"


def _parse(body: bytes) -> JsonDocument | None:
    if len(body) > MAX_PARSED:
        return None
    return _remembered(body) if len(body) <= MAX_REMEMBERED else _document(body)


def _document(body: bytes) -> JsonDocument | None:
    try:
        return JsonDocument(body)
    except (ValueError, RecursionError):
        return None


_remembered = lru_cache(maxsize=1)(_document)


def _recoded(body: bytes, recodings: Iterable[Recoding]) -> Variants:
    for recoding in recodings:
        try:
            yield recoding.apply(body), recoding.words
        except UnicodeError:
            continue


def _windows_1252_of_browsers() -> dict[int, str]:
    # The five bytes that Python's codec leaves undefined are C1 controls to a browser.
    return {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}


_WINDOWS_1252 = _windows_1252_of_browsers()
