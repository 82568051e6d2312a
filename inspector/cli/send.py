"""`inspector send`: synthetic events to an app, one or thousands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from inspector.cli.curl import curl_line
from inspector.cli.events import event_options
from inspector.cli.options import (
    HEADER,
    LIMIT,
    Parsed,
    command,
    insecure_option,
    json_option,
    option,
    signing_key_option,
)
from inspector.cli.order import Order, take_order
from inspector.cli.output import note, print_line, printable, reader_may_leave
from inspector.cli.report import FEW, Report, exit_code
from inspector.sender.delivery import Delivery, Sender
from inspector.sender.faults import parse_faults
from inspector.sender.load import LoadSummary, run_load
from inspector.sender.recipe import Made
from inspector.sender.record import interrupted_by
from inspector.sender.retry import RetryPolicy

EVENTS_OF_A_LIFECYCLE = 15
"""At most, roughly."""

FRAMING = ("content-length", "transfer-encoding")
"""Headers that say where a body ends."""


@command("send")
@event_options(default_start="now; a lifecycle has then just ended")
@option("--to", required=True, metavar="URL", help="Where to send.")
@signing_key_option("Key of the subscription; without one nothing is signed.")
@option(
    "--rate", type=click.FloatRange(min=0, min_open=True), show_default="as fast as it goes", help="Events per second."
)
@option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=1,
    help="How many are under way at one time; 1 keeps them in order. With --rate it is the most there may be.",
)
@option(
    "--fault",
    type=Parsed("kind", parse_faults),
    default="",
    show_default=False,
    metavar="KIND",
    help="Go wrong on purpose: bad-signature, duplicate, slow-body … (a wrong one lists them all); + joins several.",
)
@option(
    "--retry",
    type=Parsed("policy", RetryPolicy.parse),
    default="none",
    metavar="none|bird|SPEC",
    help="When to try again: never, as the service does, or after waits such as 1s,5s,30s.",
)
@option("--header", "headers", type=HEADER, multiple=True, metavar="'NAME: VALUE'", help="Add or replace a header.")
@option("--timeout", type=LIMIT, default="10s", help="Time limit of each attempt.")
@option("--url-signed", metavar="URL", help="The URL to sign, where a tunnel or proxy makes it another than --to.")
@insecure_option
@option("--dry-run", is_flag=True, help="Print the equal curl lines and send nothing.")
@json_option("one JSON line for each delivery")
@click.pass_context
def send(
    context: click.Context,
    /,
    *,
    dry_run: bool,
    as_json: bool,
    rate: float | None,
    concurrency: int,
    insecure: bool,
    **options: Any,
) -> None:
    """Send synthetic events to an app.

    EVENT is conversation.created, conversation.updated or conversation.deleted (created, updated, deleted for short),
    lifecycle for all events of a conversation in order, or @file.json, which is sent as it stands.

    Equal --seed and --at give the same bytes, ids, timestamps and signatures everywhere. Without --at the timestamp
    that is signed is that of the sending.

    Ends with 0 if all were accepted (2xx), 1 if one was answered otherwise or broke off, 3 if the app could not be
    reached, 4 if it did not answer in time. Ctrl-C ends it with the summary of what was sent.
    """
    order = take_order(**options)
    order.check()
    for name in [name for name, _ in order.headers if name.lower() in FRAMING]:
        note(f"Warning: {printable(name)} is sent as given, whatever the body is: the app may take another end for it.")
    if options["seed"] is None:
        note(f"To make the same events again: {order.recipe.again()}")
    if dry_run:
        _print_curl(order)
        return
    report = Report(order.total, as_json=as_json, each=_is_few(order), is_paced=rate is not None)
    with reader_may_leave():
        summary = _run(order, report, rate=rate, concurrency=concurrency, verify=not insecure)
        report.finish(summary)
        context.exit(exit_code(summary))


def _print_curl(order: Order) -> None:
    with reader_may_leave():
        for made in order.messages():
            for request in order.requests(made):
                print_line(curl_line(request))


def _is_few(order: Order) -> bool:
    events = order.recipe.count * EVENTS_OF_A_LIFECYCLE if order.total is None else order.total
    return events <= FEW


def _run(order: Order, report: Report, *, rate: float | None, concurrency: int, verify: bool) -> LoadSummary:
    async def run() -> LoadSummary:
        async with Sender(order.clock, concurrency=concurrency, verify=verify) as sender:

            async def deliver(made: Made) -> Delivery:
                try:
                    delivery = await order.deliver(sender, made)
                except asyncio.CancelledError as error:
                    report.interrupted(interrupted_by(error))
                    raise
                report.delivered(delivery)
                return delivery

            with report.watching(sender, order.retry), report.bar() as on_progress:
                return await run_load(
                    deliver, order.messages(), rate=rate, concurrency=concurrency, on_progress=on_progress
                )

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - twice as fast where the platform has it
    except ImportError:
        return None
    return uvloop.new_event_loop
