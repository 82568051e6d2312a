"""Recorded requests as files: JSON Lines (whole records), HAR 1.2 (for other tools), a pytest module, a scenario.

What is read back is a request again, byte for byte: bodies that are no text travel in base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from inspector import __version__
from inspector.errors import InspectorError
from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.web.copy_as import shown_headers
from inspector.web.masking import mask_target
from inspector.web.session import write_scenario
from inspector.webhook.times import utc


class ArchiveError(InspectorError):
    """A file cannot be read as recorded requests; `details["line"]` says where, as far as there are lines."""

    code = "invalid_archive"


def write_jsonl(requests: Iterable[RecordedRequest], *, secrets: bool = False) -> Iterator[bytes]:
    """One whole record a line, in the shape of the API."""
    for request in requests:
        yield orjson.dumps(_record(request, secrets), option=orjson.OPT_APPEND_NEWLINE)


def write_har(requests: Iterable[RecordedRequest], *, secrets: bool = False) -> Iterator[bytes]:
    """An HTTP Archive. What the inspector answered is there by its status; bodies that are no text are in base64."""
    yield b'{"log":{"version":"1.2","creator":' + orjson.dumps({"name": "inspector", "version": __version__})
    yield b',"entries":['
    for number, request in enumerate(requests):
        yield (b"," if number else b"") + orjson.dumps(_har_entry(request, secrets))
    yield b"]}}"


def write_pytest(requests: Iterable[RecordedRequest], *, secrets: bool = False) -> Iterator[bytes]:
    """A test module that sends each body to an endpoint of one's own, freshly signed."""
    yield _PYTEST_HEAD.encode()
    for request in requests:
        event = request.event
        name = f"{event.name} {request.id}" if event else f"{request.method} {request.id}"
        content_type = request.header("content-type") or "application/json"
        yield f"    ({name!r}, {request.method!r}, {content_type!r}, {request.body!r}),\n".encode()
    yield _PYTEST_TAIL.encode()


FORMATS: dict[str, tuple[str, str, Callable[..., Iterator[bytes]]]] = {
    "jsonl": ("application/x-ndjson", "requests.jsonl", write_jsonl),
    "har": ("application/json", "requests.har", write_har),
    "pytest": ("text/x-python", "test_recorded_webhooks.py", write_pytest),
    "scenario": ("application/yaml", "scenario.yaml", write_scenario),
}
"""Media type, file name and writer of each format."""


def read_archive(data: bytes, analyser: Analyser) -> list[RecordedRequest]:
    """Read JSON Lines or HAR, whichever it is. Raises ArchiveError that names the line or entry."""
    har = _as_har(data)
    if har is not None:
        return [_read(number, entry, _from_har, analyser) for number, entry in enumerate(har, 1)]
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    if not lines:
        raise ArchiveError("The file is empty. Give JSON Lines (one recorded request a line) or HAR.")
    return [_read(number, _parse(line, number), _from_record, analyser) for number, line in lines]


def _record(request: RecordedRequest, secrets: bool) -> dict[str, Any]:
    record = {**request.to_json(), "headers": list(shown_headers(request, secrets=secrets))}
    if not secrets:
        record["query"] = mask_target(f"?{request.query}")[1:]
        record["url"] = mask_target(request.url)
    return record


