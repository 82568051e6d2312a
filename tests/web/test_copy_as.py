"""What is copied, when it is run, sends the same request again."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from typing import Any

import httpx2
import pytest

from inspector import Inspector
from inspector.errors import NotFoundError
from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.web.copy_as import FORMATS, WRITTEN_BY_CLIENTS, copy_as

EVENT = (
    b'{"service":"conversations","event":"conversation.updated","payload":{"id":"1","name":"O\'Brien & Zo\xc3\xab"}}'
)
JSON = (b"content-type", b"application/json")

BODIES = {
    "event": EVENT,
    "quotes": b'it\'s "quoted" `x` $HOME \\n ! # % \\',
    "lines": b"a\n\n  b\n",
    "at-sign": b"@/etc/hostname",
    "controls": b"tab\there\r\nbell\x07 escape\x1b[31m",
    "bytes": bytes(range(256)),
    "latin-1": b"caf\xe9",
    "long": b"x" * 150_000,
    "bidi": "a\u202eb".encode(),
}

TARGETS = {
    "query": b"/hook?b=2&a=1&x=%20y+z",
    "brackets": b"/hook[1-3]{a,b}?x[]=1",
    "dots": b"/a/../b/./c",
    "double-slash": b"//evil.example/x",
    "quote": b"/it's?name=O'Brien",
}


def recorded(
    body: bytes = EVENT,
    method: str = "POST",
    target: bytes = b"/hook",
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,),
    host: bytes = b"127.0.0.1:4747",
    size: int | None = None,
) -> RecordedRequest:
    return RecordedRequest(
        received_at=1.0,
        method=method,
        target=target,
        headers=((b"host", host), *headers),
        body=body,
        size=size,
        analyser=Analyser(),
    )


def host_of(inspector: Inspector) -> bytes:
    return inspector.url.removeprefix("http://").encode()


def run_in_shell(inspector: Inspector, command: str, shell: str = "bash") -> RecordedRequest:
    """Run a pasted command; what the inspector recorded of it."""
    result = subprocess.run([shell], input=command.encode(), capture_output=True, timeout=20, check=False)
    assert result.returncode == 0, result.stderr
    return inspector.wait_for(timeout=10)


def sent_headers(request: RecordedRequest) -> list[tuple[bytes, bytes]]:
    return sorted(pair for pair in request.raw_headers() if pair[0].decode() not in WRITTEN_BY_CLIENTS)


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_curl_sends_the_same_bytes(inspector: Inspector, body: bytes, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    again = run_in_shell(inspector, copy_as(recorded(body, host=host_of(inspector)), "curl"), shell)
    assert (again.method, again.target, again.body) == ("POST", b"/hook", body)


@needs_curl
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_curl_sends_the_same_target(inspector: Inspector, target: bytes) -> None:
    again = run_in_shell(inspector, copy_as(recorded(target=target, host=host_of(inspector)), "curl"))
    assert again.target == target


@needs_curl
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_curl_sends_the_same_method(inspector: Inspector, method: str) -> None:
    again = run_in_shell(inspector, copy_as(recorded(b"", method, host=host_of(inspector)), "curl"))
    assert (again.method, again.body) == (method, b"")


@needs_curl
def test_curl_sends_the_same_headers(inspector: Inspector) -> None:
    headers = (
        (b"accept", b"*/*"),
        (b"user-agent", b'it\'s "me"'),
        (b"x-twice", b"1"),
        (b"x-twice", b"2"),
        (b"x-empty", b""),
        (b"x-latin", b"caf\xc3\xa9"),
    )
    original = recorded(headers=(*headers, JSON), host=host_of(inspector))
    assert sent_headers(run_in_shell(inspector, copy_as(original, "curl"))) == sent_headers(original)


@needs_curl
def test_a_body_without_content_type_gets_none_from_curl(inspector: Inspector) -> None:
    again = run_in_shell(inspector, copy_as(recorded(headers=(), host=host_of(inspector)), "curl"))
    assert again.header("content-type") is None


@pytest.mark.parametrize("kind", FORMATS)
def test_secrets_are_masked_unless_asked_for(kind: str) -> None:
    headers = (
        (b"authorization", b"Bearer hush-1"),
        (b"cookie", b"session=hush-2"),
        (b"x-api-key", b"hush-3"),
        (b"messagebird-signature", b"kept"),
    )
    request = recorded(headers=headers, target=b"/hook?tenant=7&token=hush-4")
    assert "hush" not in copy_as(request, kind)
    if kind != "pytest":  # a test signs afresh and leaves the rest out
        shown = copy_as(request, kind, secrets=True)
        assert all(f"hush-{number}" in shown for number in (1, 2, 3, 4))
        assert "kept" in copy_as(request, kind)


def test_httpie_words_are_quoted_for_the_shell() -> None:
    request = recorded(b"it's", headers=((b"x-odd", b"=a\\b"), (b"x-empty", b"")))
    words = shlex.split(copy_as(request, "httpie").replace("\\\n", ""))
    assert words == ["http", "POST", "http://127.0.0.1:4747/hook", "x-odd:\\=a\\\\b", "x-empty;", "--raw", "it's"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_python_program_sends_the_same(
    inspector: Inspector, body: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", httpx2)
    exec(copy_as(recorded(body, host=host_of(inspector)), "python"), {})
    (again,) = inspector.requests
    assert (again.method, again.body) == ("POST", body)
    assert capsys.readouterr().out.startswith("200")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_pytest_test_signs_the_same_body(body: bytes) -> None:
    source = copy_as(recorded(body), "pytest")
    scope: dict[str, Any] = {}
    exec(source, scope)
    assert scope["BODY"] == body
    assert [name for name in scope if name.startswith("test_")]


def test_the_pytest_test_passes_against_an_endpoint_that_accepts(inspector: Inspector) -> None:
    scope: dict[str, Any] = {}
    exec(copy_as(recorded(), "pytest"), scope)
    scope["URL"], scope["SIGNING_KEY"] = f"{inspector.url}/hook", "key"
    scope["test_conversation_updated_is_accepted"]()
    (again,) = inspector.requests
    assert again.body == EVENT
    assert again.header("messagebird-signature") is not None


def test_raw_is_the_request_as_on_the_wire() -> None:
    assert copy_as(recorded(b"hello"), "raw") == (
        "POST /hook HTTP/1.1\r\nhost: 127.0.0.1:4747\r\ncontent-type: application/json\r\n\r\nhello"
    )


def test_json_is_the_whole_record() -> None:
    request = recorded()
    record = json.loads(copy_as(request, "json"))
    assert record == json.loads(json.dumps(request.to_json()))


@pytest.mark.parametrize("kind", ["curl", "httpie", "python"])
def test_a_truncated_body_is_said_to_be_one(kind: str) -> None:
    assert copy_as(recorded(b"abc", size=9), kind).startswith("# Only the first 3 of 9 bytes")


def test_an_unknown_kind_says_which_are_known() -> None:
    with pytest.raises(NotFoundError, match="Known are: curl, httpie"):
        copy_as(recorded(), "powershell")
