"""What our own API answers is what it says it answers, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from inspector.server import InspectorServer
from inspector.settings import signing_keys

DESCRIBED = "/-/api/openapi.json"
CHANNEL = "3b6a2e2c-9d5c-4c1e-8a43-5d6f0f4f1a10"


def closed(schema: Any) -> Any:
    """A schema that takes no field beside those it names: described is all that is answered."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(one) for name, one in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **shut} if is_object else shut


class Caller:
    """Calls operations and holds each answer against the description."""

    def __init__(self, url: str, http: httpx2.Client) -> None:
        self.url, self._http = url, http
        self.document = http.get(url + DESCRIBED).json()
        self._components = closed(self.document["components"])
        self.called: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, status: int = 200, *, query: str = "", **options: Any) -> Any:
        answer = self._http.request(method, self.url + path + query, **options)
        assert answer.status_code == status, answer.text
        return self.check(method, path, answer)

    def check(self, method: str, path: str, answer: httpx2.Response) -> Any:
        """The JSON of an answer, or its text, once it has proved to be as described."""
        template = self._template(path)
        self.called.add((method, template))
        responses = self.document["paths"][template][method.lower()]["responses"]
        content = responses.get(str(answer.status_code), responses["default"])["content"]
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in content
        if media_type != "application/json" or content[media_type]["schema"] == {"type": "string"}:
            return answer.text
        self.validate(content[media_type]["schema"], answer.json())
        return answer.json()

    def validate(self, schema: Any, value: Any) -> None:
        """Fails at the first place that is not as described."""
        whole = {**closed(schema), "components": self._components}
        jsonschema_rs.Draft202012Validator(whole).validate(value)

    def _template(self, path: str) -> str:
        fits = [one for one in self.document["paths"] if self._fits(one.split("/"), path.split("/"))]
        return min(fits, key=lambda one: one.count("{"))

    @staticmethod
    def _fits(template: list[str], path: list[str]) -> bool:
        same = [one in (other, "{id}") for one, other in zip(template, path, strict=False)]
        return len(template) == len(path) and all(same)


@pytest.fixture
def server(serve: Callable[..., InspectorServer]) -> InspectorServer:
    return serve(signing_keys=signing_keys(["staging=k"]))


@pytest.fixture
def call(server: InspectorServer, http: httpx2.Client) -> Caller:
    return Caller(server.url, http)


def record_some(call: Caller, http: httpx2.Client) -> list[str]:
    """A lifecycle that was sent here, one request that is no event, and a redelivery; their ids, newest first."""
    hook = f"{call.url}/hook"
    call("POST", "/-/api/send", json={"event": "lifecycle", "url": hook, "signing_key": "k", "seed": 1, "at": 1.7e9})
    sent = call("POST", "/-/api/send", json={"event": "created", "url": hook, "signing_key": "wrong"})
    assert sent["deliveries"][0]["attempts"][0]["request"]["headers"]
    call("POST", "/-/api/send", json={"event": "updated", "url": hook, "fault": "duplicate+unknown-field"})
    http.post(hook, content=bytes(range(256)))
    return [one["id"] for one in call("GET", "/-/api/requests")["requests"]]


def look_at_requests(call: Caller, http: httpx2.Client) -> None:
    ids = record_some(call, http)
    for request_id in ids:
        call("GET", f"/-/api/requests/{request_id}")
        call("GET", f"/-/api/requests/{request_id}/explanation")
        call("GET", f"/-/api/requests/{request_id}/body")
    call("GET", "/-/api/requests", query="?limit=2&q=event:*")
    call("GET", "/-/api/requests/none-1", 404)
    call("PATCH", f"/-/api/requests/{ids[0]}", json={"note": "look here"})
    call("GET", "/-/api/wait", query="?q=path:/hook&count=3")
    call("GET", "/-/api/wait", 408, query="?q=method:PUT&timeout=0")
    call("GET", "/-/api/wait", 408, query="?q=path:/hook&count=999&timeout=0")
    call("POST", "/-/api/verify", json={"url": f"{call.url}/hook", "body": "{}", "signature": "abc="})
    call("POST", "/-/api/verify", 400, json={"url": 5})


