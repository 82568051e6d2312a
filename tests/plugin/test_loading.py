"""Who does not use the plugin does not notice it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

Run = Any


def test_loading_it_imports_nothing_else_of_ours() -> None:
    program = "import inspector.pytest_plugin, sys; print(*(name for name in sys.modules if name[:9] == 'inspector'))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["inspector", "inspector.pytest_plugin"]


def test_a_run_without_the_fixture_imports_nothing_either(run: Run) -> None:
    run(
        """
import sys

def test_x():
    assert {name for name in sys.modules if name.startswith("inspector.")} == {"inspector.pytest_plugin"}
""",
        apart=True,
    ).assert_outcomes(passed=1)


def test_our_modules_are_not_rewritten(run: Run) -> None:
    run(
        """
def test_x(inspector):
    import inspector.testing.engine
    assert "rewrite" not in type(inspector.testing.engine.__loader__).__module__
""".replace("(inspector)", "(inspector_server)"),
        apart=True,
    ).assert_outcomes(passed=1)
