"""A real Chromium on a running inspector. Every page is watched: an error in its console fails the test.

What a test says of a page, it says with Playwright's `expect`, which looks again until it is so.
"""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest

if TYPE_CHECKING:
    from inspector.server import InspectorServer

PATIENCE = 30_000
"""Milliseconds after which a test gives up on something that should take a few."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IS_REQUIRED = os.environ.get("INSPECTOR_REQUIRE_BROWSER") == "1"
WATCH_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));"""
UNHURRIED = """{
  const [later, question] = [window.setTimeout, 4000]; // a question of a button waits for people, not for machines
  window.setTimeout = (act, wait, ...rest) => later(act, wait === question ? 10 * wait : wait, ...rest);
}"""

if IS_REQUIRED:
    import playwright.sync_api  # noqa: F401 - the tests skip themselves where it is missing


def find_browser() -> str | None:
    """The system's own Chromium or Chrome."""
    named = os.environ.get("INSPECTOR_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")  # Playwright's event loop runs in this thread until it is left: not into other tests
def browser() -> Iterator[Any]:
    path = find_browser()
    if path is None:
        advice = "No Chromium found: install Chromium (apt-get install chromium), or name one in INSPECTOR_BROWSER."
        if IS_REQUIRED:
            pytest.fail(f"Browser tests are required. {advice}")
        pytest.skip(advice)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open an address in a browser of its own: `open_page(server.url, width=400)`; at the end no error may be there.

    It is returned once its connection is in `state`, and so its scripts have begun; without scripts that never changes.
    """
    from playwright.sync_api import expect

    contexts: list[Any] = []
    complaints: list[str] = []

    def complain(text: str, tolerated: str) -> None:
        if tolerated not in text:
            complaints.append(text)

    def open_at(
        url: str, *, width: int = 1280, height: int = 800, state: str = "live", tolerated: str = "\0", **options: Any
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH_POLICY)
        context.add_init_script(UNHURRIED)
        page = context.new_page()
        page.on("console", lambda message: complain(message.text, tolerated) if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error), tolerated))
        page.goto(url)
        expect(page.locator("#connection")).to_have_attribute("data-state", state)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def open_plain(open_page: Callable[..., Any]) -> Callable[[str], Any]:
    """Open an address in a browser that runs no scripts."""
    return lambda url: open_page(url, state="connecting", java_script_enabled=False)


@pytest.fixture
def hold() -> Callable[[Any, str], list[Any]]:
    """Let what a page asks for wait: `held = hold(page, "**/-/rows*")`, and some time later `held[0].continue_()`."""

    def hold_back(page: Any, address: str) -> list[Any]:
        held: list[Any] = []

        def keep(route: Any) -> None:
            held.append(route)

        page.route(address, keep)
        return held

    return hold_back


@pytest.fixture
def copied() -> Callable[[Any], str]:
    """What a page has put on the clipboard, once it says that it has: `copied(page)`."""
    from playwright.sync_api import expect

    def read(page: Any) -> str:
        expect(page.locator("#toast")).to_contain_text("Copied")
        return str(page.evaluate("navigator.clipboard.readText()"))

    return read


@pytest.fixture
def send(server: InspectorServer) -> Callable[..., list[int]]:
    """Send webhooks, one after the other: `send(3)`, `send(name="Opening hours")`, `send(body=…, path=…)`.

    The statuses with which they were answered.
    """

    def post(
        count: int = 1, *, name: str = "", body: bytes | None = None, path: str = "/hook", **headers: str
    ) -> list[int]:
        statuses = []
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE / 1000)
        for number in range(count):
            content = event(name or f"Number {number}") if body is None else body
            connection.request("POST", path, content, {key.replace("_", "-"): text for key, text in headers.items()})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    return post


def event(name: str) -> bytes:
    return orjson.dumps({"service": "conversations", "event": "conversation.updated", "payload": {"name": name}})
