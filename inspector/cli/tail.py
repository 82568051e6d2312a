"""`inspector tail` and `inspector wait`: follow or await what a running inspector records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import click

from inspector.cli.client import ANSWER_TIME, Inspector, inspector_options
from inspector.cli.follow import Follower
from inspector.cli.options import DURATION, Command, command, json_option, option
from inspector.cli.output import TimedOut, note, print_json, print_line, printable, reader_may_leave
from inspector.cli.rows import request_row

LONGEST_WAIT = 600.0
"""Seconds that the API waits at most; longer waits are made of several."""

_EXCLUSION = re.compile(r"-[^-].*", re.DOTALL)


class QueryCommand(Command):
    """A command that takes a search text, in which `-term` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; `-term` becomes `NOT term`, which means the same."""
        own = {name for name in ctx.help_option_names if name.startswith("-") and len(name) == 2}
        return super().parse_args(
            ctx, [f"NOT {arg[1:]}" if _EXCLUSION.fullmatch(arg) and arg not in own else arg for arg in args]
        )


def query_argument(decorated: Any) -> Any:
    """Adds the search text; its words may be one argument or several."""
    return click.argument("query", metavar="[Q]", nargs=-1)(decorated)


@command("tail", QueryCommand)
@query_argument
@json_option("one JSON line for each request")
@inspector_options
def tail(query: tuple[str, ...], as_json: bool, address: str, token: str | None) -> None:
    """Follow what a running inspector records.

    Prints a line for each request from now on that matches Q, a search text as in the dashboard:
    `inspector tail event:conversation.updated -signature:valid`. Lost connections are taken up again; Ctrl-C ends it.
    """
    follower = Follower(Inspector(address, token), " ".join(query))
    with suppress(KeyboardInterrupt), reader_may_leave():
        for request in follower.requests():
            _print(request, as_json)


@command("wait", QueryCommand)
@query_argument
@option("--count", type=click.IntRange(min=1), default=1, help="How many requests to wait for.")
@option("--timeout", type=DURATION, default="5s", help="How long to wait.")
@json_option("one JSON line for each request, whole")
@inspector_options
def wait(*, query: tuple[str, ...], count: int, timeout: float, as_json: bool, address: str, token: str | None) -> None:
    """Wait until a running inspector has recorded something.

    Ends with 0 as soon as there are COUNT requests that match Q, those of before among them, and prints them. Ends
    with 4 when time runs out; stderr then tells what came nearest.
    """
    answer = _await(Inspector(address, token), " ".join(query), count, timeout)
    with reader_may_leave():
        for request in answer["requests"]:
            _print(request, as_json)
    if "error" in answer:
        for line in _miss(answer.get("nearest_miss")):
            note(line)
        raise TimedOut(answer["error"]["message"])


def _await(inspector: Inspector, query: str, count: int, timeout: float) -> Any:
    answer: Any = None
    for seconds in _slices(timeout):
        asked = {"q": query, "count": count, "timeout": f"{seconds:.3f}"}
        status, answer = inspector.get("/-/api/wait", asked, patience=seconds + ANSWER_TIME)
        if status == 200:
            break
    return answer


def _slices(timeout: float) -> Iterator[float]:
    while timeout > LONGEST_WAIT:
        yield LONGEST_WAIT
        timeout -= LONGEST_WAIT
    yield timeout


def _print(request: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(request)
    else:
        print_line(request_row(request))


def _miss(miss: dict[str, Any] | None) -> Iterator[str]:
    if miss is None:
        return
    yield f"Nearest miss, {miss['seconds_ago']:.1f} s ago: {request_row(miss['request'])}"
    for failed in miss["failed"]:
        yield printable(f"  {failed['term']} – was {failed['actual']!r}")
