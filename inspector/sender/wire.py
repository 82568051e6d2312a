"""One HTTP/1.1 exchange, exact to the byte, over connections that are kept for the next one.

Stands on asyncio alone, on no HTTP client: those normalise what they send, and in a test they are swallowed by the
library that mocks them.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from typing import NamedTuple, Protocol, cast

from inspector.sender.clock import steady_time
from inspector.sender.request import WHOLE, Request, Target, Transmission, encode, parse_url
from inspector.sender.response import Response, ResponseReader, WireError, reader_for

__all__ = ["Request", "Response", "Transmission", "Transport", "Wire", "WireError"]

MAX_IDLE_SECONDS = 30.0
"""A kept connection is not used again after this; servers close theirs after 5 to 75 s."""

CLOCK_STEP = 0.002
"""Seconds by which an event loop's timer may ring early: it counts in milliseconds."""

_NUMERIC = re.compile(r"[\d.]+|.*:.*")
_LOST = frozenset({"reset", "closed"})
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL})


class Transport(Protocol):
    """What can carry one exchange: a Wire, or an app called in process."""

    async def exchange(self, request: Request, *, timeout: float, transmission: Transmission) -> Response:  # noqa: ASYNC109
        """Send a request and read the answer, within `timeout` seconds. Raises WireError."""

    async def aclose(self) -> None:
        """Let go of all connections."""


class Wire:
    """Sends requests over TCP or TLS and keeps connections for reuse. Belongs to one event loop.

    `verify=False` accepts any certificate. `max_idle` is how many unused connections are kept for each target.
    """

    def __init__(self, *, verify: bool = True, max_idle: int = 64) -> None:
        self._verify = verify
        self._max_idle = max_idle
        self._idle: dict[tuple[bool, str, int], list[_Connection]] = {}
        self._tls: ssl.SSLContext | None = None

    async def exchange(
        self,
        request: Request,
        *,
        timeout: float = 10.0,  # noqa: ASYNC109 - running out of time is a result here, with a message of its own
        transmission: Transmission = WHOLE,
    ) -> Response:
        """Send a request and read the answer, within `timeout` seconds from the beginning to its last byte.

        Redirects are answers like any other. Raises WireError when there is none.
        """
        started = steady_time()
        pieces = encode(request, transmission)
        job = _Job(parse_url(request.url), request.method, pieces, transmission, timeout, started + timeout)
        idle = self._idle_to(job.target)
        kept = _usable(idle, started) if transmission is WHOLE else None
        try:
            connection = kept or await self._connect(job)
            try:
                reader = await connection.exchange(job)
            except WireError as error:
                if connection is not kept or connection.answered or error.kind not in _LOST:
                    raise
                # The target closed the kept connection before our request reached it: nobody's failure.
                connection = await self._connect(job)
                reader = await connection.exchange(job)
        except WireError as error:
            error.ms = (steady_time() - started) * 1000
            raise
        now = steady_time()
        self._keep(connection, idle, now)
        return reader.response((now - started) * 1000)

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        for connection in [connection for idle in self._idle.values() for connection in idle]:
            connection.abort()
            await connection.lost
        self._idle.clear()

    def _idle_to(self, target: Target) -> list[_Connection]:
        origin = target.origin
        idle = self._idle.get(origin)
        if idle is None:
            idle = self._idle[origin] = []
        return idle

    def _keep(self, connection: _Connection, idle: list[_Connection], now: float) -> None:
        if connection.reusable and len(idle) < self._max_idle:
            connection.idle_since = now
            idle.append(connection)
        else:
            connection.abort()

    async def _connect(self, job: _Job) -> _Connection:
        place = f"{job.target.host}:{job.target.port}"
        try:
            async with asyncio.timeout(job.deadline - steady_time()):
                return await self._connect_any(job.target)
        except TimeoutError:
            message = f"No connection to {place} within {job.timeout:g} s. Is it up, and reachable from here?"
            raise WireError("timeout", message) from None
        except (OSError, UnicodeError) as error:
            raise _connect_error(job.target, place, error) from None

    async def _connect_any(self, target: Target) -> _Connection:
        error: OSError | None = None
        for address in await _addresses(target):
            try:
                return await self._connect_to(address, target)
            except ssl.SSLError:
                raise
            except OSError as refusal:
                error = refusal
        raise error or socket.gaierror(socket.EAI_NONAME, "no address")

    async def _connect_to(self, address: str, target: Target) -> _Connection:
        loop = asyncio.get_running_loop()
        tls = self._tls_context() if target.tls else None
        name = target.host if target.tls else None
        _, connection = await loop.create_connection(_Connection, address, target.port, ssl=tls, server_hostname=name)
        return connection

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            if not self._verify:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE
        return self._tls


class _Job(NamedTuple):
    """One exchange to be made; `deadline` is in steady time."""

    target: Target
    method: str
    pieces: list[bytes]
    transmission: Transmission
    timeout: float
    deadline: float


