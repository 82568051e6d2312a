"""What all tests of a session share: a server that records, and the means to send."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from inspector.app import create_app
from inspector.errors import ConfigError
from inspector.recorder.request import RecordedRequest
from inspector.sender.wire import Wire
from inspector.server import InspectorServer
from inspector.service.settings import ServiceSettings
from inspector.settings import Settings, SigningKey
from inspector.testing.ownership import Ownership

if TYPE_CHECKING:
    from inspector.service.state import ConversationsService


class Engine:
    """A started server with what tests need beside it. Close it before the server stops."""

    def __init__(self, server: InspectorServer) -> None:
        self.server = server
        self.ownership = Ownership(server.app.log)
        self.wire = Wire()

    def learn_keys(self, *keys: str) -> None:
        """Check signatures against the keys of the settings, and against these and no others."""
        analyser = self.server.app.analyser
        analyser.keys = self.server.settings.signing_keys
        analyser.learn_keys(SigningKey(key) for key in keys)

    def is_of(self, test: str | None, request: RecordedRequest) -> bool:
        """Whether a request belongs to a test; None is whoever uses the inspector alone."""
        return test is None or request.test == test

    def requests(self, test: str | None) -> list[RecordedRequest]:
        """What has arrived for a test, oldest first."""
        return [request for request in self.recorded() if self.is_of(test, request)]

    def recorded(self) -> list[RecordedRequest]:
        """What is recorded now, oldest first."""
        return self.server.app.log.snapshot()

    def leave(self, late: list[RecordedRequest] | None) -> dict[str, Any]:
        """What a test leaves behind for its report: late arrivals by test and, unless `late` is None, all requests.

        `late` are those that were there before the test began.
        """
        if late is None:
            return {"late": dict(self.ownership.take_late())}
        from inspector.testing.carrying import carried  # noqa: PLC0415 - only where the run is shown or kept

        requests = [carried(request) for request in (*late, *self.recorded())]
        return {"late": dict(self.ownership.take_late()), "requests": requests}

    def clear(self) -> None:
        """Forget what was recorded, how to answer, and all that the mock service has."""
        app = self.server.app
        app.log.remove(pinned=True)
        app.rules.install(())
        if app.mock.existing is not None:
            app.mock.existing.reset()

    def start_service(self, seed: int | str, start: float) -> ConversationsService:
        """The mock service, as new, with a seed and the Unix time at which its clock stands."""
        service = self.server.app.mock.service
        service.configure(seed=seed, start=start)
        service.reset()
        return service

    def close(self) -> None:
        """Let go of all connections."""
        self.ownership.close()
        self.server.submit(self.wire.aclose()).result()


def make_server(given: Settings | Mapping[str, Any] | None, port: int = 0) -> InspectorServer:
    """A server for tests: the clock of its mock service only moves when it is told to. Raises ConfigError."""
    settings = read_settings(given, port)
    return InspectorServer(settings, create_app(settings, ServiceSettings(clock="virtual")))


def start_server(given: Settings | Mapping[str, Any] | None, port: int) -> InspectorServer:
    """The same, started: at `port` unless the settings name another, or at any if that is taken. Raises ConfigError."""
    server = make_server(given, port)
    try:
        server.start()
    except ConfigError:
        if not port:
            raise
        return start_server(given, 0)
    return server


def read_settings(given: Settings | Mapping[str, Any] | None, port: int = 0) -> Settings:
    """Settings as they are, or the ones that differ as a mapping: then it is `port` (0: any) unless they name one.

    Signing keys in a mapping may be plain texts. Raises ConfigError.
    """
    if isinstance(given, Settings):
        return given
    content = {"port": port, **(given or {})}
    _require_known(content)
    keys = content.get("signing_keys", ())
    keys = (keys,) if isinstance(keys, str) else keys
    content["signing_keys"] = tuple(SigningKey(key) if isinstance(key, str) else key for key in keys)
    return Settings(**content)


def _require_known(content: Mapping[str, Any]) -> None:
    known = [field.name for field in fields(Settings)]
    for name in content:
        if name not in known:
            nearest = get_close_matches(name, known, 1, 0.6)
            advice = f"Did you mean {nearest[0]!r}?" if nearest else f"They are {', '.join(known)}."
            raise ConfigError(f"There is no setting {name!r}. {advice}")


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop for an app that a sync test calls: uvloop where there is one, whose timers no frozen time can stop."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
