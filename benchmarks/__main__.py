"""`python -m benchmarks [SUBJECT…]`: measure, print one table, exit 1 if a limit is missed."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from os import cpu_count

from rich.console import Console
from rich.table import Table

from benchmarks.harness import Row
from benchmarks.load import client

SUBJECTS = ("receive", "memory", "startup", "send", "pace", "forward", "filters", "explain", "fixture", "service")
COLUMNS = ("", "median", "spread", "beside", "ratio", "to reach", "")
SHOWN_VERSIONS = ("conversations-inspector", "uvicorn", "httptools", "uvloop", "pytest_httpserver", "aiohttp", "httpx2")


def main(chosen: Sequence[str]) -> int:
    """Run the chosen subjects, or all."""
    unknown = [name for name in chosen if name not in SUBJECTS]
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(SUBJECTS)}.", file=sys.stderr)
        return 2
    started = time.monotonic()
    table = Table(*COLUMNS, title=f"python -m benchmarks {' '.join(chosen)}".rstrip(), title_justify="left")
    reached = [_add(table, import_module(f"benchmarks.{name}").rows()) for name in chosen or SUBJECTS]
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)
    console.print(_machine(), f"Took {time.monotonic() - started:.0f} s.", highlight=False)
    return 0 if all(reached) else 1


def _add(table: Table, rows: Sequence[Row]) -> bool:
    for row in rows:
        table.add_row(*row.cells())
    table.add_section()
    return all(row.reached is not False for row in rows)


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
    system = f"{platform.system()} {platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}"
    return (
        f"{system}; {versions}; load: {client()}.\nMedians of interleaved rounds; ratios are medians of each round's."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
