"""Export and import: what goes out comes in again, byte for byte, and secrets stay at home."""

from __future__ import annotations

import ast
import json

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.settings import Settings

OWN = "http://127.0.0.1:4747"
BODIES = [b'{"a":  1}', bytes(range(256)), b"", "zoë\u2028".encode()]


def client() -> TestClient:
    return TestClient(create_app(Settings()), base_url=OWN)


@pytest.fixture
def recorded() -> TestClient:
    inspector = client()
    for number, body in enumerate(BODIES):
        headers = [
            ("authorization", "Bearer s3cret"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("messagebird-signature", "abc="),
        ]
        inspector.request("PUT", f"/hook/{number}?b=2&token=s3cret&a=%31", content=body, headers=headers)
    return inspector


def whole(inspector: TestClient) -> list[dict[str, object]]:
    listed = inspector.get("/-/api/requests").json()["requests"]
    found = [inspector.get(f"/-/api/requests/{request['id']}").json() for request in listed]
    own = ("id", "sequence", "client")
    return [{key: value for key, value in request.items() if key not in own} for request in found]


@pytest.mark.parametrize("kind", ["jsonl", "har"])
def test_what_is_exported_is_imported_the_same(recorded: TestClient, kind: str) -> None:
    data = recorded.get(f"/-/api/export?format={kind}&secrets=keep").content
    other = client()
    media_type = "application/x-ndjson" if kind == "jsonl" else "application/json"
    answer = other.post("/-/api/import", content=data, headers={"content-type": media_type})
    assert answer.json()["imported"] == len(BODIES)
    assert whole(other) == whole(recorded)


def test_what_was_cut_or_malformed_stays_so() -> None:
    app = create_app(Settings(max_body=4))
    recorder, other = TestClient(app, base_url=OWN), client()
    recorder.post("/hook", content=b"123456")
    app.record_malformed(b"\x16\x03\x01", None)
    data = recorder.get("/-/api/export").content
    assert other.post("/-/api/import", content=data).json()["imported"] == 2
    assert whole(other) == whole(recorder)


@pytest.mark.parametrize("kind", ["jsonl", "har"])
def test_secrets_are_masked_and_signatures_kept(recorded: TestClient, kind: str) -> None:
    data = recorded.get(f"/-/api/export?format={kind}").text
    assert "s3cret" not in data
    assert "abc=" in data
    assert "s3cret" in recorded.get(f"/-/api/export?format={kind}&secrets=keep").text


def test_q_selects_what_is_exported(recorded: TestClient) -> None:
    lines = recorded.get("/-/api/export?q=path:/hook/2").text.splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/hook/2"]


def test_a_har_is_what_other_tools_expect(recorded: TestClient) -> None:
    log = recorded.get("/-/api/export?format=har").json()["log"]
    entry = log["entries"][0]
    assert log["version"] == "1.2"
    assert entry["time"] == round(entry["time"], 3) > 0
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
    assert {"name": "a", "value": "1"} in entry["request"]["queryString"]


def test_the_test_module_is_python_and_holds_every_body(recorded: TestClient) -> None:
    source = recorded.get("/-/api/export?format=pytest").text
    constants = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    assert set(BODIES) <= constants


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"{}\n", "Line 1 is not a recorded request: it has no field 'body'"),
        (b"nonsense\n", "Line 1 is not JSON"),
        (b'{"log": {"entries": [{}]}}', "Entry 1"),
    ],
)
def test_a_wrong_file_is_refused_whole(recorded: TestClient, data: bytes, said: str) -> None:
    good = recorded.get("/-/api/export").content if data.startswith(b"{}") else b""
    other = client()
    answer = other.post("/-/api/import", content=data + good, headers={"content-type": "application/x-ndjson"})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert other.get("/-/api/requests").json()["total"] == 0


@pytest.mark.parametrize("query", ["format=xml", "secrets=some", "q=colour:red"])
def test_wrong_parameters_are_refused(recorded: TestClient, query: str) -> None:
    assert recorded.get(f"/-/api/export?{query}").status_code == 400
