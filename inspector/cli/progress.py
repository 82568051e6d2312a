"""The progress bar of `send`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inspector.sender.load import LoadSummary


@contextmanager
def progress_bar(total: int | None) -> Iterator[Callable[[LoadSummary], None]]:
    """Draw a bar on stderr while the block runs; it is told of the summary so far, and leaves nothing behind."""
    columns = (
        TextColumn("sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s, {task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=total, rate=0.0, failed=0)

        def show(summary: LoadSummary) -> None:
            progress.update(task, completed=summary.sent, rate=summary.rate, failed=summary.failed)

        yield show
