"""The command line that does the same as a page: to read, to copy, and to keep in a script. Keys are never in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from inspector.recorder.replay import Replay, read_body
from inspector.web.event_edit import assignment_text
from inspector.web.shell import base64_pipe, inline, quote, single_quoted
from inspector.webhook.times import format_time

KEY_FILE = "@key.txt"
"""Stands for the signing key: a file that holds it."""

USUAL_ADDRESS = "http://127.0.0.1:4747"
"""Where commands look for the inspector unless they are told."""

KEY_WORD = "YOUR-SIGNING-KEY"
"""The same where no file can be named."""


def send_line(order: Mapping[str, Any]) -> str:
    """`inspector send …` for an order of `POST /-/api/send`."""
    body = read_body(order)
    what = str(order.get("event")) if body is None else "@/dev/stdin"
    command = " ".join(["inspector send", quote(what), "--to", quote(str(order["url"])), *_send_options(order)])
    return command if body is None else _piped(body, command)


def replay_line(request_id: str, replay: Replay, origin: str, edit: Mapping[str, Any]) -> str:
    """`inspector replay …` for a replay as recorded; with an `edit`, the call of the API, which alone can edit."""
    if edit:
        key = {"signing_key": KEY_WORD} if replay.signing_key else {}
        content = {"url": replay.url, "sign": replay.signing, **key, "edit": edit}
        return curl_line("POST", f"{origin}/-/api/requests/{request_id}/replay", content)
    words = ["inspector replay", quote(request_id), "--to", quote(replay.url), "--sign", replay.signing]
    words += ["--signing-key", KEY_FILE] if replay.signing == "fresh" else []
    return " ".join([*words, "--inspector", quote(origin)])


def tail_line(query: str, origin: str) -> str:
    """`inspector tail …`: the list of requests that a search selects, on a terminal."""
    words = ["inspector tail", *([quote(query)] if query else [])]
    return " ".join([*words, *(["--inspector", quote(origin)] if origin != USUAL_ADDRESS else [])])


def verify_line(asked: Mapping[str, Any], body: bytes) -> str:
    """`inspector verify …` for what is asked of `POST /-/api/verify`."""
    words = ["inspector verify --body -", "--url", quote(str(asked["url"]))]
    for name in ("timestamp", "signature"):
        words += [f"--{name}", quote(str(asked[name]))] if asked.get(name) else []
    return _piped(body, " ".join([*words, "--signing-key", KEY_FILE]))


def curl_line(method: str, url: str, content: Any) -> str:
    """A `curl` command that calls our API with JSON."""
    words = ["curl", "-X", method, quote(url), "-H 'content-type: application/json'"]
    return " ".join([*words, "--data-raw", quote(orjson.dumps(content).decode())])


_USUAL = {"count": 1, "concurrency": 1, "retry": "none", "fault": ""}
"""What an option says where it is left out."""


def _send_options(order: Mapping[str, Any]) -> Iterator[str]:
    for name, write in _OPTIONS.items():
        if order.get(name) not in (None, _USUAL.get(name)):
            flag = name.replace("_", "-").replace("headers", "header")
            yield from (f"--{flag} {word}" for word in write(order[name]))


_OPTIONS: dict[str, Callable[[Any], Iterable[str]]] = {
    "signing_key": lambda _: [KEY_FILE],
    "count": lambda value: [_number(value)],
    "rate": lambda value: [_number(value)],
    "concurrency": lambda value: [_number(value)],
    "seed": lambda value: [quote(str(value))],
    "at": lambda value: [quote(format_time(value))],
    "set": lambda values: [quote(assignment_text(path, value)) for path, value in values.items()],
    "unset": lambda paths: map(quote, paths),
    "fault": lambda value: [quote(value)],
    "retry": lambda value: [quote(value)],
    "url_signed": lambda value: [quote(value)],
    "timeout": lambda value: [f"{_number(value)}s"],
    "headers": lambda pairs: [quote(f"{name}: {value}") for name, value in pairs],
}


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _piped(body: bytes, command: str) -> str:
    text = inline(body)
    if text is not None:
        return f"printf %s {single_quoted(text)} | {command}"
    before, after = base64_pipe(body)
    return before + command + after
