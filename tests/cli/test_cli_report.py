"""What a load came to, as an exit code."""

from __future__ import annotations

import asyncio
import io
import sys
from collections import Counter

import pytest

from inspector.cli.report import Report, exit_code, summary_lines
from inspector.sender.clock import VirtualClock
from inspector.sender.delivery import Sender
from inspector.sender.load import LoadSummary
from inspector.sender.request import Request, Transmission
from inspector.sender.response import Response
from inspector.sender.retry import RetryPolicy


class Refusing:
    """Stands in place of the wire."""

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        return Response.build(500)

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize(
    ("statuses", "errors", "accepted", "code"),
    [
        ({200: 3}, {}, 3, 0),
        ({}, {}, 0, 0),
        ({200: 2, 500: 1}, {}, 2, 1),
        ({200: 2}, {"reset": 1}, 2, 1),
        ({500: 1}, {"refused": 2}, 0, 1),
        ({200: 2}, {"refused": 1}, 2, 3),
        ({}, {"dns": 1}, 0, 3),
        ({}, {"tls": 1, "timeout": 4}, 0, 3),
        ({200: 2}, {"timeout": 1}, 2, 4),
        ({200: 1}, {}, 0, 1),
    ],
)
def test_the_most_telling_failure_decides(
    statuses: dict[int, int], errors: dict[str, int], accepted: int, code: int
) -> None:
    sent = sum(statuses.values()) + sum(errors.values())
    summary = LoadSummary(sent=sent, accepted=accepted, statuses=Counter(statuses), errors=Counter(errors))
    assert exit_code(summary) == code


def test_a_load_that_was_stopped_says_so() -> None:
    summary = LoadSummary(stopped=True)
    assert exit_code(summary) == 130
    assert list(summary_lines(summary)) == ["0 sent, 0 accepted, 0 failed, stopped; 0.00 s, 0/s"]


def test_what_was_interrupted_is_neither_accepted_nor_failed() -> None:
    summary = LoadSummary(sent=3, accepted=1, interrupted=2, stopped=True)
    assert next(summary_lines(summary)) == "3 sent, 1 accepted, 0 failed, 2 interrupted, stopped; 0.00 s, 0/s"


def test_a_bar_is_drawn_for_many_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    with Report(total=100, as_json=False, each=False).bar() as show:
        assert show is not None
        show(LoadSummary(sent=40, accepted=39, seconds=1.0))
    assert "40/100" in terminal.getvalue()
    assert "1 failed" in terminal.getvalue()


@pytest.mark.parametrize("each", [True, False])
def test_retries_are_told_on_a_terminal(each: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    report, policy = Report(total=30, as_json=False, each=each), RetryPolicy((4.0,))

    async def send() -> None:
        clock = VirtualClock(1700000000.0)
        async with Sender(clock, retry=policy, transport=Refusing()) as sender:
            with report.watching(sender, policy), report.bar() as show:
                waits = asyncio.Event()
                sender.log.subscribe(lambda delivery: waits.set() if delivery.state == "retrying" else None)
                sender.start(b"{}", "http://app.example/")
                await waits.wait()
                if show:
                    show(LoadSummary())

    asyncio.run(send())
    told = terminal.getvalue()
    assert ("no event  0.0 ms  http://app.example/; the next in 4 s" if each else "1 waiting to retry") in told


@pytest.mark.parametrize(
    ("as_json", "each", "terminal"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_no_bar_is_drawn_where_there_are_lines_or_nobody_looks(
    as_json: bool, each: bool, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with Report(total=100, as_json=as_json, each=each).bar() as show:
        assert show is None
