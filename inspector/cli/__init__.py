"""The command line. A command's module, and all that it needs, is imported when that command is asked for.

`inspector --help` therefore imports click and nothing else that takes time.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple

import click

from inspector import __version__
from inspector.cli.output import Failure
from inspector.errors import InspectorError

DEFAULT_COMMAND = "serve"
OWN_OPTIONS = ("-h", "--help", "--version")


class Home(NamedTuple):
    """The module that holds a command, and the command's help in one sentence."""

    module: str
    help: str


COMMANDS = {
    "serve": Home("serve", "Record webhooks, verify them and show them (the default)."),
    "send": Home("send", "Send synthetic events to an app."),
    "generate": Home("generate", "Print synthetic events as JSON Lines; send nothing."),
    "sign": Home("sign", "Compute the signature of a webhook."),
    "verify": Home("verify", "Check a signature and explain why it does not match."),
    "tail": Home("tail", "Follow what a running inspector records."),
    "wait": Home("tail", "Wait until a running inspector has recorded something."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and help alone; without a command it is `serve`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. Fails with the nearest name where there is none."""
        if cmd_name not in COMMANDS:
            nearest = get_close_matches(cmd_name, COMMANDS, n=1)
            advice = f"Did you mean {nearest[0]!r}?" if nearest else f"There are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {cmd_name!r}. {advice}")
        command = getattr(import_module(f"inspector.cli.{COMMANDS[cmd_name].module}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, home.help) for name, home in COMMANDS.items()])

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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="inspector")
def main() -> None:
    """Conversations Inspector: record, verify, explain and send webhooks of the Conversations API.

    Without a command it serves: `inspector --port 8080` is `inspector serve --port 8080`.

    Every option can also be given by environment, e.g. INSPECTOR_PORT, INSPECTOR_SIGNING_KEY.

    Exit codes: 0 accepted or passed, 1 delivered but refused or failed, 2 usage, 3 unreachable, 4 timed out.
    """
