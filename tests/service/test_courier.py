"""What an app that is down leaves waiting is bounded, and what is given up for that says so."""

from __future__ import annotations

import threading
from urllib.request import urlopen

from inspector.service import courier
from inspector.service.settings import ServiceSettings
from inspector.service.state import ConversationsService

WORD = "Gave up: 3 deliveries were already waiting for their next attempt."


def logs_of(mock, url):
    """The path of the log of a new subscription to everything that is created."""
    return f"/webhook-subscriptions/{mock.client.subscribe(url, 'conversation.created')['id']}/logs"


def create(mock, count):
    for _ in range(count):
        mock.client.create("/conversations")
        mock.service.advance(0)  # each has had its first attempt before the next is made


def read(mock, logs):
    """State, attempts and word of each delivery, oldest first."""
    lines = mock.client.get(f"{logs}?limit=100").json["results"][::-1]
    return [(line["executionStatus"], line["attemptCount"], line.get("error")) for line in lines]


def test_as_many_as_may_wait_are_all_tried_again(start, inspector):
    mock = start(max_waiting=3, retry="1m,1m")
    inspector.answer_with([500] * 6 + [200])
    logs = logs_of(mock, inspector.url)
    create(mock, 3)
    mock.service.drain()
    assert read(mock, logs) == [("succeeded", 3, None)] * 3


def test_with_more_the_oldest_are_given_up_and_the_log_says_so(start, inspector):
    mock = start(max_waiting=3, retry="1m,1m")
    inspector.answer_with([500] * 5 + [200])
    logs = logs_of(mock, inspector.url)
    create(mock, 5)
    assert read(mock, logs) == [("failed", 1, WORD)] * 2 + [("failed", 1, None)] * 3
    mock.service.drain()
    assert read(mock, logs) == [("failed", 1, WORD)] * 2 + [("succeeded", 2, None)] * 3
    assert len(inspector.requests) == 8


def test_the_last_attempt_says_why_no_other_followed(start, inspector, free_port):
    mock = start(max_waiting=3)
    logs = logs_of(mock, f"http://127.0.0.1:{free_port}")
    create(mock, 4)
    oldest = mock.client.get(logs).json["results"][-1]["requestId"]
    [attempt] = mock.client.get(f"{logs}/details?requestId={oldest}").json["results"]
    assert attempt["error"].startswith("Nothing listens at ")
    assert attempt["error"].endswith(WORD)


def test_an_app_that_is_down_takes_nothing_from_another(start, inspector, free_port):
    mock = start(max_waiting=3, retry="1m")
    inspector.answer_with([500, 200])
    up, down = logs_of(mock, inspector.url), logs_of(mock, f"http://127.0.0.1:{free_port}")
    create(mock, 6)
    mock.service.drain()
    assert read(mock, up) == [("succeeded", 2, None), *[("succeeded", 1, None)] * 5]
    assert [word for *_, word in read(mock, down)] == [WORD] * 4 + [None] * 2


def test_what_waits_too_long_for_its_first_attempt_is_given_up_too(start, inspector):
    mock = start(max_waiting=3)
    may_answer = threading.Event()
    inspector.answer_with(lambda request: may_answer.wait(10) and 200)
    logs = logs_of(mock, inspector.url)
    mock.client.create("/conversations")
    inspector.wait_for(count=1)
    for _ in range(5):
        mock.client.create("/conversations")
    mock.client.get("/conversations")  # what was fired before is in its place when this is answered
    assert mock.service.courier.waiting == 3
    may_answer.set()
    mock.service.drain()
    word = "Gave up: 3 deliveries to this URL were already waiting for their first attempt."
    assert read(mock, logs) == [("succeeded", 1, None), *[("failed", 0, word)] * 2, *[("succeeded", 1, None)] * 3]
    given_up = mock.client.get(f"{logs}?limit=100").json["results"][4]
    assert mock.client.get(f"{logs}/details?requestId={given_up['requestId']}").json == {"results": []}


def test_before_there_is_an_event_loop_the_oldest_are_given_up_too(monkeypatch):
    monkeypatch.setattr(courier, "MOST_WAITING", 3)
    service = ConversationsService(ServiceSettings(seed=7))
    service.subscribe("conversation.created", url="http://127.0.0.1/hook")
    for _ in range(5):
        service.create_conversation()
    fired = list(service.workspaces[0].deliveries)
    assert [one.state for one in fired] == ["failed"] * 2 + ["waiting"] * 3
    assert fired[0].given_up == "Gave up: 3 changes were already waiting for start() in an event loop."


def test_the_overview_and_the_service_page_say_so(start, inspector):
    mock = start(max_waiting=3)
    inspector.answer_with(500)
    logs_of(mock, inspector.url)
    create(mock, 4)
    shown = mock.own("GET", "").json["workspace"]
    oldest = shown["deliveries"][-1]
    assert (oldest["state"], oldest["given_up"], oldest["planned_at"]) == ("failed", WORD, [])
    health = shown["subscriptions"][0]["health"]
    assert (health["failed"], health["retrying"]) == (1, 3)
    with urlopen(f"{mock.url}/-/service") as page:
        text = page.read().decode()
    assert text.count("given up") == 1
    assert WORD in text
