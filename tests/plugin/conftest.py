"""Runs small test files with the plugin, as a user would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

INI = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""

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
    """Run a test file, in this process unless `apart`; `send(inspector, path)` is there to send with."""
    for name in ("INSPECTOR_SEED", "INSPECTOR_AT"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini(INI)

    def start(source: str, *arguments: str, apart: bool = False) -> RunResult:
        pytester.makepyfile(test_it=HEAD + source)
        others = () if "randomly" in " ".join(arguments) else ("-p", "no:randomly")
        call = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return call("-p", "no:cacheprovider", *others, *arguments)

    return start
