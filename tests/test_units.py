from __future__ import annotations

import pytest

from inspector.errors import ConfigError
from inspector.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512", 512),
        ("0", 0),
        ("10kB", 10_000),
        ("10 KB", 10_000),
        (" 1.5k ", 1500),
        ("256MiB", 268_435_456),
        ("1GiB", 1_073_741_824),
        ("2gb", 2_000_000_000),
    ],
)
def test_sizes_are_bytes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "kB", "-1", "10 parsecs", "10 s", "1,5k", "1e3", "0x10", "1.", "10kB!"])
def test_what_is_no_size_is_refused_with_examples(text):
    with pytest.raises(ConfigError, match=r"is not a size such as 512, 10kB or 256MiB\."):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        ("500ms", 0.5),
        ("90s", 90.0),
        ("5m", 300.0),
        ("5 min", 300.0),
        ("8h", 28_800.0),
        ("2d", 172_800.0),
        ("0.25H", 900.0),
    ],
)
def test_durations_are_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1s", "1h30m", "10kB", "soon", "inf", "nan"])
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(ConfigError, match="is not a duration such as 30, 500ms"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1234, "1.2 kB"),
        (45_678, "46 kB"),
        (1_500_000, "1.5 MB"),
        (7 * 10**9, "7.0 GB"),
        (7 * 10**12, "7000 GB"),
    ],
)
def test_sizes_are_written_short(size, text):
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (42.4, "42 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (-120, "2 min"),
        (3600, "1 h"),
        (11_520, "3 h 12 min"),
        (47 * 3600 + 60, "47 h 1 min"),
        (48 * 3600, "2 d"),
        (50 * 3600, "2 d 2 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert format_duration(seconds) == text
