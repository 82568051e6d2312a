"""Where bodies depart from the documented contract, and where they do not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.webhook.contract import CONFORMS, MAX_FINDINGS, Finding, check_contract

SEED_BODY = (Path(__file__).parents[1] / "data" / "conversation.updated.json").read_bytes()
SEED = json.loads(SEED_BODY)
ABSENT: Any = object()


def changed(path: str, value: Any = ABSENT) -> bytes:
    """The documented example with one value set, or taken away. The path's steps are divided by slashes."""
    event = copy.deepcopy(SEED)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    here = event
    for step in way:
        here = here[step]
    if value is ABSENT:
        del here[last]
    else:
        here[last] = value
    return json.dumps(event).encode()


def only_finding(body: bytes) -> Finding:
    (finding,) = check_contract(body).findings
    return finding


def test_the_documented_example_conforms() -> None:
    assert check_contract(SEED_BODY) is CONFORMS
    assert check_contract(json.dumps(SEED).encode()) is CONFORMS


@pytest.mark.parametrize("name", ["conversation.created", "conversation.updated", "conversation.deleted"])
def test_every_documented_event_conforms(name: str) -> None:
    assert check_contract(changed("event", name)) is CONFORMS


@pytest.mark.parametrize(
    "field",
    [
        "id", "name", "status", "visibility", "accessibility", "platformStyle", "channelId", "featuredParticipants",
        "activeParticipantCount", "createdAt", "updatedAt", "featuredParticipants/0/id", "featuredParticipants/1/type",
        "lastMessage/sender/type", "initiatingParticipant/id",
    ],
)  # fmt: skip
def test_a_missing_required_field_is_an_error(field: str) -> None:
    report = check_contract(changed(f"payload/{field}"))
    assert report.verdict == "departs"
    assert [(finding.kind, finding.severity) for finding in report.findings] == [("missing", "error")]


@pytest.mark.parametrize(
    "field",
    [
        "description", "pendingParticipantCount", "initiatingParticipant", "lastMessage", "lastMessage/recipients",
        "lastMessage/status", "lastMessage/sender", "featuredParticipants/0/contact", "featuredParticipants/1/status",
    ],
)  # fmt: skip
def test_a_missing_optional_field_is_no_finding(field: str) -> None:
    assert check_contract(changed(f"payload/{field}")) is CONFORMS


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("payload/name", None, "type"),
        ("payload/name", 5, "type"),
        ("payload/activeParticipantCount", "2", "type"),
        ("payload/activeParticipantCount", 2.0, "type"),
        ("payload/activeParticipantCount", True, "type"),
        ("payload/activeParticipantCount", -1, "value"),
        ("payload/featuredParticipants", {}, "type"),
        ("payload/featuredParticipants", SEED["payload"]["featuredParticipants"] * 3, "value"),
        ("payload/lastMessage", [], "type"),
        ("payload/lastMessage/recipients", "x", "type"),
        ("payload/attributes", [], "type"),
        ("payload/hasDraft", "yes", "type"),
        ("payload/id", "badbf15c", "format"),
        ("payload/id", "badbf15cbad34bf392236b7f414f9770", "format"),
        ("payload/createdAt", "2024-11-26", "format"),
        ("payload/createdAt", "2024-11-26T18:45:28+01:00", "format"),
        ("payload/updatedAt", "2024-02-30T18:45:28Z", "format"),
        ("payload/updatedAt", "2024-11-26T18:45:28.1234Z", "format"),
        ("payload/visibility", "secret", "value"),
        ("payload/accessibility", "closed", "value"),
        ("payload/style", "email", "value"),
        ("payload/platformStyle", "chat", "value"),
        ("payload/lastMessage/status", "read", "value"),
        ("payload/featuredParticipants/0/status", "away", "value"),
    ],
)
def test_what_the_contract_is_certain_of_is_an_error(path: str, value: Any, kind: str) -> None:
    finding = only_finding(changed(path, value))
    assert (finding.kind, finding.severity) == (kind, "error")
    assert check_contract(changed(path, value)).verdict == "departs"


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("event", "conversation.archived", "value"),
        ("payload/status", "snoozed", "value"),
        ("payload/lastMessage/type", "carousel", "value"),
        ("payload/featuredParticipants/1/type", "robot", "value"),
        ("payload/description", None, "type"),
        ("payload/lastMessage", None, "type"),
        ("payload/lastMessage/sender/avatarUrl", None, "type"),
        ("payload/newField", {"a": 1}, "unknown"),
        ("payload/lastMessage/preview/html", "<b>", "unknown"),
        ("region", "eu", "unknown"),
        ("payload/attributes", {"order": 2**60}, "value"),
    ],
)
def test_what_the_contract_leaves_open_is_a_note_and_conforms(path: str, value: Any, kind: str) -> None:
    report = check_contract(changed(path, value))
    assert report.verdict == "conforms"
    assert [(finding.kind, finding.severity) for finding in report.findings] == [(kind, "note")]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("payload/lastMessage/recipients", []),
        ("payload/featuredParticipants", []),
        ("payload/featuredParticipants", SEED["payload"]["featuredParticipants"][:1] * 5),
        ("payload/updatedAt", "2024-11-27T19:33:11.55Z"),
        ("payload/updatedAt", "2024-11-27T19:33:11Z"),
        ("payload/id", "BADBF15C-BAD3-4BF3-9223-6B7F414F9770"),
        ("payload/attributes", {"anything": [None, {"deep": 1.50}]}),
        ("payload/summary", None),
        ("payload/resource", {"type": "order", "id": "17"}),
    ],
)
def test_what_the_contract_allows_is_no_finding(path: str, value: Any) -> None:
    assert check_contract(changed(path, value)) is CONFORMS


