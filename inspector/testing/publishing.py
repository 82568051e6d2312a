"""What a run shows and leaves: a dashboard while it goes on, and a journal.

Tests run in one process or in many: what each received travels with its report to the process that leads, test by test,
and is shown and written there alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from inspector.errors import ConfigError
from inspector.server import InspectorServer
from inspector.settings import Settings
from inspector.testing.carrying import restored


class Publisher:
    """A plugin of the leading process. `journal` names a file; `hold` keeps the dashboard after a failure."""

    def __init__(self, journal: str | None, *, dashboard: bool, hold: bool) -> None:
        self.url = ""
        self._hold = hold
        self._open = ExitStack()
        self._journal = _open_journal(journal, self._open)
        self._dashboard = _start_dashboard(self._open) if dashboard else None
        if self._dashboard is not None:
            self.url = self._dashboard.url

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say where the dashboard is when there is no header that does."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if self.url and reporter is not None and session.config.get_verbosity() < 0:
            reporter.write_line(f"inspector: dashboard {self.url}")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take in what a test received."""
        requests = getattr(report, "inspector", {}).get("requests", ())
        for line in requests:
            if self._journal is not None:
                self._journal.write(line)
            if self._dashboard is not None:
                self._dashboard.app.log.append(restored(line))
        if requests and self._journal is not None:
            self._journal.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """Hold on after a failure, until Ctrl-C."""
        if not (self._hold and exitstatus):
            return
        terminalreporter.write_line(f"The dashboard of this run stays open at {self.url} until Ctrl-C.")
        try:
            Event().wait()
        except KeyboardInterrupt:
            terminalreporter.write_line("")

    def pytest_unconfigure(self) -> None:
        """Close all."""
        self._open.close()


def _open_journal(name: str | None, stack: ExitStack) -> Any:
    if name is None:
        return None
    try:
        return stack.enter_context(Path(name).open("w", encoding="utf-8"))
    except OSError as error:
        raise pytest.UsageError(
            f"--inspector-journal {name}: {error.strerror}. Name a file that can be written."
        ) from None


def _start_dashboard(stack: ExitStack) -> InspectorServer:
    """At the usual port where that is free, else at any."""
    try:
        return stack.enter_context(InspectorServer(Settings()))
    except ConfigError:
        return stack.enter_context(InspectorServer(Settings(port=0)))
