"""The live stream: nothing twice, nothing lost, nobody waited for."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.requests import Request

from inspector.recorder.analysis import Analyser
from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.web import listener, stream
from inspector.web.listener import Listener
from inspector.web.rows import render_batch
from inspector.web.stream import NOWHERE, Broadcaster, Stream, resume_point
from inspector.web.view import View, render_json

ANALYSER = Analyser()


def arrive(log: RequestLog, path: str = "/hook") -> RecordedRequest:
    request = RecordedRequest(
        received_at=0.0, method="POST", target=path.encode(), headers=(), body=b"{}", analyser=ANALYSER
    )
    log.append(request)
    return request


@dataclass
class Event:
    id: int
    name: str
    data: Any


def events(text: bytes) -> list[Event]:
    """Read Server-Sent Events."""
    found = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            change = int(fields["id"].rpartition(":")[2])
            found.append(Event(change, fields["event"], json.loads(fields["data"])))
    return found


class Reader:
    """Listens to a broadcaster as a stream does."""

    def __init__(
        self, broadcaster: Broadcaster, after: int | None = None, matches: Any = None, render: Any = render_json
    ) -> None:
        self.broadcaster = broadcaster
        self.events: list[Event] = []
        self.listener, self.view = broadcaster.attach(render, repr(matches), matches, after)

    async def until(self, enough: Callable[[list[Event]], bool]) -> list[Event]:
        async with asyncio.timeout(20):
            while not enough(self.events):
                self.events += events(await self.listener.take())
        return self.events

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]


def run(scenario: Callable[[RequestLog, Broadcaster], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        log = RequestLog(**options)
        await scenario(log, Broadcaster(log))

    asyncio.run(main())


def requests_count(count: int) -> Callable[[list[Event]], bool]:
    return lambda seen: sum(event.name == "request" for event in seen) >= count


def test_arrivals_come_in_order_none_twice() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        for number in range(500):
            arrive(log, f"/{number}")
            if number % 120 == 0:  # what follows arrives while that is being sent
                await reader.until(requests_count(len(reader.named("request")) + 1))
        await reader.until(requests_count(500))
        assert [event.data["path"] for event in reader.named("request")] == [f"/{n}" for n in range(500)]
        assert [event.id for event in reader.named("request")] == list(range(1, 501))

    run(scenario)


def test_totals_follow_each_batch() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        for _ in range(5):
            arrive(log)
        seen = await reader.until(lambda found: any(event.name == "totals" for event in found))
        assert seen[-1].data == {"total": 3, "evicted": 2, "oldest": 3}

    run(scenario, capacity=3)


def test_a_reader_that_comes_back_misses_nothing() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        first = Reader(broadcaster)
        for _ in range(3):
            arrive(log)
        await first.until(requests_count(3))
        broadcaster.detach(first.listener, first.view)
        for _ in range(4):
            arrive(log)
        second = Reader(broadcaster, after=first.events[-1].id)
        arrive(log)
        await second.until(requests_count(5))
        assert [event.id for event in second.named("request")] == [4, 5, 6, 7, 8]

    run(scenario)


def test_removals_and_edits_are_told_also_on_resume() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        kept, gone = arrive(log), arrive(log)
        log.update(kept.id, pinned=True)
        log.remove(lambda request: request is gone)
        reader = Reader(broadcaster, after=2)
        await reader.until(lambda seen: any(event.name == "removed" for event in seen))
        assert reader.named("updated")[0].data["pinned"]
        assert reader.named("removed")[0].data == {"ids": [gone.id]}
        log.remove(pinned=True)
        await reader.until(lambda seen: any(event.name == "cleared" for event in seen))

    run(scenario)


def test_what_was_evicted_meanwhile_is_a_gap() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        for _ in range(10):
            arrive(log)
        reader = Reader(broadcaster, after=2)
        await reader.until(lambda seen: any(event.name == "gap" for event in seen))
        assert reader.named("gap")[0].id == 10
        assert reader.named("request") == []

    run(scenario, capacity=5)


def test_an_id_from_another_run_is_a_gap() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        arrive(log)
        reader = Reader(broadcaster, after=900)
        await reader.until(lambda seen: any(event.name == "gap" for event in seen))
        assert reader.named("gap")[0].id == 1

    run(scenario)


def test_more_than_anybody_reads_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BURST", 250)

    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        for _ in range(300):
            arrive(log)
        await reader.until(lambda seen: any(event.name == "gap" for event in seen))
        assert reader.named("gap")[0].data == {"missed": 300}
        arrive(log)
        await reader.until(requests_count(1))
        assert reader.named("request")[0].id == 301

    run(scenario)


def test_a_slow_listener_is_told_what_it_missed_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "LISTENER_LIMIT", 40_000)

    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        slow, quick = Reader(broadcaster), Reader(broadcaster)
        for number in range(200):
            arrive(log)
            if number % 20 == 19:
                await quick.until(requests_count(number + 1))
        assert len(quick.named("request")) == 200
        await slow.until(lambda seen: any(event.name == "gap" for event in seen))
        told = slow.named("gap")[-1]
        after = [event for event in slow.named("request") if event.id > told.id]
        assert told.data["missed"] + len(after) >= 200
        assert told.id + len(after) == 200

    run(scenario)


def test_a_filtered_reader_sees_only_what_matches() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster, matches=lambda request: request.path == "/b")
        for path in ("/a", "/b", "/a", "/b"):
            arrive(log, path)
        await reader.until(requests_count(2))
        assert {event.data["path"] for event in reader.named("request")} == {"/b"}

    run(scenario)


def test_a_page_is_told_what_has_left_its_search_and_a_script_is_not() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        def unpinned(request: RecordedRequest) -> bool:
            return not request.pinned

        page, script = Reader(broadcaster, matches=unpinned, render=render_batch), Reader(broadcaster, matches=unpinned)
        request = arrive(log)
        log.update(request.id, pinned=True)
        await page.until(lambda found: any(event.name == "rows" and event.data["left"] for event in found))
        assert page.named("rows")[-1].data["left"] == [request.id]
        arrive(log, "/last")
        await script.until(requests_count(1))
        assert [event.data["path"] for event in script.named("request")] == ["/last"]
        assert script.named("left") == []

    run(scenario)


def test_what_comes_to_match_is_told_to_a_script_as_a_request() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        script = Reader(broadcaster, matches=parse_filter("status:500 path:/late"))
        late, other = arrive(log, "/late"), arrive(log, "/other")
        await script.until(lambda seen: any(event.id == other.change for event in seen))
        for request in (late, other):
            request.answer_status = 500
            log.touch(request, "status")
        await script.until(requests_count(1))
        log.touch(late, "status")
        await script.until(lambda seen: any(event.name == "updated" for event in seen))
        assert [event.data["id"] for event in script.named("request")] == [late.id]

    run(scenario)


def test_what_matched_by_the_time_it_is_told_is_told_once() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        script = Reader(broadcaster, matches=parse_filter("pinned:true"))
        log.update(arrive(log).id, pinned=True)
        await script.until(lambda seen: any(event.name == "updated" for event in seen))
        assert len(script.named("request")) == 1

    run(scenario)


def test_what_comes_to_match_is_a_row_of_a_page_and_no_arrival() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        page = Reader(broadcaster, matches=parse_filter("pinned:true"), render=render_batch)
        request = arrive(log)
        await page.until(lambda seen: any(event.id == request.change for event in seen))
        log.update(request.id, pinned=True)
        await page.until(lambda seen: any(event.name == "rows" for event in seen))
        (rows,) = page.named("rows")
        assert (list(rows.data["updated"]), rows.data["count"]) == ([request.id], 0)

    run(scenario)


def test_large_bodies_are_read_in_a_thread_and_told_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LARGE", 1)
    readers: set[int] = set()
    check = Analyser.check_contract

    def check_and_note(analyser: Analyser, request: RecordedRequest) -> Any:
        readers.add(threading.get_ident())
        return check(analyser, request)

    monkeypatch.setattr(Analyser, "check_contract", check_and_note)

    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        for number in range(30):
            arrive(log, f"/{number}")
        await reader.until(requests_count(30))
        assert [event.data["path"] for event in reader.named("request")] == [f"/{n}" for n in range(30)]
        assert threading.get_ident() not in readers

    run(scenario)


def resumed(header: bytes, query: bytes = b"") -> int | None:
    headers = [(b"last-event-id", header)] if header else []
    return resume_point(Request({"type": "http", "headers": headers, "query_string": query}), "abcdef")


def test_a_stream_resumes_only_within_a_run() -> None:
    assert resumed(b"abcdef:17") == 17
    assert resumed(b"", b"last_event_id=abcdef:17") == 17
    assert resumed(b"") is None
    for other in (b"fedcba:17", b"17", b"abcdef:", b"abcdef:-1", b"rubbish", b"abcdef:" + b"9" * 30):
        assert resumed(other) == NOWHERE


def test_what_cannot_be_resumed_is_a_gap() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        arrive(log)
        reader = Reader(broadcaster, after=NOWHERE)
        await reader.until(lambda seen: any(event.name == "gap" for event in seen))
        assert reader.named("gap")[0].id == 1

    run(scenario)


def test_readers_of_one_view_share_one_rendering() -> None:
    rendered: list[int] = []

    def render(changes: Any, run: str) -> bytes:
        rendered.append(len(changes))
        return render_json(changes, run)

    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        readers = [Reader(broadcaster, render=render) for _ in range(10)]
        arrive(log)
        for reader in readers:
            await reader.until(requests_count(1))
        assert rendered == [1]

    run(scenario)


def test_arrivals_from_another_thread_wake_the_stream() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        await asyncio.to_thread(arrive, log)
        await reader.until(requests_count(1))
        assert len(reader.named("request")) == 1

    run(scenario)


def test_the_last_one_out_ends_the_subscription() -> None:
    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        reader = Reader(broadcaster)
        assert broadcaster.listeners == 1
        broadcaster.detach(reader.listener, reader.view)
        assert broadcaster.listeners == 0
        assert log._listeners == []

    run(scenario)


def test_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEARTBEAT", 0.01)
    assert asyncio.run(Listener().take()) == b": heartbeat\n\n"


def test_the_stream_ends_with_the_log() -> None:
    sent: list[Any] = []

    async def scenario(log: RequestLog, broadcaster: Broadcaster) -> None:
        async def receive() -> Any:
            return await asyncio.get_running_loop().create_future()

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) == 2:
                log.close()

        endpoint = Stream(broadcaster, log, render_json, lambda _: None)
        scope = {"type": "http", "method": "GET", "path": "/-/api/stream", "query_string": b"", "headers": []}
        async with asyncio.timeout(20):
            await endpoint(scope, receive, send)
        assert broadcaster.listeners == 0

    run(scenario)
    assert sent[0]["headers"][0] == (b"content-type", b"text/event-stream")
    assert sent[-1]["more_body"] is False


def test_a_view_without_matcher_shows_all() -> None:
    log = RequestLog()
    arrive(log)
    changes, _ = log.changes_since(0)
    assert View(render_json, None).select(changes) == changes
