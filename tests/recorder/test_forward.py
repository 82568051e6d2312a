"""Forwarding: the app's answer goes back, copies go along, nothing comes round."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from inspector import Inspector
from inspector.app import create_app
from inspector.errors import ConfigError, InspectorError
from inspector.recorder.forward import ForwardTarget
from inspector.server import InspectorServer
from inspector.settings import Settings

Serve = Callable[..., InspectorServer]


@pytest.fixture
def app(inspector: Inspector) -> Inspector:
    """The app behind the one that forwards: what it answers is its own."""
    inspector.answer_with({"status": 201, "headers": {"X-From": "the app"}, "body": "mine"})
    return inspector


def until(server: InspectorServer, condition: Callable[[], bool]) -> None:
    """Wait for something that the log tells of."""
    changed = threading.Event()
    with server.app.log.listening(lambda _: changed.set()):
        while not condition():
            assert changed.wait(20), "it did not come about"
            changed.clear()


def test_the_apps_answer_goes_back_to_the_sender(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    server = serve(forward_to=(app.url,))
    answer = http.post(f"{server.url}/hook?b=2&a=%31", content=b'{"a":  1}')
    assert (answer.status_code, answer.headers["x-from"], answer.text) == (201, "the app", "mine")
    assert (app.last.target, app.last.body) == (b"/hook?b=2&a=%31", b'{"a":  1}')
    assert app.last.header("x-forwarded-host") == server.url.removeprefix("http://")
    recorded = server.app.log.snapshot()[0]
    assert recorded.answer_status == 201
    assert recorded.forwards is not None
    assert recorded.forwards[0]["status"] == 201


def test_a_target_with_a_path_is_used_whole(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    server = serve(forward_to=(f"{app.url}/bird/hooks",))
    http.post(f"{server.url}/any/path")
    assert app.last.path == "/bird/hooks"


def test_the_first_match_answers_the_others_get_copies(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    app.answer_with(lambda request: 500 if request.path == "/other" else 201)
    server = serve(forward_to=(f"{app.url}/never path:/never", f"{app.url}/first", f"{app.url}/other"))
    assert http.post(f"{server.url}/hook").status_code == 201
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: len(recorded.forwards or []) == 2)
    assert sorted(request.path for request in app.requests) == ["/first", "/other"]


def test_what_matches_no_target_is_answered_by_default(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    server = serve(forward_to=(f"{app.url} path:/other",))
    answer = http.post(f"{server.url}/hook")
    assert (answer.status_code, answer.content) == (200, b'{"ok":true}')
    app.assert_none()


def test_a_target_that_is_down_is_a_clear_502(http: httpx2.Client, serve: Serve, free_port: int) -> None:
    server = serve(forward_to=(f"http://127.0.0.1:{free_port}",))
    answer = http.post(f"{server.url}/hook")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "forward_failed")
    recorded = server.app.log.snapshot()[0]
    assert recorded.answer_status == 502
    assert recorded.forwards is not None
    assert recorded.forwards[0]["error"]["kind"] == "refused"


def test_asked_to_retry_it_brings_what_was_missed(http: httpx2.Client, serve: Serve, inspector: Inspector) -> None:
    inspector.answer_with([503, 503, 201])
    server = serve(forward_to=(inspector.url,), forward_retry="10ms,10ms,10ms")
    assert http.post(f"{server.url}/hook", content=b'{"a":  1}').status_code == 503
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: bool(recorded.forwards and recorded.forwards[-1]["status"] == 201))
    assert [request.body for request in inspector.requests] == [b'{"a":  1}'] * 3


def test_what_is_too_much_to_try_again_is_given_up(
    http: httpx2.Client, serve: Serve, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.recorder.forward.MOST_WAITING", 0)
    inspector.answer_with(503)
    server = serve(forward_to=(inspector.url,), forward_retry="1ms")
    assert http.post(f"{server.url}/hook").status_code == 503
    (forward,) = server.app.log.snapshot()[0].forwards or []
    assert forward["given_up"].startswith("Gave up")
    assert len(inspector.requests) == 1


def test_a_wait_sees_what_the_app_answered(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    app.answer_with({"status": 500, "delay_ms": 50})
    server = serve(forward_to=(app.url,))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(http.get, f"{server.url}/-/api/wait?q=status:500&timeout=20")
        http.post(f"{server.url}/hook")
        answer = waiting.result()
    assert answer.status_code == 200
    assert [request["answer"]["status"] for request in answer.json()["requests"]] == [500]


def test_no_target_may_ask_for_a_cause() -> None:
    with pytest.raises(ConfigError, match=r"--forward-to http://a\.example asks for the cause.*signature:"):
        ForwardTarget.parse("http://a.example event:created OR -cause:other-key")


def test_a_rule_answers_and_the_targets_get_copies(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    server = serve(forward_to=(app.url,))
    server.app.rules.replace([{"status": 418}])
    assert http.post(f"{server.url}/hook").status_code == 418
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: bool(recorded.forwards))
    assert len(app.requests) == 1


def test_what_was_forwarded_is_never_forwarded_again(http: httpx2.Client, serve: Serve, app: Inspector) -> None:
    server = serve(forward_to=(app.url,))
    assert http.post(f"{server.url}/hook", headers={"x-inspector-forwarded": "abc-1"}).status_code == 200
    app.assert_none()


def test_our_own_address_is_refused() -> None:
    with InspectorServer(Settings(port=0)) as free:
        port = int(free.url.rpartition(":")[2])
    for host in ("localhost", "LOCALHOST.", "0.0.0.0", "127.0.0.2", "[::1]", "[::]"):
        with pytest.raises(ConfigError, match="leads back to the inspector"):
            InspectorServer(Settings(port=port, forward_to=(f"http://{host}:{port}/hook",))).start()


@pytest.mark.parametrize(("retry", "said"), [("foo", "is not a retry policy"), ("bird", "Give --forward-to URL too")])
def test_a_retry_without_a_target_is_refused(retry: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        create_app(Settings(forward_retry=retry))


@pytest.mark.parametrize("text", ["localhost:8000", "http://", "http://a.example colour:red", ""])
def test_wrong_targets_are_refused(text: str) -> None:
    with pytest.raises(InspectorError):
        ForwardTarget.parse(text)
