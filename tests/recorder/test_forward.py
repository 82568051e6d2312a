"""Forwarding: the app's answer goes back, copies go along, nothing comes round."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest

from inspector.errors import ConfigError, InspectorError
from inspector.recorder.forward import ForwardTarget
from inspector.server import InspectorServer
from inspector.settings import Settings


class App(ThreadingHTTPServer):
    """An app that keeps what it got and answers as told: `statuses`, then 201."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: App

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 201)
        self.send_header("X-From", "the app")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"mine")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    yield app
    app.stop()


@pytest.fixture
def other() -> Iterator[App]:
    app = App()
    yield app
    app.stop()


def post(url: str, body: bytes = b'{"a": 1}', **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = Request(url, body, {"content-type": "application/json", **headers}, method="POST")
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except OSError as error:
        return error.code, dict(error.headers), error.read()  # type: ignore[attr-defined]


def until(server: InspectorServer, condition: Callable[[], bool]) -> None:
    """Wait for something that the log tells of."""
    changed = threading.Event()
    with server.app.log.listening(lambda _: changed.set()):
        while not condition():
            assert changed.wait(20), "it did not come about"
            changed.clear()


Serve = Callable[..., InspectorServer]


def test_the_apps_answer_goes_back_to_the_sender(serve: Serve, app: App) -> None:
    server = serve(forward_to=(app.url,))
    status, headers, body = post(f"{server.url}/hook?b=2&a=%31", b'{"a":  1}')
    assert (status, headers["x-from"], body) == (201, "the app", b"mine")
    path, received, forwarded = app.got[0]
    assert (path, forwarded) == ("/hook?b=2&a=%31", b'{"a":  1}')
    assert received["x-forwarded-host"] == server.url.removeprefix("http://")
    recorded = server.app.log.snapshot()[0]
    assert recorded.answer_status == 201
    assert recorded.forwards is not None
    assert recorded.forwards[0]["status"] == 201


def test_a_target_with_a_path_is_used_whole(serve: Serve, app: App) -> None:
    post(f"{serve(forward_to=(app.url + '/bird/hooks',)).url}/any/path")
    assert app.got[0][0] == "/bird/hooks"


def test_the_first_match_answers_the_others_get_copies(serve: Serve, app: App, other: App) -> None:
    other.statuses = [500]
    server = serve(forward_to=(f"{app.url} path:/never", app.url, other.url))
    assert post(f"{server.url}/hook")[0] == 201
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: len(recorded.forwards or []) == 2)
    assert len(app.got) == 1
    assert len(other.got) == 1


def test_what_matches_no_target_is_answered_by_default(serve: Serve, app: App) -> None:
    server = serve(forward_to=(f"{app.url} path:/other",))
    assert post(f"{server.url}/hook")[::2] == (200, b'{"ok":true}')
    assert app.got == []


def test_a_target_that_is_down_is_a_clear_502(serve: Serve, app: App) -> None:
    app.stop()
    server = serve(forward_to=(app.url,))
    status, _, body = post(f"{server.url}/hook")
    assert status == 502
    assert json.loads(body)["error"]["code"] == "forward_failed"
    recorded = server.app.log.snapshot()[0]
    assert recorded.answer_status == 502
    assert recorded.forwards is not None
    assert recorded.forwards[0]["error"]["kind"] == "refused"
    app.thread = threading.Thread(target=lambda: None)
    app.thread.start()


def test_asked_to_retry_it_brings_what_was_missed(serve: Serve, app: App) -> None:
    app.statuses = [503, 503]
    server = serve(forward_to=(app.url,), forward_retry="10ms,10ms,10ms")
    assert post(f"{server.url}/hook")[0] == 503
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: bool(recorded.forwards and recorded.forwards[-1]["status"] == 201))
    assert [body for _, _, body in app.got] == [b'{"a": 1}'] * 3


def test_a_rule_answers_and_the_targets_get_copies(serve: Serve, app: App) -> None:
    server = serve(forward_to=(app.url,))
    server.app.rules.replace([{"status": 418}])
    assert post(f"{server.url}/hook")[0] == 418
    recorded = server.app.log.snapshot()[0]
    until(server, lambda: bool(recorded.forwards))
    assert len(app.got) == 1


def test_what_was_forwarded_is_never_forwarded_again(serve: Serve, app: App) -> None:
    server = serve(forward_to=(app.url,))
    assert post(f"{server.url}/hook", **{"x-inspector-forwarded": "abc-1"})[0] == 200
    assert app.got == []


def test_our_own_address_is_refused() -> None:
    with InspectorServer(Settings(port=0)) as free:
        port = int(free.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match="leads back to the inspector"):
        InspectorServer(Settings(port=port, forward_to=(f"http://localhost:{port}/hook",))).start()


@pytest.mark.parametrize("text", ["localhost:8000", "http://", "http://a.example colour:red", ""])
def test_wrong_targets_are_refused(text: str) -> None:
    with pytest.raises(InspectorError):
        ForwardTarget.parse(text)
