"""Serves the app: in the foreground for the command line, or in a thread of its own for tests.

uvicorn's protocol class does the HTTP; the small loop around it is ours, because uvicorn's own ticks every 100 ms,
which a test would pay at each stop.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from email.utils import formatdate
from importlib import import_module
from typing import Any, TypeVar

from uvicorn import Config
from uvicorn.server import ServerState

from inspector.app import InspectorApp, create_app
from inspector.errors import ConfigError
from inspector.protocol import RecordingProtocol
from inspector.settings import Settings

T = TypeVar("T")

KEEP_ALIVE = 75
"""Seconds an idle connection is kept. Longer than clients keep theirs, so that none sends into a closing one."""

GRACE = 0.5
"""Seconds that requests under way get to finish when the server stops."""

LOOKED_AT = ("inspector.web.site", "inspector.webhook.contract", "inspector.webhook.diagnosis")
"""What is imported right after the start: pages and API, and what judges and explains the requests they show."""

logger = logging.getLogger("inspector.server")


class InspectorServer:
    """One inspector on one address. `url` is known once it has started."""

    def __init__(self, settings: Settings | None = None, app: InspectorApp | None = None) -> None:
        self.settings = settings or Settings()
        self.app = app or create_app(self.settings)
        self.url = ""
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._date: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Event | None = None

    def run(self, on_ready: Callable[[str], None] = lambda url: None) -> None:
        """Serve in the foreground until SIGINT or SIGTERM. Raises ConfigError if the address cannot be bound."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._run(on_ready))

    def start(self) -> None:
        """Serve in a thread of its own; returns once it answers."""
        self._loop = (_loop_factory() or asyncio.new_event_loop)()
        self._thread = threading.Thread(target=self._loop.run_forever, name="inspector", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.startup(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise

    def stop(self) -> None:
        """End the thread that `start` began: streams end, requests under way get a moment to finish."""
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self.shutdown(), self._loop).result()
        self._end_thread()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop of the started server; to be called from any other thread."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def __enter__(self) -> InspectorServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def startup(self) -> None:
        """Bind and listen on the running loop."""
        config = Config(
            self.app,
            http=RecordingProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
        config.load()
        config.loaded_app = self.app  # without uvicorn's proxy-header wrapper: we record what was sent
        loop = asyncio.get_running_loop()
        listening = _bind(self.settings.host, self.settings.port)
        self.url = _url(self.settings.host, listening.getsockname()[1])
        try:
            self.app.serve_at(self.url)
        except ConfigError:
            listening.close()
            raise
        self._server = await loop.create_server(
            lambda: RecordingProtocol(config, self._state, {}, loop), sock=listening, backlog=2048
        )
        self._refresh_date()

    async def shutdown(self) -> None:
        """Stop listening, end every stream, give requests under way `GRACE` seconds, then cut them off."""
        assert self._server is not None
        self._server.close()
        if self._date is not None:
            self._date.cancel()
        await self.app.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=GRACE)
        for task in list(self._state.tasks):
            task.cancel()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=GRACE)
        for connection in list(self._state.connections):
            connection.transport.abort()

    async def _run(self, on_ready: Callable[[str], None]) -> None:
        stopping = self._stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, stopping.set)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
        await self.startup()
        # What exists now stays until the end; collections need not walk it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        on_ready(self.url)
        # The first look would otherwise wait for these imports, and what arrives meanwhile for the look.
        await asyncio.to_thread(lambda: [import_module(name) for name in LOOKED_AT])
        await stopping.wait()
        await self.shutdown()

    def _refresh_date(self) -> None:
        self._state.default_headers = [(b"date", formatdate(time.time(), usegmt=True).encode())]
        self._date = asyncio.get_running_loop().call_later(1.0, self._refresh_date)

    def _end_thread(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    return Config(app="", loop="auto", log_config=None).get_loop_factory()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        is_no_address = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        advice = (
            "Give an address of this machine as --host" if is_no_address else "Choose another --port (0 is any free)"
        )
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror or error}. {advice}.") from None
    return listening


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def serve(settings: Settings, on_ready: Callable[[str], None] = lambda url: None, **options: Any) -> None:
    """Build the app and serve it in the foreground."""
    InspectorServer(settings, create_app(settings, **options)).run(on_ready)
