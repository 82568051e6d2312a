"""Bytes as hexadecimal beside the characters that can be shown."""

from __future__ import annotations

WIDTH = 16
LONGEST = 4096
"""Bytes that are shown."""


def hexdump(content: bytes) -> str:
    """Lines of 16 bytes: offset, hexadecimal in two groups, ASCII with dots for the rest."""
    return "\n".join(
        _line(start, content[start : start + WIDTH]) for start in range(0, min(len(content), LONGEST), WIDTH)
    )


def _line(offset: int, row: bytes) -> str:
    left, right = row[: WIDTH // 2].hex(" "), row[WIDTH // 2 :].hex(" ")
    ascii_text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return f"{offset:08x}  {left:<23}  {right:<23}  {ascii_text}"
