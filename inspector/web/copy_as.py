"""A recorded request as something to paste: a command, a program, a test, or the request itself.

The pasted thing sends the same method, target, headers and bytes again. Left out are only the headers that every
client writes by itself. Secrets are masked unless asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from inspector.errors import NotFoundError
from inspector.recorder.request import RecordedRequest, decode
from inspector.web.masking import MASK, is_secret_header, mask_target
from inspector.web.shell import base64_pipe, inline, quote, single_quoted
from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

WRITTEN_BY_CLIENTS = frozenset(("host", "content-length", "connection", "transfer-encoding", "expect", "keep-alive"))

_PLAIN_TARGET = re.compile(r"/(?!/)[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(/|\?|$)")


@dataclass(frozen=True, slots=True)
class Source:
    """What a copy is made of, secrets already masked."""

    request: RecordedRequest
    method: str
    origin: str
    target: str
    all_headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, request: RecordedRequest, *, secrets: bool) -> Source:
        """Read a record; `secrets` keeps what is otherwise masked."""
        target = decode(request.target)
        return cls(
            request,
            request.method,
            f"http://{request.header('host') or 'localhost'}",
            target if secrets else mask_target(target),
            tuple(shown_headers(request, secrets=secrets)),
            request.body,
        )

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Headers in order with repeats, but for those that clients write themselves."""
        return [pair for pair in self.all_headers if pair[0] not in WRITTEN_BY_CLIENTS]

    @property
    def url(self) -> str:
        """Where it was sent."""
        return self.origin + self.target if self.target.startswith("/") else self.target

    @property
    def has_plain_target(self) -> bool:
        """Whether clients send the target as it is written, without tidying it up."""
        return bool(_PLAIN_TARGET.fullmatch(self.target)) and not _DOT_SEGMENT.search(self.target)

    @property
    def truncation(self) -> str | None:
        """A warning where the body is not all that was sent."""
        if not self.request.truncated:
            return None
        return f"# Only the first {len(self.body)} of {self.request.size} bytes of the body were recorded."


def shown_headers(request: RecordedRequest, *, secrets: bool) -> Iterator[tuple[str, str]]:
    """Headers in order with repeats, masked unless `secrets`."""
    for name, value in request.headers:
        yield name, MASK if not secrets and is_secret_header(name) else value


def copy_as(request: RecordedRequest, kind: str, *, secrets: bool = False) -> str:
    """A request as `curl`, `httpie`, `python`, `raw`, `json` or `pytest`. Raises NotFoundError for another kind."""
    if kind not in FORMATS:
        raise NotFoundError(f"Cannot copy as {kind!r}. Known are: {', '.join(FORMATS)}.")
    return FORMATS[kind](Source.of(request, secrets=secrets))


def as_curl(source: Source) -> str:
    """A `curl` command for a POSIX shell."""
    words = [" ".join(["curl", *_curl_method(source), *_curl_address(source)])]
    words += [f"-H {quote(_curl_header(name, value))}" for name, value in source.headers]
    return _command(source, words, _curl_body, "--data-binary @-")


def _curl_method(source: Source) -> list[str]:
    if source.method == "HEAD":
        return ["--head"]
    if source.method == ("POST" if source.body else "GET"):
        return []
    return [f"-X {quote(source.method)}"]


def _curl_address(source: Source) -> list[str]:
    if source.has_plain_target:
        return [quote(source.url)]
    return [f"{quote(source.origin)}/", f"--request-target {quote(source.target)}"]


def _curl_header(name: str, value: str) -> str:
    return f"{name}: {value}" if value else f"{name};"


def _curl_body(source: Source, text: str) -> list[str]:
    unasked = [] if any(name == "content-type" for name, _ in source.headers) else ["-H 'content-type:'"]
    flag = "--data-raw" if text.startswith("@") else "--data-binary"
    return [*unasked, f"{flag} {single_quoted(text)}"]


