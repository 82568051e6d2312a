"""How a URL goes wrong on its way to the signature: each function yields what a mistaken receiver would sign.

A URL is text, never normalised; `Url` only cuts it where its parts meet. Every function takes the URL signed for and
the clues around it, and yields pairs of a wrong URL and words for it, likeliest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, permutations
from typing import TYPE_CHECKING, NamedTuple

from inspector.webhook.urls import DEFAULT_PORTS, split_port

if TYPE_CHECKING:
    from inspector.webhook.mistakes import Clues

Variants = Iterator[tuple[str, str]]
"""Pairs of a wrong URL and words for it."""

LOOPBACK = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]")  # noqa: S104 - names to compare, nothing listens there
COMMON_INNER_PORTS = ("3000", "8000", "8080", "5000")
INNER_PORTS = (*COMMON_INNER_PORTS, "4000", "4747", "80", "443", "8443", "9000", "4567", "9292", "5173",
               "3001", "5001", "8001", "8081", "8888", "1337", "7071")  # fmt: skip
GUESSED_PREFIXES = ("/index.php", "/api", "/v1", "/api/v1", "/app", "/prod", "/dev", "/staging", "/default")
"""What routers, and the stages of cloud gateways, put before a path."""
MAX_PARAMETERS = 8

ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_URL = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?", re.IGNORECASE | re.DOTALL)


class Url(NamedTuple):
    """The parts of a URL as written; None where their mark is missing too."""

    scheme: str | None
    authority: str
    path: str
    query: str | None
    fragment: str = ""

    @classmethod
    def split(cls, text: str) -> Url:
        """Cut a URL; any text is one."""
        match = _URL.fullmatch(text)
        scheme, authority, path, query, fragment = match.groups() if match else (None, "", text, None, None)
        return cls(scheme, authority or "", path or "", query, fragment or "")

    def __str__(self) -> str:
        return self.origin + self.path + self.question + self.fragment

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return self.authority if self.scheme is None else f"{self.scheme}://{self.authority}"

    @property
    def question(self) -> str:
        """The query with its mark."""
        return "" if self.query is None else f"?{self.query}"


def scheme(text: str, clues: Clues) -> Variants:
    """http in place of https and the reverse, or none at all."""
    url = Url.split(text)
    if url.scheme is None:
        return
    other = {"http": "https", "https": "http"}.get(url.scheme.lower())
    if other is not None:
        yield str(url._replace(scheme=other)), f"{other}://"
    yield str(url._replace(scheme=None)), "no scheme"


def rare_scheme(text: str, clues: Clues) -> Variants:
    """Spellings of the scheme that hardly anybody writes."""
    url = Url.split(text)
    if url.scheme is not None:
        yield "//" + str(url._replace(scheme=None)), "// alone"
        yield str(url._replace(scheme=url.scheme.lower())), "the scheme in small letters"
        yield str(url._replace(scheme=url.scheme.upper())), "the scheme in capitals"


def host(text: str, clues: Clues) -> Variants:
    """Letter case, localhost in place of 127.0.0.1, or the host that a header names."""
    url = Url.split(text)
    name, port = split_port(url.authority)
    if not name:
        return
    for spelling in (name.lower(), name.upper()):
        yield str(url._replace(authority=spelling + port)), f"the host {spelling}"
    swapped = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}.get(name.lower())
    if swapped:
        yield str(url._replace(authority=swapped + port)), f"the host {swapped}"
    for authority in clues.authorities:
        if split_port(authority)[0] != name:
            yield str(url._replace(authority=authority)), f"the host {authority}"
            yield str(url._replace(authority=split_port(authority)[0] + port)), f"the host {split_port(authority)[0]}"


def rare_host(text: str, clues: Clues) -> Variants:
    """Other names for the same machine."""
    url = Url.split(text)
    name, port = split_port(url.authority)
    if not name:
        return
    for other in (*LOOPBACK, "host.docker.internal", *_host_spellings(name)):
        yield str(url._replace(authority=other + port)), f"the host {other}"
    if name.lower() not in LOOPBACK:
        for inner in _inner_authorities():
            yield str(url._replace(authority=inner)), f"the host {inner}"


def _host_spellings(name: str) -> Iterator[str]:
    yield name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"
    yield name.removesuffix(".") if name.endswith(".") else f"{name}."
    *labels, last = name.split(".")
    yield ".".join([*(label.capitalize() for label in labels), last])
    yield name.title()
    yield name.capitalize()
    yield from _other_alphabet(name)


def _other_alphabet(name: str) -> Iterator[str]:
    try:
        yield name.encode("ascii").decode("idna") if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:  # no name of the DNS
        return


def inner_origin(text: str, clues: Clues) -> Variants:
    """Scheme and host of the app behind the proxy, as a framework sees them."""
    url = Url.split(text)
    if url.scheme == "https" and split_port(url.authority)[0].lower() not in LOOPBACK:
        for authority in _inner_authorities():
            yield str(url._replace(scheme="http", authority=authority)), f"http://{authority}"


def inner_port(text: str, clues: Clues) -> Variants:
    """Scheme and port of the app behind the proxy, with the public host."""
    url = Url.split(text)
    name, _ = split_port(url.authority)
    if url.scheme == "https" and name:
        for number in INNER_PORTS:
            yield str(url._replace(scheme="http", authority=f"{name}:{number}")), f"http:// and the port :{number}"


def _inner_authorities() -> Iterator[str]:
    return (f"{name}{port}" for port in ("", *(f":{port}" for port in INNER_PORTS)) for name in LOOPBACK[:3])


def port(text: str, clues: Clues) -> Variants:
    """The port left out, a default one written, or the one that a header names or that apps like to have."""
    url = Url.split(text)
    name, written = split_port(url.authority)
    if not name:
        return
    if written:
        yield str(url._replace(authority=name)), f"no port, though {written} is written"
    default = DEFAULT_PORTS.get((url.scheme or "").lower(), "443")
    for number in (default, "443", "80", *clues.ports, *COMMON_INNER_PORTS):
        yield str(url._replace(authority=f"{name}:{number}")), f"the port :{number}"


def rare_port(text: str, clues: Clues) -> Variants:
    """Other ports that apps listen on behind a proxy."""
    url = Url.split(text)
    name, _ = split_port(url.authority)
    if name:
        for number in INNER_PORTS:
            yield str(url._replace(authority=f"{name}:{number}")), f"the port :{number}"
        yield str(url._replace(authority=f"{name}:")), "an empty port"


def trailing_slash(text: str, clues: Clues) -> Variants:
    """A slash at the end of the path added or removed."""
    url = Url.split(text)
    if url.path.endswith("/"):
        yield str(url._replace(path=url.path[:-1])), "no slash at the end of the path"
    else:
        yield str(url._replace(path=url.path + "/")), "a slash at the end of the path"


def rare_trailing_slash(text: str, clues: Clues) -> Variants:
    """Slashes at the very end, after the query, or several."""
    yield text + "/", "a slash at the very end"
    yield text.rstrip("/"), "no slashes at the end"
    url = Url.split(text)
    yield str(url._replace(path=url.path.rstrip("/"))), "no slashes at the end of the path"


def path(text: str, clues: Clues) -> Variants:
    """Only the path, or a path whose prefix a proxy or a router took away or put before it."""
    url = Url.split(text)
    yield url.path + url.question, "only path and query" if url.query else "only the path"
    yield url.path, "only the path"
    for prefix in clues.prefixes:
        yield str(url._replace(path=prefix + url.path)), f"the path behind {prefix}"
        if url.path.startswith(prefix):
            yield str(url._replace(path=url.path[len(prefix) :])), f"the path without {prefix}"
    for tail in islice(_tails(url.path), 3):
        yield tail + url.question, f"only {tail}"
        yield str(url._replace(path=tail)), f"the path {tail}"


def rare_path(text: str, clues: Clues) -> Variants:
    """What routers and path functions of frameworks make of a path."""
    url = Url.split(text)
    for tail in _tails(url.path):
        yield tail, f"only {tail}"
        yield str(url._replace(path=url.path[: -len(tail)])), "the path without its end"
    for spelling in _path_spellings(url.path):
        yield str(url._replace(path=spelling)), f"the path {spelling}"
    if url.path.lower() != ESCAPE.sub(lambda escape: escape[0].lower(), url.path):  # else it is a matter of encoding
        yield str(url._replace(path=url.path.lower())), f"the path {url.path.lower()}"
    yield url.path.lstrip("/") + url.question, "only the path, without its first slash"
    yield url.path.lstrip("/"), "only the path, without its first slash"
    yield url.origin, "only the origin"
    yield url.origin + "/", "only the origin"
    if url.authority:
        yield url.authority, "only the host"
        yield split_port(url.authority)[0], "only the host, without its port"


def _tails(path: str) -> Iterator[str]:
    starts = [match.start() for match in re.finditer("/", path)][1:MAX_PARAMETERS]
    return (path[start:] for start in starts if path[start:] != "/")


def _path_spellings(path: str) -> Iterator[str]:
    yield re.sub("/{2,}", "/", path)
    yield "/" + path
    for prefix in GUESSED_PREFIXES:
        yield prefix + path
    yield path + ("index.php" if path.endswith("/") else "/index.php")


def query_dropped(text: str, clues: Clues) -> Variants:
    """No query."""
    url = Url.split(text)
    if url.query is not None:
        yield str(url._replace(query=None)), "no query"


def query_partly_dropped(text: str, clues: Clues) -> Variants:
    """One parameter short, or the question mark alone."""
    url = Url.split(text)
    if url.query is None:
        return
    yield str(url._replace(query="")), "an empty query"
    parameters = url.query.split("&")
    for index, parameter in enumerate(parameters[:MAX_PARAMETERS]):
        rest = [*parameters[:index], *parameters[index + 1 :]]
        yield str(url._replace(query="&".join(rest))), f"the query without {parameter}"


def query_order(text: str, clues: Clues) -> Variants:
    """The parameters sorted, or turned around."""
    url = Url.split(text)
    if not url.query:
        return
    parameters = url.query.split("&")
    for order in (sorted(parameters), sorted(parameters, key=_name), parameters[::-1], sorted(parameters)[::-1]):
        yield str(url._replace(query="&".join(order))), "&".join(order)


def query_any_order(text: str, clues: Clues) -> Variants:
    """Every order of a few parameters."""
    url = Url.split(text)
    parameters = (url.query or "").split("&")
    if 2 < len(parameters) <= 4:
        for order in permutations(parameters):
            yield str(url._replace(query="&".join(order))), "&".join(order)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def missing(text: str, clues: Clues) -> Iterator[tuple[str | None, str]]:
    """No URL: its line left out, or empty although the URL has a query."""
    yield None, "no URL"
    if Url.split(text).query:
        yield "", "an empty line for the URL"


def missing_in_words(text: str, clues: Clues) -> Variants:
    """What languages write for a value that is not there."""
    for word in ("undefined", "null", "None", "nil", "<nil>"):
        yield word, f"{word!r} for the URL"
