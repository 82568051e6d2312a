"""A scenario's text: read without repairing anything, and what is wrong with it in plain words, at its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from inspector.errors import ConfigError

MAX_DEPTH = 50
"""Levels of a file; no scenario needs as many, and an alias of itself would have no end."""

At = tuple[Any, ...]
"""The names and indexes on the way to something in a file."""


class ScenarioError(ConfigError):
    """A scenario is wrong, or one of its steps cannot be made; `details` have `line` and `column` (from 1)."""

    code = "invalid_scenario"


class Places:
    """Where everything stands in a file; the names of fields apart from their values."""

    def __init__(self, source: str = "scenario") -> None:
        self._source = source
        self._values: dict[At, yaml.Mark] = {}
        self._names: dict[At, yaml.Mark] = {}

    def read(self, text: str) -> Any:
        """What a YAML or JSON text holds. Raises ScenarioError."""
        try:
            node = yaml.compose(text, yaml.SafeLoader)
            if node is not None:
                return self._construct(node, ())
        except yaml.MarkedYAMLError as error:
            raise self._error(error.problem or "not YAML", error.problem_mark or error.context_mark) from None
        except yaml.YAMLError as error:
            raise ScenarioError(f"{self._source}: {error}") from None
        start = yaml.Mark(self._source, 0, 0, 0, None, 0)
        raise self._error("nothing is in it. A scenario begins with version: 1 and has steps", start)

    def error(self, at: At, problem: str, *, of_name: bool = False) -> ScenarioError:
        """The error that says what is wrong with a value, or with the name of a field."""
        # What is missing has no place: that of what it is missing in serves.
        nearest = next((self._values[at[:end]] for end in range(len(at), -1, -1) if at[:end] in self._values), None)
        return self._error(problem, self._names.get(at, nearest) if of_name else nearest)

    def _error(self, problem: str, mark: yaml.Mark | None) -> ScenarioError:
        end = "" if problem.endswith(("?", ".")) else "."
        if mark is None:
            return ScenarioError(f"{self._source}: {problem}{end}")
        line, column = mark.line + 1, mark.column + 1
        return ScenarioError(f"{self._source}:{line}:{column}: {problem}{end}", line=line, column=column)

    def _construct(self, node: yaml.Node, at: At) -> Any:
        """The value of a node; takes note of where everything stands, and refuses names that are given twice."""
        if len(at) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply, or an alias of itself", problem_mark=node.start_mark)
        self._values[at] = node.start_mark
        if isinstance(node, yaml.MappingNode):
            return self._construct_fields(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._construct(item, (*at, index)) for index, item in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:timestamp":  # a time is written as text here, quoted or not
            return node.value
        return yaml.SafeLoader("").construct_object(node, deep=True)

    def _construct_fields(self, node: yaml.MappingNode, at: At) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for name_node, value_node in node.value:
            name = self._construct(name_node, (*at, name_node))
            if not isinstance(name, Hashable) or name in made:
                problem = f"{name_node.value!r} stands here twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=name_node.start_mark)
            self._names[(*at, name)] = name_node.start_mark
            made[name] = self._construct(value_node, (*at, name))
        return made


def in_our_words(error: ErrorDetails, fields_at: Callable[[At], Iterable[str]], places: Places) -> ScenarioError:
    """One of pydantic's errors as ours; `fields_at` says which fields there may be at a place."""
    at = error["loc"]
    if error["type"] == "extra_forbidden":
        return places.error(at, _unknown_name(str(at[-1]), list(fields_at(at[:-1]))), of_name=True)
    of_name = at[-1:] == ("[key]",)
    at = at[:-1] if of_name else at
    names = [part for part in at if isinstance(part, str)]
    said = _SAID.get(error["type"], "is not what is expected here").format(**error.get("ctx", {}))
    return places.error(at, " ".join([*names[-1:], said]) if names else f"this {said}", of_name=of_name)


def _unknown_name(name: str, known: list[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    advice = f"Did you mean {nearest[0]}?" if nearest else f"Known are {', '.join(known)}."
    return f"{name} is not known here. {advice}"


_SAID = {
    "missing": "is missing",
    "value_error": "is wrong: {error}",
    "literal_error": "must be {expected}",
    "string_type": "must be a text",
    "string_pattern_mismatch": "must begin with a small letter and go on with letters, digits, - and _",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "too_short": "must not be empty",
    "dict_type": "must hold fields with their values",
    "model_type": "must hold fields with their values",
    "model_attributes_type": "must hold fields with their values",
    "finite_number": "must be a finite number",
    "invalid_key": "is no text, as the name of a field must be",
}
"""What is wrong, by pydantic's kind of error."""
