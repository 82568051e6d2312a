"""Sizes and durations as people write them: `10kB`, `256MiB`, `90s`, `8h`.

One reader for options, environment variables and the search grammar, so that a unit means the same everywhere.
"""

from __future__ import annotations

import math
import re

from inspector.errors import ConfigError

_NUMBER_AND_UNIT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)\s*", re.IGNORECASE)
_SIZES = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3,
    "kib": 1024, "mib": 1024**2, "gib": 1024**3,
}  # fmt: skip
_DURATIONS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_size(text: str) -> int:
    """`"10kB"` → 10000, `"256MiB"` → 268435456, a bare number is bytes. Raises ConfigError."""
    return int(_parse(text, _SIZES, "a size such as 512, 10kB or 256MiB"))


def parse_duration(text: str) -> float:
    """`"90s"` → 90.0, `"8h"` → 28800.0, a bare number is seconds. Raises ConfigError."""
    return float(_parse(text, _DURATIONS, "a duration such as 30, 500ms, 90s, 5m, 8h or 2d"))


def _parse(text: str, units: dict[str, int] | dict[str, float], expected: str) -> float:
    match = _NUMBER_AND_UNIT.fullmatch(text)
    factor = units.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise ConfigError(f"{text!r} is not {expected}.")
    return float(match[1]) * factor


def format_size(size: int) -> str:
    """1234 → `"1.2 kB"`; the shortest form a person reads at a glance."""
    if size < 1000:
        return f"{size} B"
    exponent = min(int(math.log10(size)) // 3, 3)
    value, unit = size / 1000**exponent, ("B", "kB", "MB", "GB")[exponent]
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def format_duration(seconds: float) -> str:
    """11520 → `"3 h 12 min"`; two units at most."""
    seconds = abs(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
