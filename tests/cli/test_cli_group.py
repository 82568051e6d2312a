"""The commands as a whole: found by name, imported late, documented."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from inspector import __version__
from inspector.cli import COMMANDS, overview
from inspector.cli.group import group

HEAVY = {"asyncio", "faker", "jinja2", "orjson", "pydantic", "rich", "starlette", "uvicorn", "yaml"}


def command(name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def with_subcommands(found: click.Command) -> Iterator[click.Command]:
    yield found
    if isinstance(found, click.Group):
        yield from found.commands.values()


def options(name: str) -> list[click.Option]:
    parameters = [parameter for found in with_subcommands(command(name)) for parameter in found.params]
    return [parameter for parameter in parameters if isinstance(parameter, click.Option)]


def imported_by(*arguments: str) -> set[str]:
    """The top-level packages that are loaded once a command line has been answered."""
    program = f"""
import atexit, sys
atexit.register(lambda: print(*{{name.partition(".")[0] for name in sys.modules}}))
sys.argv = ["inspector", *{arguments!r}]
from inspector.cli import main
main()
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(told.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_help_and_version_import_not_even_click(option: str) -> None:
    assert imported_by(option).isdisjoint({"click", *HEAVY})


@pytest.mark.parametrize("name", ["serve", "tail", "wait"])
def test_help_of_commands_that_make_nothing_imports_nothing_that_makes_events(name: str) -> None:
    assert imported_by(name, "--help").isdisjoint(HEAVY - {"asyncio", "orjson"})


@pytest.mark.parametrize("name", ["send", "generate", "sign", "verify"])
def test_help_of_commands_that_make_something_imports_no_server(name: str) -> None:
    assert imported_by(name, "--help").isdisjoint({"faker", "jinja2", "rich", "starlette", "uvicorn"})


def test_help_lists_every_command_with_its_sentence() -> None:
    for name, (_, sentence) in COMMANDS.items():
        assert f"  {name:<9} {sentence}\n" in overview()
    assert max(map(len, overview().splitlines())) <= 80


def test_help_of_click_is_the_same(run: Callable[..., Result]) -> None:
    assert run("--help").output == overview()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_the_same_of_itself(name: str) -> None:
    assert command(name).name == name
    assert command(name).get_short_help_str(limit=200) == COMMANDS[name][1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help_and_a_variable(name: str, run: Callable[..., Result]) -> None:
    inner = command(name)
    names = [[name, sub] for sub in inner.commands] if isinstance(inner, click.Group) else [[name]]
    shown = "".join(run(*words, "--help").output for words in names)
    assert options(name)
    for option in options(name):
        assert option.help
        assert option.help[-1] == "."
        assert isinstance(option.envvar, str)
        assert option.envvar.startswith("INSPECTOR_")
        assert option.opts[0] in shown


def test_keys_in_the_environment_are_not_shown_by_help(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", "a-secret-key")
    monkeypatch.setenv("INSPECTOR_TOKEN", "a-secret-token")
    for name in COMMANDS:
        assert "a-secret" not in run(name, "--help").output


def test_an_unknown_command_is_a_usage_error_with_the_nearest(run: Callable[..., Result]) -> None:
    result = run("tial")
    assert result.exit_code == 2
    assert "Did you mean 'tail'?" in result.stderr


def test_an_unknown_command_far_from_all_lists_them(run: Callable[..., Result]) -> None:
    result = run("xyzzy")
    assert result.exit_code == 2
    assert "serve, send, generate" in result.stderr


@pytest.mark.parametrize("arguments", [("--port", "99999"), ("serve", "--port", "99999")])
def test_options_without_a_command_are_those_of_serve(arguments: tuple[str, ...], run: Callable[..., Result]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "--port 99999 is not between 0 and 65535" in result.stderr


def test_the_module_is_the_command(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    told, _ = start("--version").communicate()
    assert told.decode() == f"inspector, version {__version__}\n"


def test_version_by_click(run: Callable[..., Result]) -> None:
    assert run("--version").output == f"inspector, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", "created", "--key", "k"), "No such option '--key'. Did you mean '--signing-key'?"),
        (("tail", "--jsn"), "No such option '--jsn'. Did you mean '--json'?"),
        (("--prot", "8080"), "No such option '--prot'. Did you mean '--port'?"),
        (("scenario", "run", "x", "--jason"), "Did you mean '--json'?"),
        (("--bogus",), "No such option '--bogus'.\n"),
    ],
)
def test_an_option_is_suggested_only_where_one_is_near(
    arguments: tuple[str, ...], said: str, run: Callable[..., Result]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("command", [("send", "--to", "http://127.0.0.1:1"), ("generate",)], ids=["send", "generate"])
@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("nosuch", "conversation.deleted, lifecycle, or @file.json."),
        ("lifecyle", "Did you mean lifecycle?"),
        ("event.json", "write @event.json."),
    ],
)
def test_an_unknown_event_is_told_what_there_is(
    command: tuple[str, ...],
    event: str,
    said: str,
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text("{}")
    result = run(*command, event)
    assert result.exit_code == 2
    assert said in result.stderr
