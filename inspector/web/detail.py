"""One request in full: what the cards of the detail pane show."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from inspector.recorder.conversations import Conversations
from inspector.recorder.request import RecordedRequest
from inspector.web.answered import answer_details, answer_sentence
from inspector.web.comparison import Comparison, marked, split_path
from inspector.web.copy_as import FORMATS
from inspector.web.hexdump import LONGEST as LONGEST_HEXDUMP
from inspector.web.hexdump import hexdump
from inspector.web.jsontree import Mark, tree_marks
from inspector.web.masking import MASK, is_secret_header, is_secret_parameter, mask_in_text, mask_target
from inspector.web.rows import SIGNATURE_WORDS, age_words, contract_word, event_word
from inspector.web.searching import term
from inspector.web.templating import render
from inspector.web.xray import render_xray
from inspector.webhook.times import utc

LONGEST_TEXT = 64 * 1024
"""Characters of a body that are shown as text."""

BODYLESS = ("GET", "HEAD", "OPTIONS", "DELETE")
"""Methods of which nobody expects a body."""

COPY_LABELS = {
    "curl": "curl",
    "httpie": "HTTPie",
    "python": "Python (httpx)",
    "raw": "raw HTTP",
    "json": "JSON",
    "pytest": "pytest test",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A header or a query parameter; `masked` when its value is hidden. `search` finds it elsewhere."""

    name: str
    value: str
    masked: bool
    search: str | None = None


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body for reading: tree, text or bytes, whichever it is. `hidden` counts what the last two leave out."""

    sha256: str
    tree: list[Mark] | None
    text: str | None
    hexdump: str | None
    hidden: int

    @classmethod
    def of(cls, request: RecordedRequest, comparison: Comparison | None) -> BodyView:
        """Read a record's body, and mark in it what a comparison found."""
        text = request.text
        shown = None if text is None or "\0" in text else text
        marks = tree_marks(request.content)
        limit, length = (LONGEST_HEXDUMP, len(request.body)) if shown is None else (LONGEST_TEXT, len(shown))
        return cls(
            sha256=request.sha256,
            tree=None if marks is None else list(marked(marks, comparison)),
            text=None if shown is None else shown[:LONGEST_TEXT],
            hexdump=hexdump(request.body) if shown is None else None,
            hidden=max(0, length - limit),
        )


class FindingLine(NamedTuple):
    """A departure from the contract. `jump` is the nearest place in the tree, None where there is none."""

    path: str
    jump: str | None
    severity: str
    message: str


def render_detail(
    request: RecordedRequest, conversations: Conversations, *, secrets: bool = False, query: str = ""
) -> str:
    """The detail pane of a request. `secrets` shows what is otherwise masked; `query` is the search to go back to.

    Diagnosing a signature takes up to tens of milliseconds.
    """
    comparison = Comparison.of(request, conversations)
    body = BodyView.of(request, comparison)
    return render(
        "_detail.html",
        request=request,
        query=query,
        secrets=secrets,
        comparison=comparison,
        body=body,
        findings=_findings(request, body),
        copies=[(name, COPY_LABELS[name]) for name in FORMATS],
        **_heading(request),
        **_signature(request, secrets),
        **_parts(request, secrets),
    )


def _heading(request: RecordedRequest) -> dict[str, Any]:
    kind, word = event_word(request)
    return {
        "kind": kind,
        "word": word,
        "event": request.event,
        "title": request.event.title if request.event else "" if request.target else request.malformed,
        "received": _local_time(request.received_at),
        "received_utc": utc(request.received_at),
        "age": age_words(time.time() - request.received_at),
        "contract": request.contract,
        "contract_word": contract_word(request),
        "answer": answer_sentence(request),
        "answer_details": answer_details(request),
    }


def _findings(request: RecordedRequest, body: BodyView) -> list[FindingLine]:
    places = {mark.path for mark in body.tree or () if mark.path and mark.shape in ("open", "leaf")}
    is_expected = not request.body and request.method in BODYLESS
    return [
        FindingLine(found.path, _nearest(found.path, places), "note" if is_expected else found.severity, found.message)
        for found in request.contract.findings
    ]


def _nearest(path: str, places: set[str]) -> str | None:
    """The place itself, or what it is missing from."""
    while path and path not in places:
        path = split_path(path)[0]
    return path or None


def _signature(request: RecordedRequest, secrets: bool) -> dict[str, Any]:
    explanation = request.analyser.explain(request)
    cause = None if explanation.cause == "unknown" else explanation.cause

    def hide(text: str) -> str:
        return text if secrets else mask_in_text(text, request.query)

    return {
        "signature": request.signature,
        "signed_url": _signed_url(request, secrets),
        "signature_word": SIGNATURE_WORDS[request.signature.verdict],
        "cause": cause,
        "xray": render_xray(explanation, request.body, hide),
        "searches": _searches(request, cause),
    }


def _parts(request: RecordedRequest, secrets: bool) -> dict[str, Any]:
    headers, parameters = _headers(request, secrets), _parameters(request, secrets)
    return {
        "target": _target(request, secrets),
        "headers": headers,
        "parameters": parameters,
        "has_secrets": any(pair.masked for pair in (*headers, *parameters)),
    }


def _headers(request: RecordedRequest, secrets: bool) -> list[Pair]:
    return [_header(name, value, not secrets and is_secret_header(name)) for name, value in request.headers]


def _parameters(request: RecordedRequest, secrets: bool) -> list[Pair]:
    pairs = (part.partition("=") for part in request.query.split("&") if part)
    return [
        _pair(unquote_plus(name), unquote_plus(value), not secrets and is_secret_parameter(name))
        for name, _, value in pairs
    ]


def _header(name: str, value: str, masked: bool) -> Pair:
    return Pair(name, MASK, True) if masked else Pair(name, value, False, term("header", value, name))


def _pair(name: str, value: str, masked: bool) -> Pair:
    return Pair(name, MASK if masked else value, masked)


def _target(request: RecordedRequest, secrets: bool) -> str:
    target = request.path + (f"?{request.query}" if request.query else "")
    return target if secrets else mask_target(target)


def _signed_url(request: RecordedRequest, secrets: bool) -> str | None:
    url = request.signature.url
    return url if url is None or secrets else mask_target(url)


def _searches(request: RecordedRequest, cause: str | None) -> dict[str, str | None]:
    """The searches behind the facts of a request."""
    event = request.event
    return {
        "event": term("event", event.name) if event else None,
        "signature": term("signature", request.signature.verdict),
        "cause": term("cause", cause) if cause else None,
        "key": term("key", request.signature.key or ""),
        "contract": term("contract", request.contract.verdict),
        "request_id": term("request-id", request.request_id) if request.request_id else None,
        "method": term("method", request.method),
        "status": term("status", str(request.answer_status or "")),
    }


def _local_time(timestamp: float) -> str:
    local = datetime.fromtimestamp(timestamp).astimezone()
    return f"{local.day} {local:%b %Y, %H:%M:%S}.{local.microsecond // 1000:03}"