def test_a_finding_has_the_path_of_its_place_in_the_body() -> None:
    assert only_finding(changed("payload/featuredParticipants/0/id", 7)) == Finding(
        "payload.featuredParticipants[0].id", "type", "error", "Expected a string, got the number 7."
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("payload/id", ABSENT, "Missing: the contract requires it."),
        ("payload/name", None, "Expected a string, got null."),
        ("payload/visibility", "secret", 'Expected one of public, private, got the string "secret".'),
        ("payload/status", "new", 'Expected one of active, closed (perhaps among others), got the string "new".'),
        ("payload/activeParticipantCount", -1, "Expected an integer of at least 0, got the number -1."),
        ("payload/featuredParticipants", [{}] * 7, "Expected at most 5 items, got an array of 7."),
        ("service", "channels", 'Expected conversations, got the string "channels".'),
        ("payload/id", "x" * 999, f'such as badbf15c-bad3-4bf3-9223-6b7f414f9770, got the string "{"x" * 59}…".'),
    ],
)
def test_a_message_says_what_was_expected_and_what_was_there(path: str, value: Any, message: str) -> None:
    assert only_finding(changed(path, value)).message.endswith(message)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("payload/channel_id", "channelId"),
        ("payload/featuredParticipants/0/avatarURL", "avatarUrl"),
        ("payload/lastMessage/sender/contact/identifierkey", "identifierKey"),
        ("payloads", "payload"),
    ],
)
def test_an_unknown_field_that_looks_like_a_slip_names_the_documented_one(path: str, nearest: str) -> None:
    assert only_finding(changed(path, "x")).message.endswith(f"Did you mean {nearest}?")


def test_an_unknown_field_unlike_any_other_has_no_suggestion() -> None:
    assert only_finding(changed("payload/zzz", "x")).message == "The contract names no such field."


@pytest.mark.parametrize(
    ("body", "path", "kind"),
    [
        (b"", "", "format"),
        (b"hello", "", "format"),
        (SEED_BODY[:-20], "", "format"),
        (b"[]", "", "type"),
        (b"null", "", "type"),
        (changed("service"), "service", "missing"),
        (changed("service", "channels"), "service", "value"),
        (changed("service", None), "service", "type"),
        (changed("event"), "event", "missing"),
        (changed("event", 1), "event", "type"),
        (changed("payload"), "payload", "missing"),
        (changed("payload", []), "payload", "type"),
    ],
)
def test_what_is_no_envelope_is_not_an_event_and_says_why(body: bytes, path: str, kind: str) -> None:
    report = check_contract(body)
    assert report.verdict == "not_an_event"
    assert [(finding.path, finding.kind, finding.severity) for finding in report.findings] == [(path, kind, "error")]


