from __future__ import annotations

import hashlib
import hmac
import time

import pytest

from inspector.settings import SigningKey
from inspector.webhook.mistakes import Clues
from inspector.webhook.readings import Reading
from inspector.webhook.search import BUDGET, Search
from inspector.webhook.slots import Signer

TIMESTAMP, URL, BODY = "1719823259", "https://app.example/hook", b"{}"


def search(mac: bytes, *, keys: tuple[str, ...] = ("k",), budget: int = BUDGET, now: float | None = None) -> Search:
    clues = Clues(other_keys=(SigningKey("other"),))
    return Search(
        urls=[URL],
        timestamp=TIMESTAMP,
        body=BODY,
        keys=keys,
        readings=[Reading(mac)],
        clues=clues,
        now=now,
        budget=budget,
    )


def right_mac(key: bytes) -> bytes:
    return hmac.digest(key, f"{TIMESTAMP}\n{URL}\n".encode() + hashlib.sha256(BODY).digest(), "sha256")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5", "sha512", "sha384"])
@pytest.mark.parametrize("key", [b"", b"k", b"k" * 64, b"k" * 200])
def test_a_signer_computes_what_hmac_does(algorithm: str, key: bytes) -> None:
    signer = Signer(key, algorithm)
    mac = hmac.digest(key, b"second", algorithm)
    wanted = {mac: Reading(mac)}
    assert signer.size == len(mac)
    assert signer.hits([b"first", b"second"], wanted) == [(1, wanted[mac])]


def test_a_match_knows_its_faults() -> None:
    match = search(right_mac(b"other")).find(mistakes=1)
    assert match is not None
    assert match.faults == [("other-key", "a key of another subscription")]
    assert match.rank == (1, [0])


def test_nothing_is_found_for_a_random_mac() -> None:
    unknown = search(b"x" * 32)
    assert unknown.find(mistakes=1) is None
    assert unknown.find(mistakes=2) is None


def test_the_budget_is_never_exceeded() -> None:
    unknown = search(b"x" * 32, keys=("a", "b", "c", "d", "e"), now=1.9e9)
    unknown.find(mistakes=1)
    unknown.find(mistakes=2)
    assert unknown.tries == BUDGET
    small = search(b"x" * 32, budget=10)
    small.find(mistakes=1)
    assert small.tries == 10


def test_the_worst_case_takes_a_fraction_of_a_second() -> None:
    started = time.process_time()
    unknown = search(b"x" * 32, keys=("a", "b", "c", "d", "e"), now=1.9e9)
    unknown.find(mistakes=1)
    unknown.find(mistakes=2)
    assert time.process_time() - started < 0.5


def test_each_key_has_its_share_of_a_small_budget() -> None:
    for key in ("a", "b", "c"):
        mac = hmac.digest(key.encode(), f"{TIMESTAMP}000\n{URL}\n".encode() + hashlib.sha256(BODY).digest(), "sha256")
        one_of_three = search(mac, keys=("a", "b", "c"), budget=1500)
        match = one_of_three.find(mistakes=1)
        assert match is not None
        assert match.key.value == key.encode()


def test_an_exhausted_search_says_so() -> None:
    unknown = search(b"x" * 32)
    unknown.find(mistakes=1)
    assert not unknown.is_exhausted
    unknown.find(mistakes=2)
    assert unknown.is_exhausted


def test_what_was_tried_is_told_in_order() -> None:
    ruled_out = search(b"x" * 32).ruled_out()
    assert ruled_out[0] == "other-key"
    assert ruled_out[-2:] == ("timestamp-mismatch", "algorithm")
    assert "url-query-dropped" not in ruled_out  # this URL has no query to drop
