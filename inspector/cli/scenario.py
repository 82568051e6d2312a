"""`inspector scenario`: play a file of steps, or check it."""

from __future__ import annotations

import asyncio

import click

from inspector.cli.events import parse_moment
from inspector.cli.options import Command, Parsed, insecure_option, json_option, option, signing_key_option
from inspector.cli.output import ACCEPTED, note, print_json, print_line, printable
from inspector.cli.report import failure_code
from inspector.sender.delivery import Sender
from inspector.sender.playing import Player, StepResult, rehearse
from inspector.sender.scenario import Scenario, load_scenario
from inspector.sender.scenario import schema as scenario_schema
from inspector.webhook.times import format_time

ANYWHERE = "http://app.example/hook"
ANY_KEY = "any"
"""Stand for what is only known when a scenario is played."""


@click.group("scenario", context_settings={"help_option_names": ["-h", "--help"]})
def scenario() -> None:
    """Play a file of steps, or check it."""


@scenario.command("run", Command, context_settings={"show_default": True})
@click.argument("file")
@option("--to", metavar="URL", help="Where to send, in place of what the file says; an origin alone keeps its paths.")
@signing_key_option("Key of the subscription; without one nothing is signed.")
@option(
    "--seed",
    show_default="that of the file, or a random one, which is told",
    help="Number or text that all ids, names and texts are drawn from.",
)
@option(
    "--at",
    type=Parsed("time", parse_moment),
    show_default="that of the file, or now",
    help="When the first event happens: RFC 3339 or Unix seconds.",
)
@insecure_option
@json_option("one JSON line for each step")
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    file: str,
    to: str | None,
    signing_key: str | None,
    seed: str | None,
    at: float | None,
    insecure: bool,
    as_json: bool,
) -> None:
    """Play FILE, step by step.

    A step without `expect` expects any 2xx. Ends with 0 if every step got what it expects, 1 if one did not, 2 if the
    file is wrong, 3 if the app could not be reached, 4 if it did not answer in time.
    """
    steps = load_scenario(file)
    options = {"to": to, "signing_key": signing_key, "seed": seed, "at": at}

    async def play() -> list[StepResult]:
        async with Sender(verify=not insecure) as sender:
            player = Player(steps, sender, **options)  # type: ignore[arg-type]
            await rehearse(steps, **{**options, "seed": player.seed, "at": at})
            if seed is None and steps.seed is None and _makes_events(steps):
                note(f"To make the same events again: --seed {player.seed} --at {format_time(player.at)}")
            return await player.play(lambda result: _tell(result, as_json))

    failed = [delivery for result in asyncio.run(play()) for delivery in result.failed]
    answered = any(delivery.error is None for delivery in failed)
    kinds = {delivery.error.kind for delivery in failed if delivery.error}
    context.exit(failure_code(kinds, answered=answered) if failed else ACCEPTED)


@scenario.command("validate", Command)
@click.argument("file")
def validate(file: str) -> None:
    """Check FILE without sending anything; an error names its line and column."""
    checked = load_scenario(file)
    asyncio.run(rehearse(checked, to=ANYWHERE, signing_key=ANY_KEY))
    print_line(f"{file}: {len(checked.steps)} {'step' if len(checked.steps) == 1 else 'steps'}, nothing wrong.")


@scenario.command("schema", Command)
def schema() -> None:
    """Print the JSON schema of scenario files."""
    print_json(scenario_schema())


def _makes_events(steps: Scenario) -> bool:
    return any(step.send.event is not None for step in steps.steps)


def _tell(result: StepResult, as_json: bool) -> None:
    if as_json:
        print_json(result.to_json())
        return
    answers = ", ".join(str(delivery.status or "no answer") for delivery in result.deliveries[:5])
    more = f" … {len(result.deliveries)} in all" if len(result.deliveries) > 5 else ""
    print_line(printable(f"{'ok  ' if result.passed else 'FAIL'} {result.name}: {answers}{more}"))
    for problem in dict.fromkeys(result.problems):
        print_line(printable(f"     {problem}"))
