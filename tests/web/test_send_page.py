"""The Send page: what it holds as an order, a command and a run that can be watched and stopped."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.recorder.waiting import wait_for
from inspector.server import InspectorServer
from inspector.settings import Settings, signing_keys

OWN = "http://127.0.0.1:4747"
Call = Callable[..., Any]
Told = Iterator[dict[str, Any]]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=s3cret-key"]))


@pytest.fixture
def call(server: InspectorServer) -> Iterator[Call]:
    """Ask the inspector over a real socket: `call("POST", "/-/send/run", {…})` → status and content."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)

    def ask(method: str, path: str, content: Any = None) -> tuple[int, Any]:
        body = None if content is None else json.dumps(content)
        connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        response = connection.getresponse()
        text = response.read().decode()
        return response.status, json.loads(text) if "json" in response.headers["content-type"] else text

    yield ask
    connection.close()


def order(server: InspectorServer, **content: Any) -> dict[str, Any]:
    return {"event": "created", "seed": "7", "url": f"{server.url}/hook", **content}


def edited(call: Call, **payload: Any) -> dict[str, Any]:
    """What the page holds after values were typed into the preview."""
    _, made = call("GET", "/-/send/preview?event=created&seed=7")
    envelope = json.loads(made["text"])
    envelope["payload"].update(payload)
    return {"text": json.dumps(envelope, indent=2, ensure_ascii=False), "made_at": made["at"]}


def test_the_page_begins_with_a_made_event_and_its_command(call: Call, server: InspectorServer) -> None:
    status, page = call("GET", "/-/send?event=updated&seed=7")
    assert status == 200
    assert "&#34;event&#34;: &#34;conversation.updated&#34;" in page
    assert f"inspector send updated --to {server.url}/hook --signing-key @key.txt --seed 7" in page


def test_the_key_is_on_no_page_and_in_no_answer(call: Call, server: InspectorServer) -> None:
    given = order(server, signing_key="typed-key")
    _, started = call("POST", "/-/send/run", given)
    wait_for(server.app.log, lambda _: True, timeout=20)
    texts = [call("GET", "/-/send"), call("POST", "/-/send/line", given), call("GET", "/-/send/deliveries")]
    texts += [call("GET", "/-/send/deliveries/d1"), started]
    assert "typed-key" not in str(texts)
    assert "s3cret-key" not in str(texts)


def test_the_preview_is_the_event_that_is_sent(call: Call, server: InspectorServer) -> None:
    _, made = call("GET", "/-/send/preview?event=updated&seed=7&at=1732736033.5")
    call("POST", "/-/send/run", order(server, event="updated", at=1732736033.5))
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=20)
    assert json.loads(made["text"]) == json.loads(recorded.body)


def test_edits_become_options_and_are_made_to_each_event(call: Call, server: InspectorServer) -> None:
    given = order(server, count=3, **edited(call, name="it's", status="closed", novelty=1))
    _, told = call("POST", "/-/send/line", given)
    assert told["changes"] == 3
    assert told["line"].endswith("--count 3 --seed 7 --set +novelty=1 --set 'name=it'\\''s' --set status=closed")
    call("POST", "/-/send/run", given)
    recorded = wait_for(server.app.log, lambda _: True, 3, timeout=20)
    assert [(found.payload["name"], found.payload["status"]) for found in recorded] == [("it's", "closed")] * 3
    assert len({found.payload["id"] for found in recorded}) == 3


def test_an_own_body_is_sent_as_it_stands(call: Call, server: InspectorServer) -> None:
    given = order(server, event="body", text="{ not JSON\n", seed="")
    assert call("POST", "/-/send/line", given)[1]["line"].startswith("printf %s '{ not JSON\n' | inspector send")
    call("POST", "/-/send/run", given)
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=20)
    assert recorded.body == b"{ not JSON\n"


