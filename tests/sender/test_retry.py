from __future__ import annotations

import pytest

from inspector.errors import ConfigError
from inspector.sender.retry import RetryPolicy


def test_none_is_one_attempt_of_ten_seconds() -> None:
    assert RetryPolicy.none() == RetryPolicy(waits=(), timeout=10.0)
    assert RetryPolicy.none().attempts == 1


def test_bird_is_36_attempts_in_eight_hours() -> None:
    policy = RetryPolicy.bird()
    assert policy.attempts == 36
    assert policy.waits[:11] == (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1111)
    assert sum(policy.waits) == pytest.approx(8 * 3600, abs=2)


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("none", ()),
        ("bird", RetryPolicy.bird().waits),
        ("1s,5s,30s", (1, 5, 30)),
        ("3x2s", (2, 2, 2)),
        ("2x500ms, 1m", (0.5, 0.5, 60)),
        ("5", (5,)),
        ("1h", (3600,)),
    ],
)
def test_parse(text: str, waits: tuple[float, ...]) -> None:
    assert RetryPolicy.parse(text).waits == waits


@pytest.mark.parametrize("text", ["", "1s,", "bird,1s", "x2s", "3x", "-1s", "3*2s", "soon", "1s;2s"])
def test_what_is_no_policy_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match=r"none, bird, or waits such as 1s,5s,30s or 3x2s"):
        RetryPolicy.parse(text)


def test_more_than_a_thousand_attempts_are_refused() -> None:
    assert RetryPolicy.parse("999x1s").attempts == 1000
    with pytest.raises(ConfigError, match="asks for 1001 attempts; the most is 1000"):
        RetryPolicy.parse("1000x1s")
