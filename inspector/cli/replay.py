"""`inspector replay`: recorded requests once more, from a running inspector or from files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import click

from inspector.cli.archive import read_file
from inspector.cli.client import Inspector, inspector_options
from inspector.cli.options import command, json_option, option, signing_key_option
from inspector.cli.report import Report, exit_code
from inspector.errors import ConfigError
from inspector.recorder.analysis import Analyser
from inspector.recorder.replay import Replay
from inspector.recorder.request import RecordedRequest
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import run_load
from inspector.web.archive import read_archive

_ID = re.compile(r"[0-9a-f]{6}-[0-9]+")


@command("replay")
@click.argument("sources", metavar="ID|FILE...", nargs=-1, required=True)
@option("--to", required=True, metavar="URL", help="Where to send; without a path each keeps its own.")
@option(
    "--sign",
    type=click.Choice(["fresh", "keep", "none"]),
    default="keep",
    help="Sign anew, keep the recorded signature, or send none.",
)
@signing_key_option("Key for --sign fresh.")
@json_option("one JSON line for each delivery")
@inspector_options
@click.pass_context
def replay(
    context: click.Context,
    /,
    *,
    sources: tuple[str, ...],
    to: str,
    sign: str,
    signing_key: str | None,
    as_json: bool,
    address: str,
    token: str | None,
) -> None:
    """Send recorded requests again, as they are or signed anew.

    Each source is the ID of a request in a running inspector, or a FILE of JSON Lines or HAR. Ends as `send` does.
    """
    inspector = Inspector(address, token)
    recorded = [request for source in sources for request in _requests(source, inspector)]
    again = Replay(to, sign, signing_key)  # type: ignore[arg-type]
    report = Report(len(recorded), as_json=as_json, each=True)

    async def play() -> Any:
        async with Sender() as sender:

            async def deliver(request: RecordedRequest) -> Delivery:
                delivery = await sender.send(again.request(request, sender.clock.now()))
                report.delivered(delivery)
                return delivery

            return await run_load(deliver, recorded, concurrency=1)

    summary = asyncio.run(play())
    report.finish(summary)
    context.exit(exit_code(summary))


def _requests(source: str, inspector: Inspector) -> Iterator[RecordedRequest]:
    if _ID.fullmatch(source):
        line = inspector.read("/-/api/export", {"q": f"id:{source}", "secrets": "keep"})
        if not line:
            raise ConfigError(f"The inspector at {inspector.url} has no request {source!r}, or no longer.")
        yield from read_archive(line, Analyser())
    else:
        yield from read_archive(read_file(source), Analyser())
