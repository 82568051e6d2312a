"""The delivery log and its details, while an app refuses and after it has accepted."""

from __future__ import annotations

import pytest


@pytest.fixture
def logs(client, inspector):
    """The path of the log of a subscription to everything that is created."""
    made = client.subscribe(inspector.url, "conversation.created", signingKey="k")
    return f"/webhook-subscriptions/{made['id']}/logs"


def test_three_attempts_stand_in_the_log_under_one_request_id(mock, client, inspector, logs):
    inspector.answer_with([500, 500, 200])
    client.create("/conversations")
    mock.service.drain()
    [line] = client.get(logs).json["results"]
    assert (line["attemptCount"], line["httpStatusCode"], line["executionStatus"]) == (3, 200, "succeeded")
    assert {request.header("messagebird-request-id") for request in inspector.requests} == {line["requestId"]}
    assert len({request.header("messagebird-signature") for request in inspector.requests}) == 1

    attempts = client.get(f"{logs}/details?requestId={line['requestId']}").json["results"]
    assert [one["httpStatusCode"] for one in attempts] == [500, 500, 200]
    assert [one["executionStatus"] for one in attempts] == ["failed", "failed", "succeeded"]
    assert {one["requestId"] for one in attempts} == {line["requestId"]}
    assert attempts[0]["request"]["url"] == inspector.url
    assert attempts[0]["request"]["body"] == inspector.last.text
    assert attempts[0]["request"]["headers"]["messagebird-request-id"] == line["requestId"]
    assert attempts[0]["response"] == {"headers": attempts[0]["response"]["headers"], "body": '{"ok":true}'}


def test_while_retrying_the_log_says_failed_with_a_growing_count(mock, client, inspector, logs):
    inspector.answer_with(500)
    client.create("/conversations")
    for seconds, attempts in ((0, 1), (1, 2), (2, 3), (4, 4)):
        mock.service.advance(seconds)
        [line] = client.get(logs).json["results"]
        assert (line["executionStatus"], line["attemptCount"], line["httpStatusCode"]) == ("failed", attempts, 500)


def test_an_app_that_refuses_for_eight_hours_is_given_up_after_36_attempts(mock, client, inspector, logs):
    inspector.answer_with(503)
    begun = mock.service.clock.now()
    client.create("/conversations")
    mock.service.drain()
    assert client.get(logs).json["results"][0]["attemptCount"] == len(inspector.requests) == 36
    assert 7.9 * 3600 < mock.service.clock.now() - begun <= 8.1 * 3600


def test_an_app_that_is_not_there_has_status_0_and_an_error(mock, client):
    made = client.subscribe("http://127.0.0.1:9/hook", "conversation.created")
    logs = f"/webhook-subscriptions/{made['id']}/logs"
    client.create("/conversations")
    mock.service.advance(0)
    [line] = client.get(logs).json["results"]
    [attempt] = client.get(f"{logs}/details?requestId={line['requestId']}").json["results"]
    assert (line["httpStatusCode"], attempt["httpStatusCode"], attempt["response"]) == (0, 0, None)
    assert "127.0.0.1:9" in attempt["error"]


def test_the_log_is_filtered_paged_and_newest_first(mock, client, inspector, logs):
    inspector.answer_with([500, 200])
    for _ in range(3):
        client.create("/conversations")
    mock.service.advance(0)
    sent = [request.header("messagebird-request-id") for request in inspector.requests]
    page = client.get(f"{logs}?limit=2").json
    rest = client.get(f"{logs}?limit=2&pageToken={page['nextPageToken']}").json
    assert [one["requestId"] for one in page["results"] + rest["results"]] == sent[::-1]
    failed = client.get(f"{logs}?executionStatus=failed").json["results"]
    assert [one["requestId"] for one in failed] == sent[:1]


def test_the_log_is_kept_for_seven_days(mock, client, logs):
    client.create("/conversations")
    mock.service.advance(7 * 86_400 - 1)
    assert len(client.get(logs).json["results"]) == 1
    mock.service.advance(2)
    assert client.get(logs).json["results"] == []


def test_another_subscriptions_delivery_is_not_found(mock, client, inspector, logs):
    client.create("/conversations")
    mock.service.drain()
    other = client.subscribe(inspector.url)["id"]
    path = f"/webhook-subscriptions/{other}/logs/details?requestId={inspector.last.request_id}"
    assert client.get(path).status == 404
    missing = client.get(f"{logs}/details")
    assert (missing.status, list(missing.json["details"])) == (422, [".requestId"])
