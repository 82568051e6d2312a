"""What a user reads of a run: short tracebacks, what was still awaited, where the dashboard is."""

from __future__ import annotations

from typing import Any

Run = Any


def test_a_wrong_call_is_shown_where_the_test_made_it(run: Run) -> None:
    result = run(
        """
def test_event(inspector):
    inspector.fire("conversation.updatd", to=inspector.url)

def test_path(inspector):
    inspector.fire("updated", to=inspector.url, set={"statsu": 1})

def test_answer(inspector):
    inspector.answer_with([99])

def test_search(inspector):
    inspector.wait_for("evnt:updated")
"""
    )
    result.assert_outcomes(failed=4)
    ours = [line for line in result.outlines if "inspector/" in line and "Error" in line]
    assert ours == []
    result.stdout.fnmatch_lines(["*There is no event 'conversation.updatd'. Did you mean conversation.updated?*"])


def test_a_failed_test_says_what_it_still_awaited(run: Run) -> None:
    result = run("def test_x(inspector):\n    inspector.expect('event:updated', count=2)\n    assert 1 == 2\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "Awaited    2 requests matching event:updated",
            "           which is only settled when a test reaches its end",
        ]
    )


def test_to_look_at_what_arrived_is_enough_for_a_strict_test(run: Run) -> None:
    result = run(
        """
@pytest.mark.inspector(strict=True)
def test_looked(inspector):
    send(inspector)
    assert len(inspector.requests) == 1

@pytest.mark.inspector(strict=True)
def test_never_looked(inspector):
    send(inspector)
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*1 request arrived that this strict test neither waited for nor expected.*"])


def test_requests_in_a_comparison_can_be_read(run: Run) -> None:
    result = run("def test_x(inspector):\n    send(inspector, '/hook?x=1')\n    assert inspector.requests == []\n")
    result.stdout.fnmatch_lines(["*<POST /hook[?]x=1 2 bytes, signature missing>*"])


def test_a_quiet_run_says_where_its_dashboard_is(run: Run) -> None:
    result = run("def test_x(inspector):\n    pass\n", "-q", "--inspector-ui")
    result.stdout.fnmatch_lines(["inspector: dashboard http://127.0.0.1:*"])


def test_a_setting_that_does_not_exist_is_named(run: Run) -> None:
    result = run(
        """
@pytest.fixture(scope="session")
def inspector_settings():
    return {"signing_key": "k"}

def test_x(inspector):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*There is no setting 'signing_key'. Did you mean 'signing_keys'?*"])
