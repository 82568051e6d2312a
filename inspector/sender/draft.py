"""One webhook on its way to becoming a request: event, body, signature, headers.

Faults change a draft between these steps; without faults it is what the service sends (contract.md §1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from inspector import __version__
from inspector.sender.request import WHOLE, Header, Request, Transmission, as_text
from inspector.webhook.event import Event
from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

USER_AGENT = f"conversations-inspector/{__version__}"

_CONTENT_TYPE: Header = ("content-type", "application/json")
_USER_AGENT: Header = ("user-agent", USER_AGENT)


SignedParts = tuple[str, str, bytes]
"""What a signature covers: timestamp, URL, and a body, which is not the one sent if a fault changed that afterwards."""


@dataclass(slots=True)
class Draft:
    """A webhook in the making.

    `message` is an event, or a body to be sent as it is. `now` is the Unix time of the clock, `timestamp` what the
    header says. `copies` are sent of it, one after the other or `together`.
    """

    message: Event | bytes
    url: str
    url_signed: str
    signing_key: str | None = field(repr=False)
    request_id: str
    timestamp: str
    now: float
    body: bytes = b""
    headers: list[Header] = field(default_factory=list)
    signed: SignedParts | None = None
    transmission: Transmission = WHOLE
    copies: int = 1
    together: bool = False

    def serialise(self) -> None:
        """Event → body."""
        self.body = self.message if isinstance(self.message, bytes) else self.message.to_bytes()

    def sign(self) -> None:
        """Body → headers, signed if there is a key; without one there is neither signature nor timestamp."""
        headers = self.headers
        headers += (_CONTENT_TYPE, (REQUEST_ID_HEADER, self.request_id))
        if self.signing_key is not None:
            self.signed = self.timestamp, self.url_signed, self.body
            headers.append((TIMESTAMP_HEADER, self.timestamp))
            headers.append((SIGNATURE_HEADER, sign(self.signing_key, self.timestamp, self.url_signed, self.body)))
        headers.append(_USER_AGENT)

    def replace_headers(self, given: Iterable[Header]) -> None:
        """Headers of a name that is there already take its place, with their own case; others go to the end."""
        places = {_folded(name): place for place, (name, _) in enumerate(self.headers)}
        for name, value in given:
            place = places.get(_folded(name))
            if place is None:
                self.headers.append((name, value))
            else:
                self.headers[place] = (name, value)

    def header(self, name: str) -> str:
        """The value of a header that is there; `name` in lower case."""
        return next(as_text(value) for found, value in self.headers if _folded(found) == name)

    def remove_header(self, name: str) -> None:
        """Leave a header out; `name` in lower case."""
        self.headers = [header for header in self.headers if _folded(header[0]) != name]

    def request(self) -> Request:
        """The finished request. Raises DeliveryError for what cannot be written."""
        return Request.build("POST", self.url, self.headers, self.body, chunked=self.transmission.chunked)


def _folded(name: str | bytes) -> str:
    return as_text(name).lower()
