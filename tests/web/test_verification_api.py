"""The API that explains signatures."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Any

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.settings import Settings, signing_keys

URL = "https://app.example/hook"
BODY = '{"service":"conversations","event":"conversation.deleted","payload":{}}'


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(Settings(signing_keys=signing_keys(["staging=k"]))), base_url="http://127.0.0.1:4747")


def signature(key: str = "k", url: str = URL, timestamp: str = "1700000000", body: str = BODY) -> str:
    """Computed by code that is not ours."""
    text = f"{timestamp}\n{url}\n".encode() + hashlib.sha256(body.encode()).digest()
    return b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


def verify(client: TestClient, **content: Any) -> Any:
    pieces = {"url": URL, "timestamp": "1700000000", "body": BODY, "signing_keys": ["k"], **content}
    answer = client.post("/-/api/verify", json=pieces)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_right_signature_is_valid(client: TestClient) -> None:
    found = verify(client, signature=signature())
    assert (found["verdict"], found["cause"]) == ("valid", None)
    assert found["expected"] == found["received"] == signature()


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        ({"url": "http://app.example/hook"}, "url-scheme"),
        ({"url": f"{URL}/"}, "url-trailing-slash"),
        ({"timestamp": "1700000000000"}, "timestamp-milliseconds"),
        ({"key": "k\n"}, "key-whitespace"),
        ({"body": ""}, "body-empty"),
        ({"url": f"{URL}/", "timestamp": "1700000000000"}, "url-trailing-slash+timestamp-milliseconds"),
    ],
)
def test_the_mistake_in_ones_own_code_is_named(client: TestClient, made: dict[str, str], cause: str) -> None:
    found = verify(client, signature=signature(**made))
    assert (found["verdict"], found["cause"]) == ("invalid", cause)
    assert found["message"]
    assert [part["name"] for part in found["signed_text"]] == [
        "timestamp",
        "separator",
        "url",
        "separator",
        "body_digest",
    ]
    assert found["expected"] == signature()


def test_a_random_signature_is_unknown(client: TestClient) -> None:
    found = verify(client, signature=b64encode(bytes(range(32))).decode())
    assert (found["verdict"], found["cause"]) == ("invalid", "unknown")


def test_a_key_of_the_inspector_is_an_other_key(client: TestClient) -> None:
    found = verify(client, signing_keys=["another"], signature=signature())
    assert (found["cause"], found["key"]) == ("other-key", "staging")


def test_without_keys_those_of_the_inspector_count(client: TestClient) -> None:
    assert verify(client, signing_keys=None, signature=signature())["verdict"] == "valid"


def test_pieces_have_no_age_and_no_start_to_be_told() -> None:
    bare = TestClient(create_app(), base_url="http://127.0.0.1:4747")
    unchecked = verify(bare, signing_keys=None, signature=signature())
    assert unchecked["verdict"] == "unchecked"
    assert "no signing key was given" in unchecked["message"]
    assert "Start with" not in unchecked["message"]
    assert verify(bare, signature=signature())["message"] == "Signed by the signing key."


def test_the_headers_give_what_is_not_given(client: TestClient) -> None:
    headers = [["Messagebird-Signature", signature()], ["Messagebird-Request-Timestamp", "1700000000"]]
    assert verify(client, timestamp=None, headers=headers)["verdict"] == "valid"


def test_a_body_of_any_bytes_comes_in_base64(client: TestClient) -> None:
    body = bytes(range(256))
    text = f"1700000000\n{URL}\n".encode() + hashlib.sha256(body).digest()
    made = b64encode(hmac.new(b"k", text, hashlib.sha256).digest()).decode()
    assert verify(client, body=None, body_base64=b64encode(body).decode(), signature=made)["verdict"] == "valid"


def test_a_body_may_be_given_in_both_ways_if_they_agree(client: TestClient) -> None:
    assert verify(client, body_base64=b64encode(BODY.encode()).decode(), signature=signature())["verdict"] == "valid"


def test_another_scheme_is_recognised(client: TestClient) -> None:
    headers = [["webhook-id", "msg_1"], ["webhook-timestamp", "1700000000"], ["webhook-signature", "v1,abc="]]
    found = verify(client, headers=headers)
    assert (found["verdict"], found["cause"]) == ("missing", "standard-webhooks")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"url": 5},
        {"url": URL, "signing_keys": "k"},
        {"url": URL, "headers": [["a"]]},
        {"url": URL, "colour": "red"},
        {"url": URL, "body_base64": "not base64!"},
        {"url": URL, "body_base64": 5},
        {"url": URL, "body": "a", "body_base64": "Yg=="},
    ],
)
def test_wrong_pieces_are_a_clear_400(client: TestClient, content: dict[str, Any]) -> None:
    answer = client.post("/-/api/verify", json=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
