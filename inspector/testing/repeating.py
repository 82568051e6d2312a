"""The line that fires the same webhook again: for a shell where that can be, else for a test."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
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
    words = ["inspector", "send", shlex.quote(what), "--to", shlex.quote(to), "--seed", shlex.quote(recipe.seed)]
    words += ["--at", format_time(recipe.at)]
    if many not in (None, 1):
        words += ["--count", str(many)]
    if options.get("signing_key") is not None:
        words += ["--signing-key", KEY]
    for name, flag in (("url", "--url-signed"), ("retry", "--retry"), ("timeout", "--timeout")):
        if options.get(name) is not None:
            words += [flag, shlex.quote(str(options[name]))]
    if options.get("fault"):
        words += ["--fault", "+".join(fault.name for fault in parse_faults(options["fault"]))]
    words += [f"--set {shlex.quote(f'{path}={json.dumps(value)}')}" for path, value in options.get("set", {}).items()]
    words += [f"--unset {shlex.quote(path)}" for path in options.get("unset", ())]
    headers = options.get("headers", ())
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    words += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in pairs]
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


_SHOWN: dict[str, Callable[[Any], str]] = {
    "signing_key": lambda _: "…",
    "fault": lambda value: repr("+".join(fault.name for fault in parse_faults(value))),
    "retry": _retry,
}