def _har_entry(request: RecordedRequest, secrets: bool) -> dict[str, Any]:
    url = request.url if secrets else mask_target(request.url)
    sent: dict[str, Any] = {
        "method": request.method,
        "url": url,
        "httpVersion": f"HTTP/{request.http_version}",
        "cookies": [],
        "headers": [_pair(name, value) for name, value in shown_headers(request, secrets=secrets)],
        "queryString": [_pair(*pair) for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": request.size,
    }
    if request.body:
        text = request.text
        sent["postData"] = {
            "mimeType": request.header("content-type") or "application/octet-stream",
            "params": [],
            "text": base64.b64encode(request.body).decode() if text is None else text,
            **({"encoding": "base64"} if text is None else {}),
        }
    duration = round(request.duration_ms or 0.0, 3)
    return {
        "startedDateTime": utc(request.received_at),
        "time": duration,
        "request": sent,
        "response": _har_response(request),
        "cache": {},
        "timings": {"send": 0, "wait": duration, "receive": 0},
    }


def _har_response(request: RecordedRequest) -> dict[str, Any]:
    return {
        "status": request.answer_status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "application/json"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _as_har(data: bytes) -> list[Any] | None:
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    match content:
        case {"log": {"entries": list(entries)}}:
            return entries
    return None


def _parse(line: bytes, number: int) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ArchiveError(f"Line {number} is not JSON: {error}.", line=number) from None


_MALFORMED = "This was no well-formed HTTP/1.1 request."

Reader = Callable[[Any, Analyser], RecordedRequest]


def _read(number: int, content: Any, read: Reader, analyser: Analyser) -> RecordedRequest:
    try:
        return read(content, analyser)
    except KeyError as error:
        problem = f"it has no field {error.args[0]!r}"
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        problem = f"a field has another type or form than expected: {error}"
    place = "Line" if read is _from_record else "Entry"
    message = f"{place} {number} is not a recorded request: {problem}. Nothing was imported."
    raise ArchiveError(message, line=number)


def _from_record(content: Any, analyser: Analyser) -> RecordedRequest:
    body = _body(content["body"])
    query = f"?{content['query']}" if content.get("query") else ""
    request = RecordedRequest(
        received_at=datetime.fromisoformat(content["received_at"]).timestamp(),
        method=str(content["method"]),
        target=f"{content['path']}{query}".encode(),
        headers=[_header(name, value) for name, value in content["headers"]],
        **body,
        http_version=str(content.get("http_version") or "1.1"),
        client=content.get("client"),
        incomplete=bool(content.get("incomplete")),
        malformed=str(content.get("malformed_reason") or (_MALFORMED if content.get("malformed") else "")),
        analyser=analyser,
    )
    _take_over(request, content)
    return request


def _body(body: Any) -> dict[str, Any]:
    raw = base64.b64decode(body["base64"]) if body.get("base64") is not None else str(body["text"] or "").encode()
    size = int(body.get("size", len(raw)))
    digest = bytes.fromhex(body["sha256"]) if size > len(raw) and body.get("sha256") else None
    return {"body": raw, "size": size, "digest": digest}


def _take_over(request: RecordedRequest, content: Any) -> None:
    """What became of it where it was recorded."""
    answer = content.get("answer") or {}
    request.answer_status, request.answer_rule = int(answer.get("status") or 0), answer.get("rule")
    request.duration_ms = _milliseconds(answer.get("duration_ms"))
    request.pinned, request.note = bool(content.get("pinned")), str(content.get("note") or "")
    request.test = content.get("test")


def _from_har(content: Any, analyser: Analyser) -> RecordedRequest:
    sent = content["request"]
    parts = urlsplit(sent["url"])
    request = RecordedRequest(
        received_at=datetime.fromisoformat(content["startedDateTime"]).timestamp(),
        method=str(sent["method"]),
        target=f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}".encode(),
        headers=_har_headers(sent["headers"], parts.netloc),
        body=_har_body(sent.get("postData") or {}),
        http_version=str(sent.get("httpVersion", "")).rpartition("/")[2] or "1.1",
        analyser=analyser,
    )
    request.answer_status = int(content.get("response", {}).get("status") or 0)
    request.duration_ms = _milliseconds(content.get("time"))
    return request


def _milliseconds(value: Any) -> float | None:
    return None if value is None else float(value)


def _har_headers(headers: Any, host: str) -> list[tuple[bytes, bytes]]:
    # HTTP/2 writes its request line as headers that begin with a colon.
    given = [_header(header["name"], header["value"]) for header in headers if header["name"][:1] != ":"]
    has_host = any(name == b"host" for name, _ in given)
    return given if has_host else [(b"host", host.encode()), *given]


def _har_body(posted: Any) -> bytes:
    text = str(posted.get("text") or "")
    return base64.b64decode(text) if posted.get("encoding") == "base64" else text.encode()


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    # A line break would make two headers of one in the packed head of a record.
    clean = value.replace("\r", " ").replace("\n", " ")
    return name.lower().encode(), clean.encode()


_PYTEST_HEAD = '''"""Recorded webhooks, sent to your endpoint with fresh signatures."""

import time
import urllib.request

import pytest

from inspector import sign

URL = "http://127.0.0.1:8000/hook"  # your endpoint
SIGNING_KEY = "…"  # that of your subscription

WEBHOOKS = [
'''

_PYTEST_TAIL = """]


@pytest.mark.parametrize(("name", "method", "content_type", "body"), WEBHOOKS, ids=[name for name, *_ in WEBHOOKS])
def test_recorded_webhook_is_accepted(name, method, content_type, body):
    timestamp = str(int(time.time()))
    headers = {
        "content-type": content_type,
        "messagebird-request-timestamp": timestamp,
        "messagebird-signature": sign(SIGNING_KEY, timestamp, URL, body),
    }
    request = urllib.request.Request(URL, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        assert 200 <= response.status < 300
"""
