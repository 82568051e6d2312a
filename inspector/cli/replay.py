"""`inspector replay`: recorded requests once more, from a running inspector or from files.

A running inspector sends again itself what it has recorded, so that both are linked there; a file's requests are sent
from here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import click

from inspector.cli.archive import read_file
from inspector.cli.client import Inspector, inspector_options
from inspector.cli.options import command, insecure_option, json_option, option, signing_key_option
from inspector.cli.output import note, printable
from inspector.cli.report import Report, exit_code
from inspector.errors import ConfigError
from inspector.recorder.analysis import Analyser
from inspector.recorder.replay import MASK, Edit, Replay
from inspector.recorder.request import RecordedRequest
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.load import LoadSummary, run_load
from inspector.sender.record import Failure
from inspector.sender.request import Request
from inspector.sender.response import Response
from inspector.web.archive import read_archive

PATIENCE = 60.0
"""Seconds for a delivery by the inspector, which itself gives up much sooner."""

PAGE = 1000
"""Requests asked for at once."""

_ID = re.compile(r"[0-9a-f]{6}-[0-9]+")

Source = str | RecordedRequest
"""The id of a request in a running inspector, or a request from a file."""


@command("replay")
@click.argument("sources", metavar="[ID|FILE]...", nargs=-1)
@option("--query", metavar="Q", help="Replay also what matches this search in the running inspector, oldest first.")
@option("--to", required=True, metavar="URL", help="Where to send; without a path each keeps its own.")
@option(
    "--sign",
    type=click.Choice(["fresh", "keep", "none"]),
    default="keep",
    help="Sign anew, keep the recorded signature, or send none.",
)
@signing_key_option("Key for --sign fresh.")
@option("--drop-masked", is_flag=True, help="Leave out the headers of a FILE that are masked; else they are refused.")
@insecure_option
@json_option("one JSON line for each delivery")
@inspector_options
@click.pass_context
def replay(
    context: click.Context,
    /,
    *,
    sources: tuple[str, ...],
    query: str | None,
    to: str,
    sign: str,
    signing_key: str | None,
    drop_masked: bool,
    insecure: bool,
    as_json: bool,
    address: str,
    token: str | None,
) -> None:
    """Send recorded requests again, as they are or signed anew.

    Each source is the ID of a request in a running inspector, or a FILE of JSON Lines or HAR. What the inspector has
    recorded it sends itself, and shows each with the other; with --insecure all is sent from here. Ends as `send` does.
    """
    again = Replay(to, sign, signing_key)  # type: ignore[arg-type]
    inspector = Inspector(address, token)
    found = [*_named(sources), *(_found(query, inspector) if query is not None else ())]
    if not found and query is None:
        raise ConfigError("There is nothing to replay. Give the ID of a request, a FILE, or --query Q.")
    if insecure:
        found = [one if isinstance(one, RecordedRequest) else _fetched(one, inspector) for one in found]
    report = Report(len(found), as_json=as_json, each=True)

    async def play() -> LoadSummary:
        async with Sender(verify=not insecure) as sender:

            async def deliver(source: Source) -> Delivery:
                if isinstance(source, str):
                    told = await asyncio.to_thread(_ask, inspector, source, again)
                    delivery = _as_delivery(told)
                    report.delivered(delivery, told)
                else:
                    replay = _without_masked(again, source) if drop_masked else again
                    delivery = await sender.send(replay.request(source, sender.clock.now()))
                    report.delivered(delivery)
                return delivery

            return await run_load(deliver, found, concurrency=1)

    summary = asyncio.run(play())
    report.finish(summary)
    context.exit(exit_code(summary))


def _named(sources: tuple[str, ...]) -> Iterator[Source]:
    for source in sources:
        if _ID.fullmatch(source):
            yield source
        else:
            yield from read_archive(read_file(source), Analyser())


def _without_masked(again: Replay, request: RecordedRequest) -> Replay:
    masked = [name for name, value in request.headers if MASK in value]
    if not masked:
        return again
    note(f"Warning: {request.method} {printable(request.path)} goes without {', '.join(map(printable, masked))}.")
    return dataclasses.replace(again, edit=Edit(headers=[pair for pair in request.headers if MASK not in pair[1]]))


def _found(query: str, inspector: Inspector) -> list[str]:
    """The ids of what matches, oldest first."""
    ids: list[str] = []
    before = None
    while True:
        _, page = inspector.get("/-/api/requests", {"q": query, "limit": PAGE, "before": before})
        ids += [request["id"] for request in page["requests"]]
        before = page["next"]
        if before is None:
            return ids[::-1]


def _fetched(id: str, inspector: Inspector) -> RecordedRequest:
    line = inspector.read("/-/api/export", {"q": f"id:{id}", "secrets": "keep"})
    if not line:
        raise ConfigError(f"The inspector at {inspector.url} has no request {id!r}, or no longer.")
    return read_archive(line, Analyser())[0]


def _ask(inspector: Inspector, id: str, again: Replay) -> dict[str, Any]:
    """Have the inspector send one of its own, and hear what came of it."""
    content = {"url": again.url, "sign": again.signing, "signing_key": again.signing_key}
    told: dict[str, Any] = inspector.post(f"/-/api/requests/{id}/replay", content, PATIENCE)
    return told


def _as_delivery(told: dict[str, Any]) -> Delivery:
    """What the API tells of a delivery, as far as a line and the counts need it."""
    delivery = Delivery(Request("", told["url"], b"", b""), created_at=0.0, event=told["event"])
    for attempt in told["attempts"]:
        ms, answered, error = attempt["duration_ms"], attempt["response"], attempt["error"]
        outcome = Failure(**error, ms=ms) if error else Response.build(answered["status"], ms=ms)
        delivery.add(0.0, outcome)
    delivery.state = told["state"]
    return delivery
