"""The API of what was recorded."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from inspector import Inspector
from inspector.app import InspectorApp, create_app
from inspector.settings import Settings, signing_keys

OWN = "http://127.0.0.1:4747"


@pytest.fixture
def app() -> InspectorApp:
    return create_app(Settings(signing_keys=signing_keys(["staging=k"])))


@pytest.fixture
def client(app: InspectorApp) -> TestClient:
    return TestClient(app, base_url=OWN)


def signed(body: bytes, key: str = "k", timestamp: int = 1700000000, url: str = f"{OWN}/hook") -> dict[str, str]:
    """Headers of a webhook, signed by code that is not ours."""
    text = str(timestamp).encode() + b"\n" + url.encode() + b"\n" + hashlib.sha256(body).digest()
    return {
        "messagebird-signature": b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode(),
        "messagebird-request-timestamp": str(timestamp),
        "messagebird-request-id": "7dadb14e-91bb-4eb7-8b9e-7827dd74bf70",
    }


def ids(answer: Any) -> list[int]:
    return [request["sequence"] for request in answer.json()["requests"]]


def test_one_recorded_request_has_the_published_shape(client: TestClient, seed_body: bytes) -> None:
    client.post("/hook?b=2&a=%31", content=seed_body, headers=[("x-twice", "1"), ("x-twice", "2")])
    listed = client.get("/-/api/requests").json()["requests"][0]
    whole = client.get(f"/-/api/requests/{listed['id']}").json()
    published = (
        "id sequence received_at method url path query http_version client headers body event signature contract "
        "answer forwards replays replay_of attempt duplicate_of pinned note test"
    )
    assert set(published.split()) <= set(whole)
    assert whole["url"] == f"{OWN}/hook?b=2&a=%31"
    assert [value for name, value in whole["headers"] if name == "x-twice"] == ["1", "2"]
    assert whole["body"] == {
        "size": len(seed_body),
        "sha256": hashlib.sha256(seed_body).hexdigest(),
        "truncated": False,
        "text": seed_body.decode(),
        "base64": None,
    }
    assert whole["event"]["name"] == "conversation.updated"
    assert whole["event"]["conversation_id"] == "badbf15c-bad3-4bf3-9223-6b7f414f9770"
    assert whole["contract"] == {"verdict": "conforms", "findings": []}
    assert whole["answer"]["status"] == 200


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda body, headers: (body, headers), "valid"),
        (lambda body, headers: (body + b" ", headers), "invalid"),
        (lambda body, headers: (body, {}), "missing"),
        (lambda body, headers: (body, signed(body, key="other")), "invalid"),
    ],
)
def test_the_signature_is_judged(
    client: TestClient, seed_body: bytes, change: Callable[..., tuple[bytes, dict[str, str]]], verdict: str
) -> None:
    body, headers = change(seed_body, signed(seed_body))
    client.post("/hook", content=body, headers=headers)
    found = client.get("/-/api/requests").json()["requests"][0]["signature"]
    assert found["verdict"] == verdict
    assert found["key"] == ("staging" if verdict == "valid" else None)


def test_without_keys_a_signature_is_unchecked(seed_body: bytes) -> None:
    client = TestClient(create_app(Settings()), base_url=OWN)
    client.post("/hook", content=seed_body, headers=signed(seed_body))
    assert client.get("/-/api/requests").json()["requests"][0]["signature"]["verdict"] == "unchecked"


def test_a_redelivery_counts_attempts(client: TestClient, seed_body: bytes) -> None:
    for _ in range(3):
        client.post("/hook", content=seed_body, headers=signed(seed_body))
    shown = client.get("/-/api/requests").json()["requests"]
    assert [request["attempt"] for request in shown] == [3, 2, 1]
    assert [request["duplicate_of"] for request in shown] == [shown[2]["id"], shown[2]["id"], None]


def test_pages_are_newest_first_and_join_without_gap(client: TestClient) -> None:
    for number in range(7):
        client.post(f"/{number}")
    first = client.get("/-/api/requests?limit=3")
    second = client.get(f"/-/api/requests?limit=3&before={first.json()['next']}")
    third = client.get(f"/-/api/requests?limit=3&before={second.json()['next']}")
    assert ids(first) + ids(second) + ids(third) == [7, 6, 5, 4, 3, 2, 1]
    assert third.json()["next"] is None
    assert (first.json()["matched"], first.json()["total"], first.json()["evicted"]) == (7, 7, 0)


def test_q_selects(client: TestClient) -> None:
    for path in ("/a", "/b", "/a"):
        client.post(path)
    answer = client.get("/-/api/requests?q=path:/a")
    assert ids(answer) == [3, 1]
    assert (answer.json()["matched"], answer.json()["total"]) == (2, 3)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/-/api/requests?limit=0", "limit"),
        ("/-/api/requests?limit=ten", "limit"),
        ("/-/api/requests?limit=1.5", "whole number"),
        ("/-/api/wait?timeout=nan", "timeout"),
        ("/-/api/wait?count=0", "count"),
        ("/-/api/requests?q=(", "term is missing"),
    ],
)
def test_wrong_parameters_are_a_clear_400(client: TestClient, path: str, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_a_wrong_search_says_where_and_what_was_meant(client: TestClient) -> None:
    details = client.get("/-/api/requests?q=path:/a evnt:x").json()["error"]["details"]
    assert details["column"] == 9
    assert details["suggestion"] == "event"


@pytest.mark.parametrize("path", ["/-/api/requests/nope", "/-/api/requests/nope-1", "/-/api/nothing"])
def test_what_is_not_there_is_404_in_our_shape(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_the_body_is_an_attachment_of_exact_bytes(client: TestClient) -> None:
    client.post("/hook", content=bytes(range(256)), headers={"content-type": "text/html"})
    request_id = client.get("/-/api/requests").json()["requests"][0]["id"]
    answer = client.get(f"/-/api/requests/{request_id}/body")
    assert answer.content == bytes(range(256))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pin_and_note(client: TestClient) -> None:
    client.post("/hook")
    request_id = client.get("/-/api/requests").json()["requests"][0]["id"]
    answer = client.patch(f"/-/api/requests/{request_id}", json={"pinned": True, "note": "look here"})
    assert (answer.json()["pinned"], answer.json()["note"]) == (True, "look here")
    assert client.patch(f"/-/api/requests/{request_id}", json={"pined": True}).status_code == 400
    assert client.patch(f"/-/api/requests/{request_id}", json={"pinned": "yes"}).status_code == 400


def test_pinned_requests_are_forgotten_only_on_request(client: TestClient) -> None:
    for path in ("/a", "/b", "/c"):
        client.post(path)
    pinned = client.get("/-/api/requests").json()["requests"][1]["id"]
    client.patch(f"/-/api/requests/{pinned}", json={"pinned": True})
    assert client.delete(f"/-/api/requests/{pinned}").status_code == 400
    assert client.delete("/-/api/requests?q=path:/a").json() == {"removed": 1}
    assert client.delete("/-/api/requests").json() == {"removed": 1}
    assert ids(client.get("/-/api/requests")) == [2]
    assert client.delete("/-/api/requests?pinned=true").json() == {"removed": 1}


def test_wait_returns_what_is_there_already(client: TestClient) -> None:
    client.post("/a")
    answer = client.get("/-/api/wait?q=path:/a&timeout=0")
    assert answer.status_code == 200
    assert answer.json()["requests"][0]["path"] == "/a"


def test_wait_returns_as_soon_as_there_are_enough(inspector: Inspector, http: httpx2.Client) -> None:
    url = f"{inspector.url}/-/api/wait?q=path:/late&count=2&timeout=20"
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(http.get, url, timeout=25)
        for path in ("/late", "/other", "/late"):
            http.post(inspector.url + path)
        assert [request["path"] for request in waiting.result(25).json()["requests"]] == ["/late", "/late"]


def test_a_wait_in_vain_tells_what_came_near(client: TestClient) -> None:
    client.post("/hook")
    client.post("/other")
    answer = client.get("/-/api/wait?q=path:/hook method:PUT&count=2&timeout=0.01")
    assert answer.status_code == 408
    content = answer.json()
    assert content["requests"] == []
    assert content["error"]["details"] == {"matched": 0, "arrived": 2}
    assert content["nearest_miss"]["request"]["path"] == "/hook"
    assert content["nearest_miss"]["failed"] == [{"term": "method:PUT", "actual": "POST"}]


def test_a_wait_for_more_keeps_what_did_come(client: TestClient) -> None:
    client.post("/hook")
    answer = client.get("/-/api/wait?q=path:/hook&count=2&timeout=0")
    assert answer.status_code == 408
    assert len(answer.json()["requests"]) == 1


def test_a_request_of_today_explains_itself(client: TestClient, seed_body: bytes) -> None:
    client.post("/hook", content=seed_body, headers=signed(seed_body, url="https://127.0.0.1:4747/hook"))
    request_id = client.get("/-/api/requests").json()["requests"][0]["id"]
    assert client.get(f"/-/api/requests/{request_id}/explanation").json()["cause"] == "url-scheme"


def test_everything_the_api_offers_is_described(app: InspectorApp, client: TestClient) -> None:
    document = client.get("/-/api/openapi.json").json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(operation.method, operation.path) for operation in app.site.operations}
    assert all(operation.summary.endswith(".") for operation in app.site.operations)
    assert len({o["operationId"] for path in document["paths"].values() for o in path.values()}) == len(described)


def test_health_and_metrics(client: TestClient) -> None:
    client.post("/hook")
    assert client.get("/-/health").json()["status"] == "ok"
    assert "inspector_requests_total 1\n" in client.get("/-/metrics").text


@pytest.mark.parametrize(("referrer", "recorded"), [(f"{OWN}/?q=x", 0), ("http://app.example/", 1), (None, 1)])
def test_the_browsers_unasked_icon(client: TestClient, referrer: str | None, recorded: int) -> None:
    client.get("/favicon.ico", headers={"referer": referrer} if referrer else {})
    assert client.get("/-/api/requests").json()["total"] == recorded


def test_the_root_is_ours_only_for_looking(client: TestClient) -> None:
    for method in ("GET", "HEAD", "POST", "PUT"):
        client.request(method, "/")
    shown = client.get("/-/api/requests").json()["requests"]
    assert [request["method"] for request in shown] == ["PUT", "POST"]
