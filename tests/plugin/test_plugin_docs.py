"""Everything that tests can use of the plugin is in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inspector import Inspector
from inspector.testing.aio import AsyncInspector
from inspector.testing.firing import FireOptions

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## In pytest\n")[2].partition("\n## ")[0]
HALVES = {"firing", "receiving", "unsettled", "close"}
"""What the plugin and the two halves use among themselves."""


def public(of: type) -> list[str]:
    return [name for name in vars(of) if not name.startswith("_") and name not in HALVES]


@pytest.mark.parametrize("name", public(Inspector))
def test_every_call_is_named(name: str) -> None:
    assert re.search(rf"[.`]{name}\b", SECTION)


@pytest.mark.parametrize("name", [*public(AsyncInspector), *FireOptions.__annotations__])
def test_every_async_call_and_every_option_of_fire_is_named(name: str) -> None:
    assert f"`{name}`" in SECTION


def test_every_option_and_fixture_is_named(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    told = "\n".join(pytester.runpytest_inprocess("-p", "inspector", "--help", "--fixtures").outlines)
    options = set(re.findall(r"--inspector-[\w-]+", told))
    assert len(options) == 5
    assert {option for option in options if f"`{option}" not in SECTION} == set()
    told = "\n".join(pytester.runpytest_inprocess("-p", "inspector", "--fixtures").outlines)
    fixtures = set(re.findall(r"^(inspector\w*)", told, flags=re.MULTILINE))
    assert fixtures == {"inspector", "inspector_server", "inspector_settings", "inspector_attack"}
    assert {name for name in fixtures if name not in SECTION} == set()
