"""`replay`, `export`, `import` and `scenario` against a running inspector."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inspector import Inspector
from inspector.cli.group import group
from inspector.sender.delivery import Sender
from inspector.sender.retry import RetryPolicy


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(group, list(arguments), **options)


def fill(inspector: Inspector) -> list[bytes]:
    """Fire a lifecycle at an inspector."""
    inspector.fire_many("lifecycle", to=f"{inspector.url}/hook", signing_key="k").assert_accepted()
    return bodies(inspector)


def bodies(inspector: Inspector) -> list[bytes]:
    return [request.body for request in inspector.log.snapshot()]


@pytest.mark.parametrize("kind", ["jsonl", "har"])
def test_what_is_exported_can_be_imported(inspector: Inspector, tmp_path: Path, kind: str) -> None:
    sent, file = fill(inspector), str(tmp_path / "requests")
    assert run("export", "--format", kind, "--output", file, "--inspector", inspector.url).exit_code == 0
    inspector.reset()
    assert run("import", file, "--inspector", inspector.url).exit_code == 0
    assert bodies(inspector) == sent


def test_export_writes_what_matches_to_stdout(inspector: Inspector) -> None:
    fill(inspector)
    result = run("export", "event:deleted", "--inspector", inspector.url)
    assert [json.loads(line)["event"]["name"] for line in result.stdout.splitlines()] == ["conversation.deleted"]


def test_an_export_of_nothing_says_so(inspector: Inspector) -> None:
    result = run("export", "event:deleted", "--inspector", inspector.url)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No recorded request matches.\n")


def test_a_file_is_replayed(inspector: Inspector, tmp_path: Path) -> None:
    sent, file = fill(inspector), str(tmp_path / "requests.jsonl")
    run("export", "--output", file, "--inspector", inspector.url)
    inspector.reset()
    result = run("replay", file, "--to", inspector.url, "--sign", "fresh", "--signing-key", "other")
    assert result.exit_code == 0, result.output
    assert bodies(inspector) == sent
    assert {request.path for request in inspector.requests} == {"/hook"}


def test_a_recorded_request_is_replayed_by_its_id(inspector: Inspector) -> None:
    fill(inspector)
    request = inspector.requests[2]
    result = run("replay", request.id, "--to", f"{inspector.url}/again", "--inspector", inspector.url, "--json")
    assert json.loads(result.stdout)["state"] == "delivered"
    again = inspector.last
    assert (again.path, again.body) == ("/again", request.body)
    assert again.header("messagebird-signature") == request.header("messagebird-signature")


def test_a_replay_by_id_is_linked_both_ways(inspector: Inspector) -> None:
    inspector.fire("created", to=f"{inspector.url}/hook")
    original = inspector.last
    result = run("replay", original.id, "--to", inspector.url, "--inspector", inspector.url, "--json")
    again = inspector.last
    assert (again.path, again.replay_of) == ("/hook", original.id)
    assert original.replays == [json.loads(result.stdout)["id"]]


def test_what_a_search_finds_is_replayed_oldest_first(inspector: Inspector) -> None:
    sent = fill(inspector)
    there = ("--to", f"{inspector.url}/again", "--inspector", inspector.url)
    result = run("replay", "--query", "path:/hook event:updated", *there)
    assert result.exit_code == 0, result.output
    assert [request.body for request in inspector.requests if request.path == "/again"] == sent[1:-1]
    assert run("replay", "--query", "path:/nowhere", *there).exit_code == 0
    assert run("replay", *there).exit_code == 2


def test_an_insecure_replay_is_sent_from_here(inspector: Inspector) -> None:
    inspector.fire("created", to=f"{inspector.url}/hook")
    result = run("replay", inspector.last.id, "--to", inspector.url, "--inspector", inspector.url, "--insecure")
    assert result.exit_code == 0, result.output
    first, second = inspector.requests
    assert (second.body, second.replay_of, first.replays) == (first.body, None, None)


def test_a_masked_export_is_not_replayed_as_it_is(inspector: Inspector, tmp_path: Path) -> None:
    file = str(tmp_path / "requests.jsonl")
    inspector.fire("created", to=inspector.url, headers={"authorization": "Bearer x", "x-kept": "1"})
    run("export", "--output", file, "--inspector", inspector.url)
    result = run("replay", file, "--to", inspector.url)
    assert result.exit_code == 2
    assert "header authorization is masked" in result.stderr
    assert "--keep-secrets" in result.stderr
    result = run("replay", file, "--to", inspector.url, "--drop-masked")
    assert (result.exit_code, "goes without authorization" in result.stderr) == (0, True)
    assert (inspector.last.header("authorization"), inspector.last.header("x-kept")) == (None, "1")


def test_a_body_that_was_not_recorded_whole_is_not_replayed(inspector: Inspector, tmp_path: Path) -> None:
    inspector.fire("created", to=inspector.url)
    file = tmp_path / "requests.jsonl"
    run("export", "--output", str(file), "--inspector", inspector.url)
    record = json.loads(file.read_bytes())
    file.write_text(json.dumps({**record, "body": {**record["body"], "size": record["body"]["size"] + 1}}))
    result = run("replay", str(file), "--to", inspector.url)
    assert result.exit_code == 2
    assert "The body was not recorded whole" in result.stderr


def test_exit_codes_of_a_replay(inspector: Inspector) -> None:
    inspector.fire("created", to=inspector.url)
    id, there = inspector.last.id, ("--inspector", inspector.url)
    inspector.answer_with(500)
    assert run("replay", id, "--to", inspector.url, *there).exit_code == 1
    assert run("replay", id, "--to", "http://127.0.0.1:1", *there).exit_code == 3
    assert run("replay", "000000-1", "--to", inspector.url, *there).exit_code == 2
    assert run("replay", id, "--to", inspector.url, "--sign", "fresh", *there).exit_code == 2


def test_a_wrong_file_is_a_sentence(inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("nonsense\n")
    for result in (
        run("import", str(file), "--inspector", inspector.url),
        run("replay", str(file), "--to", inspector.url),
        run("import", str(tmp_path / "none"), "--inspector", inspector.url),
    ):
        assert result.exit_code == 2
        assert "Traceback" not in result.output


SCENARIO = """
version: 1
seed: files
steps:
  - {name: created, send: created, expect: {status: 200}}
  - {name: closed, send: {event: updated, continues: created, set: {status: closed}}, expect: {status: 200}}
