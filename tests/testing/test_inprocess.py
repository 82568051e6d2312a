"""Apps called in process see what a server would give them, and are answered for as a server would."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from inspector import Inspector
from inspector.errors import DeliveryError

URL = "https://app.example:8443/hooks/caf%C3%A9?b=2&a=1"


@pytest.fixture(scope="module")
def shared() -> Iterator[Inspector]:
    with Inspector(signing_key="k") as inspector:
        yield inspector


@pytest.fixture
def fire(shared: Inspector) -> Any:
    shared.reset()
    return lambda app, **options: shared.fire("conversation.created", to=app, **{"url": URL, **options})


class WsgiApp:
    """Keeps what it was called with."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status = status
        self.environ: dict[str, Any] = {}
        self.body = b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environ = environ
        length = int(environ["CONTENT_LENGTH"]) if "CONTENT_LENGTH" in environ else -1
        self.body = environ["wsgi.input"].read(length)
        start_response(self.status, [("content-type", "text/plain"), ("x-app", "1")])
        return [b"thank", b" you"]


class AsgiApp:
    """Keeps what it was called with."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.scope: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        while not self.messages or self.messages[-1].get("more_body"):
            self.messages.append(await receive())
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"x-app", b"1")]})
        await send({"type": "http.response.body", "body": b"thank", "more_body": True})
        await send({"type": "http.response.body", "body": b" you"})

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


def test_a_wsgi_app_gets_the_url_and_the_bytes(fire: Any) -> None:
    app = WsgiApp()
    delivery = fire(app)
    delivery.assert_accepted()
    seen = {name: app.environ[name] for name in ("PATH_INFO", "QUERY_STRING", "REQUEST_URI", "wsgi.url_scheme")}
    assert seen == {
        "PATH_INFO": "/hooks/café".encode().decode("latin-1"),
        "QUERY_STRING": "b=2&a=1",
        "REQUEST_URI": "/hooks/caf%C3%A9?b=2&a=1",
        "wsgi.url_scheme": "https",
    }
    assert app.environ["HTTP_HOST"] == "app.example:8443"
    assert app.environ["HTTP_MESSAGEBIRD_REQUEST_ID"] == delivery.request_id
    assert app.body == delivery.body
    assert (delivery.response.body, delivery.response.header("x-app")) == (b"thank you", "1")


def test_an_asgi_app_gets_the_url_and_the_bytes(fire: Any) -> None:
    app = AsgiApp()
    delivery = fire(app)
    delivery.assert_accepted()
    seen = {name: app.scope[name] for name in ("scheme", "path", "raw_path", "query_string", "server", "method")}
    assert seen == {
        "scheme": "https",
        "path": "/hooks/café",
        "raw_path": b"/hooks/caf%C3%A9",
        "query_string": b"b=2&a=1",
        "server": ("app.example", 8443),
        "method": "POST",
    }
    assert dict(app.scope["headers"])[b"host"] == b"app.example:8443"
    assert app.body == delivery.body
    assert delivery.response.body == b"thank you"


@pytest.mark.filterwarnings("ignore:Iterator returned")
def test_the_wsgi_side_is_by_the_book(fire: Any) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    fire(validator(app)).assert_accepted()


@pytest.mark.parametrize("app", [WsgiApp("503 Busy"), AsgiApp(503)], ids=["wsgi", "asgi"])
def test_what_the_app_refuses_is_tried_again(app: Any, fire: Any) -> None:
    delivery = fire(app, retry="1s,1h")
    assert [attempt.status for attempt in delivery.attempts] == [503, 503, 503]
    assert delivery.elapsed >= 3601


def broken_wsgi(environ: Any, start_response: Any) -> list[bytes]:
    raise KeyError("recipients")


async def broken_asgi(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("recipients")


@pytest.mark.parametrize("app", [broken_wsgi, broken_asgi])
def test_an_error_in_the_app_is_answered_500_and_stands_behind_the_failure(app: Any, fire: Any) -> None:
    delivery = fire(app)
    assert delivery.status == 500
    with pytest.raises(AssertionError, match="KeyError: 'recipients'") as failure:
        delivery.assert_accepted()
    assert isinstance(failure.value.__cause__, KeyError)


def test_an_asgi_app_that_fails_after_its_answer_keeps_it(fire: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await AsgiApp(503)(scope, receive, send)
        raise RuntimeError("afterwards")

    delivery = fire(app)
    assert delivery.status == 503
    assert [str(error) for error in delivery.errors] == ["afterwards"]


@pytest.mark.parametrize("app_class", [WsgiApp, AsgiApp])
def test_a_chunked_body_has_no_length(app_class: Any, fire: Any) -> None:
    app = app_class()
    delivery = fire(app, fault="chunked")
    assert app.body == delivery.body
    if app_class is WsgiApp:
        assert ("CONTENT_LENGTH" in app.environ, app.environ["wsgi.input_terminated"]) == (False, True)
    else:
        assert len(app.messages) > 1


@pytest.mark.parametrize("app_class", [WsgiApp, AsgiApp])
def test_a_cut_connection_is_half_a_body_and_no_answer(app_class: Any, fire: Any) -> None:
    app = app_class()
    delivery = fire(app, fault="cut-connection")
    assert 0 < len(app.body) < len(delivery.body)
    assert (delivery.status, delivery.error.kind) == (None, "cut")


@pytest.mark.parametrize("app_class", [WsgiApp, AsgiApp])
def test_a_slow_body_arrives_whole(app_class: Any, fire: Any) -> None:
    app = app_class()
    delivery = fire(app, fault="slow-body")
    delivery.assert_accepted()
    assert app.body == delivery.body
    assert delivery.elapsed > 0.5


@pytest.mark.parametrize("app_class", [WsgiApp, AsgiApp])
def test_a_duplicate_is_two_calls(app_class: Any, fire: Any) -> None:
    assert len(fire(app_class(), fault="concurrent-duplicate").attempts) == 2


def test_an_asgi_app_is_given_up_in_time(fire: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while True:
            await receive()

    delivery = fire(app, timeout=0.05)
    assert delivery.error.kind == "timeout"


def test_a_wsgi_app_that_took_too_long_has_not_answered(fire: Any) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        ends = time.monotonic() + 0.06
        while time.monotonic() < ends:
            pass
        start_response("200 OK", [])
        return []

    assert fire(app, timeout=0.05).error.kind == "timeout"


def test_a_test_may_stop_itself_in_the_app(fire: Any) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        pytest.skip("from within")

    with pytest.raises(pytest.skip.Exception, match="from within"):
        fire(app)


def test_without_a_url_an_app_cannot_be_called(fire: Any) -> None:
    with pytest.raises(DeliveryError, match="Give url= the one in the subscription"):
        fire(WsgiApp(), url=None)


@pytest.mark.parametrize("target", [object(), lambda: None, 42])
def test_what_is_no_app_is_refused(target: Any, fire: Any) -> None:
    with pytest.raises(DeliveryError, match="neither a URL nor an app"):
        fire(target)
