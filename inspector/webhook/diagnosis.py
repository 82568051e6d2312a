"""Why a signature does not match: for a request that arrived, or a signature that the developer's own code computed.

`explain` verifies, recognises other schemes, then lets `search.py` try the mistakes of `mistakes.py`. It names a cause
only if that cause reproduces the signature exactly. Pure: no clock, no I/O; worst case some tens of milliseconds, so it
never runs on the path of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from inspector.settings import SigningKey
from inspector.webhook.advice import (
    ADVICE,
    RANK,
    hints,
    in_order,
    sentence,
    sentence_of_arrival,
    sentence_of_subscription,
)
from inspector.webhook.elsewhere import Subscription, is_absolute, public_url_for, url_faults
from inspector.webhook.explanation import Explanation, Part, PartName
from inspector.webhook.foreign import Recipe, Recipes, named_recipes, reproducing, unnamed_recipes
from inspector.webhook.mistakes import Clues
from inspector.webhook.pools import Fault
from inspector.webhook.readings import Reading, readings
from inspector.webhook.schemes import Scheme, Surroundings, scheme_of_headers, scheme_of_text
from inspector.webhook.search import BUDGET, Match, Search
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, Verdict, encode_text, sign, verify
from inspector.webhook.urls import FORWARDING_HEADERS, forwarded_origins, split_port
from inspector.webhook.variants.recipe import Form

UNKNOWN = "unknown"
OWNED = "subscription"
"""Label of a key that belongs to a subscription of the mock service."""
MOST_MISTAKES = 2
_HOST_HEADERS = ("host", "x-forwarded-host", "x-original-host", "x-forwarded-server")
_PREFIX_HEADERS = ("x-forwarded-prefix", "x-forwarded-path", "x-script-name")
_NO_TIMESTAMP = (
    "There is a signature but no messagebird-request-timestamp header, so it cannot hold; pass both headers on."
)
_NOT_A_SIGNATURE = (
    "The signature is not an HMAC in any usual writing; expected are 32 bytes in standard base64 (44 characters), "
    "so look at where it is cut or quoted."
)
_CHECK_THE_PIECES = (
    "check that key, URL, timestamp and body given here are those of this very request, and try the key of every "
    "other subscription"
)
_NO_KEY = "Not checked: no signing key was given to check it with; give that of the subscription."
_THE_RECIPE = "sign timestamp, line feed, URL, line feed and the raw SHA-256 of the body"


_PART_NAMES: dict[Form, PartName] = {"raw": "body_digest", "body": "body", "none": "body"}


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
    subscriptions: tuple[Subscription, ...]
    is_recorded: bool


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
    subscriptions: Iterable[Subscription] = (),
    recorded: bool = False,
    budget: int = BUDGET,
) -> Explanation:
    """Say whether a signature holds, and if not, which mistake, or which two, made it.

    `url` is the right URL, or several that may be; any match among `signing_keys` is valid, while `other_keys` are
    known to belong elsewhere. `headers` are those of the request, as pairs: they give signature and timestamp where
    these are None, show other schemes, and tell under which other hosts and paths the request may have been seen.
    `now` (Unix time in seconds) adds times around it to those tried; `budget` bounds the tries. `subscriptions` are all
    that are known, wherever they lead. `recorded` says that these are no pieces put together, but a request that
    arrived at `now`, so that its age and its address tell something.
    Raises SignatureError for texts that cannot be written as UTF-8.
    """
    given = {name.lower(): value for name, value in reversed(headers)}
    keys, known = _as_keys(signing_keys), tuple(subscriptions)
    signature = given.get(SIGNATURE_HEADER) if signature is None else signature
    case = _Case(
        urls=((url,) if isinstance(url, str) else tuple(url)) or ("",),
        timestamp=given.get(TIMESTAMP_HEADER) if timestamp is None else timestamp,
        body=body,
        signature=None if signature is None else signature.strip(),
        keys=keys,
        other_keys=_others([*_as_keys(other_keys), *(SigningKey(one.key, OWNED) for one in known)], keys),
        headers=given,
        now=now,
        subscriptions=known,
        is_recorded=recorded,
    )
    return _explain(case, budget)


def _explain(case: _Case, budget: int) -> Explanation:
    verification = verify(
        url=case.urls,
        timestamp=case.timestamp,
        body=case.body,
        signature=case.signature,
        signing_keys=case.keys,
        now=case.now if case.is_recorded else None,
    )
    if verification.verdict == "invalid" and case.signature is not None:
        return _explain_invalid(case, case.signature, budget)
    scheme = scheme_of_headers(_surroundings(case)) if verification.verdict == "missing" else None
    if scheme is not None:
        return _by_scheme(case, scheme, verdict="missing")
    if verification.verdict == "unchecked" and not case.is_recorded:
        return _answer(case, verdict="unchecked", message=_NO_KEY)
    if verification.verdict != "valid":
        return _answer(case, verdict=verification.verdict, message=verification.message)
    return _answer(
        case,
        verdict="valid",
        message=verification.message,
        key=next(key for key in case.keys if key.label == verification.key),
        url=verification.url,
        expected=case.signature,
    )


def _explain_invalid(case: _Case, signature: str, budget: int) -> Explanation:
    scheme = scheme_of_text(signature, _surroundings(case))
    if scheme is not None:
        return _by_scheme(case, scheme, verdict="invalid")
    search = Search(
        urls=case.urls,
        timestamp=case.timestamp,
        body=case.body,
        keys=[key.key for key in case.keys],
        readings=readings(signature),
        clues=_clues(case),
        now=case.now,
        budget=budget,
    )
    match = search.find(mistakes=1)
    if match is not None:
        return _by_match(case, match, search.also(match))
    by_subscription = _by_subscription(case, signature)
    if by_subscription is not None:
        return by_subscription
    named = _recipe(case, named_recipes, [reading for reading in search.readings if len(reading.slugs) < 2])
    if named is not None:
        return _by_named_recipe(case, *named)
    match = search.find(mistakes=2)
    if match is not None:
        return _by_match(case, match)
    unnamed = _recipe(case, unnamed_recipes, search.readings)
    return _by_nothing(case, search, unnamed[0] if unnamed else None)


def _recipe(case: _Case, recipes: Recipes, texts: Sequence[Reading]) -> tuple[Recipe, Reading] | None:
    if case.timestamp is None:
        return None
    keys = [key.key for key in case.keys]
    return reproducing(recipes(case.urls, case.timestamp, case.body, case.headers), keys, texts)


def _by_subscription(case: _Case, signature: str) -> Explanation | None:
    """A signature made for the URL of a known subscription, with its key, or with one from here if that URL is near."""
    digest = sha256(case.body).digest()
    for owner in case.subscriptions:
        here, slugs = _departure(case.urls, owner.url)
        is_near = 0 < len(slugs) <= MOST_MISTAKES
        for key in (SigningKey(owner.key, OWNED), *(case.keys if is_near else ())):
            pieces: dict[str, Any] = {"url": owner.url, "timestamp": case.timestamp, "body": b"", "body_digest": digest}
            if slugs and verify(signature=signature, signing_keys=[key], **pieces).verdict == "valid":
                return _answer(
                    case,
                    verdict="invalid",
                    cause="+".join(slugs) if is_near else "other-key",
                    message=sentence_of_subscription(owner.words, here, public_url_for(owner.url, here)),
                    fix=hints(slugs),
                    key=key,
                    url=here,
                    evidently_signed=_right_parts(case.timestamp or "", owner.url, case.body),
                )
    return None


def _departure(urls: Iterable[str], signed: str) -> tuple[str, tuple[str, ...]]:
    """The one of some URLs that is nearest to another, with the slugs that lie between them."""
    found = ((url, in_order(slug for slug, _ in url_faults(url, signed))) for url in urls)
    return min(found, key=lambda pair: len(pair[1]))


def _by_match(case: _Case, match: Match, also: Sequence[Fault] = ()) -> Explanation:
    known = {encode_text(key.key): key for key in (*case.other_keys, *case.keys)}
    right_key = known[match.key.origin]
    signed, here = match.url.value, match.url.origin
    more = {}
    if case.is_recorded and all(slug.startswith("url-") for slug, _ in match.faults) and is_absolute(signed):
        more["message"] = sentence_of_arrival(signed, here, public_url_for(signed, here))
    return _by_faults(
        case,
        match.faults,
        key=known.get(match.key.value, right_key),
        right_key=right_key,
        url=here,
        also=also,
        evidently_signed=_evident_parts(match),
        **more,
    )


def _by_faults(case: _Case, faults: Sequence[Fault], also: Sequence[Fault] = (), **more: Any) -> Explanation:
    slugs = [slug for slug, _ in faults]
    more.setdefault("message", sentence(faults, more.get("url") or case.urls[0], also))
    more["also"] = tuple(slug for slug, _ in also)
    return _answer(case, verdict="invalid", cause="+".join(slugs), fix=hints(slugs), **more)


def _by_scheme(case: _Case, scheme: Scheme, verdict: Verdict) -> Explanation:
    return _answer(
        case,
        verdict=verdict,
        cause=scheme.cause,
        message=scheme.message,
        fix=ADVICE[scheme.cause].hint,
        key=scheme.key,
        received=scheme.received,
    )


def _by_named_recipe(case: _Case, recipe: Recipe, reading: Reading) -> Explanation:
    faults = sorted([(recipe.cause, recipe.name), *reading.faults], key=lambda fault: RANK[fault[0]])
    return _by_faults(case, faults, evidently_signed=recipe.parts)


def _by_nothing(case: _Case, search: Search, recipe: Recipe | None) -> Explanation:
    tried = search.ruled_out()
    if case.timestamp is None:
        cause, message = "timestamp-missing", _NO_TIMESTAMP
    elif recipe is not None:
        cause, message = UNKNOWN, f"What was signed is {recipe.name}; {_THE_RECIPE}."
    elif not search.readings:
        cause, message = UNKNOWN, _NOT_A_SIGNATURE
    else:
        cause = UNKNOWN
        message = f"None of {len(tried)} known mistakes explains it, {_extent(search)}; {_CHECK_THE_PIECES}."
    return _answer(
        case,
        verdict="invalid",
        cause=cause,
        message=message,
        fix=ADVICE["separator"].hint,
        evidently_signed=recipe.parts if recipe else None,
        ruled_out=tried if cause == UNKNOWN and search.readings else (),
        partly_tried=in_order(search.cut_short) if cause == UNKNOWN and search.readings else (),
    )


def _extent(search: Search) -> str:
    """How far the search went, in words."""
    pairs = "or, as far as was tried, two together" if search.is_exhausted else "or two together"
    partly = f" ({', '.join(in_order(search.cut_short))} only in part, the body is long)" if search.cut_short else ""
    return f"alone {pairs}{partly}"


def _answer(
    case: _Case,
    *,
    verdict: Verdict,
    message: str,
    key: SigningKey | None = None,
    right_key: SigningKey | None = None,
    url: str | None = None,
    received: str | None = None,
    **more: Any,
) -> Explanation:
    """Fill in what every explanation has: what should be signed, and the signature that it should give."""
    url = case.urls[0] if url is None else url
    signing_key = right_key or key or next(iter(case.keys), None)
    more.setdefault("expected", _expected(case, signing_key, url))
    return Explanation(
        verdict=verdict,
        message=message,
        key=key.label if key else None,
        url=url,
        received=case.signature if received is None else received,
        signed_text=() if case.timestamp is None else _right_parts(case.timestamp, url, case.body),
        **more,
    )


def _expected(case: _Case, key: SigningKey | None, url: str) -> str | None:
    return None if key is None or case.timestamp is None else sign(key.key, case.timestamp, url, case.body)


def _right_parts(timestamp: str, url: str, body: bytes) -> tuple[Part, ...]:
    line_feed = Part("separator", b"\n")
    digest = Part("body_digest", sha256(body).digest())
    return Part("timestamp", encode_text(timestamp)), line_feed, Part("url", encode_text(url)), line_feed, digest


def _evident_parts(match: Match) -> tuple[Part, ...]:
    """What was signed in fact; parts and separators that were left out are not there."""
    separators, wrong_body = match.separators.value, match.body.value if match.body.faults else None
    third = match.digest.value.of(match.body.value)
    parts = [
        *_line("timestamp", match.timestamp.value, separators.first),
        *_line("url", match.url.value, separators.second),
        Part(_PART_NAMES.get(match.digest.value.form, "body_digest_text"), third, wrong_body),
        Part("separator", separators.end),
    ]
    return tuple(part for part in parts if part.data or part.name != "separator")


def _line(name: PartName, value: str | int | None, separator: bytes) -> tuple[Part, ...]:
    return () if value is None else (Part(name, encode_text(str(value))), Part("separator", separator))


def _clues(case: _Case) -> Clues:
    """Hosts, ports and prefixes that the headers speak of; the scheme is tried both ways anyhow."""
    headers = case.headers
    forwarding = {name: headers[name] for name in FORWARDING_HEADERS if name in headers}
    named = [value for name in _HOST_HEADERS for value in headers.get(name, "").split(",")]
    origins = forwarded_origins(headers.get("host", ""), forwarding)
    authorities = dict.fromkeys([*map(str.strip, named), *(origin.partition("://")[2] for origin in origins)])
    ports = [headers.get("x-forwarded-port", "").strip(), *(split_port(authority)[1][1:] for authority in authorities)]
    prefixes = [headers.get(name, "").rstrip("/") for name in _PREFIX_HEADERS]
    return Clues(
        authorities=tuple(filter(None, authorities)),
        ports=tuple(port for port in ports if port.isdecimal()),
        prefixes=tuple(prefix for prefix in prefixes if prefix.startswith("/")),
        other_keys=case.other_keys,
        owners=tuple((one.key, one.words) for one in case.subscriptions),
    )


def _surroundings(case: _Case) -> Surroundings:
    return Surroundings(case.urls, case.body, case.keys, case.headers, case.now)


def _others(others: Iterable[SigningKey], keys: Iterable[SigningKey]) -> tuple[SigningKey, ...]:
    known = {key.key for key in keys}
    return tuple({key.key: key for key in others if key.key not in known}.values())


def _as_keys(keys: Iterable[SigningKey | str]) -> tuple[SigningKey, ...]:
    return tuple(key if isinstance(key, SigningKey) else SigningKey(key) for key in keys)
