"""The pieces of a signature as `sign` and `verify` are given them: by options, or as a recorded request's id."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import click

from inspector.cli.client import Inspector, inspector_options
from inspector.cli.options import option
from inspector.errors import SignatureError
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from inspector.webhook.urls import FORWARDING_HEADERS, candidate_urls

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is known of a webhook. `urls` are those it may have been signed for; `received_at` is in Unix seconds."""

    urls: tuple[str, ...] = ()
    timestamp: str | None = None
    body: bytes = b""
    signature: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    received_at: float | None = None


def pieces_options(command: Decorated) -> Decorated:
    """Adds the id and the options that `read_pieces` takes."""
    decorators = (
        click.argument("request_id", metavar="[ID]", required=False),
        option(
            "--url",
            envvar="INSPECTOR_WEBHOOK_URL",
            metavar="URL",
            help="The URL of the webhook, exactly as registered in the subscription.",
        ),
        option("--timestamp", metavar="SECONDS", help="The messagebird-request-timestamp header."),
        option("--body", metavar="TEXT|@FILE|-", help="The raw body: a text, @file to read a file, - for stdin."),
        inspector_options,
    )
    return reduce(lambda made, decorate: decorate(made), reversed(decorators), command)


def read_pieces(
    *, request_id: str | None, url: str | None, timestamp: str | None, body: str | None, address: str, token: str | None
) -> Pieces:
    """The pieces of the recorded request, or none, with those given by options in their place.

    Raises SignatureError where one is missing, and Failure when the inspector does not know the request.
    """
    if request_id is None:
        missing = [f"--{name}" for name, value in (("url", url), ("body", body)) if value is None]
        if missing:
            raise SignatureError(f"Missing: {' and '.join(missing)}. Give all pieces, or a recorded request's id.")
        pieces = Pieces()
    else:
        pieces = _recorded(Inspector(address, token).get(record_path(request_id))[1])
    given: dict[str, Any] = {
        "urls": None if url is None else (url,),
        "timestamp": timestamp,
        "body": None if body is None else _read_body(body),
    }
    return replace(pieces, **{name: value for name, value in given.items() if value is not None})


def record_path(request_id: str) -> str:
    """Where the API has a recorded request."""
    return f"/-/api/requests/{quote(request_id, safe='')}"


def _recorded(record: dict[str, Any]) -> Pieces:
    if record["body"]["truncated"]:
        raise SignatureError(
            f"The body of {record['id']} was recorded truncated, so that no signature can hold. Raise --max-body."
        )
    headers = tuple((name, value) for name, value in record["headers"])
    first = dict(reversed(headers))
    forwarding = {name: value for name, value in first.items() if name in FORWARDING_HEADERS}
    target = record["path"] + (f"?{record['query']}" if record["query"] else "")
    return Pieces(
        urls=tuple(dict.fromkeys([*candidate_urls(first.get("host", ""), target, forwarding), record["url"]])),
        timestamp=first.get(TIMESTAMP_HEADER),
        body=_body_of(record["body"]),
        signature=first.get(SIGNATURE_HEADER),
        headers=headers,
        received_at=datetime.fromisoformat(record["received_at"]).timestamp(),
    )


def _body_of(body: dict[str, Any]) -> bytes:
    return base64.b64decode(body["base64"]) if body["text"] is None else str(body["text"]).encode()


def _read_body(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    try:
        return Path(text[1:]).expanduser().read_bytes()
    except OSError as error:
        raise SignatureError(f"Cannot read the body from {text[1:]!r}: {error.strerror}.") from None
