"""Runs small test files with the plugin, as a user would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

# What a run in this process imports is forgotten after it, unless it was here before: imported once is enough.
import inspector.sender.recipe
import inspector.testing.inspector
import inspector.testing.publishing  # noqa: F401
from inspector.sender.people import fill_pools

fill_pools()

INI = """
[pytest]
filterwarnings = error
"""
ASYNCIO = "asyncio_default_fixture_loop_scope = function"

HEAD = """
import urllib.error, urllib.request
import pytest

def send(inspector, path="/hook", body=b"{}", **headers):
    request = urllib.request.Request(inspector.url + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
"""

RunResult = Any
Run = Callable[..., RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file with our plugin and the others named, in this process unless `apart`.

    `send(inspector, path)` is there to send with.
    """
    for name in ("INSPECTOR_SEED", "INSPECTOR_AT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what else is installed only takes its time

    def start(source: str, *arguments: str, plugins: Sequence[str] = (), apart: bool = False) -> RunResult:
        pytester.makepyfile(test_it=HEAD + source)
        pytester.makeini(INI + (ASYNCIO if "pytest_asyncio.plugin" in plugins else ""))
        call = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        loaded = [word for name in ("inspector", *plugins) for word in ("-p", name)]
        return call("-p", "no:cacheprovider", *loaded, *arguments)

    return start