def test_a_webhook_of_somebody_else_misses_the_three_keys() -> None:
    report = check_contract(b'{"action": "opened", "issue": {"id": 1}}')
    assert report.verdict == "not_an_event"
    assert [finding.path for finding in report.findings] == ["service", "event", "payload"]


def test_the_payload_of_an_undocumented_event_is_not_checked() -> None:
    body = json.dumps({"service": "conversations", "event": "message.created", "payload": {"id": 1}}).encode()
    assert [finding.path for finding in check_contract(body).findings] == ["event"]


@pytest.mark.parametrize(
    ("body", "path", "kind", "severity"),
    [
        (b"\xef\xbb\xbf" + SEED_BODY, "", "format", "error"),
        (SEED_BODY.replace(b"Jane", b"Jan\xe9"), "", "format", "error"),
        (SEED_BODY.replace(b'"hallo"', b'"\\ud83d"'), "payload.lastMessage.preview.text", "format", "error"),
        (changed("payload/attributes", {"a": float("nan")}), "payload.attributes.a", "format", "error"),
        (SEED_BODY.replace(b'"name":', b'"name": "", "name":'), "payload.name", "value", "error"),
        (changed("payload/attributes", {"a": 2**53 + 1}), "payload.attributes.a", "value", "note"),
    ],
)
def test_what_parsers_disagree_on_is_a_finding(body: bytes, path: str, kind: str, severity: str) -> None:
    finding = only_finding(body)
    assert (finding.path, finding.kind, finding.severity) == (path, kind, severity)


def test_attributes_nested_too_deeply_are_a_note() -> None:
    body = SEED_BODY.replace(b'"name":', b'"attributes": {"a": %b}, "name":' % (b"[" * 5000 + b"]" * 5000))
    report = check_contract(body)
    assert report.verdict == "conforms"
    assert "Nested deeper" in report.findings[0].message


def test_errors_stand_before_notes_and_the_rest_is_counted() -> None:
    event = copy.deepcopy(SEED)
    event["payload"] = {f"field{index}": index for index in range(500)} | event["payload"]
    event["payload"]["updatedAt"] = 0
    first, *_, last = check_contract(json.dumps(event).encode()).findings
    assert first.path == "payload.updatedAt"
    assert last.message == f"{501 - MAX_FINDINGS} more departures are not listed."


def test_json_has_the_promised_shape() -> None:
    assert check_contract(changed("payload/name")).to_json() == {
        "verdict": "departs",
        "findings": [
            {
                "path": "payload.name",
                "kind": "missing",
                "severity": "error",
                "message": "Missing: the contract requires it.",
            }
        ],
    }
    assert CONFORMS.to_json() == {"verdict": "conforms", "findings": []}


def test_conforming_bodies_share_one_report() -> None:
    assert check_contract(SEED_BODY.replace(b"hallo", b"hello")) is check_contract(SEED_BODY)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def steps_of(value: Any, steps: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [steps] * bool(steps) + [found for step, part in parts for found in steps_of(part, (*steps, step))]


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"service":"conversations","event":"conversation.created","payload":' + b"9" * 5000 + b"}")
def test_any_bytes_have_a_report(body: bytes) -> None:
    report = check_contract(body)
    assert report.verdict == "not_an_event"
    assert report.findings


@given(JSON_VALUES)
def test_any_json_has_a_report(value: Any) -> None:
    assert check_contract(json.dumps(value).encode()).verdict == "not_an_event"


@given(st.sampled_from(steps_of(SEED)), JSON_VALUES)
def test_an_event_with_any_value_anywhere_has_a_report(steps: tuple[Any, ...], value: Any) -> None:
    report = check_contract(changed("/".join(map(str, steps)), value))
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert bool(errors) == (report.verdict != "conforms")


@given(st.integers(0, len(SEED_BODY) - 1), st.binary(min_size=1, max_size=3))
def test_an_event_with_a_few_wrong_bytes_has_a_report(position: int, damage: bytes) -> None:
    body = SEED_BODY[:position] + damage + SEED_BODY[position + len(damage) :]
    assert json.dumps(check_contract(body).to_json())
