"""The group of all commands, each imported only when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from inspector import __version__
from inspector.cli import COMMANDS, DEFAULT_COMMAND, overview
from inspector.cli.output import INTERRUPTED, Failure
from inspector.errors import InspectorError

OWN_OPTIONS = ("-h", "--help", "--version")


class LazyGroup(click.Group):
    """Knows its commands by name alone; without a command it is `serve`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. Fails with the nearest name where there is none."""
        if cmd_name not in COMMANDS:
            nearest = get_close_matches(cmd_name, COMMANDS, n=1)
            advice = f"Did you mean {nearest[0]!r}?" if nearest else f"There are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {cmd_name!r}. {advice}")
        # A command whose name is a word of Python (`import`) is a function with an underscore behind it.
        names = vars(import_module(f"inspector.cli.{COMMANDS[cmd_name][0]}"))
        command = names.get(cmd_name) or names.get(f"{cmd_name}_")
        assert isinstance(command, click.Command)
        return command

    def get_help(self, ctx: click.Context) -> str:
        """The same as without click."""
        return overview().rstrip()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options without a command are those of `serve`."""
        if not ctx.resilient_parsing and (not args or (args[0].startswith("-") and args[0] not in OWN_OPTIONS)):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the user can mend is told in a sentence, never as a traceback."""
        try:
            return super().invoke(ctx)
        except InspectorError as error:
            raise Failure(error.message) from None
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group("inspector", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="inspector")
def group() -> None:
    """Record, verify, explain and send webhooks of the Conversations API."""
