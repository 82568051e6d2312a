"""What a test fired, and what the app made of it: looked at, and asserted."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import SupportsIndex, overload

from inspector.sender.delivery import Delivery
from inspector.sender.record import Attempt, Failure
from inspector.sender.response import Response
from inspector.testing import messages
from inspector.testing.failures import WebhookFailure

REFUSALS = range(400, 500)


@dataclass(frozen=True, eq=False)
class FiredDelivery:
    """One webhook that a test fired. `repeat` is the line that fires the same again; `errors` are what an app raised
    that was called in process."""

    delivery: Delivery
    repeat: str = ""
    errors: Sequence[Exception] = field(default=(), repr=False)

    @property
    def accepted(self) -> bool:
        """Whether it was answered 2xx; with copies, each of them."""
        return self.delivery.accepted

    @property
    def status(self) -> int | None:
        """The HTTP status of the last attempt, if that was answered."""
        return self.delivery.status

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts in order, each with `request`, `response`, `error`, `status` and `ms`."""
        return self.delivery.attempts

    @property
    def response(self) -> Response | None:
        """The answer to the last attempt."""
        return self.delivery.response

    @property
    def error(self) -> Failure | None:
        """Why the last attempt brought no answer."""
        return self.delivery.error

    @property
    def elapsed(self) -> float:
        """Seconds from the beginning of the first attempt to the end of the last; waits between them count in full,
        though a test does not wait for them."""
        return self.delivery.elapsed

    @property
    def signed_text(self) -> bytes | None:
        """The bytes that the signature covers: timestamp, LF, URL, LF, 32 raw bytes of SHA-256. None: unsigned."""
        return self.delivery.signed_text

    @property
    def body(self) -> bytes:
        """The body that was sent."""
        return self.delivery.request.body

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that were sent, in order."""
        return self.delivery.request.headers

    @property
    def request_id(self) -> str | None:
        """The `messagebird-request-id`."""
        return self.delivery.request_id

    def assert_accepted(self, within: float | None = None) -> None:
        """Fail unless it was answered 2xx, and within so many seconds from the first attempt on."""
        __tracebackhide__ = True
        if not self.accepted:
            raise WebhookFailure(messages.not_accepted(self)) from self._cause()
        if within is not None and self.elapsed > within:
            raise WebhookFailure(messages.too_slow(self, within))

    def assert_refused(self, status: int | Container[int] = REFUSALS) -> None:
        """Fail unless it was answered with this status, or one of these; by default any 4xx."""
        __tracebackhide__ = True
        expected = (status,) if isinstance(status, int) else status
        if self.status is None or self.status not in expected:
            raise WebhookFailure(messages.not_refused(self, expected)) from self._cause()

    def _cause(self) -> Exception | None:
        return self.errors[-1] if self.errors else None


class FiredDeliveries(Sequence[FiredDelivery]):
    """Several that were fired in one call, in their order."""

    def __init__(self, deliveries: Sequence[FiredDelivery]) -> None:
        self._deliveries = tuple(deliveries)

    def __len__(self) -> int:
        return len(self._deliveries)

    @overload
    def __getitem__(self, index: SupportsIndex) -> FiredDelivery: ...
    @overload
    def __getitem__(self, index: slice) -> FiredDeliveries: ...
    def __getitem__(self, index: SupportsIndex | slice) -> FiredDelivery | FiredDeliveries:
        if isinstance(index, slice):
            return FiredDeliveries(self._deliveries[index])
        return self._deliveries[index]

    def __repr__(self) -> str:
        return f"<{len(self)} deliveries, accepted: {sum(one.accepted for one in self)}>"

    @property
    def statuses(self) -> list[int | None]:
        """The last status of each."""
        return [one.status for one in self]

    def assert_accepted(self, within: float | None = None) -> None:
        """Fail unless each was answered 2xx, within so many seconds each."""
        __tracebackhide__ = True
        self._assert_each("accepted", [one for one in self if not one.accepted or _is_late(one, within)])
        for one in self:
            one.assert_accepted(within)

    def assert_refused(self, status: int | Container[int] = REFUSALS) -> None:
        """Fail unless each was answered with this status, or one of these."""
        __tracebackhide__ = True
        for one in self:
            one.assert_refused(status)

    def _assert_each(self, verb: str, failed: Sequence[FiredDelivery]) -> None:
        __tracebackhide__ = True
        if len(failed) > 1:
            raise WebhookFailure(messages.several_failed(self, verb, failed)) from failed[0]._cause()


def _is_late(delivery: FiredDelivery, within: float | None) -> bool:
    return within is not None and delivery.elapsed > within
