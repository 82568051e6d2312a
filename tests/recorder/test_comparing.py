"""What is compared, and that the date tells what it can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder.comparing import COMPARE, Comparison, number_in, time_in


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5.5", 5.5),
        ("-3", -3),
        ("1e2", 100.0),
        ("007", 7),
        ("9007199254740993", 9007199254740993),
        ("\u00b2", None),
        ("\u0665", None),
        ("abc", None),
        ("2024-11-27", None),
    ],
)
def test_what_is_a_number(value: str, expected: float | None) -> None:
    assert number_in(value) == expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01t00:00:01z", 1.0),
        ("1970-01-01 00:00:01Z", 1.0),
        ("1970-01-01\t00:00:01Z", None),
        ("1970-01-01é00:00:01Z", None),
        ("1970-01-01T01:00:01+01:00", 1.0),
        ("1970-01-02", 86400.0),
        ("1970-01-01T00:01", 60.0),
        ("2024-99-99", None),
        ("2024-W05-2", None),
        ("20241127T193353Z", None),
        ("2024-11-27 or so", None),
    ],
)
def test_what_is_a_time(value: str, seconds: float | None) -> None:
    time = time_in(value)
    assert (None if time is None else time.timestamp()) == seconds


ZONES = st.sampled_from(["", "Z", "+14:00", "-12:00", "+23:59", "-23:59"])
TIMES = st.builds("{:%Y-%m-%dT%H:%M:%S}{}".format, st.datetimes(), ZONES) | st.dates().map(str)
NEAR = st.builds(
    "2024-{:02}-{:02}T{:02}:00:00{}".format, st.just(2) | st.just(3), st.integers(1, 31), st.integers(0, 23), ZONES
)
SIGNS = st.sampled_from([*COMPARE])


@given(st.lists(NEAR | TIMES, max_size=4), SIGNS, NEAR | TIMES)
def test_what_dates_tell_is_so(times: list[str], sign: str, limit: str) -> None:
    if time_in(limit) is None:
        limit = "2024-02-29"
    comparison = Comparison(sign, limit)
    assert comparison.is_met_by_any([time.encode() for time in times]) is any(map(comparison, times))


@pytest.mark.parametrize(
    ("sign", "limit", "value", "expected"),
    [
        (">", "5", "6", True),
        (">", "5", "5", False),
        (">=", "5", "5", True),
        ("<", "5", "2024-11-27", False),
        ("<", "2024-11-27", "5", False),
        (">", "2024-11-27T19:33:53.5Z", "2024-11-27T19:33:53.55Z", True),
        (">", "2024-11-27T19:33:53.5Z", "2024-11-27T20:33:53.5+01:00", False),
        (">", "9007199254740992", "9007199254740993", True),
        ("<", "0001-01-01T00:00:00+10:00", "0001-01-01T00:00:00+11:00", True),
        (">", "9999-12-31T23:00:00-10:00", "9999-12-31T23:00:00-11:00", True),
    ],
)
def test_only_like_is_compared_with_like(sign: str, limit: str, value: str, expected: bool) -> None:
    assert Comparison(sign, limit)(value) is expected


def test_a_limit_is_a_number_or_a_time() -> None:
    with pytest.raises(ValueError, match="soon"):
        Comparison(">", "soon")
