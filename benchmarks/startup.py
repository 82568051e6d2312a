"""Start: how long until the inspector answers, and until its command line says how it is used."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from benchmarks import servers
from benchmarks.harness import Row, Series, interleave

ROUNDS = 15
PYTHON = (sys.executable, "-c", "pass")
HELP = (str(Path(sys.executable).parent / "inspector"), "--help")


def rows() -> list[Row]:
    """Measure."""
    times = interleave(
        "startup",
        {
            "bare ASGI app": lambda: _ready(servers.BARE, "/"),
            "inspector": lambda: _ready(servers.inspector(), "/-/health"),
            "python -c pass": lambda: _run(PYTHON),
            "inspector --help": lambda: _run(HELP),
        },
        ROUNDS,
    )
    series = {name: Series(name, values, "ms") for name, values in times.items()}
    ready = Series("ready to answer", times["inspector"], "ms")
    return [
        Row(ready, limit=350),
        Row(ready, series["bare ASGI app"]),
        Row(series["inspector --help"], series["python -c pass"], 2.5),
    ]


def _ready(command: Sequence[str], path: str) -> float:
    started = time.perf_counter()
    with servers.Server(command) as server, urllib.request.urlopen(server.url + path, timeout=10) as response:
        response.read()
        return (time.perf_counter() - started) * 1000


def _run(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=servers.environment())
    return (time.perf_counter() - started) * 1000
