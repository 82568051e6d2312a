"""What fails, when: the test itself, in its call phase, with what it needs to be understood."""

from __future__ import annotations

from typing import Any

import pytest

Run = Any


def test_an_unmet_expectation_fails_the_test_itself(run: Run) -> None:
    result = run("def test_x(inspector):\n    inspector.expect('event:updated', within=0)\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "Expected at least one request matching event:updated; none came.",
            "Arrived    nothing, at http://127.0.0.1:*",
            "*- webhooks of this test -*",
            "Received   at http://127.0.0.1:*",
            "           nothing",
            "FAILED test_it.py::test_x - Failed: Expected at least one request*",
        ]
    )


def test_an_expectation_may_be_met_while_it_is_settled(run: Run) -> None:
    run(
        """
import threading

def test_x(inspector):
    inspector.expect("path:/late", within=20)
    ended = threading.Event()
    threading.Thread(target=lambda: (ended.wait(0.05), send(inspector, "/late"))).start()
"""
    ).assert_outcomes(passed=1)


def test_a_failed_test_is_not_settled(run: Run) -> None:
    result = run("def test_x(inspector):\n    inspector.expect('event:updated', within=0)\n    assert 1 == 2\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])
    result.stdout.no_fnmatch_line("*none came*")


@pytest.mark.parametrize(("body", "outcome"), [("pytest.skip('later')", "skipped"), ("pytest.xfail('so')", "xfailed")])
def test_neither_is_one_that_stopped_itself(body: str, outcome: str, run: Run) -> None:
    run(f"def test_x(inspector):\n    inspector.expect('event:updated', within=0)\n    {body}\n").assert_outcomes(
        **{outcome: 1}
    )


def test_an_expected_failure_may_be_an_unmet_expectation(run: Run) -> None:
    run(
        "@pytest.mark.xfail(strict=True)\ndef test_x(inspector):\n    inspector.expect('event:updated', within=0)\n"
    ).assert_outcomes(xfailed=1)


def test_an_error_in_an_answer_fails_the_test(run: Run) -> None:
    result = run("def test_x(inspector):\n    inspector.answer_with(lambda r: r.nothing)\n    send(inspector)\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["A function given to answer_with raised AttributeError: *'nothing'*", "*test_it.py*in <lambda>*"]
    )


def test_strict_by_marker_fails_on_strangers(run: Run) -> None:
    result = run(
        """
@pytest.mark.inspector(strict=True)
class TestStrict:
    def test_stranger(self, inspector):
        send(inspector, "/stranger")

    @pytest.mark.inspector(strict=False)
    def test_relaxed(self, inspector):
        send(inspector, "/stranger")
"""
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["1 request arrived that this strict test neither waited for nor expected."])


def test_the_timeline_is_shown_only_on_failure(run: Run) -> None:
    result = run(
        """
def test_good(inspector):
    send(inspector, "/good")

def test_bad(inspector):
    send(inspector, "/bad")
    inspector.fire("created", to=inspector.url)
    assert False
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*POST  /bad  no event, 2 B  → 200*", "Fired      conversation.created  *→ 200 OK*"])
    result.stdout.no_fnmatch_line("*/good*")


def test_each_test_begins_empty(run: Run) -> None:
    run(
        """
@pytest.mark.parametrize("number", range(3))
def test_x(inspector, number):
    assert inspector.requests == []
    assert send(inspector) == 200
    inspector.answer_with(503)
"""
    ).assert_outcomes(passed=3)


def test_the_server_is_shared_and_named_in_the_header(run: Run) -> None:
    result = run(
        """
def test_a(inspector, inspector_server):
    assert inspector.url == inspector_server.url
    print("\\nat", inspector.url)
""",
        "-s",
    )
    header = next(line for line in result.outlines if line.startswith("inspector: "))
    address = header.removeprefix("inspector: ").removesuffix(", seed 0")
    assert f"at {address}" in result.outlines


def test_settings_can_be_overridden(run: Run) -> None:
    run(
        """
@pytest.fixture(scope="session")
def inspector_settings():
    return {"signing_keys": ["k"], "capacity": 2}

def test_x(inspector):
    for _ in range(3):
        inspector.fire("created", to=inspector.url + "/hook", signing_key="k")
    inspector.wait_for("signature:valid", count=2)
    assert len(inspector.requests) == 2
"""
    ).assert_outcomes(passed=1)


def test_a_wrong_marker_is_a_usage_error(run: Run) -> None:
    result = run("@pytest.mark.inspector(signingkey='k')\ndef test_x(inspector): ...\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.inspector does not take ?'signingkey'?*signing_key=None*"])


def test_markers_are_known(run: Run) -> None:
    run("@pytest.mark.inspector(seed=1)\ndef test_x(): ...\n", "--strict-markers").assert_outcomes(passed=1)


def test_unittest_cases_settle_too(run: Run) -> None:
    run(
        """
import unittest

class Case(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _take(self, inspector):
        self.inspector = inspector

    def test_good(self):
        self.inspector.expect("path:/hook")
        send(self.inspector)

    def test_bad(self):
        self.inspector.expect("path:/hook", within=0)
"""
    ).assert_outcomes(passed=1, failed=1)
