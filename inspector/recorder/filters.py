"""Searches: a text of the one grammar (`query.py`) made into a test of recorded requests.

The cheapest question of a group is asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from inspector.errors import FilterError
from inspector.recorder import query
from inspector.recorder.batch import Asked, Batch, narrowing, opposite, widening
from inspector.recorder.conditions import Condition, condition
from inspector.recorder.fields import IN_CAUSE
from inspector.recorder.query import AllOf, AnyOf, Node, Not, Term, all_of
from inspector.recorder.request import RecordedRequest
from inspector.recorder.segments import batches
from inspector.recorder.slips import slip


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a search that a request must meet: a term, or a group of them. `str` prints it."""

    node: Node
    ask: Asked = field(compare=False, repr=False)
    cost: int = field(compare=False, repr=False)
    looked_at: tuple[tuple[Term, Condition], ...] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"({self.node})" if isinstance(self.node, AnyOf) else str(self.node)

    def matches(self, request: RecordedRequest) -> bool:
        """Whether a request meets it."""
        return self.ask(Batch([request]))[0]

    def actual(self, request: RecordedRequest) -> str | None:
        """What the request has where this clause looks; of a group, each field with its value. None: nothing there."""
        fields = {term.full_name: found.texts(request) for term, found in self.looked_at if term.name}
        shown = {name: _show(name, texts) for name, texts in fields.items()}
        if isinstance(self.node, AllOf | AnyOf):
            return ", ".join(f"{name}: {value or 'nothing'}" for name, value in shown.items()) or None
        return next(iter(shown.values()), None)


class RequestFilter:
    """A search, ready to be asked: call it with one request, or ask it for those `among` many that match.

    `str` gives the text in its canonical form, which parses to an equal filter. `clauses` are all required.
    """

    __slots__ = ("_ask", "clauses", "node")

    def __init__(self, node: Node | None) -> None:
        self.node = node
        parts = node.nodes if isinstance(node, AllOf) else () if node is None else (node,)
        self.clauses = tuple(_clause(part) for part in parts)
        self._ask = _joined(self.clauses, narrowing)

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""
        return not self.clauses or self._ask(Batch([request]))[0]

    def among(self, requests: Sequence[RecordedRequest]) -> list[RecordedRequest]:
        """Those that match, in order."""
        if not self.clauses:
            return [*requests]
        return [request for batch in batches(requests) for request in compress(batch.requests, self._ask(batch))]

    def __str__(self) -> str:
        return "" if self.node is None else str(self.node)

    def __repr__(self) -> str:
        return f"RequestFilter({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RequestFilter) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)

    @property
    def is_slow(self) -> bool:
        """Whether it asks for a cause, which takes tens of milliseconds to find: nothing for an event loop."""
        return any(clause.cost >= IN_CAUSE for clause in self.clauses)

    def without_causes(self) -> RequestFilter:
        """The part of it that asks for no cause."""
        nodes = [clause.node for clause in self.clauses if clause.cost < IN_CAUSE]
        return RequestFilter(all_of(nodes) if nodes else None)

    def misses(self, request: RecordedRequest) -> list[Clause]:
        """The clauses that a request does not meet; none if it matches."""
        return [clause for clause in self.clauses if not clause.matches(request)]


def parse_filter(text: str) -> RequestFilter:
    """The search that a text stands for; a blank one matches everything.

    Raises FilterError, whose `details` have `column` (from 1), `length` and `suggestion`, the nearest field or None;
    of a slip also `instead`, what was probably meant by all that is pointed at.
    The grammar is interface.md §3. `age` is that of the signed timestamp on arrival, `signature.age_seconds`: a fact
    of the request, which stays the same however long it has been in the log. `status` is the answer's.
    """
    return RequestFilter(query.parse(text))


def terms_of(node: Node) -> Iterator[Term]:
    """Every term in a node, in order."""
    if isinstance(node, Term):
        yield node
        return
    for part in (node.node,) if isinstance(node, Not) else node.nodes:
        yield from terms_of(part)


def _clause(node: Node) -> Clause:
    if isinstance(node, Term):
        found = _located_condition(node)
        return Clause(node, found.ask, found.cost, ((node, found),))
    if isinstance(node, Not):
        positive = _clause(node.node)
        return Clause(node, opposite(positive.ask), positive.cost, positive.looked_at)
    parts = [_clause(part) for part in node.nodes]
    ask = _joined(parts, widening if isinstance(node, AnyOf) else narrowing)
    return Clause(node, ask, max(part.cost for part in parts), tuple(seen for part in parts for seen in part.looked_at))


def _located_condition(term: Term) -> Condition:
    mistake = slip(term)
    if mistake is not None:
        what, instead = mistake
        message = f"{what} To search for it as text, put it in quotes."
        raise query.syntax_error(message, term.column, term.length, instead=instead)
    try:
        return condition(term)
    except FilterError as error:
        suggestion = error.details.get("suggestion")
        raise query.syntax_error(error.message, term.column, term.length, suggestion) from None


def _joined(parts: Sequence[Clause], joining: Callable[[Sequence[Asked], int], Asked]) -> Asked:
    """One question of several, the cheapest first; a cause is never searched for in vain."""
    questions = [part.ask for part in sorted(parts, key=lambda part: part.cost)]
    return questions[0] if len(questions) == 1 else joining(questions, sum(part.cost < IN_CAUSE for part in parts))


def _show(name: str, texts: Sequence[str]) -> str | None:
    # Several texts are several values only here; elsewhere they are ways to name one.
    several = name.startswith(("header.", "payload.")) or name == "finding"
    return ", ".join(texts if several else texts[:1]) or None
