"""The pytest plugin: fixtures, options, marker, and hooks that do no more than hand over.

Loading it imports nothing of ours beside this file: who does not use it must not notice it. What it does when it is used
stands in `inspector.testing`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from inspector.server import InspectorServer
    from inspector.settings import Settings
    from inspector.testing.attack import Attack
    from inspector.testing.inspector import Inspector
    from inspector.testing.session import TestSession

SEED_VARIABLE, START_VARIABLE = "INSPECTOR_SEED", "INSPECTOR_AT"
DEFAULT_SEED = "0"
MARKER = (
    "inspector(signing_key=None, seed=None, at=None, strict=False): how the inspector fixture signs and checks, what its "
    "events are made from, when they happen, and whether an unexpected request fails the test"
)

SESSION = pytest.StashKey["TestSession"]()
VIEW = pytest.StashKey["Inspector"]()
RECORDED = pytest.StashKey["dict[str, Any]"]()
"""What a test leaves for the journal and the dashboard, to travel with its report."""

_random_seed: int | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("inspector", "webhooks of the Conversations API")
    group.addoption(
        "--inspector-seed", metavar="SEED", help=f"what events are made from (default: ${SEED_VARIABLE}, else {DEFAULT_SEED})"
    )
    group.addoption(
        "--inspector-at", metavar="TIME", help=f"when events happen, in RFC 3339 (default: ${START_VARIABLE}, else now)"
    )
    group.addoption(
        "--inspector-ui", action="store_true", help="show the webhooks of the run in the dashboard while it goes on"
    )
    group.addoption(
        "--inspector-ui-hold", action="store_true", help="the same, and keep the dashboard open after a failed run"
    )
    group.addoption(
        "--inspector-journal", metavar="FILE", help="write what was recorded to FILE, as JSON Lines with the test's name"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; open what was asked for."""
    config.addinivalue_line("markers", MARKER)
    option = config.option
    if option.inspector_ui or option.inspector_ui_hold or option.inspector_journal:
        _session(config).open(is_worker=hasattr(config, "workerinput"))


def pytest_report_header(config: pytest.Config) -> str:
    """Address and seed."""
    parallel = getattr(config.option, "numprocesses", None) or getattr(config.option, "tx", None)
    address = "one address for each worker" if parallel else f"http://127.0.0.1:{_session_port(config)}"
    session = config.stash.get(SESSION, None)
    dashboard = f", dashboard {session.dashboard_url}" if session and session.dashboard_url else ""
    return f"inspector: {address}, seed {_seed(config)}{dashboard}"
