"""A real Chromium on a running inspector. Every page is watched: an error in its console fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

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
WATCH_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));"""


def find_browser() -> str | None:
    """The system's own Chromium or Chrome."""
    named = os.environ.get("INSPECTOR_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")  # Playwright's event loop runs in this thread until it is left: not into other tests
def browser() -> Iterator[Any]:
    path = find_browser()
    if path is None:
        advice = "No Chromium found: install Chromium (apt-get install chromium), or name one in INSPECTOR_BROWSER."
        if os.environ.get("INSPECTOR_REQUIRE_BROWSER") == "1":
            pytest.fail(f"Browser tests are required. {advice}")
        pytest.skip(advice)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open an address in a browser of its own: `open_page(server.url, width=400)`; at the end no error may be there."""
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
        context.add_init_script(WATCH_POLICY)
        page = context.new_page()
        page.on("console", lambda message: complain(message.text, tolerated) if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error), tolerated))
        page.goto(url)
        page.locator(f'#connection[data-state="{state}"]').wait_for()
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []
