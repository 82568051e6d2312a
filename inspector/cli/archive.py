"""`inspector export` and `inspector import`: what was recorded, as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from inspector.cli.client import Inspector, inspector_options
from inspector.cli.options import command, option
from inspector.cli.output import Failure, note, reader_may_leave
from inspector.cli.tail import QueryCommand, query_argument


@command("export", QueryCommand)
@query_argument
@option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "har", "pytest", "scenario"]),
    default="jsonl",
    help="JSON Lines, HAR, a test module, or a scenario.",
)
@option("--output", metavar="FILE", help="Where to write; else to stdout.")
@option("--keep-secrets", is_flag=True, help="Do not mask Authorization, cookies, keys and tokens.")
@inspector_options
def export(
    *, query: tuple[str, ...], format_: str, output: str | None, keep_secrets: bool, address: str, token: str | None
) -> None:
    """Write what a running inspector recorded to a file.

    Those that match Q, oldest first: `inspector export signature:invalid --output bad.jsonl`. Secrets are masked,
    signatures are kept.
    """
    parameters = {"format": format_, "q": " ".join(query), "secrets": "keep" if keep_secrets else "mask"}
    content = Inspector(address, token).read("/-/api/export", parameters)
    if not content:
        note("No recorded request matches.")
    if output is None:
        with reader_may_leave():
            sys.stdout.buffer.write(content)
        return
    try:
        Path(output).expanduser().write_bytes(content)
    except OSError as error:
        raise Failure(f"Cannot write {output!r}: {error.strerror}.") from None


@command("import")
@click.argument("file")
@inspector_options
def import_(file: str, address: str, token: str | None) -> None:
    """Add recorded requests from a file to a running inspector.

    FILE is JSON Lines or HAR; `-` reads stdin.
    """
    answer = Inspector(address, token).send_file("/-/api/import", read_file(file))
    note(f"Imported {answer['imported']} requests.")


def read_file(path: str) -> bytes:
    """The bytes of a file, or of stdin for `-`. Raises Failure."""
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise Failure(f"Cannot read {path!r}: {error.strerror}.") from None