"""


def test_a_scenario_is_played(inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO)
    result = run("scenario", "run", str(file), "--to", f"{inspector.url}/hook", "--signing-key", "k")
    assert result.exit_code == 0, result.output
    assert "ok   created: 200" in result.output
    first, second = (request.payload for request in inspector.requests)
    assert second["id"] == first["id"]
    assert second["status"] == "closed"


def test_a_scenario_that_fails_ends_with_1(inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO)
    inspector.answer_with([503, 200])
    result = run("scenario", "run", str(file), "--to", inspector.url, "--json")
    assert result.exit_code == 1
    steps = [json.loads(line) for line in result.stdout.splitlines()]
    assert [step["result"] for step in steps] == ["fail", "pass"]
    assert steps[0]["problems"] == ["expected 200, got 503"]


@pytest.mark.parametrize(
    ("answer", "to", "code"),
    [(401, None, 1), (200, None, 0), (200, "http://127.0.0.1:1/hook", 3), ({"delay_ms": 20_000}, None, 4)],
)
def test_a_step_without_expectation_expects_2xx(
    answer: Any, to: str | None, code: int, inspector: Inspector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("version: 1\nsteps: [{name: a, send: created}]")
    inspector.answer_with(answer)
    if code == 4:
        monkeypatch.setattr("inspector.cli.scenario.Sender", partial(Sender, retry=RetryPolicy(timeout=0.2)))
    result = run("scenario", "run", str(file), "--to", to or inspector.url)
    assert result.exit_code == code, result.output


def test_without_a_seed_each_run_is_new_and_can_be_repeated(inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("version: 1\nsteps: [{name: a, send: created}]")
    told = [run("scenario", "run", str(file), "--to", inspector.url).stderr for _ in range(2)]
    first, second = inspector.requests
    assert first.request_id != second.request_id
    again = re.search(r"--seed \S+ --at \S+", told[0])
    assert again is not None
    run("scenario", "run", str(file), "--to", inspector.url, *again[0].split())
    assert (inspector.last.body, inspector.last.request_id) == (first.body, first.request_id)


def test_what_a_scenario_cannot_send_shows_before_anything_is_sent(inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SCENARIO.replace("{status: closed}", "{statsu: closed}"))
    for command in (["validate", str(file)], ["run", str(file), "--to", inspector.url]):
        result = run("scenario", *command)
        assert result.exit_code == 2
        assert "story.yaml:6:69: step 'closed': The contract knows no field 'statsu'" in result.stderr
    inspector.assert_none()


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


def test_a_recorded_session_is_a_scenario(inspector: Inspector, tmp_path: Path) -> None:
    sent, file = fill(inspector), str(tmp_path / "session.yaml")
    run("export", "--format", "scenario", "--output", file, "--inspector", inspector.url)
    inspector.reset()
    assert run("scenario", "run", file, "--to", inspector.url).exit_code == 0
    assert bodies(inspector) == sent
    assert {request.path for request in inspector.requests} == {"/hook"}


def test_a_recorded_duplicate_stays_one(inspector: Inspector, tmp_path: Path) -> None:
    inspector.fire("created", to=f"{inspector.url}/hook", fault="duplicate")
    file = str(tmp_path / "session.yaml")
    run("export", "--format", "scenario", "--output", file, "--inspector", inspector.url)
    inspector.reset()
    run("scenario", "run", file, "--to", inspector.url)
    assert [request.attempt for request in inspector.requests] == [1, 2]
