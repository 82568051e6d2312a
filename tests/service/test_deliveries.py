"""The log goes further back than what is kept of each delivery."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from inspector.service import state


@pytest.fixture
def forgetful(start, monkeypatch):
    """A mock that keeps hardly more than one delivery as it was."""
    monkeypatch.setattr(state, "DELIVERED_BYTES", 6000)
    return start(retry="1m")


@pytest.fixture
def logs(forgetful, inspector):
    made = forgetful.client.subscribe(inspector.url, "conversation.created")
    return f"/webhook-subscriptions/{made['id']}/logs"


def test_what_is_forgotten_still_stands_in_the_log(forgetful, inspector, logs):
    inspector.answer_with([500] * 3 + [200])
    for _ in range(6):
        forgetful.client.create("/conversations")
    forgetful.service.drain()
    lines = forgetful.client.get(logs).json["results"][::-1]
    told = [(line["attemptCount"], line["httpStatusCode"], line["executionStatus"]) for line in lines]
    assert told == [(2, 200, "succeeded")] * 3 + [(1, 200, "succeeded")] * 3
    assert len(forgetful.service.deliveries) < 6


def test_its_details_are_not_found_with_a_reason(forgetful, inspector, logs):
    for _ in range(6):
        forgetful.client.create("/conversations")
    forgetful.service.drain()
    newest, *_, oldest = [line["requestId"] for line in forgetful.client.get(logs).json["results"]]
    assert len(forgetful.client.get(f"{logs}/details?requestId={newest}").json["results"]) == 1
    answer = forgetful.client.get(f"{logs}/details?requestId={oldest}")
    assert (answer.status, answer.json["code"]) == (404, "ResourceNotFound")
    assert "is no longer kept" in answer.json["message"]


def test_what_is_forgotten_while_it_is_retried_goes_on_in_the_log(forgetful, inspector, logs):
    inspector.answer_with([500] * 6 + [200])
    for _ in range(6):
        forgetful.client.create("/conversations")
    forgetful.service.advance(0)
    lines = forgetful.client.get(logs).json["results"]
    assert [(line["attemptCount"], line["executionStatus"]) for line in lines] == [(1, "failed")] * 6
    forgetful.service.drain()
    lines = forgetful.client.get(logs).json["results"]
    assert [(line["attemptCount"], line["executionStatus"]) for line in lines] == [(2, "succeeded")] * 6


def test_the_overview_and_the_service_page_count_it(forgetful, inspector, logs):
    for _ in range(6):
        forgetful.client.create("/conversations")
    forgetful.service.drain()
    shown = forgetful.own("GET", "").json["workspace"]
    oldest = shown["deliveries"][-1]
    assert (oldest["state"], oldest["attempt_count"], oldest["status"], oldest["attempts"]) == ("delivered", 1, 200, [])
    assert shown["subscriptions"][0]["health"]["delivered"] == 6
    with urlopen(f"{forgetful.url}/-/service") as page:
        assert "1 attempt made, no longer kept one by one." in page.read().decode()
