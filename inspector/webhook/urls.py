"""The URLs that a request may have been signed for.

The signature covers the URL as registered in the subscription (contract.md §1), which the receiver never sees: it has
Host and target, whatever a proxy says of the outside in X-Forwarded-* (de facto) or Forwarded (RFC 7239), and its own
setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

FORWARDING_HEADERS = frozenset(
    {"x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "forwarded"}
)

DEFAULT_PORTS = {"http": "80", "https": "443"}

_PUBLIC_URL = re.compile(r"(https?://[^/?#]+)(/?)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.IGNORECASE)
_PORT = re.compile(r":\d*\Z")
_PREFIX = re.compile(r"/[^\s?#,]*")
_FORWARDED_PAIR = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))')


def candidate_urls(
    host: str, target: str, forwarding: Mapping[str, str], public_url: str | None = None
) -> tuple[str, ...]:
    """Every URL that a recorded request may have been signed for, likeliest first, none twice.

    `host` and `target` are as received, `forwarding` holds those of `FORWARDING_HEADERS` that are there, in lower
    case. `public_url` comes first: with only an origin it replaces the origin of what was received, with a path it is
    used whole. A URL without a path arrives as `/`, so that one is told without its slash too. Header values that make
    no sense are passed over; nothing is raised.
    """
    urls = _urls_of(host, target, forwarding, public_url)
    if target != "/" and not target.startswith("/?"):
        return urls
    bare = [url[: -len(target)] + target[1:] for url in urls if url.endswith(f"{_authority(url)}{target}")]
    return tuple(dict.fromkeys((*urls, *bare)))


def _urls_of(host: str, target: str, forwarding: Mapping[str, str], public_url: str | None) -> tuple[str, ...]:
    received = f"http://{host}{target}" if target[:1] == "/" or "://" not in target else target
    if public_url is None and not forwarding:
        return (received,)
    prefixes = ["", *_prefixes(forwarding)]
    urls = [*_public(public_url, target, prefixes), received]
    origins = forwarded_origins(host, forwarding)
    urls += [origin + prefix + target for origin in origins for prefix in prefixes]
    return tuple(dict.fromkeys(urls))


def forwarded_origins(host: str, forwarding: Mapping[str, str]) -> list[str]:
    """The `scheme://authority` that the forwarding headers speak of, outermost values first; `host` fills the gaps."""
    schemes, authorities = _schemes(forwarding), _authorities(forwarding)
    if not schemes and not authorities and "x-forwarded-port" not in forwarding:
        return []
    port = _first(forwarding.get("x-forwarded-port", ""))
    return [
        f"{scheme}://{name}"
        for authority in (*authorities, host)
        for scheme in schemes or ["http"]
        for name in _with_port(authority, scheme, port)
    ]


def split_port(authority: str) -> tuple[str, str]:
    """`"app.example:8443"` → `("app.example", ":8443")`; without a port the second is empty."""
    match = _PORT.search(authority)
    return (authority, "") if match is None else (authority[: match.start()], match[0])


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _public(public_url: str | None, target: str, prefixes: Iterable[str]) -> list[str]:
    match = _PUBLIC_URL.fullmatch(public_url or "")
    if match is None:
        return []
    if match[3]:
        return [match[0]]
    return [match[1] + prefix + target for prefix in prefixes]


def _schemes(forwarding: Mapping[str, str]) -> list[str]:
    named = (_first(forwarding.get("x-forwarded-proto", "")), _forwarded(forwarding, "proto"))
    return [scheme for scheme in dict.fromkeys(text.lower() for text in named) if scheme in DEFAULT_PORTS]


def _authorities(forwarding: Mapping[str, str]) -> list[str]:
    named = (_first(forwarding.get("x-forwarded-host", "")), _forwarded(forwarding, "host"))
    return [authority for authority in dict.fromkeys(named) if _AUTHORITY.fullmatch(authority)]


def _prefixes(forwarding: Mapping[str, str]) -> list[str]:
    prefix = _first(forwarding.get("x-forwarded-prefix", "")).rstrip("/")
    return [prefix] if _PREFIX.fullmatch(prefix) else []


def _with_port(authority: str, scheme: str, port: str) -> list[str]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not (port.isascii() and port.isdigit() and len(port) <= 5):
        return [authority]
    if port == DEFAULT_PORTS[scheme]:
        return [authority, match[1]]
    return [authority, f"{match[1]}:{port}"]


def _forwarded(forwarding: Mapping[str, str], name: str) -> str:
    pairs = _FORWARDED_PAIR.finditer(forwarding.get("forwarded", ""))
    return next((pair[2] or pair[3] or "" for pair in pairs if pair[1].lower() == name), "")


def _first(values: str) -> str:
    return values.partition(",")[0].strip()
