"""A request as a curl command for a POSIX shell, on one line unless its body is not text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.sender.request import Request, as_text, parse_url
from inspector.web.shell import base64_pipe, inline, quote, single_quoted

_GLOB = re.compile(r"[\[\]{}]")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(/|\?|$)")


def curl_line(request: Request) -> str:
    """The command that sends the same request: method, URL, headers and bytes."""
    words = ["curl", *_url_words(request.url)]
    words += [f"-H {quote(_header(name, value))}" for name, value in _own_headers(request)]
    text = inline(request.body)
    if text is None:
        before, after = base64_pipe(request.body)
        return before + " ".join([*words, "--data-binary @-"]) + after
    return " ".join([*words, f"--data-raw {single_quoted(text)}"])


def _own_headers(request: Request) -> Iterator[tuple[str, str]]:
    """The headers but for those that curl writes by itself, in the same way."""
    written = {("host", parse_url(request.url).authority), ("content-length", str(len(request.body)))}
    for pair in request.headers:
        name, value = map(as_text, pair)
        if (name.lower(), value) not in written:
            yield name, value


def _url_words(url: str) -> list[str]:
    flags = ["--globoff"] if _GLOB.search(url) else []
    if _DOT_SEGMENT.search(url):
        flags.append("--path-as-is")
    return [*flags, "-X POST", quote(url)]


def _header(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name};"
