"""Where the seed comes from, and that it decides on every byte."""

from __future__ import annotations

from typing import Any

import pytest

Run = Any

SOURCE = """
from hashlib import sha256

def test_bytes(inspector):
    fired = inspector.fire("created", to=inspector.url + "/hook", url="https://app.example/hook", signing_key="k")
    again = inspector.fire_many("lifecycle", to=inspector.url)
    headers = [pair for pair in fired.headers if pair[0] != "host"]
    print("\\ndigest", sha256(repr((headers, [one.body for one in (fired, *again)])).encode()).hexdigest())
"""
AT = "--inspector-at=2024-11-27T19:33:53.504Z"


def digest(result: Any) -> str:
    return next(line for line in result.outlines if line.startswith("digest"))


def test_equal_seeds_make_equal_bytes_in_any_process(run: Run) -> None:
    first = run(SOURCE, "-s", AT, apart=True)
    second = run(SOURCE, "-s", AT)
    third = run(SOURCE, "-s", AT, "--inspector-seed=1")
    assert digest(first) == digest(second) != digest(third)
    third.stdout.fnmatch_lines(["inspector: http://127.0.0.1:*, seed 1"])


def test_the_environment_names_both(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    by_option = run(SOURCE, "-s", AT, "--inspector-seed=1")
    monkeypatch.setenv("INSPECTOR_SEED", "1")
    monkeypatch.setenv("INSPECTOR_AT", "2024-11-27T19:33:53.504Z")
    by_environment = run(SOURCE, "-s")
    assert digest(by_environment) == digest(by_option)


def test_every_test_has_a_seed_of_its_own(run: Run) -> None:
    run(
        """
ids = []

@pytest.mark.parametrize("number", [1, 2])
def test_x(inspector, number):
    ids.append(inspector.fire("created", to=inspector.url).request_id)
    assert len(set(ids)) == number
"""
    ).assert_outcomes(passed=2)


def test_pytest_randomly_gives_the_seed(run: Run) -> None:
    first, second, third = (
        run(SOURCE, "-s", AT, f"--randomly-seed={seed}", plugins=["randomly"]) for seed in (5, 5, 6)
    )
    assert digest(first) == digest(second) != digest(third)


def test_unless_one_is_given(run: Run) -> None:
    plain = run(SOURCE, "-s", AT, "--inspector-seed=1")
    with_randomly = run(SOURCE, "-s", AT, "--inspector-seed=1", "--randomly-seed=5", plugins=["randomly"])
    assert digest(plain) == digest(with_randomly)