class _Connection(asyncio.Protocol):
    """One connection, used for one exchange at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._job: _Job | None = None
        self._done: asyncio.Future[ResponseReader]
        self._reader: ResponseReader | None = None
        self._last: tuple[str, bytes] | None = None
        self._last_reader: ResponseReader
        self._surplus = False
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.answered = False
        self.reusable = False
        self.idle_since = 0.0

    async def exchange(self, job: _Job) -> ResponseReader:
        """Write a request and read the answer; afterwards `reusable` says whether to keep this. Raises WireError."""
        self.answered = self.reusable = self._surplus = False
        self._done = done = self._loop.create_future()
        self._job = job
        complete = True
        if self._timer is None or job.deadline < self._rings_at:
            self._set_timer(job.deadline)
        try:
            if self.lost.done():
                self._fail(_lost_error(None, answered=False))
            elif job.transmission is WHOLE:
                # Only once everything else that is ready to be sent is: many writes in a row wake the target only once.
                self._loop.call_soon(self._write, job.pieces[0])
            else:
                complete = await self._write_pieces(job)
            reader: ResponseReader = await done
        except BaseException:
            self._transport.abort()
            raise
        finally:
            self._job = self._reader = None
        sent = complete and self._transport.get_write_buffer_size() == 0
        self.reusable = sent and reader.keep_alive and not self._surplus and not self.lost.done()
        return reader

    def _write(self, piece: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(piece)

    async def _write_pieces(self, job: _Job) -> bool:
        """Write piece by piece; False when the answer came before the end."""
        pause, cut = job.transmission.pause, job.transmission.cut
        for piece in job.pieces:
            if pause and piece is not job.pieces[0]:
                await asyncio.wait((self._done,), timeout=pause)
            if self._done.done():
                return False
            self._transport.write(piece)
        if cut is not None:
            self._job = None  # nothing is awaited any more
            self._transport.close()
            await asyncio.wait((self.lost,), timeout=job.deadline - steady_time())
            raise WireError("cut", f"We closed the connection after {cut:.0%} of the body, as the fault asks.")
        return True

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.answered = True
        if self._job is None:  # nobody asked
            self.abort()
        elif self._done.done():
            self._surplus = True
        else:
            self._take_in(data, self._job.method)

    def _take_in(self, data: bytes, method: str) -> None:
        reader = self._reader
        if reader is not None:
            self._last = None  # it does not come in one piece
        elif (method, data) == self._last:  # most answers are the same as the one before: that is read but once
            self._done.set_result(self._last_reader)
            return
        else:
            self._last = method, data
            self._last_reader = self._reader = reader = reader_for(method)
        try:
            if reader.feed(data):
                self._done.set_result(reader)
        except WireError as error:
            self._fail(error)

    def eof_received(self) -> None:
        """Called by the loop, which then closes the connection."""
        reader = self._reader
        if reader is not None and not self._done.done() and reader.feed_eof():
            self._done.set_result(reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self.lost.set_result(None)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._job is not None:
            self._fail(_lost_error(exc, self.answered))

    def _set_timer(self, deadline: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._rings_at = deadline
        self._timer = self._loop.call_later(deadline - steady_time(), self._ring)

    def _ring(self) -> None:
        # One timer serves many exchanges, as setting and cancelling one takes a quarter of the time of an exchange.
        # When it rings, a later exchange may be under way, or none.
        self._timer = None
        if self._job is None:
            return
        if steady_time() < self._job.deadline - CLOCK_STEP:
            self._set_timer(self._job.deadline)
            return
        what = "The answer was not complete" if self.answered else "No answer"
        limit = f"{self._job.timeout:g} s"
        self._fail(WireError("timeout", f"{what} within {limit}. Answer first, and do slow work afterwards."))

    def _fail(self, error: WireError) -> None:
        if not self._done.done():
            self._done.set_exception(error)


def _usable(idle: list[_Connection], now: float) -> _Connection | None:
    while idle:
        connection = idle.pop()
        if now - connection.idle_since < MAX_IDLE_SECONDS and not connection.lost.done():
            return connection
        connection.abort()
    return None


async def _addresses(target: Target) -> list[str]:
    if _NUMERIC.fullmatch(target.host):
        return [target.host]
    found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _lost_error(error: Exception | None, answered: bool) -> WireError:
    when = "in the middle of its answer" if answered else "without an answer"
    if error is None:
        return WireError("closed", f"The target closed the connection {when}. Look for a crash in its log.")
    return WireError("reset", f"The connection broke {when}: {error}. Look for a crash in the target's log.")


def _connect_error(target: Target, place: str, error: OSError | UnicodeError) -> WireError:
    if isinstance(error, socket.gaierror | UnicodeError):
        return WireError("dns", f"The host name {target.host!r} cannot be resolved. Check the URL for a slip.")
    if isinstance(error, ssl.SSLError):
        return WireError("tls", f"No TLS with {place}: {_tls_reason(error)}")
    if isinstance(error, ConnectionRefusedError):
        return WireError("refused", f"Nothing listens at {place}. Start the target, or check host and port.")
    if error.errno in _UNREACHABLE:
        return WireError("unreachable", f"There is no way to {place}: {error.strerror}. Check host and network.")
    return WireError("reset", f"The connection to {place} broke while it was made: {error}.")


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}. Trust its certificate with SSL_CERT_FILE, or accept any with --insecure."
    return f"{error.reason or error}. Does this port speak TLS? Otherwise write http://."
