"""Scenario files: read strictly, with line and column for what is wrong."""

from __future__ import annotations

import json

import pytest

from inspector.sender.scenario import ScenarioError, parse_scenario, schema

GOOD = """
version: 1
name: A retry
to: http://127.0.0.1:8000/hook
seed: 7
at: 2024-11-27T19:33:53.5Z
steps:
  - name: created
    send: conversation.created
    expect: {status: 2xx, within_ms: 2000}
  - name: renamed
    after: 1s
    send:
      event: conversation.updated
      continues: created
      set: {name: "${created.payload.name}, again"}
    fault: duplicate
    repeat: 2
    expect: {status: [200, 409]}
"""


def test_a_good_file_is_read() -> None:
    scenario = parse_scenario(GOOD)
    created, renamed = scenario.steps
    assert (scenario.seed, scenario.at) == ("7", "2024-11-27T19:33:53.5Z")
    assert created.send.event == "conversation.created"
    assert created.expect.status == ["2xx"]
    assert (renamed.repeat, renamed.after, renamed.fault) == (2, "1s", "duplicate")


def test_json_is_read_too() -> None:
    content = {"version": 1, "steps": [{"name": "a", "send": "created", "to": "http://a.example/"}]}
    assert parse_scenario(json.dumps(content, indent=2)).steps[0].name == "a"


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("version: 1", "version: 2", (2, 10), "version"),
        ("    repeat: 2", "    repeat: two", (18, 13), "repeat"),
        ("    repeat: 2", "    repeat: 0", (18, 13), "repeat must be 1 or more"),
        ("    repeat: 2", "    reapeat: 2", (18, 5), "reapeat is not known here. Did you mean repeat?"),
        ("expect: {status: 2xx, within", "expect: {statsu: 2xx, within", (10, 14), "Did you mean status?"),
        ("      continues:", "      continue:", (15, 7), "Did you mean continues?"),
        ("seed: 7", "sede: 7", (5, 1), "Did you mean seed?"),
        ("name: renamed", "name: Renamed", (11, 11), "name must begin with a small letter"),
        ("name: renamed", "name: 5", (11, 11), "name must be a text"),
        ("    fault: duplicate", "    path: hook", (17, 11), "does not begin with a slash"),
        ("continues: created", "headers: {'x y': z}", (15, 17), "is not a header name"),
        ("continues: created", 'headers: {x: "a\\r\\nb"}', (15, 20), "holds a line break"),
        ("event: conversation.updated", "event: lifecycle", (14, 7), "continues none"),
        ("event: conversation.updated", "body: x", (14, 7), "sent as it stands"),
        ("after: 1s", "after: soon", (12, 12), "not a duration"),
        ("fault: duplicate", "fault: duplicat", (17, 12), "Did you mean duplicate"),
        ("to: http://127.0.0.1:8000/hook", "to: localhost", (4, 5), "not an http"),
        ("name: renamed", "name: created", (11, 11), "already"),
        ("continues: created", "continues: later", (15, 18), "no step 'later'"),
        ("${created.payload.name}", "${creatde.payload.name}", (16, 19), "names no step"),
        ("${created.payload.name}", "${created.color}", (16, 19), "known are payload"),
        ("status: [200, 409]", "status: [200, 4]", (19, 22), "2xx"),
        ("within_ms: 2000", "within_ms: -1", (10, 38), "within_ms must be more than 0"),
        ("at: 2024-11-27T19:33:53.5Z", "at: tomorrow", (6, 5), "tomorrow"),
        ("seed: 7", "seed: 7\nseed: 8", (6, 1), "twice"),
        ("steps:", "steps: [", (8, 3), ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(GOOD.replace(old, new), "a.yaml")
    assert said in caught.value.message
    assert (caught.value.details["line"], caught.value.details["column"]) == place
    assert caught.value.message.startswith(f"a.yaml:{place[0]}:{place[1]}: ")


def test_an_empty_file_has_a_place_and_a_next_step() -> None:
    with pytest.raises(ScenarioError, match=r"^a\.yaml:1:1: nothing is in it\. A scenario begins with version: 1"):
        parse_scenario("# to be written\n", "a.yaml")


@pytest.mark.parametrize("text", ["", "[]", "just words", "version: 1", "version: 1\nsteps: []", "\t- x", "a: &x [*x]"])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text)


def test_either_event_or_body() -> None:
    with pytest.raises(ScenarioError, match="either event or body"):
        parse_scenario("version: 1\nsteps: [{name: a, send: {set: {}}}]")


@pytest.mark.parametrize("body", ["body_base64: '%%'", "body: [1]", "body: 5"])
def test_a_body_is_text_json_or_base64(body: str) -> None:
    with pytest.raises(ScenarioError, match="body"):
        parse_scenario(f"version: 1\nsteps: [{{name: a, send: {{{body}}}}}]")


def test_the_published_schema_names_every_key() -> None:
    published = schema()
    assert set(published["properties"]) == {"version", "name", "to", "seed", "at", "url_signed", "steps"}
    assert "continues" in published["$defs"]["Send"]["properties"]
