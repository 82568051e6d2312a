"""Every command, option, call, field and fault that the code has is in the README, and its examples are real."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from inspector.app import create_app
from inspector.cli import COMMANDS
from inspector.cli.group import group
from inspector.recorder.answers import FAULTS as ANSWER_FAULTS
from inspector.recorder.fields import FIELDS, WITH_PATH
from inspector.sender.faults import FAULTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CALLS = [f"{operation.method} {operation.path}" for operation in create_app().site.operations]


def command(name: str) -> click.Command:
    """The command of this name, such as `send` or `scenario run`."""
    found: click.Command = group
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word) or pytest.fail(f"no command {name}")
    return found


def leaves(name: str) -> list[str]:
    """The commands of a group, or the command itself."""
    found = command(name)
    return [f"{name} {word}" for word in found.commands] if isinstance(found, click.Group) else [name]


LEAVES = [leaf for name in COMMANDS for leaf in leaves(name)]


def options(name: str) -> list[click.Option]:
    return [option for option in command(name).params if isinstance(option, click.Option)]


def row(beginning: str) -> str:
    """The row of a table in the README that begins with this cell."""
    return next((line for line in README.splitlines() if line.startswith(f"| {beginning} |")), "")


def section(title: str) -> str:
    """What stands under a heading of the README."""
    return re.split(r"^#+ ", README.partition(f" {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def in_code(text: str) -> set[str]:
    """What a text sets in code."""
    return set(re.findall(r"`([^`]+)`", text))


def examples() -> Iterator[list[str]]:
    """The words of every `inspector …` line of the README's shell examples."""
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL):
        for line in re.findall(r"^inspector (.*)", block, flags=re.MULTILINE):
            words = shlex.split(line, comments=True)
            yield words[: words.index(">")] if ">" in words else words


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_and_option_is_documented(name: str) -> None:
    documented = row(f"`inspector {name}`")
    assert documented, f"the README's table of commands lacks {name}"
    assert {option.opts[0] for option in options(name)} == {text for text in in_code(documented) if text[:2] == "--"}


@pytest.mark.parametrize("name", LEAVES)
def test_environment_variables_follow_the_documented_rule(name: str) -> None:
    environment = section("Environment")
    for option in options(name):
        by_rule = "INSPECTOR_" + option.opts[0].removeprefix("--").replace("-", "_").upper()
        assert option.envvar == by_rule or f"`{option.envvar}`" in environment


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_documented(call: str) -> None:
    assert row(f"`{call}`")


def test_every_search_field_is_documented() -> None:
    documented = {text.partition(".")[0] for text in in_code(section("Search").partition("Fields:")[2])}
    assert documented == {*FIELDS, *WITH_PATH}


def test_every_fault_is_documented() -> None:
    rows = [line for line in section("Faults").splitlines() if line.startswith("| `")]
    assert {name for line in rows for name in in_code(line.split("|")[1])} == set(FAULTS)
    assert set(ANSWER_FAULTS) <= in_code(row("`PUT /-/api/answers`"))


@pytest.mark.parametrize("arguments", list(examples()), ids=" ".join)
def test_examples_are_commands_that_parse(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body.json").write_text("{}", encoding="utf-8")
    name = next((leaf for leaf in LEAVES if " ".join(arguments).startswith(leaf)), "serve")
    given = arguments[len(name.split()) :] if arguments[0] in COMMANDS else arguments
    assert command(name).make_context(name, given).params


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (document.parent / target).exists()]
