"""What the API refuses, with which status, code and details."""

from __future__ import annotations

import pytest

SUBSCRIPTION = {"service": "conversations", "event": "conversation.created", "url": "http://127.0.0.1:1"}
WRONG = {"key": "name", "value": "Jane"}
NOWHERE = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("header", ["", "abcd", "AccessKey", "AccessKey  ", "Bearer abcd"])
def test_without_an_access_key_everything_is_401(client, header):
    answer = client.ask("GET", "/conversations", Authorization=header)
    assert (answer.status, answer.json["code"], answer.json["details"]) == (401, "Unauthorized", {})
    assert "AccessKey" in answer.json["message"]


def test_any_key_is_right_unless_one_is_configured(start):
    mock = start(access_key="right")
    assert mock.client.get("/conversations").status == 401
    assert mock.client.ask("GET", "/conversations", Authorization="AccessKey right").status == 200
    mock.service.configure(access_key=None)
    assert mock.client.get("/conversations").status == 200


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("/webhook-subscriptions", {}, {".service", ".event", ".url"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "eventFilters": [{"value": "x"}]}, {".eventFilters[0].key"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "eventFilters": [WRONG]}, {".eventFilters[0].key"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "event": "conversation.*"}, {".event"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "service": "birds"}, {".service"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "url": "ftp://x"}, {".url"}),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "status": "active"}, {".status"}),
        ("/conversations", {"name": 1, "visibility": "secret"}, {".name", ".visibility"}),
        ("/conversations", {"participants": [{"type": "user"}]}, {".participants[0]"}),
        ("/conversations", {"participants": [{"type": "user", "id": NOWHERE}] * 6}, {".participants"}),
        ("/conversations", {"initialMessage": {}}, {".initialMessage"}),
        ("/conversations", {"initialMessage": {"body": {"type": "text"}}}, {".initialMessage.body.text"}),
        ("/conversations", [], {"."}),
        ("/conversations", b"{", {"."}),
        ("/conversations", b"", {"."}),
        ("/conversations", b'{"attributes":{"a":' + b"[" * 300 + b"]" * 300 + b"}}", {"."}),
        ("/conversations?limit=0", None, {".limit"}),
        ("/conversations?limit=101", None, {".limit"}),
        ("/conversations?limit=ten", None, {".limit"}),
        ("/conversations?limit=1&limit=2", None, {".limit"}),
        ("/conversations?pageToken=nonsense", None, {".pageToken"}),
        ("/conversations?reverse=yes", None, {".reverse"}),
        ("/conversations?status=open", None, {".status"}),
        ("/available-webhooks?service=birds", None, {".service"}),
    ],
)  # fmt: skip
def test_what_is_malformed_is_422_with_the_paths_of_what_is_wrong(client, path, content, expected):
    answer = client.get(path) if content is None else client.post(path, content)
    assert (answer.status, answer.json["code"]) == (422, "InvalidPayload")
    assert set(answer.json["details"]) == expected
    assert all(isinstance(one, str) for messages in answer.json["details"].values() for one in messages)


@pytest.mark.parametrize(
    ("change", "status", "path"),
    [
        ({"event": "conversation.*"}, 422, ".event"),
        ({"eventFilters": [WRONG]}, 422, ".eventFilters[0].key"),
        ({"event": "whatsapp.inbound"}, 409, ".event"),
        ({"eventFilters": [{"key": "messageStatus", "value": "sent"}]}, 409, ".eventFilters[0].key"),
    ],
)
def test_a_subscription_cannot_be_changed_to_what_its_service_does_not_have(client, change, status, path):
    made = client.create("/webhook-subscriptions", **SUBSCRIPTION)
    answer = client.patch(f"/webhook-subscriptions/{made['id']}", change)
    assert (answer.status, list(answer.json["details"])) == (status, [path])
    assert client.get(f"/webhook-subscriptions/{made['id']}").json["event"] == "conversation.created"


