"""Starting a server as a process of its own, and ending exactly that process."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.webhooks import SIGNING_KEY

READY_WITHIN = 20.0
"""Seconds after which a server that has not said its address is given up."""

BARE = (sys.executable, "-m", "benchmarks.peers.bare")
HTTPSERVER = (sys.executable, "-m", "benchmarks.peers.httpserver")


def inspector(*options: str) -> tuple[str, ...]:
    """The command that serves the inspector with a signing key, on a free port."""
    return (sys.executable, "-m", "inspector", "serve", "--port", "0", "--signing-key", SIGNING_KEY, *options)


def environment() -> dict[str, str]:
    """That of this process without our own settings; with compiled modules kept, as on most machines."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("INSPECTOR_") and name != "PYTHONDONTWRITEBYTECODE"
    }


class Server:
    """A server for the length of a `with` block. `url` has no final slash."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        try:
            self.url = self._read_url(command)
        except BaseException:
            self.__exit__()
            raise

    @property
    def resident(self) -> float:
        """The memory that the process holds now, in MiB."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
        )
        return int(told.stdout) / 1024

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read_url(self, command: Sequence[str]) -> str:
        assert self._process.stdout is not None
        deadline = time.monotonic() + READY_WITHIN
        while select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            line = self._process.stdout.readline()
            if found := re.search(r"http://[\w.]+:\d+", line):
                return found[0]
            if not line:
                break
        raise RuntimeError(f"No address within {READY_WITHIN:g} s from: {' '.join(command)}")
