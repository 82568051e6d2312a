"""What is made of requests once, for all searches, answers as each of them does, and goes with the first that goes."""

from __future__ import annotations

import gzip
import json
from weakref import ref

import pytest
from recordings import make_record, shred

from inspector.recorder.filters import parse_filter
from inspector.recorder.log import RequestLog
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import HEAVIEST, HEAVIEST_SEGMENT, MOST, batches


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([10] * MOST, [MOST]),
        ([10] * (MOST + 1), [MOST, 1]),
        ([10, HEAVIEST, 10], [1, 1, 1]),
        ([], []),
    ],
)
def test_requests_are_asked_by_the_batch_unless_they_are_large(sizes: list[int], expected: list[int]) -> None:
    requests = [make_record(b"x" * size) for size in sizes]
    made = [*batches(requests)]
    assert [len(batch.requests) for batch in made] == expected
    assert [request for batch in made for request in batch.requests] == requests


def test_what_is_packed_is_asked_alone() -> None:
    packed = make_record(gzip.compress(b"x" * 1000), headers={"content-encoding": "gzip"})
    assert [len(batch.requests) for batch in batches([make_record(b"x"), packed])] == [1, 1]


@pytest.mark.parametrize("text", ["closed", "-closed", "payload.status:closed", "own x", "post -/other", "jürgen OR n"])
def test_segments_answer_as_each_request_does(text: str) -> None:
    search = parse_filter(text)
    log, requests = laid_out([some_request(number) for number in range(3 * MOST)])
    alone = [request for request in requests if search(request)]
    assert log.select(search, limit=1000).requests == alone[::-1]
    for gone in (requests[0], requests[MOST + 9], requests[-1]):  # from each, and what was left answers on
        log.remove(lambda request, gone=gone: request is gone)
        alone = [request for request in alone if request is not gone]
        assert log.select(search, limit=1000).requests == alone[::-1]
    some = requests[3 : MOST + 5]
    assert search.among(some) == [request for request in some if search(request)]


def laid_out(requests: list[RecordedRequest]) -> tuple[RequestLog, list[RecordedRequest]]:
    """A log of requests, with segments of all but a few in between, and every other one shredded."""
    log = RequestLog()
    for request in requests:
        log.append(request)
    shred(*requests[::2])
    sequences = [request.sequence for request in requests]
    log.lay_together(sequences[:MOST])
    log.lay_together(sequences[MOST + 5 : 2 * MOST + 5])
    return log, requests


def test_what_is_laid_together_is_asked_together() -> None:
    _, requests = laid_out([some_request(number) for number in range(3 * MOST)])
    made = [*batches(requests)]
    assert [len(batch.requests) for batch in made] == [MOST, 5, MOST, MOST - 5]
    assert ["values" in vars(batch) for batch in made] == [True, False, True, False]


def test_a_segment_holds_nothing_once_a_request_of_it_has_gone() -> None:
    log, requests = laid_out([some_request(number) for number in range(2 * MOST)])
    values = ref(requests[0].segment._made.values)  # type: ignore[union-attr]
    log.remove(lambda request: request is requests[5])
    assert values() is None


def test_a_segment_ends_with_eviction() -> None:
    log, requests = laid_out([some_request(number) for number in range(2 * MOST)])
    log.capacity = len(requests)
    log.append(some_request(1))
    assert requests[1].segment is not None
    assert not requests[1].segment.is_whole


def test_what_was_removed_meanwhile_is_laid_together_with_nothing() -> None:
    log, requests = laid_out([some_request(number) for number in range(MOST)])
    sequences = [request.sequence for request in requests]
    log.remove(lambda request: request is requests[3])
    log.lay_together(sequences)
    assert [*{request.segment for request in log.snapshot()}] != [None]
    assert [len(batch.requests) for batch in batches(log.snapshot())] == [MOST - 1]


def test_a_log_that_is_half_full_has_no_segments() -> None:
    log, requests = laid_out([some_request(number) for number in range(3 * MOST)])
    log.max_bytes = 2 * log.bytes - 2
    log.lay_together([request.sequence for request in requests[-9:]])
    assert requests[-1].segment is None
    log.max_bytes += 2
    log.lay_together([request.sequence for request in requests[-9:]])
    assert requests[-1].segment is not None


def test_heavy_requests_are_not_laid_together() -> None:
    log = RequestLog()
    log.append(make_record(b"x" * HEAVIEST_SEGMENT))
    log.lay_together([1])
    assert log.snapshot()[0].segment is None


def some_request(number: int) -> RecordedRequest:
    if number % 7 == 0:
        return make_record(b"other" * number)
    payload = {"n": number, "status": "closed" if number % 3 else "active", "own": "x" * (number % 2)}
    event = {"service": "s", "event": "e", "payload": {**payload, "text": "long enough to be shredded" * 4}}
    return make_record(json.dumps(event).encode())
