"""The rows of the list: what one shows, and how the page's own stream tells a batch of changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inspector.recorder.log import LogChange
from inspector.recorder.request import RecordedRequest
from inspector.web.events import event_id, sse
from inspector.web.templating import template
from inspector.webhook.times import utc

TITLE_LIMIT, PATH_LIMIT, WORD_LIMIT = 120, 160, 24
"""Characters that a row holds of texts which a sender may make as long as they like."""

KINDS = ("created", "updated", "deleted")
SIGNATURE_WORDS = {"valid": "signed", "invalid": "bad signature", "missing": "unsigned", "unchecked": "unchecked"}


@dataclass(frozen=True, slots=True)
class Row:
    """One request at a glance. `kind` and the two verdicts choose colours and shapes; each has its word beside it.

    `place` is method (unless it is POST) and path; empty where they are the title.
    """

    id: str
    kind: str
    word: str
    title: str
    place: str
    received_at: float
    time: str
    age: str
    signature: str
    signature_word: str
    contract: str
    contract_word: str
    status: int
    size: int
    attempt: int
    stale: bool
    pinned: bool

    @classmethod
    def of(cls, request: RecordedRequest, now: float) -> Row:
        """Read a record."""
        kind, word = event_word(request)
        path = request.path[:PATH_LIMIT]
        place = path if request.method == "POST" else f"{request.method} {path}"
        if request.malformed and not path:
            place = request.malformed[:TITLE_LIMIT]
        name = request.event.title[:TITLE_LIMIT] if request.event else ""
        return cls(
            id=request.id,
            kind=kind,
            word=word,
            title=name or place,
            place=place if name else "",
            received_at=request.received_at,
            time=utc(request.received_at),
            age=age_words(now - request.received_at),
            signature=request.signature.verdict,
            signature_word=signature_word(request),
            contract=request.contract.verdict,
            contract_word=contract_word(request),
            status=request.answer_status,
            size=request.size,
            attempt=request.attempt,
            stale=request.signature.stale,
            pinned=request.pinned,
        )


def event_word(request: RecordedRequest) -> tuple[str, str]:
    """The kind that colours a request, and the word that names it."""
    event = request.event
    if event is None:
        return "other", "malformed" if request.malformed else "request"
    word = event.name.removeprefix("conversation.")
    return (word if word in KINDS else "other"), word[:WORD_LIMIT] or "no name"


def signature_word(request: RecordedRequest) -> str:
    """The signature's verdict in a word or two, or its cause once that is known."""
    verdict, cause = request.signature.verdict, request.known_cause
    return cause if cause and cause != "unknown" else SIGNATURE_WORDS[verdict]


def contract_word(request: RecordedRequest) -> str:
    """The contract's verdict in a word or two."""
    report = request.contract
    if report.verdict == "departs":
        errors = sum(finding.severity == "error" for finding in report.findings)
        return f"{errors} departure" if errors == 1 else f"{errors} departures"
    return {"conforms": "conforms", "not_an_event": "no event"}[report.verdict]


def age_words(seconds: float) -> str:
    """How long ago, in one unit: a glance tells it. The page's own script counts on in the same words."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "now"


def render_rows(requests: Iterable[RecordedRequest], query: str = "", current: str | None = None) -> str:
    """Rows as HTML, in the order given. Their links keep the search `query`; `current` is the id of the open one."""
    now = time.time()
    row = template("_row.html").module.row  # type: ignore[attr-defined]
    return "".join(row(Row.of(request, now), query, current) for request in requests)


@dataclass(slots=True)
class Batch:
    """What a run of changes comes to: rows to add, rows to replace, and what is gone or has left the search."""

    arrived: dict[str, RecordedRequest] = field(default_factory=dict)
    updated: dict[str, RecordedRequest] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    cleared: bool = False

    @classmethod
    def of(cls, changes: Sequence[LogChange]) -> Batch:
        """Fold changes, in order."""
        batch = cls()
        for change in changes:
            if change.kind == "cleared":
                batch = cls(cleared=True)
            for gone in change.ids:
                batch._forget(gone)
                batch.removed.append(gone)
            if change.request is not None:
                batch._take(change, change.request)
        return batch

    def _take(self, change: LogChange, request: RecordedRequest) -> None:
        if change.kind == "left":
            self._forget(request.id)
            self.left.add(request.id)
        elif request.id not in self.arrived:
            self.left.discard(request.id)
            (self.arrived if change.kind == "request" else self.updated)[request.id] = request

    def _forget(self, id: str) -> None:
        self.arrived.pop(id, None)
        self.updated.pop(id, None)

    def __bool__(self) -> bool:
        return bool(self.arrived or self.updated or self.removed or self.left or self.cleared)


def render_batch(changes: Sequence[LogChange], run: str) -> bytes:
    """A batch for the page's stream: one `rows` event, with its rows newest first."""
    batch = Batch.of(changes)
    if not batch:
        return b""
    data = {
        "html": render_rows(reversed(batch.arrived.values())),
        "ids": list(batch.arrived)[::-1],
        "count": len(batch.arrived),
        "updated": {key: render_rows([request]) for key, request in batch.updated.items()},
        "removed": batch.removed,
        "left": sorted(batch.left),
        "cleared": batch.cleared,
    }
    return sse("rows", data, event_id(run, changes[-1].id))
