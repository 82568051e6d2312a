"""The mock service's place in the inspector: made when it is first needed, so that it costs nothing until then."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from inspector.errors import ConfigError
from inspector.web.guard import foreign_origin

if TYPE_CHECKING:
    from inspector.service.settings import ServiceSettings
    from inspector.service.state import ConversationsService

PREFIXES = ("/workspaces/", "/organizations/")
"""What paths of the service begin with."""


class ServiceMount:
    """An ASGI app that serves the API of one ConversationsService. `settings` are those it is made with.

    `service` may be asked for from any thread, once the inspector serves. Pages of other sites are refused; the host
    name is not looked at, as containers call the service by theirs.
    """

    def __init__(self, settings: ServiceSettings | None = None) -> None:
        self._settings = settings
        self._service: ConversationsService | None = None
        self._app: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._making = threading.Lock()
        self._url = ""

    @property
    def existing(self) -> ConversationsService | None:
        """The service, if it was needed yet."""
        return self._service

    @property
    def service(self) -> ConversationsService:
        """The service; what it fires is delivered from the event loop that serves."""
        with self._making:
            if self._service is None:
                self._service = self._make()
            if self._loop is not None and self._service.courier.loop is None:
                self._service.start(self._loop)
        return self._service

    def serve_at(self, url: str) -> None:
        """The inspector serves under this address, in the event loop that runs now.

        Raises ConfigError for a seed file that cannot be used: better now than at the first call of an app.
        """
        self._loop, self._url = _running_loop(), url
        if self._settings is not None and self._settings.seed_file is not None:
            self._service = self._make()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        from inspector.service.routes import error_response, service_app  # noqa: PLC0415 - imports pydantic

        headers = dict(reversed(scope["headers"]))
        if foreign_origin(headers, headers.get(b"host", b"").decode("latin-1")):
            refusal = error_response(403, "Forbidden", "The request comes from a page of another site.")
            await refusal(scope, receive, send)
            return
        try:
            if self._app is None:
                self._loop = self._loop or asyncio.get_running_loop()
                self._app = service_app(self.service)
        except ConfigError as error:  # only where nobody called `serve_at`
            await error_response(500, "InternalError", error.message)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """Stop delivering."""
        if self._service is not None:
            await self._service.aclose()

    def _make(self) -> ConversationsService:
        from inspector.service.state import ConversationsService  # noqa: PLC0415 - only where it is used

        return ConversationsService(self._settings, base_url=self._url)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
