"""The line that fires the same webhook again: for a shell where that can be, else for a test."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from inspector.sender.faults import parse_faults
from inspector.sender.retry import RetryPolicy
from inspector.webhook.times import format_time

if TYPE_CHECKING:
    from inspector.sender.recipe import Recipe

KEY = '"$SIGNING_KEY"'
"""Keys are never shown."""


def repeat_line(what: Any, to: Any, recipe: Recipe, options: Mapping[str, Any], many: int | None) -> str:
    """The line for a call of `fire`, or of `fire_many` with a count of `many`."""
    simple = isinstance(what, str) and isinstance(to, str) and isinstance(options.get("retry"), str | None)
    if simple and not options.get("request_id"):
        return _shell_line(what, to, recipe, options, many)
    return _python_line(what, to, recipe, options, many)


def _shell_line(what: str, to: str, recipe: Recipe, options: Mapping[str, Any], many: int | None) -> str:
    words = ["inspector send", shlex.quote(what), _flag("--to", to), _flag("--seed", recipe.seed)]
    words.append(_flag("--at", format_time(recipe.at)))
    if many not in (None, 1):
        words.append(f"--count {many}")
    for name, write in _FLAGS.items():
        if options.get(name) is not None:
            words += write(options[name])
    return " ".join(words)


def _python_line(what: Any, to: Any, recipe: Recipe, options: Mapping[str, Any], many: int | None) -> str:
    event = repr(what) if isinstance(what, str) else "event" if many is None else "events"
    arguments = [event, f"to={to!r}" if isinstance(to, str) else "to=app"]
    if many not in (None, 1):
        arguments.append(f"count={many}")
    for name, value in {**options, "seed": recipe.seed, "at": format_time(recipe.at)}.items():
        if value is not None and value != ():
            arguments.append(f"{name}={_SHOWN.get(name, repr)(value)}")
    return f"inspector.{'fire' if many is None else 'fire_many'}({', '.join(arguments)})"


def _retry(value: Any) -> str:
    return f"RetryPolicy({value.waits!r})" if isinstance(value, RetryPolicy) else repr(value)


def _fault_names(value: Any) -> str:
    return "+".join(fault.name for fault in parse_faults(value))


def _pairs(headers: Any) -> Iterable[tuple[str, str]]:
    return headers.items() if isinstance(headers, Mapping) else headers


def _flag(name: str, value: object) -> str:
    return f"{name} {shlex.quote(str(value))}"


_FLAGS: dict[str, Callable[[Any], list[str]]] = {
    "signing_key": lambda _: [f"--signing-key {KEY}"],
    "url": lambda url: [_flag("--url-signed", url)],
    "retry": lambda policy: [_flag("--retry", policy)],
    "timeout": lambda seconds: [_flag("--timeout", seconds)],
    "fault": lambda faults: [_flag("--fault", names)] if (names := _fault_names(faults)) else [],
    "set": lambda values: [_flag("--set", f"{path}={json.dumps(value)}") for path, value in values.items()],
    "unset": lambda paths: [_flag("--unset", path) for path in paths],
    "headers": lambda headers: [_flag("--header", f"{name}: {value}") for name, value in _pairs(headers)],
}
"""The flags that each option comes to in a shell, in this order."""

_SHOWN: dict[str, Callable[[Any], str]] = {
    "signing_key": lambda _: "…",
    "fault": lambda value: repr(_fault_names(value)),
    "retry": _retry,
}
