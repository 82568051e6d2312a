"""Options that several commands share, and the kinds of value they take."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inspector.errors import ConfigError, InspectorError
from inspector.settings import read_secret
from inspector.units import parse_duration, parse_size

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:  # generic only since click 8.4
    ParamType = click.ParamType

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

CONTEXT = {"show_default": True, "help_option_names": ["-h", "--help"]}


class Command(click.Command):
    """A command that suggests an option only where one is near to what was written."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. Raises click's NoSuchOption, in our words."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            names = [name for param in self.params if isinstance(param, click.Option) for name in param.opts]
            message = f"No such option {error.option_name!r}.{_suggestion(error.option_name, names)}"
            raise click.NoSuchOption(error.option_name, message, ctx=ctx) from None


def _suggestion(written: str, names: list[str]) -> str:
    # Without their dashes, which make all options alike.
    bare, words = written.strip("-"), {name.strip("-"): name for name in names}
    holding = [word for word in words if len(bare) > 2 and (bare in word.split("-") or word.startswith(bare))]
    nearest = holding or get_close_matches(bare, words, 1, 0.6)
    return f" Did you mean {words[nearest[0]]!r}?" if nearest else ""


def command(name: str, kind: type[click.Command] = Command) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a function a command of ours."""
    return click.command(name, kind, context_settings=CONTEXT)


def option(*names: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """`click.option` that can also be given by environment: `--signing-key` as INSPECTOR_SIGNING_KEY."""
    variable = names[0].replace("--", "INSPECTOR_").replace("-", "_").upper()
    return click.option(*names, **{"envvar": variable, "show_envvar": True, **attributes})


def json_option(what: str) -> Callable[[Decorated], Decorated]:
    """Adds `--json`, which prints `what`."""
    return option("--json", "as_json", is_flag=True, help=f"Print {what}.")


def signing_key_option(help: str) -> Callable[[Decorated], Decorated]:
    """Adds `--signing-key`, whose value is never shown."""
    return option("--signing-key", type=SECRET, metavar="KEY", help=f"{help} @file reads it from a file.")


def insecure_option(command: Decorated) -> Decorated:
    """Adds `--insecure`."""
    return option("--insecure", is_flag=True, help="Accept any TLS certificate.")(command)


class Lines(ParamType):
    """Texts that may hold blanks: several in one environment variable stand on lines of their own."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        """The lines that are not empty."""
        return [line for line in rv.split("\n") if line]


class Parsed(Lines):
    """A value read by a function that raises our errors."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read one value; an error becomes click's, which names the option."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InspectorError as error:
            self.fail(error.message, param, ctx)


def parse_header(text: str) -> tuple[str, str]:
    """`"Name: value"` → `("Name", "value")`. Raises ConfigError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ConfigError(f"{text!r} is not a header. Write 'Name: value'.")
    return name.strip(), value.strip()


def _read_limit(text: str) -> float:
    seconds = parse_duration(text)
    if not seconds > 0:
        raise ConfigError(f"{text!r} leaves no time for an answer. Give more than 0, such as 10s.")
    return seconds


def _read_key(text: str) -> str:
    key = read_secret(text)
    if not key:
        raise ConfigError("The key is empty. Give its text, or @file.")
    return key


SIZE = Parsed("size", parse_size)
DURATION = Parsed("duration", parse_duration)
LIMIT = Parsed("duration", _read_limit)
SECRET = Parsed("key", _read_key)
HEADER = Parsed("header", parse_header)
LINES = Lines()