def as_httpie(source: Source) -> str:
    """An `http` command (HTTPie 3) for a POSIX shell."""
    options = [] if source.has_plain_target else ["--path-as-is"]
    words = [" ".join(["http", *options, quote(source.method), quote(source.url)])]
    words += [quote(_httpie_header(name, value)) for name, value in source.headers]
    return _command(source, words, lambda _, text: [f"--raw {single_quoted(text)}"], "")


def _httpie_header(name: str, value: str) -> str:
    if not value:
        return f"{name};"
    value = value.replace("\\", "\\\\")
    return f"{name}:\\{value}" if value[0] in "=@:;" else f"{name}:{value}"


def _command(source: Source, words: list[str], body_words: Callable[[Source, str], list[str]], piped: str) -> str:
    before, after = "", ""
    if source.body:
        text = inline(source.body)
        if text is None:
            before, after = base64_pipe(source.body)
            words = [*words, *([piped] if piped else [])]
        else:
            words = [*words, *body_words(source, text)]
    warning = f"{source.truncation}\n" if source.truncation else ""
    return warning + before + " \\\n  ".join(words) + after + "\n"


def as_python(source: Source) -> str:
    """A program that uses httpx."""
    lines = [
        *([source.truncation] if source.truncation else []),
        "import httpx",
        "",
        "response = httpx.request(",
        f"    {source.method!r},",
        f"    {source.url!r},",
        "    headers=[",
        *(f"        ({name!r}, {_python_value(value)})," for name, value in source.headers),
        "    ],",
        *([f"    content={_python_body(source.body)},"] if source.body else []),
        ")",
        "print(response.status_code, response.text)",
    ]
    return "\n".join(lines) + "\n"


def _python_value(value: str) -> str:
    return repr(value) if value.isascii() else f"{value!r}.encode()"


def _python_body(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return repr(body)
    return repr(body) if text.isascii() else f"{text!r}.encode()"


def as_raw(source: Source) -> str:
    """The request as it stood on the wire; header names as recorded, in lower case."""
    first = f"{source.method} {source.target} HTTP/{source.request.http_version}"
    head = [first, *(f"{name}: {value}" for name, value in source.all_headers)]
    return "\r\n".join(head) + "\r\n\r\n" + source.body.decode("utf-8", "replace")


def as_json(source: Source) -> str:
    """The whole record, as the API gives it."""
    request = source.request
    record: dict[str, Any] = {**request.to_json(), "headers": source.all_headers}
    record["query"] = source.target.partition("?")[2]
    record["url"] = source.url
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode() + "\n"


PYTEST = '''"""Sends the recorded webhook to your endpoint, freshly signed."""

import time
import urllib.request

from inspector import sign

URL = "http://127.0.0.1:8000/hook"  # your endpoint
SIGNING_KEY = "…"  # that of your subscription
BODY = {body}


def test_{name}_is_accepted():
    timestamp = str(int(time.time()))
    headers = {{
{headers}
    }}
    request = urllib.request.Request(URL, BODY, headers, method={method!r})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert 200 <= response.status < 300
'''


def as_pytest(source: Source) -> str:
    """A test that sends the same body to an endpoint of one's own, with a fresh signature."""
    event = source.request.event
    name = re.sub(r"\W+", "_", event.name[:60] if event else f"{source.method} request".lower()).strip("_")
    computed = {TIMESTAMP_HEADER: "timestamp", SIGNATURE_HEADER: "sign(SIGNING_KEY, timestamp, URL, BODY)"}
    kept = [pair for pair in source.headers if pair[0] in ("content-type", REQUEST_ID_HEADER)]
    lines = [f"{header!r}: {value!r}," for header, value in kept]
    lines += [f"{header!r}: {value}," for header, value in computed.items()]
    headers = "\n".join(f"        {line}" for line in lines)
    return PYTEST.format(body=_python_body(source.body), name=name, headers=headers, method=source.method)


FORMATS: dict[str, Callable[[Source], str]] = {
    "curl": as_curl,
    "httpie": as_httpie,
    "python": as_python,
    "raw": as_raw,
    "json": as_json,
    "pytest": as_pytest,
}
