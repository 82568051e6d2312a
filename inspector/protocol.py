"""uvicorn's HTTP protocols, taught to lose nothing a sender does.

Three things are added to them: the request target is handed on exactly as sent, and with it the connection's transport;
what httptools refuses or cuts (an unusual method, an odd target, an offer to upgrade) goes to the more liberal h11;
what neither can parse is still recorded, as malformed.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # a platform without httptools: slower, otherwise the same
    HttpToolsProtocol = None  # type: ignore[assignment,misc]


class RecordsMalformed(Protocol):
    """What the protocols ask of the app they serve, beside being an ASGI app."""

    def record_malformed(self, data: bytes, client: tuple[str, int] | None) -> None:
        """Keep bytes that could not be parsed as HTTP."""


class RecordingH11(H11Protocol):
    """Parses with h11; records what it cannot parse."""

    _data = b""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access_log = False  # uvicorn logs wherever some handler would listen, and test runners listen everywhere

    def data_received(self, data: bytes) -> None:
        """Take in bytes from the socket."""
        self._data = data
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, after recording it."""
        _record_malformed(self, self._data)
        super().send_400_response(msg)


if HttpToolsProtocol is None:
    RecordingProtocol: type[Any] = RecordingH11
else:

    class RecordingHttpTools(HttpToolsProtocol):
        """Parses with httptools; hands a connection whose first request it refuses to h11."""

        _data = b""  # since the beginning of the request whose head is being read
        _in_head = True
        _upgrading = False

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.access_log = False

        def data_received(self, data: bytes) -> None:
            """Take in bytes from the socket."""
            self._data = self._data + data if self._in_head else data
            super().data_received(data)

        def on_message_begin(self) -> None:
            """Begin to read a head."""
            self._in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            """Start the request, its target kept as sent, and the transport for answers that hang up."""
            self._in_head = False
            if self.parser.should_upgrade():
                self._upgrading = True  # httptools would skip the body: h11 gets this one
                return
            self.scope["inspector.target"] = self.url  # type: ignore[typeddict-unknown-key]
            self.scope["inspector.transport"] = self.transport  # type: ignore[typeddict-unknown-key]
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            """Take note that the body is complete."""
            if not self._upgrading:
                super().on_message_complete()

        def eof_received(self) -> bool | None:  # type: ignore[override]
            """Answer a client that has sent all and closed its sending half."""
            cycle = self.cycle
            if cycle is None or cycle.more_body or cycle.response_started:
                return None
            cycle.keep_alive = False
            return True

        def send_400_response(self, msg: str) -> None:
            """Refuse what cannot be parsed, or let h11 try where nothing was answered on this connection yet."""
            if self.cycle is not None:
                _record_malformed(self, self._data)
                super().send_400_response(msg)
                return
            self._hand_over()

        def _unsupported_upgrade_warning(self) -> None:
            # Called for an offer to upgrade, such as Java's client makes on its first request: answered over HTTP/1.1.
            self._hand_over()

        def _hand_over(self) -> None:
            liberal = RecordingH11(self.config, self.server_state, self.app_state, self.loop)
            self._unset_keepalive_if_required()
            self.connections.discard(self)
            liberal.connection_made(self.transport)
            self.transport.set_protocol(liberal)
            liberal.data_received(self._data)

    RecordingProtocol = RecordingHttpTools


def _record_malformed(protocol: Any, data: bytes) -> None:
    app = cast("RecordsMalformed", protocol.config.app)
    app.record_malformed(data, protocol.client)
