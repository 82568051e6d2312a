"""Whoever looks never holds up a webhook: causes are searched for in threads, and known when they are known."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import httpx2
import pytest

from inspector.recorder.analysis import Analyser
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import among
from inspector.recorder.readahead import ReadAhead
from inspector.recorder.request import RecordedRequest
from inspector.server import InspectorServer
from inspector.settings import SigningKey, signing_keys
from inspector.web import looking
from inspector.web.looking import at_hand, fields_of, passed_over

PATIENCE = 20.0
BADLY_SIGNED = {"messagebird-signature": b64encode(bytes(32)).decode(), "messagebird-request-timestamp": "1700000000"}


def badly_signed() -> RecordedRequest:
    return RecordedRequest(
        received_at=1700000000.0,
        method="POST",
        target=b"/hook",
        headers=[(name.encode(), value.encode()) for name, value in BADLY_SIGNED.items()],
        body=b"{}",
        analyser=Analyser([SigningKey("k")]),
    )


def test_a_request_matches_once_its_cause_is_known() -> None:
    request, matches = badly_signed(), at_hand(parse_filter("cause:unknown"))
    assert not matches(request)
    assert request.known_cause is None
    assert request.cause == "unknown"
    assert matches(request)


def test_not_knowing_a_cause_is_not_having_another() -> None:
    assert not at_hand(parse_filter("-cause:separator"))(badly_signed())


def test_with_patience_the_cause_is_searched_for() -> None:
    assert at_hand(parse_filter("cause:unknown"), PATIENCE)(badly_signed())


def test_those_are_counted_of_which_it_is_not_known_whether_they_match() -> None:
    matches = at_hand(parse_filter("cause:unknown path:/hook"))
    elsewhere = badly_signed()
    elsewhere.target = b"/elsewhere"
    assert among([badly_signed(), elsewhere, badly_signed()], matches) == []
    assert passed_over(matches) == 2
    assert passed_over(parse_filter("path:/hook")) == 0


@pytest.mark.parametrize(("small", "matched"), [(10, 3), (2, 0)])
def test_the_api_finds_all_causes_in_a_small_log_and_does_not_wait_for_them_in_a_large_one(
    serve: Callable[..., InspectorServer],
    http: httpx2.Client,
    monkeypatch: pytest.MonkeyPatch,
    small: int,
    matched: int,
) -> None:
    monkeypatch.setattr(looking, "SMALL_LOG", small)
    monkeypatch.setattr(looking, "PATIENCE", PATIENCE)
    monkeypatch.setattr(ReadAhead, "start", lambda self: None)
    server = serve(signing_keys=signing_keys(["staging=k"]))
    for _ in range(3):
        http.post(f"{server.url}/hook", headers=BADLY_SIGNED)
    answer = http.get(f"{server.url}/-/api/requests?q=cause:unknown").json()
    assert (answer["matched"], answer["undiagnosed"]) == (matched, 3 - matched)
    assert http.get(f"{server.url}/-/api/requests").json()["undiagnosed"] == 0


def test_a_search_without_a_cause_is_as_it_was() -> None:
    matches = parse_filter("path:/hook signature:invalid")
    assert at_hand(matches) is matches
    assert fields_of(matches) == {"path", "signature"}


@pytest.fixture
def slow(serve: Callable[..., InspectorServer], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Event, Event]]:
    """An inspector that does not find a cause before it is let: it, and what is set once it searches, and to let it."""
    searching, may_find = Event(), Event()
    explain = Analyser.explain

    def wait_and_explain(analyser: Analyser, request: RecordedRequest) -> Any:
        searching.set()
        assert may_find.wait(PATIENCE)
        return explain(analyser, request)

    monkeypatch.setattr(Analyser, "explain", wait_and_explain)
    yield serve(signing_keys=signing_keys(["staging=k"])), searching, may_find
    may_find.set()


@pytest.mark.parametrize("address", ["/-/rows?q=cause:unknown", "/?q=cause:unknown", "/-/requests/{id}"])
def test_webhooks_are_answered_while_a_page_searches_for_causes(
    slow: tuple[InspectorServer, Event, Event], http: httpx2.Client, address: str
) -> None:
    server, searching, may_find = slow
    http.post(f"{server.url}/hook", headers=BADLY_SIGNED)
    (request,) = server.app.log.snapshot()
    shown: list[httpx2.Response] = []
    look = Thread(target=lambda: shown.append(httpx2.get(server.url + address.format(id=request.id), timeout=PATIENCE)))
    look.start()
    assert searching.wait(PATIENCE)
    assert http.post(f"{server.url}/hook", headers=BADLY_SIGNED).status_code == 200
    assert shown == []
    may_find.set()
    look.join(PATIENCE)
    assert shown[0].status_code == 200


def test_webhooks_are_recorded_while_those_with_a_cause_are_removed(
    slow: tuple[InspectorServer, Event, Event], http: httpx2.Client
) -> None:
    server, searching, may_find = slow
    http.post(f"{server.url}/hook", headers=BADLY_SIGNED)
    removed: list[httpx2.Response] = []
    address = f"{server.url}/-/api/requests?q=cause:unknown"
    remove = Thread(target=lambda: removed.append(httpx2.delete(address, timeout=PATIENCE)))
    remove.start()
    assert searching.wait(PATIENCE)
    assert http.post(f"{server.url}/later", headers=BADLY_SIGNED).status_code == 200
    may_find.set()
    remove.join(PATIENCE)
    assert removed[0].json() == {"removed": 1}
    assert [request.path for request in server.app.log.snapshot()] == ["/later"]


def test_webhooks_are_answered_while_a_stream_waits_for_causes(
    slow: tuple[InspectorServer, Event, Event], http: httpx2.Client
) -> None:
    server, searching, may_find = slow
    with httpx2.stream("GET", f"{server.url}/-/api/stream?q=cause:unknown", timeout=PATIENCE) as stream:
        lines = stream.iter_lines()
        assert "event: ready" in (next(lines) for _ in range(5))
        for _ in range(3):
            assert http.post(f"{server.url}/hook", headers=BADLY_SIGNED).status_code == 200
        assert searching.wait(PATIENCE)
        may_find.set()
        assert "event: request" in lines
        told = json.loads(next(lines).removeprefix("data: "))
    assert told["signature"]["cause"] == "unknown"
