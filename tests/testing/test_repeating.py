"""The line in a failure message sends the same bytes again."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from click.testing import CliRunner

from inspector import Inspector
from inspector.cli.group import group
from inspector.sender.retry import RetryPolicy


def run_line(line: str) -> None:
    program, *arguments = shlex.split(line.replace('"$SIGNING_KEY"', "k"))
    assert program == "inspector"
    result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"signing_key": "k", "url": "https://app.example/hook?a=1&b=2"},
        {"set": {"status": "closed", "name": 'O\'Brien "Bob"', "hasDraft": True}, "unset": ["description"]},
        {"fault": "unknown-field+chunked", "retry": "1s,5s", "timeout": 2.5},
        {"headers": {"x-tenant": "acme 1"}},
        {"seed": "it's seven", "at": "2024-11-27T19:33:53.504Z"},
    ],
)
def test_the_shell_line_repeats_it(options: dict[str, Any], inspector: Inspector) -> None:
    fired = inspector.fire("conversation.updated", to=f"{inspector.url}/hook?x=1&y=2", **options)
    run_line(fired.repeat)
    first, second = inspector.requests
    assert second.body == first.body
    assert second.head == first.head


def test_many_are_repeated_too(inspector: Inspector) -> None:
    fired = inspector.fire_many("created", to=inspector.url, count=3)
    run_line(fired[0].repeat)
    bodies = [request.body for request in inspector.requests]
    assert bodies[3:] == bodies[:3]


def test_keys_are_never_shown(inspector: Inspector) -> None:
    fired = inspector.fire("created", to=inspector.url, signing_key="sesame")
    assert "sesame" not in fired.repeat
    assert '--signing-key "$SIGNING_KEY"' in fired.repeat


async def app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_an_app_in_process_is_repeated_by_a_python_line(inspector: Inspector) -> None:
    options: dict[str, Any] = {"set": {"status": "closed"}, "retry": RetryPolicy((1.0,)), "fault": ["stale"]}
    fired = inspector.fire("created", to=app, url="https://app.example/hook", signing_key="k", **options)
    line = fired.repeat.replace("signing_key=…", "signing_key='k'")
    again = eval(line, {"inspector": inspector, "app": app, "RetryPolicy": RetryPolicy})
    assert (again.body, again.headers) == (fired.body, fired.headers)


def test_many_events_are_repeated_by_a_python_line(inspector: Inspector) -> None:
    fired = inspector.fire_many(inspector.sequence(), to=inspector.url, count=2)
    assert fired[0].repeat.startswith(f"inspector.fire_many(events, to='{inspector.url}', count=2, seed=")
