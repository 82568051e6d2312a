"""What a failing test says: each message teaches what was expected, what came, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from inspector import Inspector
from inspector.errors import ConfigError, DeliveryError
from inspector.testing.failures import WebhookFailure


def message(call: Callable[[], Any]) -> str:
    """What the failure of a call says."""
    with pytest.raises(WebhookFailure) as failure:
        call()
    return str(failure.value)


def test_nothing_came_at_all(inspector: Inspector) -> None:
    told = message(lambda: inspector.wait_for("event:updated", timeout=0))
    assert told.splitlines() == [
        "Nothing matching event:updated arrived within 0 ms.",
        "",
        "Expected   1 request matching event:updated",
        f"Arrived    nothing, at {inspector.url}",
        "           Does the app send there? Is it still at work?",
        "Relax      timeout= is how long it waits",
    ]


def test_some_of_many_came(inspector: Inspector) -> None:
    inspector.fire("created", to=inspector.url)
    told = message(lambda: inspector.wait_for("event:created", count=3, timeout=0))
    assert told.startswith("Only 1 of 3 matching event:created arrived within 0 ms.")


@pytest.mark.inspector(signing_key="k")
def test_the_nearest_miss_with_the_cause_of_its_signature(inspector: Inspector) -> None:
    hook = f"{inspector.url}/hook"
    httpx2.get(f"{inspector.url}/health?deep=1")
    inspector.fire("updated", to=hook, url=hook.replace("http:", "https:"), set={"status": "active"})
    told = message(lambda: inspector.wait_for("signature:valid", payload={"status": "closed"}, timeout=0))
    assert "Arrived    2 requests, newest first:\n" in told
    assert "GET  /health?deep=1  no event, 0 B  → 200, signature missing\n" in told
    assert "Nearest    request 2\n           expected signature:valid   was invalid\n" in told
    assert '           expected payload.status: "closed"   was "active"\n' in told
    assert "Signature  invalid, cause url-scheme\n" in told
    assert "This test fired it: are signing_key= and url= there what the marker and the address here say?" in told
    assert f"Repeat     inspector send updated --to {hook} --seed" in told


def test_what_the_app_sent_is_repeated_by_curl(inspector: Inspector) -> None:
    httpx2.post(f"{inspector.url}/hook", json={"a": 1}, headers={"authorization": "secret"})
    told = message(lambda: inspector.wait_for("path:/other", timeout=0))
    assert f"Repeat     curl {inspector.url}/hook" in told
    assert "secret" not in told
    assert "           without path:/other request 1 would match" in told


def test_without_a_key_it_says_where_to_give_it(inspector: Inspector) -> None:
    inspector.fire("updated", to=inspector.url, signing_key="k")
    told = message(lambda: inspector.wait_for("signature:valid", timeout=0))
    assert "Signature  unchecked: no signing key is known here, so none can be valid" in told
    assert "@pytest.mark.inspector(signing_key=…) gives the key to check with" in told


def test_a_long_list_is_cut(inspector: Inspector) -> None:
    inspector.fire_many("updated", to=inspector.url, count=25, concurrency=25)
    told = message(lambda: inspector.wait_for("event:created", timeout=0))
    assert "Arrived    25 requests, newest first:" in told
    assert "           … and 5 more" in told


def test_a_function_that_says_no_is_named(inspector: Inspector) -> None:
    def is_large(request: Any) -> bool:
        return bool(request.size > 10_000)

    inspector.fire("updated", to=inspector.url)
    told = message(lambda: inspector.wait_for(is_large, timeout=0))
    assert "expected is_large(request): something true   was False" in told


def test_a_refused_delivery_tells_what_was_signed(inspector: Inspector) -> None:
    inspector.answer_with({"status": 401, "body": {"error": "wrong signature"}})
    fired = inspector.fire("created", to=f"{inspector.url}/hook", signing_key="k")
    told = message(fired.assert_accepted)
    timestamp, digest_of = dict(fired.headers)["messagebird-request-timestamp"], len(fired.body)
    assert told.startswith(
        "conversation.created was not accepted: it was answered 401 Unauthorized.\n\nExpected   2xx\n"
    )
    assert '           {"error":"wrong signature"}\n' in told
    assert f"Signed     {timestamp} LF {inspector.url}/hook LF SHA-256 of {digest_of} bytes\n" in told
    assert "Relax      signing_key= and url= must be those that the app verifies with" in told


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "signing_key= signs it"), (404, "the path is that of to="), (503, "retry= tries again"), (400, "must be")],
)
def test_each_status_has_its_advice(status: int, advice: str, inspector: Inspector) -> None:
    inspector.answer_with(status)
    assert advice in message(inspector.fire("created", to=inspector.url).assert_accepted)


def test_long_retries_are_shown_by_their_ends(inspector: Inspector) -> None:
    inspector.answer_with(503)
    told = message(inspector.fire("created", to=inspector.url, retry="9x1s").assert_accepted)
    assert "it was answered 503 Service Unavailable (10 attempts)" in told
    assert told.count("503 Service Unavailable, in") == 6
    assert "           … 4 more\n" in told


def test_no_answer_is_told_with_its_reason(inspector: Inspector) -> None:
    inspector.answer_with({"status": 200, "fault": "empty"})
    told = message(inspector.fire("created", to=inspector.url).assert_accepted)
    assert "no answer: The target closed the connection without an answer." in told
    assert "Relax      timeout= is the limit of each attempt, retry= tries again" in told


def test_what_should_be_refused_and_was_not(inspector: Inspector) -> None:
    fired = inspector.fire("created", to=inspector.url, signing_key="k", fault="bad-signature")
    told = message(lambda: fired.assert_refused((401, 403)))
    assert told.startswith("conversation.created was not refused: it was answered 200 OK.\n\nExpected   401, 403\n")
    assert "verify the signature before anything else" in told


def test_a_limit_just_missed_is_told_to_the_millisecond(inspector: Inspector) -> None:
    inspector.answer_with({"status": 200, "delay_ms": 30})
    fired = inspector.fire("created", to=inspector.url)
    within = round(fired.elapsed - 0.001, 4)
    assert f"but after {fired.elapsed:.3f} s, not within {within:g} s" in message(lambda: fired.assert_accepted(within))


def test_none_expected_gets_advice_that_fits(inspector: Inspector) -> None:
    inspector.fire("created", to=inspector.url)
    inspector.expect("event:created", count=0)
    text = message(inspector.settle)
    assert "Repeat     inspector send created" in text
    assert "Relax      a narrower search lets others by" in text


def test_too_few_shows_how_to_repeat_one_that_came(inspector: Inspector) -> None:
    httpx2.post(inspector.url + "/hook")
    assert "Repeat     curl" in message(lambda: inspector.wait_for("path:/hook", count=2, timeout=0))


def test_a_function_that_fails_on_other_requests_still_finds_its_own(inspector: Inspector) -> None:
    httpx2.post(inspector.url + "/health", content=b"up")
    inspector.fire("created", to=inspector.url + "/hook", set={"status": "closed"})
    assert inspector.wait_for(lambda request: request.payload["status"] == "closed").path == "/hook"
    text = message(lambda: inspector.wait_for(lambda request: request.payload["nosuch"], timeout=0))
    assert "an error in it: KeyError: 'nosuch'" in text


def test_after_many_attempts_no_more_are_advised(inspector: Inspector) -> None:
    inspector.answer_with(500)
    fired = inspector.fire("created", to=inspector.url, retry="2x1s")
    assert "Relax      nothing: more attempts end like these" in message(fired.assert_accepted)


def test_a_missing_lifespan_is_recognised(inspector: Inspector) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def hook(request: Request) -> Response:
        return Response(request.state.answer)

    app = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
    fired = inspector.fire("created", to=app, url="https://app.example/hook")
    assert "start its lifespan yourself" in message(fired.assert_accepted)


@pytest.mark.parametrize("wrong", [{"timeout": -1}, {"count": 0}])
def test_a_wait_that_makes_no_sense_is_refused(wrong: dict[str, Any], inspector: Inspector) -> None:
    with pytest.raises(ConfigError, match="Give a count from 1 and 0 s or more"):
        inspector.wait_for("path:/hook", **wrong)


def test_only_an_address_can_be_signed(inspector: Inspector) -> None:
    with pytest.raises(DeliveryError, match="'nope' is not an http"):
        inspector.fire("created", to=inspector.url, url="nope")