def look_at_conversations(call: Caller) -> None:
    for one in call("GET", "/-/api/conversations")["conversations"]:
        found = call("GET", f"/-/api/conversations/{one['id']}")
        assert found["steps"]
    call("GET", "/-/api/conversations/none", 404)
    assert call("GET", "/-/api/drift")["findings"]


def look_at_deliveries(call: Caller, free_port: int) -> None:
    newest = call("GET", "/-/api/requests", query="?q=event:*&limit=1")["requests"][0]["id"]
    replay = f"/-/api/requests/{newest}/replay"
    call("POST", replay, json={"url": call.url, "sign": "fresh", "signing_key": "k"})
    call("POST", replay, json={"url": f"http://127.0.0.1:{free_port}"})
    call("POST", replay, 400, json={"url": "nowhere"})
    assert call("GET", f"/-/api/requests/{newest}")["replays"]
    for one in call("GET", "/-/api/deliveries")["deliveries"]:
        call("GET", f"/-/api/deliveries/{one['id']}")


def look_at_answers_and_files(call: Caller) -> None:
    partial = {"headers": {"a": "b"}, "body": {"ok": 1}, "fault": "partial"}
    call("PUT", "/-/api/answers", json=[{"q": "path:/x", "status": 500, "times": 2}, partial])
    assert len(call("GET", "/-/api/answers")) == 2
    call("PUT", "/-/api/answers", json=[])
    lines = call("GET", "/-/api/export", query="?secrets=keep")
    for kind in ("har", "pytest", "scenario"):
        call("GET", "/-/api/export", query=f"?format={kind}")
    call("POST", "/-/api/import", content=lines, headers={"content-type": "application/x-ndjson"})


def play_the_service(call: Caller, http: httpx2.Client) -> None:
    home = call("GET", "/-/api/service")["workspace_id"]
    subscription = {"service": "conversations", "event": "conversation.created", "url": f"{call.url}/from-service"}
    key = {"authorization": "AccessKey any"}
    made = http.post(
        f"{call.url}/workspaces/{home}/webhook-subscriptions", json={**subscription, "signingKey": "k"}, headers=key
    )
    assert made.status_code == 201, made.text
    call("POST", "/-/api/service/clock", json={"mode": "virtual"})
    found = call("POST", "/-/api/service/inbound", json={"text": "hallo", "channel_id": CHANNEL})["conversation"]
    http.get(f"{call.url}/workspaces/{home}/conversations/{found['id']}", headers=key)
    call("POST", "/-/api/service/play", json={"conversation_id": found["id"], "step": "answer", "text": "ja"})
    call("POST", "/-/api/service/drain", json={"timeout": 20})
    fault = {"call": "createMessage", "fault": "status", "count": 2}
    call("PUT", "/-/api/service/faults", json={"faults": [fault]})
    call("GET", "/-/api/service/faults")
    call("PUT", "/-/api/service/traffic", json={"rate": 0})
    call("PATCH", "/-/api/service/settings", json={"strict_urls": False})
    shown = call("GET", "/-/api/service")["workspace"]
    assert shown["deliveries"][0]["attempts"]
    assert shown["calls"]
    call("GET", "/-/service/openapi.json")
    call("POST", "/-/api/service/reset")


def events_of(call: Caller, http: httpx2.Client, count: int) -> Iterator[dict[str, Any]]:
    """The first events of a stream that resumes at the beginning of the log."""
    run = call("GET", "/-/api/requests", query="?limit=1")["requests"][0]["id"].partition("-")[0]
    fields: dict[str, Any] = {}
    with http.stream("GET", f"{call.url}/-/api/stream", headers={"last-event-id": f"{run}:0"}) as answer:
        assert call.check("GET", "/-/api/stream", httpx2.Response(200, headers=answer.headers, text="")) == ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if not line and "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
                fields, count = {}, count - 1
                if not count:
                    return
            elif name in ("id", "event", "data"):
                fields[name] = value


