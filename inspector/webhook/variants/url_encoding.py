"""How a URL is re-encoded on its way to the signature, and what the legacy scheme signs in its place."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlencode

from inspector.webhook.variants.url import ESCAPE, Url, Variants

if TYPE_CHECKING:
    from inspector.webhook.mistakes import Clues

ENCODE_URI_SAFE = ";,/?:@&=+$-_.!~*'()#"
"""What JavaScript's encodeURI leaves alone (ECMA-262)."""

URL_STANDARD_SAFE = "".join(mark for mark in string.punctuation if mark not in '"<>')
"""What `new URL()` leaves alone (URL Standard, query percent-encode set)."""
CACHED = 256
"""Texts remembered: most wrong URLs of one search have the same path and query."""

_ESCAPED_RESERVED = re.compile("%(3B|2F|3F|3A|40|26|3D|2B|24|2C|23)", re.IGNORECASE)

_QUERY_CODECS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("decoded", unquote),
    ("decoded, + as a blank", unquote_plus),
    ("form-encoded anew", lambda query: urlencode(_parameters(query))),
    ("encoded anew, blanks as %20", lambda query: urlencode(_parameters(query), quote_via=quote)),
    ("with %20 for +", lambda query: query.replace("+", "%20")),
    ("with + for %20", lambda query: query.replace("%20", "+")),
)
_RARE_QUERY_CODECS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as URLSearchParams writes it", lambda query: _form(query, safe="*")),
    ("as http_build_query writes it", lambda query: _form(query, safe="")),
    ("encoded anew but for = and &", lambda query: quote(unquote(query), safe="=&")),
    ("encoded anew but for reserved characters", lambda query: quote(unquote(query), safe=ENCODE_URI_SAFE)),
    ("as the URL standard writes it", lambda query: quote(query, safe=URL_STANDARD_SAFE.replace("'", ""))),
    ("without its empty parameters", lambda query: urlencode(parse_qsl(query))),
    ("with = after bare names", lambda query: "&".join(p if "=" in p else f"{p}=" for p in query.split("&"))),
    ("without = after empty values", lambda query: "&".join(p.removesuffix("=") for p in query.split("&"))),
)
_PATH_CODECS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("decoded", unquote),
    ("encoded anew", lambda path: quote(unquote(path))),
    ("encoded twice", quote),
    ("encoded anew but for reserved characters", lambda path: quote(unquote(path), safe=ENCODE_URI_SAFE)),
)
_WHOLE_CODECS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("percent-decoded", unquote),
    ("decoded, + as a blank", unquote_plus),
    ("as encodeURI writes it", lambda url: quote(url, safe=ENCODE_URI_SAFE)),
    ("decoded, then encoded as encodeURI does", lambda url: quote(unquote(url), safe=ENCODE_URI_SAFE)),
    ("decoded as decodeURI does", lambda url: unquote(_ESCAPED_RESERVED.sub(r"%25\1", url))),
    ("with blanks and foreign letters escaped", lambda url: quote(url, safe=URL_STANDARD_SAFE)),
    ("with its escapes in small letters", lambda url: ESCAPE.sub(lambda match: match[0].lower(), url)),
    ("with its escapes in capitals", lambda url: ESCAPE.sub(lambda match: match[0].upper(), url)),
)
_RARE_WHOLE_CODECS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("wholly encoded, as encodeURIComponent does", lambda url: quote(url, safe="!~*'()")),
    ("wholly encoded", lambda url: quote(url, safe="")),
    ("wholly form-encoded", quote_plus),
    ("encoded as a path", quote),
    ("escaped as in HTML", escape),
    ("with slashes escaped as in JSON", lambda url: url.replace("/", "\\/")),
    ("with & escaped as in JSON", lambda url: url.replace("&", "\\u0026")),
)


def encoding(text: str, clues: Clues) -> Variants:
    """Percent-decoded, or encoded anew: the whole, the path, or the query."""
    return _encodings(text, _QUERY_CODECS, _PATH_CODECS, _WHOLE_CODECS)


def rare_encoding(text: str, clues: Clues) -> Variants:
    """Encodings that few functions write."""
    return _encodings(text, _RARE_QUERY_CODECS, (), _RARE_WHOLE_CODECS)


def legacy_query(text: str, clues: Clues) -> Variants:
    """In place of the URL the query, sorted and form-encoded; an empty line if there is none (contract.md §1)."""
    yield from _legacy_lines(Url.split(text).query or "")


@lru_cache(maxsize=CACHED)
def _legacy_lines(query: str) -> tuple[tuple[str, str], ...]:
    if not query:
        return (("", "an empty line, as the URL has no query,"),)
    parameters = _parameters(query)
    return (
        (urlencode(sorted(parameters)), "the sorted query"),
        (urlencode(sorted(parameters), quote_via=quote), "the sorted query"),
        ("&".join(sorted(query.split("&"))), "the sorted query"),
        (query, "the query as it is"),
        (urlencode(parameters), "the query, form-encoded"),
    )


def rare_legacy_query(text: str, clues: Clues) -> Variants:
    """The same with the spellings of other languages, or with the question mark."""
    query = Url.split(text).query or ""
    yield unquote("&".join(sorted(query.split("&")))), "the sorted query, decoded"
    yield unquote_plus(urlencode(sorted(parse_qsl(query)))), "the sorted query, decoded"
    yield _form("&".join(sorted(query.split("&"))), safe="*"), "the sorted query"
    yield f"?{query}", "the query with its question mark"


def _encodings(
    text: str,
    of_query: tuple[tuple[str, Callable[[str], str]], ...],
    of_path: tuple[tuple[str, Callable[[str], str]], ...],
    of_whole: tuple[tuple[str, Callable[[str], str]], ...],
) -> Iterator[tuple[str, str]]:
    url = Url.split(text)
    for words, encode in of_whole:
        yield encode(text), f"the URL {words}"
    for words, encode in of_path:
        yield str(url._replace(path=_encode(encode, url.path))), f"the path {words}"
    if url.query:
        for words, encode in of_query:
            yield str(url._replace(query=_encode(encode, url.query))), f"the query {words}"


@lru_cache(maxsize=CACHED)
def _encode(encode: Callable[[str], str], part: str) -> str:
    return encode(part)


def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _form(query: str, safe: str) -> str:
    return urlencode(_parameters(query), safe=safe).replace("~", "%7E")
