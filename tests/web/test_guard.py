"""The door of what is ours: foreign origins, foreign hosts, tokens, forms."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.settings import Settings

OWN = "http://127.0.0.1:4747"


def client(**settings: Any) -> TestClient:
    return TestClient(create_app(Settings(**settings)), base_url=OWN)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "https://127.0.0.1", "file://"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/-/api/requests"), ("POST", "/-/api/send"), ("GET", "/-/api/stream")]
)
def test_a_foreign_origin_is_refused(origin: str, method: str, path: str) -> None:
    answer = client().request(method, path, headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"


def test_the_origin_is_looked_at_first() -> None:
    headers = {"origin": "http://evil.example", "host": "evil.example:1", "content-type": "text/plain"}
    assert client().post("/-/api/send", headers=headers).status_code == 403


def test_a_browser_is_told_on_a_page_and_a_script_in_json() -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    page = client(token="secret").get("/", headers=browser)
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "A token is required" in page.text
    for path, headers in (("/", {}), ("/-/api/requests", browser)):
        answer = client(token="secret").get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_required")


def test_the_page_of_a_refusal_holds_no_markup_of_others() -> None:
    hostile = {"accept": "text/html", "host": "<script>alert(1)</script>"}
    page = client().get("/", headers=hostile)
    assert page.status_code == 421
    assert "<script" not in page.text


@pytest.mark.parametrize("origin", [None, OWN])
def test_our_own_origin_and_none_are_fine(origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    assert client().delete("/-/api/requests", headers=headers).json() == {"removed": 0}


@pytest.mark.parametrize("path", ["/", "/-/api/requests", "/-/health", "/-/static/css/base.css", "/-/nothing"])
def test_a_foreign_host_is_421_on_all_that_is_ours(path: str) -> None:
    answer = client().get(path, headers={"host": "rebound.example:4747"})
    assert answer.status_code == 421
    assert "--allow-host rebound.example" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:4747", "LOCALHOST", "[::1]:80", "app.localhost", "localhost."]
)
def test_loopback_names_are_known(host: str) -> None:
    assert client().get("/-/health", headers={"host": host}).status_code == 200


def test_allowed_hosts_are_known() -> None:
    inspector = client(allow_hosts=("inspector.test",))
    assert inspector.get("/-/health", headers={"host": "inspector.test:4747"}).status_code == 200


def test_an_address_is_a_known_host_only_when_bound_beyond_loopback() -> None:
    host = {"host": "192.168.1.5:4747"}
    assert client().get("/-/health", headers=host).status_code == 421
    assert client(host="0.0.0.0").get("/-/health", headers=host).status_code == 200
    assert client(host="0.0.0.0").get("/-/health", headers={"host": "rebound.example"}).status_code == 421


def test_capture_takes_any_host_and_origin() -> None:
    headers = {"host": "hooks.example", "origin": "https://hooks.example", "content-type": "text/plain"}
    assert client().post("/hook", content=b"x", headers=headers).json() == {"ok": True}


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Text/Plain"])
def test_forms_cannot_write(kind: str) -> None:
    answer = client().post("/-/api/send", content=b"", headers={"content-type": kind})
    assert answer.status_code == 415


def test_every_answer_of_ours_carries_the_policy() -> None:
    for path in ("/", "/-/health", "/-/nothing"):
        headers = client().get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_without_the_token_nothing_of_ours_is_shown() -> None:
    inspector = client(token="secret")
    assert inspector.get("/").status_code == 401
    assert inspector.get("/-/api/requests", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert inspector.get("/-/api/requests", headers={"authorization": "Bearer secret"}).status_code == 200
    assert inspector.post("/hook").status_code == 200


def test_the_address_with_the_token_opens_the_door_for_good() -> None:
    inspector = client(token="secret")
    assert inspector.get("/?token=secret").status_code == 200
    assert inspector.get("/").status_code == 200


@pytest.mark.parametrize("path", ["//-/api/requests", "/x/../-/api/requests", "/-", "/workspace"])
def test_paths_that_only_look_like_ours_are_webhooks(path: str) -> None:
    inspector = client()
    scope_path = inspector.request("DELETE", OWN + path, headers={"host": "evil.example"})
    assert scope_path.status_code in (200, 421)
    assert b"css" not in scope_path.content
