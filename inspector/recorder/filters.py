"""Searches: a text of the one grammar (`query.py`) made into a test of recorded requests.

The cheapest question of a group is asked first. What several terms read of one body is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inspector.errors import FilterError
from inspector.recorder import query
from inspector.recorder.conditions import Bodies, Condition, Test, condition
from inspector.recorder.fields import IN_CAUSE
from inspector.recorder.query import AllOf, AnyOf, Node, Not, Term
from inspector.recorder.request import RecordedRequest
from inspector.recorder.slips import slip


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a search that a request must meet: a term, or a group of them. `str` prints it."""

    node: Node
    matches: Test = field(compare=False, repr=False)
    cost: int = field(compare=False, repr=False)
    looked_at: tuple[tuple[Term, Condition], ...] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"({self.node})" if isinstance(self.node, AnyOf) else str(self.node)

    def actual(self, request: RecordedRequest) -> str | None:
        """What the request has where this clause looks; of a group, each field with its value. None: nothing there."""
        fields = {term.full_name: found.texts(request) for term, found in self.looked_at if term.name}
        shown = {name: _show(name, texts) for name, texts in fields.items()}
        if isinstance(self.node, AllOf | AnyOf):
            return ", ".join(f"{name}: {value or 'nothing'}" for name, value in shown.items()) or None
        return next(iter(shown.values()), None)


class RequestFilter:
    """A search, ready to be asked of requests: call it with one.

    `str` gives the text in its canonical form, which parses to an equal filter. `clauses` are all required.
    """

    __slots__ = ("_test", "clauses", "node")

    def __init__(self, node: Node | None) -> None:
        self.node = node
        bodies = Bodies()
        parts = node.nodes if isinstance(node, AllOf) else () if node is None else (node,)
        self.clauses = tuple(_clause(part, bodies) for part in parts)
        self._test = _joined(self.clauses, on=False)

    def __call__(self, request: RecordedRequest) -> bool:
        """Whether a request matches."""
        return self._test(request)

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


def _clause(node: Node, bodies: Bodies) -> Clause:
    if isinstance(node, Term):
        found = _located_condition(node, bodies)
        return Clause(node, found.test, found.cost, ((node, found),))
    if isinstance(node, Not):
        opposite = _clause(node.node, bodies)
        return Clause(node, _negated(opposite.matches), opposite.cost, opposite.looked_at)
    parts = [_clause(part, bodies) for part in node.nodes]
    test = _joined(parts, on=isinstance(node, AnyOf))
    return Clause(
        node, test, max(part.cost for part in parts), tuple(seen for part in parts for seen in part.looked_at)
    )


def _located_condition(term: Term, bodies: Bodies) -> Condition:
    mistake = slip(term)
    if mistake is not None:
        what, instead = mistake
        message = f"{what} To search for it as text, put it in quotes."
        raise query.syntax_error(message, term.column, term.length, instead=instead)
    try:
        return condition(term, bodies)
    except FilterError as error:
        suggestion = error.details.get("suggestion")
        raise query.syntax_error(error.message, term.column, term.length, suggestion) from None


def _joined(parts: Sequence[Clause], *, on: bool) -> Test:
    """One test of several, settled by the first that comes out as `on`: False for all of them, True for any."""
    tests = [part.matches for part in sorted(parts, key=lambda part: part.cost)]
    if len(tests) == 1:
        return tests[0]

    def test(request: RecordedRequest) -> bool:
        for test in tests:
            if test(request) is on:
                return on
        return not on

    return test


def _negated(test: Test) -> Test:
    return lambda request: not test(request)


def _show(name: str, texts: Sequence[str]) -> str | None:
    # Several texts are several values only here; elsewhere they are ways to name one.
    several = name.startswith(("header.", "payload.")) or name == "finding"
    return ", ".join(texts if several else texts[:1]) or None
