"""Why a signature does not match: for a request that arrived, or a signature that the developer's own code computed.

`explain` verifies, recognises other schemes, then lets `search.py` try the mistakes of `mistakes.py`. It names a cause
only if that cause reproduces the signature exactly. Pure: no clock, no I/O; worst case some tens of milliseconds, so it
never runs on the path of an answer.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from inspector.settings import SigningKey
from inspector.webhook.advice import ADVICE, hints, sentence
from inspector.webhook.explanation import Explanation, Part
from inspector.webhook.foreign import Recipe, foreign_recipe
from inspector.webhook.mistakes import Clues
from inspector.webhook.readings import readings
from inspector.webhook.schemes import Scheme, Surroundings, scheme_of_headers, scheme_of_text
from inspector.webhook.search import BUDGET, Match, Search
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, encode_text, sign, verify
from inspector.webhook.urls import FORWARDING_HEADERS, forwarded_origins, split_port

UNKNOWN = "unknown"
_TIMESTAMP_MISSING = "timestamp-missing"


class _Case(NamedTuple):
    """What `explain` was given, cleaned up."""

    urls: tuple[str, ...]
    timestamp: str | None
    body: bytes
    signature: str | None
    keys: tuple[SigningKey, ...]
    other_keys: tuple[SigningKey, ...]
    headers: Mapping[str, str]
    now: float | None


def explain(
    *,
    url: str | Sequence[str],
    timestamp: str | None,
    body: bytes,
    signature: str | None,
    signing_keys: Iterable[SigningKey | str],
    other_keys: Iterable[SigningKey | str] = (),
    headers: Sequence[tuple[str, str]] = (),
    now: float | None = None,
    budget: int = BUDGET,
) -> Explanation:
    """Say whether a signature holds, and if not, which mistake, or which two, made it.

    `url` is the right URL, or several that may be; any match among `signing_keys` is valid, while `other_keys` are
    known to belong elsewhere. `headers` are those of the request, as pairs: they give signature and timestamp where
    these are None, show other schemes, and tell under which other hosts and paths the request may have been seen.
    `now` (Unix time in seconds) adds times around it to those tried; `budget` bounds the tries.
    Raises SignatureError for texts that cannot be written as UTF-8.
    """
    given = {name.lower(): value for name, value in reversed(headers)}
    keys = _as_keys(signing_keys)
    signature = given.get(SIGNATURE_HEADER) if signature is None else signature
    case = _Case(
        urls=((url,) if isinstance(url, str) else tuple(url)) or ("",),
        timestamp=given.get(TIMESTAMP_HEADER) if timestamp is None else timestamp,
        body=body,
        signature=None if signature is None else signature.strip(),
        keys=keys,
        other_keys=tuple(key for key in _as_keys(other_keys) if key.key not in {known.key for known in keys}),
        headers=given,
        now=now,
    )
    return _explain(case, budget)


def _explain(case: _Case, budget: int) -> Explanation:
    verification = verify(
        url=case.urls,
        timestamp=case.timestamp,
        body=case.body,
        signature=case.signature,
        signing_keys=case.keys,
        now=case.now,
    )
    if verification.verdict == "invalid" and case.signature is not None:
        return _explain_invalid(case, case.signature, budget)
    scheme = scheme_of_headers(_surroundings(case)) if verification.verdict == "missing" else None
    if scheme is not None:
        return _by_scheme(case, scheme, verdict="missing")
    return _answer(
        case,
        key=SigningKey("", verification.key) if verification.url else None,
        url=verification.url,
        verdict=verification.verdict,
        message=verification.message,
        expected=case.signature if verification.verdict == "valid" else None,
    )


def _explain_invalid(case: _Case, signature: str, budget: int) -> Explanation:
    scheme = scheme_of_text(signature, _surroundings(case))
    if scheme is not None:
        return _by_scheme(case, scheme, verdict="invalid")
    search = Search(
        urls=case.urls,
        timestamp=case.timestamp,
        body=case.body,
        keys=tuple(key.key for key in case.keys),
        readings=readings(signature),
        clues=_clues(case),
        now=case.now,
        budget=budget,
    )
    match = search.find(mistakes=1)
    recipe = _foreign(case, search) if match is None else None
    match = match or (search.find(mistakes=2) if recipe is None else None)
    if match is not None:
        return _by_match(case, match)
    return _by_recipe(case, recipe) if recipe is not None else _by_nothing(case, search)
