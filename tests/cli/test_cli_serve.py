"""`inspector serve` as a process, and the settings that its options make."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import Result

from inspector.server import InspectorServer
from inspector.settings import Settings, SigningKey

Start = Callable[..., subprocess.Popen[bytes]]
Get = Callable[[str, str], HTTPResponse]


@pytest.fixture
def get() -> Iterator[Get]:
    """Ask an inspector: `get(address, path)`; connections stay open until the end of the test."""
    with ExitStack() as stack:

        def ask(address: str, path: str) -> HTTPResponse:
            parts = urlsplit(address)
            connection = stack.enter_context(closing(HTTPConnection(parts.hostname or "", parts.port, timeout=20)))
            connection.request("GET", path)
            return stack.enter_context(closing(connection.getresponse()))

        yield ask


def address_of(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().removesuffix("\n")


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]) -> Callable[..., Settings]:
    """The settings that `serve` would start with."""
    seen: list[Settings] = []

    class Recorded:
        def __init__(self, settings: Settings, _: object) -> None:
            seen.append(settings)

        def run(self, on_ready: Callable[[str], None]) -> None:
            on_ready("http://127.0.0.1:4747")

    monkeypatch.setattr("inspector.server.InspectorServer", Recorded)

    def settings(*arguments: str) -> Settings:
        result = run("serve", *arguments)
        assert result.exit_code == 0, result.output
        return seen[-1]

    return settings


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_the_address_and_a_signal_ends_it_within_a_second_with_open_streams(
    start: Start, get: Get, end: signal.Signals
) -> None:
    process = start("--port", "0")
    address = address_of(process)
    assert get(address, "/-/health").status == 200
    streams = [get(address, "/-/api/stream") for _ in range(3)]
    assert [stream.readline() for stream in streams] == [b"retry: 1000\n"] * 3
    signalled = time.monotonic()
    process.send_signal(end)
    rest, errors = process.communicate(timeout=20)
    assert time.monotonic() - signalled < 1
    assert (process.returncode, rest, errors) == (0, b"", b"")


def test_a_second_inspector_on_the_port_says_what_to_do(run: Callable[..., Result]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert "Choose another --port" in result.stderr


def test_the_token_stands_in_the_address_and_is_asked_for(start: Start, get: Get) -> None:
    address = address_of(start("--port", "0", "--token"))
    assert get(address, "/").status == 401
    assert get(address, "/?" + urlsplit(address).query).status == 200


def test_a_given_token_stands_in_the_address(run: Callable[..., Result], settings_of: Callable[..., Settings]) -> None:
    assert settings_of("--token", "a b").token == "a b"
    assert run("serve", "--token", "a b").output == "http://127.0.0.1:4747/?token=a+b\n"


def test_each_made_up_token_is_another(settings_of: Callable[..., Settings]) -> None:
    first, second = settings_of("--token").token, settings_of("--token").token
    assert first != second
    assert len(first or "") > 20


def test_an_empty_token_is_refused(run: Callable[..., Result]) -> None:
    result = run("serve", "--token", "")
    assert result.exit_code == 2
    assert "--token is empty" in result.stderr


def test_without_options_the_settings_are_the_defaults(settings_of: Callable[..., Settings]) -> None:
    assert settings_of() == Settings()


def test_sizes_durations_and_keys_are_read(settings_of: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    settings = settings_of(
        *("--signing-key", "main=K=", "--signing-key", f"@{tmp_path / 'key'}", "--max-body", "1MiB"),
        *("--max-memory", "1GB", "--max-age", "2h", "--stale-after", "90s", "--allow-host", "a", "--allow-host", "b"),
    )
    assert settings.signing_keys == (SigningKey("K=", "main"), SigningKey("from a file"))
    assert (settings.max_body, settings.max_memory) == (1024**2, 10**9)
    assert (settings.max_age, settings.stale_after) == (7200, 90)
    assert settings.allow_hosts == ("a", "b")


def test_every_option_can_come_from_the_environment(
    settings_of: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_PORT", "8080")
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", "main=a key\nother\n")
    monkeypatch.setenv("INSPECTOR_PUBLIC_URL", "https://app.example")
    monkeypatch.setenv("INSPECTOR_TOKEN", "t")
    settings = settings_of("--port", "9090")
    assert settings.port == 9090
    assert settings.signing_keys == (SigningKey("a key", "main"), SigningKey("other"))
    assert (settings.public_url, settings.token) == ("https://app.example", "t")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--signing-key", "@/no/such/file"), "Cannot read the key from '/no/such/file': No such file or directory."),
        (("--signing-key", ""), "A signing key is empty"),
        (("--max-body", "10 apples"), "'10 apples' is not a size"),
        (("--max-age", "soon"), "'soon' is not a duration"),
        (("--public-url", "app.example"), "is not an http(s) URL"),
        (("--port", "http"), "Invalid value for '--port'"),
        (("--forward-to", "http://127.0.0.1:9 path:/a evnt:x"), "   path:/a evnt:x           ^^^^^^ "),
        (("--host", "192.0.2.1"), "Give an address of this machine as --host"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: tuple[str, ...], message: str, run: Callable[..., Result]) -> None:
    result = run("serve", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")


def test_open_opens_the_dashboard(monkeypatch: pytest.MonkeyPatch, settings_of: Callable[..., Settings]) -> None:
    opened: list[str] = []
    done = threading.Event()

    def remember(address: str) -> bool:
        opened.append(address)
        done.set()
        return True

    monkeypatch.setattr("webbrowser.open", remember)
    settings_of("--open", "--token", "t")
    assert done.wait(20)
    assert opened == ["http://127.0.0.1:4747/?token=t"]


def test_ctrl_c_while_it_starts_is_quiet(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(InspectorServer, "run", interrupted)
    result = run("serve")
    assert (result.exit_code, result.output) == (0, "")
