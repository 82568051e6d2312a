"""The pytest fixture: what loading it costs those who do not use it, and what using it costs those who do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from benchmarks.harness import Row, Series, interleave

LOAD_ROUNDS, ROUNDS = 7, 5
WAITS = 100
POLLING = 0.05

OURS, HTTPSERVER, LOCALSERVER = "inspector", "pytest-httpserver", "pytest-localserver"
TESTS = {"": 200, OURS: 200, HTTPSERVER: 200, LOCALSERVER: 8}
"""Tests in a suite; the last takes half a second for each."""
PLUGINS = {
    "": "",
    OURS: "inspector.pytest_plugin",
    HTTPSERVER: "pytest_httpserver.pytest_plugin",
    LOCALSERVER: "pytest_localserver.plugin",
}
"""What each run loads, and nothing else."""

FIXTURES = {OURS: "inspector", HTTPSERVER: "httpserver", LOCALSERVER: "httpserver"}

EMPTY = "def test_nothing(): pass\n"
SUITE = """
import time
import pytest

def test_first(request):
    started = time.process_time()
    FIXTURE and request.getfixturevalue(FIXTURE)
    print("\\nfirst", (time.process_time() - started) * 1000)

@pytest.mark.parametrize("number", range(TESTS))
def test_each(number, request):
    FIXTURE and request.getfixturevalue(FIXTURE)
"""
TIMES = """
import time
import pytest

took = []

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    started = time.perf_counter()
    result = yield
    took.append((time.perf_counter() - started) * 1000)
    return result

def pytest_unconfigure():
    print("each", sorted(took[1:-1])[len(took) // 2])  # the last one also stops the server
"""


def rows() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        loads = interleave("load", {name: _loader(Path(folder), name) for name in PLUGINS}, LOAD_ROUNDS)
        suites = interleave("suite", {name: _suite(Path(folder), name) for name in PLUGINS}, ROUNDS)
    load = {name: [ours - bare for ours, bare in zip(loads[name], loads[""], strict=True)] for name in FIXTURES}
    first = {name: [run["first"] for run in suites[name]] for name in FIXTURES}
    each = {
        name: [run["each"] - bare["each"] for run, bare in zip(suites[name], suites[""], strict=True)]
        for name in FIXTURES
    }
    restart = interleave(
        "start and stop", {OURS: _restart, HTTPSERVER: _restart_httpserver, LOCALSERVER: _restart_localserver}, ROUNDS
    )
    lag = interleave("wait", {OURS: _lag, "polling every 50 ms": _lag_of_polling}, ROUNDS)
    return [
        *_beside("loading the plugin, CPU time", load, 5),
        *_beside("first use of the fixture, CPU time", first, 150),
        *_beside("start and stop", restart, 2),
        *_beside("each test", each, 1),
        *_beside("wait_for after the answer", lag, 1),
    ]


def _beside(what: str, figures: dict[str, list[float]], limit: float) -> list[Row]:
    ours = Series(what, figures[OURS], "ms")
    others = [Row(Series(f"  the same, {name}", values, "ms")) for name, values in figures.items() if name != OURS]
    return [Row(ours, limit=limit), *others]


def _loader(folder: Path, name: str) -> Callable[[], float]:
    """Milliseconds of CPU that an empty run takes with a plugin."""
    (folder / "test_empty.py").write_text(EMPTY)

    def run() -> float:
        return min(_pytest(folder, name, "test_empty.py")[1] for _ in range(3))

    run()  # compiles
    return run


def _suite(folder: Path, name: str) -> Callable[[], dict[str, float]]:
    """What a suite says of its fixture, in milliseconds: the first use, and the median of whole tests."""
    home = folder / (name or "bare")
    home.mkdir()
    source = SUITE.replace("FIXTURE", repr(FIXTURES.get(name))).replace("TESTS", str(TESTS[name]))
    (home / "test_suite.py").write_text(source)
    (home / "conftest.py").write_text(TIMES)

    def run() -> dict[str, float]:
        told, _ = _pytest(home, name, "test_suite.py", "-s")
        words = [line.split() for line in told.splitlines()]
        return {line[0]: float(line[1]) for line in words if line and line[0] in ("first", "each")}

    run()  # compiles
    return run


def _pytest(folder: Path, plugin: str, *arguments: str) -> tuple[str, float]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": PLUGINS[plugin],
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),  # kept, even where the environment says otherwise
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = getrusage(RUSAGE_CHILDREN)
    told = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    after = getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return told, spent * 1000


def _restart() -> float:
    from inspector.testing.engine import make_server

    def once() -> None:
        with make_server({}):
            pass

    return _median_ms(once, 20)


def _restart_httpserver() -> float:
    from pytest_httpserver import HTTPServer

    def once() -> None:
        server = HTTPServer(host="127.0.0.1", port=0)
        server.start()
        server.stop()

    return _median_ms(once, 3)


def _restart_localserver() -> float:
    from pytest_localserver.http import ContentServer

    def once() -> None:
        server = ContentServer()
        server.start()
        server.stop()

    return _median_ms(once, 3)


def _median_ms(work: Callable[[], None], times: int) -> float:
    work()  # imports
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


def _lag() -> float:
    return _median_lag(lambda inspector: inspector.wait_for())


def _lag_of_polling() -> float:
    def poll(inspector: Any) -> None:
        while not inspector.requests:
            time.sleep(POLLING)

    return _median_lag(poll, 20)


def _median_lag(wait: Callable[[Any], Any], times: int = WAITS) -> float:
    """Milliseconds from the end of the answer, as the sender sees it, to the end of the wait."""
    from inspector import Inspector

    lags = []
    with Inspector() as inspector:
        for number in range(times):
            inspector.reset()
            sender = _Sender(inspector.url, after=0.01 + 0.0005 * (number % 20))
            sender.start()
            wait(inspector)
            waited = time.perf_counter()
            sender.join()
            lags.append(max(0.0, waited - sender.ended) * 1000)
    return median(lags)


class _Sender(threading.Timer):
    """Sends one request after so many seconds, and notes when the answer was complete."""

    def __init__(self, url: str, after: float) -> None:
        super().__init__(after, self._send)
        parts = urlsplit(url)
        self._connection = socket.create_connection((parts.hostname, parts.port))
        self.ended = 0.0

    def _send(self) -> None:
        with self._connection as connection:
            connection.sendall(b"POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
            while not connection.recv(65536).endswith(b'{"ok":true}'):
                pass
            self.ended = time.perf_counter()
