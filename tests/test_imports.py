"""Importing the package, the command line or the wire brings in nothing heavy; the public names are there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import inspector

HEAVY = {"faker", "httpx2", "jinja2", "pydantic", "rich", "starlette", "uvicorn", "yaml"}
"""Each of these costs tens of milliseconds; they are imported where they are used."""


def imported_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter holds after a statement."""
    program = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


@pytest.mark.parametrize("module", ["inspector", "inspector.cli", "inspector.cli.group", "inspector.sender.wire"])
def test_importing_it_brings_in_nothing_heavy(module: str) -> None:
    assert not HEAVY & imported_by(f"import {module}")


def test_the_inspector_is_ready_before_the_models_are() -> None:
    """They cost a tenth of a second, and nobody has asked yet."""
    program = "import inspector.server; from inspector.app import create_app; create_app()"
    assert not {"faker", "pydantic", "rich", "yaml"} & imported_by(program)


def test_help_needs_not_even_click() -> None:
    help_program = "import sys; sys.argv = ['inspector', '--help']; from inspector.cli import main; main()"
    assert "click" not in imported_by(help_program)


@pytest.mark.parametrize("name", inspector.__all__)
def test_public_names_are_there(name: str) -> None:
    assert getattr(inspector, name) is not None
    assert name in dir(inspector)


def test_an_unknown_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Sendr'"):
        inspector.Sendr  # noqa: B018
