"""`inspector scenario`: play a file of steps, or check it."""

from __future__ import annotations

import asyncio

import click

from inspector.cli.options import Command, json_option, option, signing_key_option
from inspector.cli.output import ACCEPTED, REFUSED, print_json, print_line, printable
from inspector.sender.delivery import Sender
from inspector.sender.playing import Player, StepResult
from inspector.sender.scenario import load_scenario
from inspector.sender.scenario import schema as scenario_schema


@click.group("scenario", context_settings={"help_option_names": ["-h", "--help"]})
def scenario() -> None:
    """Play a file of steps, or check it."""


@scenario.command("run", Command, context_settings={"show_default": True})
@click.argument("file")
@option("--to", metavar="URL", help="Where to send, in place of what the file says.")
@signing_key_option("Key of the subscription; without one nothing is signed.")
@json_option("one JSON line for each step")
@click.pass_context
def run(context: click.Context, /, *, file: str, to: str | None, signing_key: str | None, as_json: bool) -> None:
    """Play FILE, step by step.

    Ends with 0 if every step got what it expects, 1 if one did not, 2 if the file is wrong.
    """
    results = asyncio.run(_play(file, to, signing_key, as_json))
    context.exit(ACCEPTED if all(result.passed for result in results) else REFUSED)


@scenario.command("validate", Command)
@click.argument("file")
def validate(file: str) -> None:
    """Check FILE without sending anything; an error names its line and column."""
    steps = load_scenario(file).steps
    print_line(f"{file}: {len(steps)} {'step' if len(steps) == 1 else 'steps'}, nothing wrong.")


@scenario.command("schema", Command)
def schema() -> None:
    """Print the JSON schema of scenario files."""
    print_json(scenario_schema())


async def _play(file: str, to: str | None, signing_key: str | None, as_json: bool) -> list[StepResult]:
    async with Sender() as sender:
        player = Player(load_scenario(file), sender, to=to, signing_key=signing_key)
        return await player.play(lambda result: _tell(result, as_json))


def _tell(result: StepResult, as_json: bool) -> None:
    if as_json:
        print_json(result.to_json())
        return
    answers = ", ".join(str(delivery.status or "no answer") for delivery in result.deliveries[:5])
    more = f" … {len(result.deliveries)} in all" if len(result.deliveries) > 5 else ""
    print_line(printable(f"{'ok  ' if result.passed else 'FAIL'} {result.name}: {answers}{more}"))
    for problem in dict.fromkeys(result.problems):
        print_line(printable(f"     {problem}"))
