"""`inspector serve`: the inspector itself, in the foreground."""

from __future__ import annotations

import secrets
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from inspector.cli.options import DURATION, LINES, SECRET, SIZE, command, option
from inspector.cli.output import note, print_line, wrong_search
from inspector.errors import ConfigError, FilterError
from inspector.settings import Settings, signing_keys

RANDOM_TOKEN = "random"  # noqa: S105 - not a secret, but what stands for one to be made


@command("serve")
@option("--host", default="127.0.0.1", help="Address to listen on.")
@option("--port", type=int, default=4747, help="Port to listen on; 0 picks a free one.")
@option(
    "--signing-key",
    type=LINES,
    multiple=True,
    metavar="[LABEL=]KEY",
    help="Verify signatures with this key; @file reads it from a file. May be repeated (in the environment: by line).",
)
@option("--public-url", metavar="URL", help="The address that the sender knows, if a proxy or a tunnel stands between.")
@option(
    "--forward-to",
    type=LINES,
    multiple=True,
    metavar="'URL [Q]'",
    help="Send what matches Q on to an app and answer with its answer; the first target answers, others get copies. "
    "A URL without a path keeps path and query of what was received; one with a path is used whole. "
    "May be repeated (in the environment: by line).",
)
@option(
    "--forward-retry",
    default="none",
    metavar="none|bird|SPEC",
    help="When to try again what a target of --forward-to did not accept.",
)
@option("--capacity", type=int, default=10_000, help="How many requests to keep.")
@option("--max-memory", type=SIZE, default="256MiB", help="Memory that the kept requests may take.")
@option("--max-body", type=SIZE, default="10MiB", help="A larger body is answered 413 and kept truncated.")
@option("--max-age", type=DURATION, show_default="never", help="Forget requests older than this.")
@option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Serve the dashboard under this host name too. May be repeated.",
)
@option(
    "--token",
    is_flag=False,
    flag_value=RANDOM_TOKEN,
    metavar="[VALUE]",
    help="Ask for a token on the dashboard and its API; without a value one is made up.",
)
@option("--stale-after", type=DURATION, default="8h", help="Age at which a signature counts as stale.")
@option("--service-seed", metavar="FILE", help="What the mock service holds at the beginning, as JSON.")
@option("--access-key", type=SECRET, metavar="KEY", help="The only access key that the mock service takes; else any.")
@option("--strict-urls", is_flag=True, help="The mock service takes only https URLs of subscriptions, as the real one.")
@option("--open", "open_", is_flag=True, help="Open the dashboard in a browser.")
def serve(*, open_: bool, service_seed: str | None, access_key: str | None, strict_urls: bool, **options: Any) -> None:
    """Record webhooks, verify them and show them (the default).

    The first line on stdout, once it is ready, is the dashboard's address. Any other path of that address records
    what it is sent. Ctrl-C stops it.
    """
    from inspector.app import create_app  # noqa: PLC0415 - `serve --help` needs no server
    from inspector.server import InspectorServer  # noqa: PLC0415
    from inspector.service.settings import ServiceSettings  # noqa: PLC0415

    settings = _settings(**options)
    _check_searches(settings.forward_to)
    if service_seed is not None and not Path(service_seed).expanduser().is_file():
        raise ConfigError(f"--service-seed {service_seed!r} is not a file.")
    service = ServiceSettings(seed_file=service_seed, access_key=access_key, strict_urls=strict_urls)
    with suppress(KeyboardInterrupt):  # Ctrl-C while it still starts
        InspectorServer(settings, create_app(settings, service)).run(_announcer(settings.token, open_))


def _check_searches(targets: Iterable[str]) -> None:
    """Raises Failure that points at what is wrong in the search of a target."""
    from inspector.recorder.filters import parse_filter  # noqa: PLC0415 - `serve --help` needs no search

    for target in targets:
        text = target.strip().partition(" ")[2]
        try:
            parse_filter(text)
        except FilterError as error:
            raise wrong_search(error.message, text, error.details["column"], error.details["length"]) from None


def _settings(signing_key: tuple[str, ...], allow_host: tuple[str, ...], token: str | None, **others: Any) -> Settings:
    if token == "":
        raise ConfigError("--token is empty, which would let nobody in. Give --token VALUE, or --token alone.")
    return Settings(
        signing_keys=signing_keys(signing_key),
        allow_hosts=allow_host,
        token=secrets.token_urlsafe(16) if token == RANDOM_TOKEN else token,
        **others,
    )


def _announcer(token: str | None, open_browser: bool) -> Callable[[str], None]:
    def announce(url: str) -> None:
        address = f"{url}/?{urlencode({'token': token})}" if token else url
        print_line(address)
        if sys.stderr.isatty():
            _hint(url)
        if open_browser:
            # In a thread of its own: some browsers return only when they are closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    return announce


def _hint(url: str) -> None:
    note(
        f"Recording whatever is sent to {url}/… – try it from another terminal:\n"
        f"  inspector send lifecycle --to {url}/hook\n"
        "Press Ctrl-C to stop."
    )
