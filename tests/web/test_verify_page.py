"""The Verify page: what it begins with, and what it answers."""

from __future__ import annotations

import base64
import re

import pytest
from starlette.testclient import TestClient

from inspector.app import InspectorApp, create_app
from inspector.settings import Settings, signing_keys
from inspector.webhook.signature import sign

URL = "http://127.0.0.1:4747/hook"


@pytest.fixture
def app() -> InspectorApp:
    return create_app(Settings(signing_keys=signing_keys(["staging=hush-hush"])))


@pytest.fixture
def client(app: InspectorApp) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:4747")


def test_the_form_begins_empty_and_knows_the_keys_by_label(client: TestClient) -> None:
    page = client.get("/-/verify").text
    assert "staging" in page
    assert "hush-hush" not in page
    assert 'type="password"' in page


def test_a_recorded_request_fills_it_in_to_the_byte(app: InspectorApp, client: TestClient) -> None:
    body = b'\n{"a":\r\n1}\xff'
    headers = {"messagebird-request-timestamp": "1732708433", "messagebird-signature": "abc="}
    client.post("/hook", content=body, headers=headers)
    page = client.get(f"/-/verify?id={app.log.snapshot()[0].id}").text
    found = re.search(r'data-base64="([^"]*)">\n\n', page)  # of two newlines, a textarea drops the first
    assert found is not None
    assert base64.b64decode(found[1]) == body
    for told in (f'value="{URL}"', 'value="1732708433"', "<code>abc=</code>"):
        assert told in page


def test_what_is_gone_says_so_above_an_empty_form(client: TestClient) -> None:
    assert "No recorded request" in client.get("/-/verify?id=gone-1").text


def test_the_answer_is_the_x_ray(client: TestClient) -> None:
    signature = sign("hush-hush", "1732708433", URL.replace("http:", "https:"), b"{}")
    pieces = {"url": URL, "timestamp": "1732708433", "body": "{}", "signature": signature}
    answer = client.post("/-/verify", json=pieces)
    assert "<code>url-scheme</code>" in answer.text
    assert "<mark>https</mark>" in answer.text
    assert "hush-hush" not in answer.text


def test_a_missing_url_is_refused(client: TestClient) -> None:
    answer = client.post("/-/verify", json={"signature": "x"})
    assert answer.status_code == 400
    assert "'url' is missing" in answer.json()["error"]["message"]
