"""How the inspector answers in a test: statuses in order, rules, or functions of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inspector.errors import ConfigError
from inspector.recorder.answers import Answer, AnswerRule, AnswerRules
from inspector.recorder.filters import parse_filter
from inspector.recorder.request import RecordedRequest

AnswerLike = int | Mapping[str, Any] | Callable[[RecordedRequest], Any]
"""A status, a rule as a dict, or a function of the request that returns a status or a rule."""

Report = Callable[[Exception], None]


class CalledRule(AnswerRule):
    """A rule whose answer is worked out by a function. What that raises is answered 500 and reported."""

    __slots__ = ("_function", "_report")

    def __init__(self, function: Callable[[RecordedRequest], Any], q: str, times: int | None, report: Report) -> None:
        super().__init__(q=q, times=times)
        self.matches = parse_filter(q)
        self._function = function
        self._report = report

    def answer(self, request: RecordedRequest, name: str) -> Answer:
        """What the function says."""
        try:
            return _rule(self._function(request), "", None, 1).answer(request, name)
        except Exception as error:
            self._report(error)
            return Answer.json(500, {"error": f"{type(error).__name__}: {error}"}, name)


def install_answers(rules: AnswerRules, answers: AnswerLike | Iterable[AnswerLike], q: str, report: Report) -> None:
    """Answer by these in order, each once and the last for good, in place of those for the same `q`.

    Those for everything come after those for a search. Raises ConfigError, FilterError.
    """
    given = [answers] if isinstance(answers, int | Mapping) or callable(answers) else list(answers)
    last = len(given)
    new = [_one(answer, q, None if number == last else 1, number, report) for number, answer in enumerate(given, 1)]
    others = [rule for rule in rules.installed if rule.q not in {q, *(rule.q for rule in new)}]
    rules.install(sorted([*new, *others], key=lambda rule: rule.q == ""))


def _one(answer: AnswerLike, q: str, times: int | None, number: int, report: Report) -> AnswerRule:
    if callable(answer):
        return CalledRule(answer, q, times, report)
    return _rule(answer, q, times, number)


def _rule(answer: Any, q: str, times: int | None, number: int) -> AnswerRule:
    if isinstance(answer, int):
        answer = {"status": answer}
    if not isinstance(answer, Mapping):
        raise ConfigError(
            f"{answer!r} is no answer. Give a status such as 503, or a rule such as {{'status': 503, 'delay_ms': 200}}."
        )
    return AnswerRule.from_json({"q": q, "times": times, **answer}, number)
