"""Shell words: text and bytes written so that a POSIX shell reads back exactly them."""

from __future__ import annotations

import base64
import re

INLINE_LIMIT = 100_000
"""Bytes of a body that still stand in the command itself: one argument may not be longer than 128 KiB on Linux."""

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_UNPRINTABLE = re.compile(r"[^\n\x20-\x7e\xa0-\U0010ffff]|[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def quote(text: str) -> str:
    """One word. Control characters are written as `$'…'`, which dash does not know but every interactive shell does.

    They would otherwise act on the terminal that the command is pasted into.
    """
    if _BARE.fullmatch(text):
        return text
    if is_plain(text) and "\n" not in text:
        return single_quoted(text)
    return "$'" + "".join(_escape(byte) for byte in text.encode("utf-8", "surrogateescape")) + "'"


def single_quoted(text: str) -> str:
    """The text between single quotes, in which only a single quote itself is special."""
    return "'" + text.replace("'", "'\\''") + "'"


def is_plain(text: str) -> bool:
    """Whether a text can be pasted into a terminal as it is: printable characters and newlines."""
    return _UNPRINTABLE.search(text) is None


def inline(body: bytes) -> str | None:
    """A body as text that may stand between single quotes, or None where it has to come through a pipe."""
    if len(body) > INLINE_LIMIT:
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if is_plain(text) else None


def base64_pipe(body: bytes) -> tuple[str, str]:
    """What to put before and after a command so that it reads the bytes from its standard input."""
    lines = base64.encodebytes(body).decode("ascii")
    return "base64 -d <<'END' | ", f"\n{lines}END"


def _escape(byte: int) -> str:
    character = chr(byte)
    if character in "'\\":
        return "\\" + character
    return character if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