def test_subscriptions_to_other_services_are_taken_as_they_are(client):
    other = {"service": "channels", "event": "telegram.inbound", "url": "http://127.0.0.1:1"}
    made = client.create("/webhook-subscriptions", **other, eventFilters=[{"key": "any", "value": "x"}])
    assert client.patch(f"/webhook-subscriptions/{made['id']}", {"status": "inactive"}).status == 200


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/webhook-subscriptions", {}, "is required"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "url": "nourl"}, "must be an http or https URL"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "event": "conversation.craeted"}, "mean conversation.created?"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "service": "conversation"}, "did you mean conversations?"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "signingkey": "k"}, "did you mean signingKey?"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "eventFilters": [WRONG]}, "must be channelId"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "eventFilters": [{**WRONG, "vlue": 1}]}, "did you mean value?"),
        ("/webhook-subscriptions", {**SUBSCRIPTION, "eventFilters": {}}, "must be an array"),
        ("/conversations", [], "the body must be an object"),
        ("/conversations", b"{", "the body is not valid JSON"),
        ("/conversations", {"name": 1}, "must be a string"),
        ("/conversations", {"channelId": "x"}, "must be a UUID, such as"),
        ("/conversations", {"participants": [{"type": "user", "id": NOWHERE}] * 6}, "no more than 5 items"),
        ("/conversations", {"initialMessage": {}}, "needs body or template"),
        ("/conversations?limit=0", None, ".limit must be 1 or more"),
        ("/conversations?limit=101", None, ".limit must be 100 or less"),
        ("/conversations?limit=ten", None, ".limit must be a whole number"),
        ("/conversations?reverse=yes", None, ".reverse must be true or false"),
        ("/conversations?pageToken=x", None, "take nextPageToken of the page before"),
        ("/conversations?status=actve", None, "did you mean active?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(client, path, content, words):
    told = (client.get(path) if content is None else client.post(path, content)).json
    assert words in told["message"]
    for jargon in ("Input should", "pattern", "instance of", "valid dictionary", "Field required"):
        assert jargon not in told["message"]


@pytest.mark.parametrize(
    ("path", "change", "wrong"),
    [
        ("/webhook-subscriptions", {"url": None}, ".url"),
        ("/webhook-subscriptions", {"status": None, "template": "t"}, ".status"),
        ("/conversations", {"name": None}, ".name"),
        ("/conversations", {"attributes": None, "name": "x"}, ".attributes"),
    ],
)
def test_null_is_no_change(mock, client, path, change, wrong):
    made = client.create(path, **(SUBSCRIPTION if "web" in path else {}))
    answer = client.patch(f"{path}/{made['id']}", change)
    assert (answer.status, list(answer.json["details"])) == (422, [wrong])
    assert client.get(f"{path}/{made['id']}").json == made


def test_null_takes_away_what_may_be_null(client):
    filters = [{"key": "channelId", "value": NOWHERE}]
    made = client.create("/webhook-subscriptions", **SUBSCRIPTION, eventFilters=filters, template="t")
    changed = client.patch(f"/webhook-subscriptions/{made['id']}", {"eventFilters": None, "template": None}).json
    assert (changed["eventFilters"], changed["template"]) == (None, None)


@pytest.mark.parametrize("path", ["/conversations", "/webhook-subscriptions"])
def test_an_update_that_changes_nothing_is_422(client, path):
    made = client.create(path, **(SUBSCRIPTION if "web" in path else {}))
    assert list(client.patch(f"{path}/{made['id']}", {}).json["details"]) == ["."]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/conversations/",
        f"/conversations/{NOWHERE}",
        "/conversations/not-a-uuid",
        f"/webhook-subscriptions/{NOWHERE}/logs",
    ],
)
def test_what_is_not_there_is_404(client, path):
    answer = client.get(path)
    assert (answer.status, answer.json["code"], answer.json["details"]) == (404, "ResourceNotFound", {})


def test_a_workspace_is_a_uuid(client):
    client.prefix = "/workspaces/mine"
    answer = client.get("/conversations")
    assert (answer.status, answer.json["message"]) == (404, "There is no workspace 'mine': its id must be a UUID.")


def test_a_failure_of_our_own_is_told_in_the_services_shape_and_logged(mock, client, monkeypatch, caplog):
    monkeypatch.setattr(mock.service, "read", lambda *_: 1 / 0)
    answer = client.get("/conversations")
    assert (answer.status, answer.json["code"], answer.json["details"]) == (500, "InternalError", {})
    assert "ZeroDivisionError" in caplog.text
    assert next(iter(mock.service.calls)).status == 500


def test_a_wrong_method_is_405_and_says_which_are_right(client):
    answer = client.ask("PUT", "/conversations", {})
    assert (answer.status, answer.json["code"], answer.headers["allow"]) == (405, "MethodNotAllowed", "GET, POST")


def test_a_body_over_the_limit_is_413(start):
    mock = start(max_body=1000)
    answer = mock.client.post("/conversations", {"name": "x" * 2000})
    assert (answer.status, answer.json["details"]) == (413, {})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_is_refused_before_anything_else(client, origin):
    answer = client.ask("POST", "/conversations", {}, Origin=origin)
    assert (answer.status, answer.json["code"]) == (403, "Forbidden")
    assert client.get("/conversations").json["results"] == []


def test_the_host_name_is_not_looked_at(client):
    assert client.ask("GET", "/conversations", Host="inspector.internal:4747").status == 200


def test_a_sloppy_content_type_is_taken(client):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.ask("POST", "/conversations", {"name": "x"}, **headers).status == 201


def test_strict_urls_refuse_what_the_real_service_refuses(start):
    client = start(strict_urls=True).client
    for url in ("http://app.example/hook", "https://app/hook"):
        answer = client.post("/webhook-subscriptions", {**SUBSCRIPTION, "url": url})
        assert (answer.status, list(answer.json["details"])) == (422, [".url"])
    assert client.post("/webhook-subscriptions", {**SUBSCRIPTION, "url": "https://app.example/hook"}).status == 201


def test_the_signing_key_is_echoed_where_the_settings_say_so(start):
    client = start(echo_signing_key=True).client
    made = client.create("/webhook-subscriptions", **SUBSCRIPTION, signingKey="k")
    assert client.get(f"/webhook-subscriptions/{made['id']}").json["signingKey"] == "k"


def test_over_the_rate_limit_calls_are_429_until_the_second_is_over(start, monkeypatch):
    """The second is the machine's, whatever the service's clock does: that is what an app waits for."""
    mock, now = start(rate_limit=True, reads_per_second=2, writes_per_second=1), [100.9]
    monkeypatch.setattr("inspector.service.rate.steady_time", lambda: now[0])
    assert [mock.client.get("/conversations").status for _ in range(3)] == [200, 200, 429]
    assert [mock.client.post("/conversations", {}).status for _ in range(2)] == [201, 429]
    limited = mock.client.get("/conversations")
    assert (limited.json["code"], limited.headers["retry-after"]) == ("TooManyRequests", "1")
    mock.service.advance(1)
    assert mock.client.get("/conversations").status == 429
    now[0] += 1
    assert mock.client.get("/conversations").status == 200