def test_the_inspectors_own_key_signs_what_comes_to_itself(call: Call, server: InspectorServer) -> None:
    call("POST", "/-/send/run", order(server, own_key=True))
    (recorded,) = wait_for(server.app.log, lambda _: True, timeout=20)
    assert (recorded.signature.verdict, recorded.signature.key) == ("valid", "staging")
    status, refused = call("POST", "/-/send/run", order(server, own_key=True, url="http://127.0.0.1:1/hook"))
    assert (status, "inspector alone" in refused["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"text": '{\n  "a": x\n}'}, "Line 2, column 8"),
        ({"text": "{}"}, "envelope"),
        ({"url": "localhost"}, "not an http"),
        ({"url": ""}, "'url' is missing"),
        ({"fault": "bad-signature"}, "signing key"),
        ({"fault": "stale+future", "signing_key": "k"}, "contradicts"),
        ({"retry": "soon"}, "soon"),
        ({"count": 0}, "'count'"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    call: Call, server: InspectorServer, content: dict[str, Any], said: str
) -> None:
    status, told = call("POST", "/-/send/line", order(server, **content))
    assert (status, told["line"]) == (200, None)
    assert said in told["error"]["message"]
    assert call("POST", "/-/send/run", order(server, **content))[0] == 400
    assert len(server.app.sender.log) == 0


def test_a_slip_in_the_json_has_its_line(call: Call, server: InspectorServer) -> None:
    _, told = call("POST", "/-/send/line", order(server, text='{\n  "a": x\n}'))
    assert told["error"]["details"] == {"line": 2, "column": 8}


@pytest.fixture
def told(server: InspectorServer) -> Iterator[Iterator[dict[str, Any]]]:
    """What the page's stream tells, batch by batch, from its beginning on."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.request("GET", "/-/send/stream")
    with connection.getresponse() as response:
        batches = (data for kind, data in _events(response) if kind == "batch")
        assert response.readline() == b"retry: 1000\n"
        yield batches
    connection.close()


def _events(lines: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    kind = ""
    for line in lines:
        name, _, text = line.decode().strip().partition(": ")
        kind = text if name == "event" else kind
        if name == "data":
            yield kind, json.loads(text)


def test_a_run_is_told_live_until_it_is_done(call: Call, server: InspectorServer, told: Told) -> None:
    _, started = call("POST", "/-/send/run", order(server, count=50))
    ids: set[str] = set()
    for batch in told:
        ids |= set(batch["deliveries"])
        run = batch["runs"].get(started["run"], "")
        if 'data-state="done"' in run:
            break
    assert ids == {f"d{number}" for number in range(1, 51)}
    assert "50 of 50" in run
    assert batch["total"] == 50


def test_a_run_can_be_stopped(call: Call, server: InspectorServer, told: Told) -> None:
    _, started = call("POST", "/-/send/run", order(server, count=10_000, rate=200))
    wait_for(server.app.log, lambda _: True, timeout=20)
    assert call("POST", "/-/send/stop", started)[0] == 200
    assert any('data-state="stopped"' in batch["runs"].get(started["run"], "") for batch in told)
    assert 1 <= len(server.app.log) < 10_000
    assert call("POST", "/-/send/stop", {"run": "run9"})[0] == 404


def test_a_run_that_fails_in_its_midst_says_why(call: Call, server: InspectorServer, told: Told) -> None:
    call("POST", "/-/send/run", order(server, rate=-1))
    run = next(run for batch in told for run in batch["runs"].values() if 'data-state="failed"' in run)
    assert "above 0" in run


def test_the_stream_and_the_runs_end_with_the_inspector(call: Call, server: InspectorServer, told: Told) -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (list(told), ended.set()), daemon=True).start()
    call("POST", "/-/send/run", order(server, count=10_000, rate=50))
    server.stop()
    assert ended.wait(20)


def test_a_delivery_opens_with_its_attempts(call: Call, server: InspectorServer) -> None:
    server.app.rules.replace([{"status": 503, "body": HOSTILE, "headers": {"set-cookie": "hush"}, "times": 1}])
    call("POST", "/-/send/run", order(server, retry="10ms", fault="chunked"))
    wait_for(server.app.log, lambda _: True, 2, timeout=20)
    _, page = call("GET", "/-/send/deliveries/d1")
    assert "Attempt 1" in page
    assert "503" in page
    assert "&lt;img src=x" in page
    assert "hush" not in page
    assert "damaged on purpose: chunked" in page
    assert "/?q=request-id%3A" in page


def test_an_error_stands_in_place_of_an_answer(call: Call, server: InspectorServer, told: Told) -> None:
    call("POST", "/-/send/run", order(server, url="http://127.0.0.1:1/hook"))
    assert any('data-state="failed"' in row for batch in told for row in batch["deliveries"].values())
    assert "no answer" in call("GET", "/-/send/deliveries/d1")[1]
    assert call("GET", "/-/send/deliveries/d9")[0] == 404


def test_deliveries_come_in_pages(call: Call, server: InspectorServer) -> None:
    call("POST", "/-/api/send", order(server, count=70))
    _, newest = call("GET", "/-/send/deliveries")
    assert (newest["html"].count("<li"), newest["has_older"], newest["total"]) == (50, True, 70)
    _, older = call("GET", "/-/send/deliveries?before=d21")
    assert (older["html"].count("<li"), older["has_older"]) == (20, False)


def test_without_a_key_no_own_one_is_offered() -> None:
    client = TestClient(create_app(Settings()), base_url=OWN)
    assert "data-own-key" not in client.get("/-/send").text
    refused = client.post("/-/send/line", json={"event": "created", "url": OWN, "own_key": True}).json()
    assert "--signing-key" in refused["error"]["message"]


def test_pages_of_other_sites_cannot_send(server: InspectorServer) -> None:
    client = TestClient(server.app, base_url=server.url)
    for path in ("/-/send/run", "/-/send/stop", "/-/send/line"):
        assert client.post(path, json={}, headers={"origin": "http://evil.example"}).status_code == 403
