"""Asks a running inspector, over the standard library's HTTP client alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

import orjson

from inspector.cli.options import option
from inspector.cli.output import Failure, Unreachable, wrong_search
from inspector.errors import ConfigError

ANSWER_TIME = 10.0
"""Seconds that an inspector gets to answer."""

FILE_TIME = 120.0
"""Seconds for a whole export or import."""

SILENCE = 40.0
"""Seconds without a byte after which a stream is taken for dead; the inspector sends a heartbeat every 15."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Query = dict[str, Any]
"""Query parameters; those that are None or empty are left out."""


class StreamEvent(NamedTuple):
    """One Server-Sent Event. `id` is what to resume after, `data` parsed JSON."""

    kind: str
    data: Any
    id: str | None


class Inspector:
    """A running inspector. `address` is the one it printed at start, a token in it included."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self._parts = _split(address)
        given = parse_qs(self._parts.query).get("token", [])
        token = token or (given[0] if given else None)
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self.url = f"{self._parts.scheme}://{self._parts.netloc}"

    def get(self, path: str, query: Query | None = None, patience: float = ANSWER_TIME) -> tuple[int, Any]:
        """Status and JSON of an answer, 2xx or 408. Raises Failure for any other, and when nobody answers."""
        query = query or {}
        return self._call("GET", _target(path, query), None, patience, searched=query.get("q"))

    def post(self, path: str, content: Any, patience: float = ANSWER_TIME) -> Any:
        """The JSON of an answer to JSON. Raises Failure."""
        return self._call("POST", path, orjson.dumps(content), patience)[1]

    def read(self, path: str, query: Query) -> bytes:
        """The bytes of an answer that is a file. Raises Failure."""
        with self._answer("GET", _target(path, query), None, FILE_TIME, {}) as response:
            content = response.read()
        if response.status != 200:
            raise self._refusal(response.status, content, query.get("q"))
        return content

    def send_file(self, path: str, content: bytes) -> Any:
        """The JSON of an answer to a file. Raises Failure."""
        return self._call("POST", path, content, FILE_TIME)[1]

    def stream(self, query: str, last_event_id: str | None) -> Iterator[StreamEvent]:
        """What happens to the log from now on, or from an event id on, until the stream ends. Raises Failure."""
        resume = {"last-event-id": last_event_id} if last_event_id else {}
        with self._answer("GET", _target("/-/api/stream", {"q": query}), None, SILENCE, resume) as response:
            if response.status != 200:
                raise self._refusal(response.status, response.read(), query)
            yield from read_events(response)

    def _call(
        self, method: str, target: str, body: bytes | None, patience: float, searched: str | None = None
    ) -> tuple[int, Any]:
        with self._answer(method, target, body, patience, {}) as response:
            content = response.read()
        if response.status >= 300 and response.status != 408:
            raise self._refusal(response.status, content, searched)
        try:
            return response.status, orjson.loads(content)
        except orjson.JSONDecodeError:
            raise self._refusal(response.status, content) from None

    @contextmanager
    def _answer(
        self, method: str, target: str, body: bytes | None, patience: float, headers: dict[str, str]
    ) -> Iterator[HTTPResponse]:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=patience)
        json = {"content-type": "application/json"} if body is not None else {}
        try:
            connection.request(method, target, body, {**self._headers, **json, **headers})
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            raise Unreachable(
                f"No inspector answers at {self.url}: {_reason(error)}. Start one with `inspector`, or name its "
                "address with --inspector."
            ) from None
        finally:
            connection.close()

    def _refusal(self, status: int, content: bytes, searched: str | None = None) -> Failure:
        """What an answer that refuses says; of a wrong search also where."""
        try:
            error = orjson.loads(content)["error"]
            message, column = error["message"], error["details"].get("column")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return Failure(f"What answers at {self.url} is no inspector ({status}). Name its address with --inspector.")
        if searched is None or column is None:
            return Failure(message)
        return wrong_search(message, searched, column, error["details"].get("length", 1))


def read_events(lines: Iterable[bytes]) -> Iterator[StreamEvent]:
    """Server-Sent Events out of their lines. Each is told at its empty line; comments are passed over."""
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.rstrip(b"\r\n").partition(b":")
        if name:
            fields[name] = value.removeprefix(b" ")
        elif line in (b"\n", b"\r\n"):
            if b"data" in fields:
                identity = fields.get(b"id")
                kind = fields.get(b"event", b"message").decode()
                yield StreamEvent(kind, orjson.loads(fields[b"data"]), identity.decode() if identity else None)
            fields.clear()


def inspector_options(command: Decorated) -> Decorated:
    """Adds `--inspector` and `--token`: which running inspector to ask."""
    address = option(
        "--inspector",
        "address",
        envvar="INSPECTOR_URL",
        default=_default_address,
        metavar="URL",
        show_default="http://127.0.0.1:4747",
        help="The running inspector, as it printed its address.",
    )
    token = option("--token", metavar="VALUE", help="Its token, if it has one that is not in the address.")
    return address(token(command))


def _default_address() -> str:
    return f"http://127.0.0.1:{os.environ.get('INSPECTOR_PORT') or 4747}"


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"--inspector {address!r} is not a URL: {error}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"--inspector {address!r} is not a URL. Give an address such as http://127.0.0.1:4747.")
    return parts


def _target(path: str, query: Query) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
