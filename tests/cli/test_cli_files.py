"""`replay`, `export`, `import` and `scenario` against running inspectors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inspector.cli.group import group
from inspector.server import InspectorServer


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(group, list(arguments), **options)


def fill(server: InspectorServer) -> list[bytes]:
    """Send a lifecycle to an inspector."""
    result = run("send", "lifecycle", "--to", f"{server.url}/hook", "--seed", "7", "--signing-key", "k")
    assert result.exit_code == 0, result.output
    return bodies(server)


def bodies(server: InspectorServer) -> list[bytes]:
    return [request.body for request in server.app.log.snapshot()]


@pytest.mark.parametrize("kind", ["jsonl", "har"])
def test_what_is_exported_can_be_imported(serve: Callable[..., InspectorServer], tmp_path: Path, kind: str) -> None:
    one, other = serve(), serve()
    sent = fill(one)
    file = tmp_path / "requests"
    assert run("export", "--format", kind, "--output", str(file), "--inspector", one.url).exit_code == 0
    assert run("import", str(file), "--inspector", other.url).exit_code == 0
    assert bodies(other) == sent


def test_export_writes_what_matches_to_stdout(server: InspectorServer) -> None:
    fill(server)
    result = run("export", "event:deleted", "--inspector", server.url)
    assert [json.loads(line)["event"]["name"] for line in result.stdout.splitlines()] == ["conversation.deleted"]


def test_a_file_is_replayed(serve: Callable[..., InspectorServer], tmp_path: Path) -> None:
    one, other = serve(), serve()
    sent = fill(one)
    file = tmp_path / "requests.jsonl"
    run("export", "--output", str(file), "--inspector", one.url)
    result = run("replay", str(file), "--to", other.url, "--sign", "fresh", "--signing-key", "other")
    assert result.exit_code == 0, result.output
    assert bodies(other) == sent
    assert {request.path for request in other.app.log.snapshot()} == {"/hook"}


def test_a_recorded_request_is_replayed_by_its_id(serve: Callable[..., InspectorServer]) -> None:
    one, other = serve(), serve()
    fill(one)
    request = one.app.log.snapshot()[2]
    result = run("replay", request.id, "--to", f"{other.url}/again", "--inspector", one.url, "--json")
    assert json.loads(result.stdout)["state"] == "delivered"
    again = other.app.log.snapshot()[0]
    assert (again.path, again.body) == ("/again", request.body)
    assert again.header("messagebird-signature") == request.header("messagebird-signature")


def test_exit_codes_of_a_replay(server: InspectorServer) -> None:
    fill(server)
    request = server.app.log.snapshot()[0]
    server.app.rules.replace([{"status": 500}])
    assert run("replay", request.id, "--to", server.url, "--inspector", server.url).exit_code == 1
    assert run("replay", request.id, "--to", "http://127.0.0.1:1", "--inspector", server.url).exit_code == 3
    assert run("replay", "000000-1", "--to", server.url, "--inspector", server.url).exit_code == 2
    assert run("replay", request.id, "--to", server.url, "--sign", "fresh", "--inspector", server.url).exit_code == 2


def test_a_wrong_file_is_a_sentence(server: InspectorServer, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("nonsense\n")
    for result in (
        run("import", str(file), "--inspector", server.url),
        run("replay", str(file), "--to", server.url),
        run("import", str(tmp_path / "none"), "--inspector", server.url),
    ):
        assert result.exit_code == 2
        assert "Traceback" not in result.output


SCENARIO = """
version: 1
steps:
  - {name: created, send: created, expect: {status: 200}}
  - {name: closed, send: {event: updated, continues: created, set: {status: closed}}, expect: {status: 200}}
"""


def test_a_scenario_is_played(server: InspectorServer, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO)
    result = run("scenario", "run", str(file), "--to", f"{server.url}/hook", "--signing-key", "k")
    assert result.exit_code == 0, result.output
    assert "ok   created: 200" in result.output
    first, second = (request.payload for request in server.app.log.snapshot())
    assert second["id"] == first["id"]
    assert second["status"] == "closed"


def test_a_scenario_that_fails_ends_with_1(server: InspectorServer, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO)
    server.app.rules.replace([{"status": 503, "times": 1}])
    result = run("scenario", "run", str(file), "--to", server.url, "--json")
    assert result.exit_code == 1
    steps = [json.loads(line) for line in result.stdout.splitlines()]
    assert [step["result"] for step in steps] == ["fail", "pass"]
    assert steps[0]["problems"] == ["expected 200, got 503"]


def test_a_scenario_is_validated_with_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO)
    assert "2 steps, nothing wrong" in run("scenario", "validate", str(file)).output
    file.write_text(SCENARIO.replace("version: 1", "version: 3"))
    result = run("scenario", "validate", str(file))
    assert result.exit_code == 2
    assert "story.yaml:2:10: version" in result.output


def test_the_schema_is_published() -> None:
    assert json.loads(run("scenario", "schema").output)["properties"]["version"]["const"] == 1


def test_a_recorded_session_is_a_scenario(serve: Callable[..., InspectorServer], tmp_path: Path) -> None:
    one, other = serve(), serve()
    sent = fill(one)
    file = tmp_path / "session.yaml"
    run("export", "--format", "scenario", "--output", str(file), "--inspector", one.url)
    assert run("scenario", "run", str(file), "--to", f"{other.url}/hook").exit_code == 0
    assert bodies(other) == sent
