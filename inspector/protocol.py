"""uvicorn's HTTP protocols, taught to lose nothing a sender does.

Added to them: the request target is handed on exactly as sent, and with it the connection's transport; what httptools
refuses or cuts (an unusual method, an odd target, an offer to upgrade) goes to the more liberal h11; what neither can
parse is still recorded, as malformed, and so is a head that breaks off. A request whose body has broken framing is one
record: its own, which then says so.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Protocol, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from inspector.recorder.malformed import HTTP2_PREFACE, malformed_reason

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # a platform without httptools: slower, otherwise the same
    HttpToolsProtocol = None  # type: ignore[assignment,misc]

logger = logging.getLogger("inspector.protocol")
logger.setLevel(logging.ERROR)  # what senders do wrong stands in the log of requests, not on the terminal


class RecordsMalformed(Protocol):
    """What the protocols ask of the app they serve, beside being an ASGI app."""

    def record_malformed(
        self, data: bytes, client: tuple[str, int] | None, why: str = "", *, incomplete: bool = False
    ) -> str:
        """Keep bytes that could not be parsed as HTTP; gives the reason in words for people."""


class RecordingH11(H11Protocol):
    """Parses with h11; records what it cannot parse."""

    _data = b""  # what has come of the request that is being read, its head from the beginning
    _broken_off = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access_log = False  # uvicorn logs wherever some handler would listen, and test runners listen everywhere
        self.logger = logger

    def data_received(self, data: bytes) -> None:
        """Take in bytes from the socket."""
        self._data = self.conn.trailing_data[0] + data
        super().data_received(data)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer a client that has sent all and closed its sending half; record a head that is not whole."""
        self._record_broken_head()
        return _answers_after_eof(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Record a head that is not whole."""
        self._record_broken_head()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed, after recording it."""
        reason = _record_refused(self, self._data)
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
        else:
            super().send_400_response(_ascii(reason))

    def _should_upgrade(self) -> bool:
        # Called once the head is read: answers that hang up need the transport, and no offer is taken up.
        self.scope["inspector.transport"] = self.transport  # type: ignore[typeddict-unknown-key]
        return False

    def _record_broken_head(self) -> None:
        head = self.conn.trailing_data[0]
        if self._broken_off or self.conn.their_state is not h11.IDLE or not head.strip(b"\r\n"):
            return
        self._broken_off = True
        reason = _app(self).record_malformed(head, self.client, incomplete=True)
        if not self.transport.is_closing():
            super().send_400_response(_ascii(reason))


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
            self.logger = logger

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
            """Answer a client that has sent all and closed its sending half; record a head that is not whole."""
            self._record_broken_head()
            return _answers_after_eof(self)

        def connection_lost(self, exc: Exception | None) -> None:
            """Record a head that is not whole."""
            self._record_broken_head()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            """Refuse what cannot be parsed, or let h11 try where nothing was answered on this connection yet."""
            if self.cycle is None and not self._data.startswith(HTTP2_PREFACE):
                self._hand_over()
                return
            self._in_head = False  # recorded here and now
            reason = _record_refused(self, self._data)
            if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
                self.transport.close()
            else:
                super().send_400_response(_ascii(reason))

        def _unsupported_upgrade_warning(self) -> None:
            # Called for an offer to upgrade, such as Java's client makes on its first request: answered over HTTP/1.1.
            self._hand_over()

        def _record_broken_head(self) -> None:
            if not self._in_head or not self._data.strip(b"\r\n"):
                return
            self._in_head = False
            reason = _app(self).record_malformed(self._data, self.client, incomplete=True)
            if not self.transport.is_closing():
                super().send_400_response(_ascii(reason))

        def _hand_over(self) -> None:
            liberal = RecordingH11(self.config, self.server_state, self.app_state, self.loop)
            self._unset_keepalive_if_required()
            self.connections.discard(self)
            liberal.connection_made(self.transport)
            self.transport.set_protocol(liberal)
            liberal.data_received(self._data)

    RecordingProtocol = RecordingHttpTools


def _app(protocol: Any) -> RecordsMalformed:
    return cast("RecordsMalformed", protocol.config.app)


def _answers_after_eof(protocol: Any) -> bool | None:
    """Whether to keep a connection for an answer after its client has ended its half; it closes behind the answer."""
    cycle = protocol.cycle
    if cycle is None or cycle.more_body or cycle.response_started:
        return None
    cycle.keep_alive = False
    return True


def _record_refused(protocol: Any, data: bytes) -> str:
    """Record what the parser refuses just now; gives the reason. A broken body belongs to the record of its request."""
    why, cycle = str(sys.exception() or ""), protocol.cycle
    if cycle is None or not cycle.more_body or any(cycle is queued for queued, _ in getattr(protocol, "pipeline", ())):
        return _app(protocol).record_malformed(data, protocol.client, why)
    reason = malformed_reason(b"", why)
    cycle.scope["inspector.malformed"] = reason
    return reason


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
