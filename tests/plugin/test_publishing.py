"""The journal that a run leaves, and the dashboard that shows it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Run = Any

SOURCE = """
def test_one(inspector):
    inspector.fire("created", to=inspector.url + "/hook", headers={"authorization": "secret"})

def test_two(inspector):
    inspector.answer_with(503)
    send(inspector, "/two?token=secret", b"\\xff\\xfe")
"""


def test_the_journal_holds_what_each_test_received(run: Run, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    run(SOURCE, f"--inspector-journal={journal}").assert_outcomes(passed=2)
    one, two = (json.loads(line) for line in journal.read_text().splitlines())
    assert (one["test"], one["event"]["name"]) == ("test_it.py::test_one", "conversation.created")
    assert (two["test"], two["answer"]["status"], two["body"]["base64"]) == ("test_it.py::test_two", 503, "//4=")
    assert "secret" not in journal.read_text()


def test_a_journal_that_cannot_be_written_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run(SOURCE, f"--inspector-journal={tmp_path}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --inspector-journal *: Is a directory. Name a file that can be written."])


def test_the_dashboard_shows_the_run_by_test(run: Run) -> None:
    result = run(
        SOURCE
        + """
import json

def test_three(inspector, pytestconfig):
    url = pytestconfig.pluginmanager.get_plugin("inspector-publisher").url
    with urllib.request.urlopen(url + "/-/api/requests?q=test:~test_two", timeout=10) as answer:
        (shown,) = json.load(answer)["requests"]
    assert (shown["path"], shown["answer"]["status"], shown["signature"]["verdict"]) == ("/two", 503, "missing")
""",
        "--inspector-ui",
    )
    result.assert_outcomes(passed=3)
    result.stdout.re_match_lines([r"inspector: http://127\.0\.0\.1:\d+, seed 0, dashboard http://127\.0\.0\.1:\d+"])


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """A run that is held would hold this one too, should something be wrong with it."""
    try:
        yield
    finally:
        process.kill()


def test_the_dashboard_can_be_held_after_a_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="def test_x(inspector):\n    inspector.fire('created', to=inspector.url)\n    assert 0\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "inspector", "--inspector-ui-hold"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1"}
    with (
        subprocess.Popen(command, cwd=pytester.path, env=environment, stdout=subprocess.PIPE, text=True) as process,
        ended(process),
    ):
        assert process.stdout is not None
        line = next(line for line in process.stdout if "stays open" in line)
        url = re.search(r"http://[\d.:]+", line)
        assert url is not None
        with urllib.request.urlopen(f"{url[0]}/-/api/requests", timeout=10) as answer:
            assert json.load(answer)["total"] == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == pytest.ExitCode.TESTS_FAILED


def test_it_is_not_held_after_success(run: Run) -> None:
    run("def test_x(inspector): ...\n", "--inspector-ui-hold").assert_outcomes(passed=1)
