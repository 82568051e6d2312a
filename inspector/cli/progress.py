"""The progress bar of `send`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from inspector.sender.load import LoadSummary


class _Waiting(ProgressColumn):
    def __init__(self, count: Callable[[], int]) -> None:
        super().__init__()
        self._count = count

    def render(self, task: Task) -> Text:
        return Text(f"{self._count()} waiting to retry" if self._count() else "")


@contextmanager
def progress_bar(total: int | None, waiting: Callable[[], int]) -> Iterator[Callable[[LoadSummary], None]]:
    """Draw a bar on stderr while the block runs; it is told of the summary so far, and leaves nothing behind.

    `waiting` says how many deliveries wait for their next attempt.
    """
    columns = (
        TextColumn("sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s, {task.fields[failed]} failed"),
        _Waiting(waiting),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=total, rate=0.0, failed=0)

        def show(summary: LoadSummary) -> None:
            progress.update(task, completed=summary.sent, rate=summary.rate, failed=summary.failed)

        yield show
