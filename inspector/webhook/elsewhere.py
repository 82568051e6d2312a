"""Subscriptions that are known beside those for this address: whose key is whose, and how their URLs depart from here.

Every request that a subscription sends is signed for the URL registered in it, wherever a tunnel or a proxy leads it:
one whose URL is a mistake away belongs here all the same, and one signed with its key for its URL is no mystery
(contract.md §4: the tunnel address changed, the subscription still has the old one).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from inspector.webhook.urls import DEFAULT_PORTS, split_port
from inspector.webhook.variants.url import LOOPBACK, Url

_DIFFERS_BY_MISTAKE = frozenset(
    {"url-scheme", "url-port", "url-trailing-slash", "url-query-dropped", "url-query-order", "url-encoding"}
)


class Subscription(NamedTuple):
    """A webhook subscription that is known here: the URL registered in it, its signing key, and its event's name."""

    url: str
    key: str
    event: str = ""

    @property
    def words(self) -> str:
        """How a sentence calls it."""
        return f"the subscription to {self.event} at {self.url}" if self.event else f"the subscription at {self.url}"


@lru_cache(maxsize=1024)
def is_near(here: str, registered: str) -> bool:
    """Whether one `url-*` mistake lies between two URLs, so that a subscription to one means the other.

    Another path or another host is another address; the letter case of a host, and localhost for 127.0.0.1, are not.
    """
    faults = url_faults(here, registered)
    if [slug for slug, _ in faults] == ["url-host"]:
        names = {split_port(Url.split(url).authority)[0].lower() for url in (here, registered)}
        return len(names) == 1 or names <= set(LOOPBACK)
    return len(faults) == 1 and faults[0][0] in _DIFFERS_BY_MISTAKE


def url_faults(right: str, signed: str) -> tuple[tuple[str, str], ...]:
    """How a URL that was signed departs from the right one: slugs with words for each, in the published order."""
    one, other = Url.split(right), Url.split(signed)
    faults = [*_origin_faults(one, other), *_path_faults(one.path, other.path)]
    return (*faults, *_query_faults(one.query, other))


def is_absolute(url: str | None) -> bool:
    """Whether a text is a URL that a subscription can have: with scheme and host."""
    parts = Url.split(url or "")
    return (parts.scheme or "").lower() in DEFAULT_PORTS and bool(parts.authority)


def public_url_for(signed: str, here: str) -> str:
    """What `--public-url` must be told so that a request which arrived as `here` is checked against `signed`."""
    one, other = Url.split(signed), Url.split(here)
    is_same_target = (one.path or "/", one.query) == (other.path or "/", other.query)
    return one.origin if is_same_target else signed


def _origin_faults(right: Url, signed: Url) -> Iterator[tuple[str, str]]:
    if right.scheme != signed.scheme:
        yield "url-scheme", f"{signed.scheme}://" if signed.scheme else "no scheme"
    (name, port), (signed_name, signed_port) = split_port(right.authority), split_port(signed.authority)
    if name != signed_name:
        yield "url-host", f"the host {signed.authority}"
    elif port != signed_port:
        yield "url-port", f"the port {signed_port}" if signed_port else "no port"


def _path_faults(right: str, signed: str) -> Iterator[tuple[str, str]]:
    if right == signed:
        return
    if right.rstrip("/") == signed.rstrip("/"):
        yield "url-trailing-slash", f"{'a' if signed.endswith('/') else 'no'} slash at the end of the path"
    elif unquote(right) == unquote(signed):
        yield "url-encoding", f"the path {signed}"
    else:
        yield "url-path", f"the path {signed}"


def _query_faults(right: str | None, signed: Url) -> Iterator[tuple[str, str]]:
    query = signed.query
    if right == query:
        return
    if right is None or query is None:
        yield "url-query-dropped", "no query" if query is None else f"the query ?{query}, which did not arrive"
    elif sorted(right.split("&")) == sorted(query.split("&")):
        yield "url-query-order", query
    elif unquote(right) == unquote(query):
        yield "url-encoding", f"the query {query}"
    else:
        yield "url-path", f"the path and query {signed.path}{signed.question}"