def forget(call: Caller) -> None:
    newest = call("GET", "/-/api/requests", query="?limit=1")["requests"][0]["id"]
    call("DELETE", f"/-/api/requests/{newest}")
    call("DELETE", "/-/api/requests", query="?pinned=true")


def test_every_answer_is_as_described(call: Caller, http: httpx2.Client, free_port: int) -> None:
    look_at_requests(call, http)
    look_at_conversations(call)
    look_at_deliveries(call, free_port)
    look_at_answers_and_files(call)
    play_the_service(call, http)
    events = list(events_of(call, http, 9))
    assert {"ready", "request"} <= {event["event"] for event in events}
    for event in events:
        call.validate({"$ref": "#/components/schemas/StreamEvent"}, event)
    forget(call)
    for path in ("/-/health", "/-/metrics", DESCRIBED):
        call("GET", path)
    described = {(method.upper(), path) for path, methods in call.document["paths"].items() for method in methods}
    assert call.called == described


def test_the_description_is_a_valid_document(call: Caller) -> None:
    text = json.dumps(call.document)
    for name in call.document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}' in text or name == "StreamEvent", f"{name} is not used"
    for path, methods in call.document["paths"].items():
        for method, operation in methods.items():
            answer = operation["responses"]["200"]["content"]
            assert all(one["schema"] for one in answer.values()), f"{method} {path} says nothing of its answer"
    jsonschema_rs.meta.validate({"$defs": call.document["components"]["schemas"]})


@pytest.mark.parametrize(
    ("method", "address", "said"),
    [
        ("DELETE", "/-/api/requests?query=event:x", "Did you mean 'q'?"),
        ("DELETE", "/-/api/requests?event=created", "Known are: q, pinned."),
        ("DELETE", "/-/api/requests?q=a&q=b", "'q' is given twice"),
        ("DELETE", "/-/api/requests?Q=path:/x", "Unknown parameter 'Q'"),
        ("GET", "/-/api/requests?limits=5", "Did you mean 'limit'?"),
        ("GET", "/-/api/wait?time=1", "Did you mean 'timeout'?"),
        ("GET", "/-/api/stream?query=x", "Did you mean 'q'?"),
        ("GET", "/-/api/export?fmt=har", "Did you mean 'format'?"),
        ("POST", "/-/api/service/reset?workspace=x", "There are none here."),
        ("GET", "/-/api/answers?=x", "There are none here."),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(
    call: Caller, http: httpx2.Client, method: str, address: str, said: str
) -> None:
    http.post(f"{call.url}/hook")
    answer = http.request(method, call.url + address)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert "parameter" in answer.json()["error"]["details"]
    assert call("GET", "/-/api/requests")["total"] == 1


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", "/-/api/answers", [{"fault": {}}]),
        ("PUT", "/-/api/answers", [{"status": 1e30}]),
        ("PATCH", "/-/api/service/settings", {"reads_per_second": 1e30}),
        ("PUT", "/-/api/service/faults", {"faults": [{"fault": "status", "count": 1e30}]}),
        ("POST", "/-/api/service/clock", {"mode": []}),
        ("POST", "/-/api/verify", {"url": "x", "timestamp": {}}),
    ],
)
def test_no_body_is_too_strange_for_a_clear_refusal(call: Caller, method: str, path: str, content: Any) -> None:
    assert call(method, path, 400, json=content)["error"]["message"]


def test_even_a_bug_of_ours_is_told_in_our_shape(
    server: InspectorServer, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.app.rules, "to_json", lambda: 1 // 0)
    assert call("GET", "/-/api/answers", 500)["error"]["code"] == "internal_error"


def test_the_token_is_a_parameter_of_every_call(serve: Callable[..., InspectorServer], http: httpx2.Client) -> None:
    guarded = serve(token="secret")
    assert http.get(f"{guarded.url}/-/api/answers?token=secret").status_code == 200
