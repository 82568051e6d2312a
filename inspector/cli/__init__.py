"""The command line. A command's module, and all that it needs, is imported when that command is asked for.

What is asked for most, `--help` and `--version`, is answered from here: importing click alone takes longer than
starting Python.
"""

from __future__ import annotations

import sys

from inspector import __version__

DEFAULT_COMMAND = "serve"

COMMANDS = {
    "serve": ("serve", "Record webhooks, verify them and show them (the default)."),
    "send": ("send", "Send synthetic events to an app."),
    "generate": ("generate", "Print synthetic events as JSON Lines; send nothing."),
    "sign": ("sign", "Compute the signature of a webhook."),
    "verify": ("sign", "Check a signature and explain why it does not match."),
    "tail": ("tail", "Follow what a running inspector records."),
    "wait": ("tail", "Wait until a running inspector has recorded something."),
    "replay": ("replay", "Send recorded requests again, as they are or signed anew."),
    "export": ("archive", "Write what a running inspector recorded to a file."),
    "import": ("archive", "Add recorded requests from a file to a running inspector."),
    "scenario": ("scenario", "Play a file of steps, or check it."),
}
"""Each command's module and its help in one sentence."""

HELP = """\
Usage: inspector [COMMAND] [OPTIONS] [ARGS]...

  Conversations Inspector: record, verify, explain and send webhooks of the
  Conversations API.

  Without a command it serves: `inspector --port 8080` is
  `inspector serve --port 8080`.

Commands:
{commands}

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit; after a command, what it takes.

  Every option of a command can also be given in the environment, such as
  INSPECTOR_PORT or INSPECTOR_SIGNING_KEY; its help names the variable.

  Exit codes: 0 accepted or passed, 1 delivered but refused or failed, 2 usage,
  3 unreachable, 4 timed out.
"""


def main() -> None:
    """Run the command line of this process; ends by SystemExit with one of the documented exit codes."""
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        print(overview(), end="")
    elif arguments == ["--version"]:
        print(f"inspector, version {__version__}")
    else:
        from inspector.cli.group import group  # noqa: PLC0415 - not needed for the two above

        group.main(arguments, prog_name="inspector")


def overview() -> str:
    """What `inspector --help` says."""
    return HELP.format(commands="\n".join(f"  {name:<9} {text}" for name, (_, text) in COMMANDS.items()))
