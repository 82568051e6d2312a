"""The attack pack: every way in which a delivery goes wrong, each with the answers that a correct consumer gives.

def test_survives(inspector_attack, app):
    inspector_attack.run(to=app, url="https://app.example/hook", signing_key="k")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from inspector.sender.faults import FAULTS, Fault
from inspector.testing import messages
from inspector.testing.failures import WebhookFailure
from inspector.testing.firing import FireOptions
from inspector.testing.inprocess import App

if TYPE_CHECKING:
    from collections.abc import Container

    from inspector.testing.delivered import FiredDelivery
    from inspector.testing.inspector import Inspector

ACCEPTED, REFUSED = range(200, 300), range(400, 500)
NO_ANSWER: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attack:
    """One bad delivery. `right` are the statuses that a correct consumer answers with; none where it hears the end of
    the connection, and must take the next delivery."""

    fault: Fault
    right: Container[int]
    inspector: Inspector | None = None

    def __repr__(self) -> str:
        return f"<Attack {self.name}: {self.summary}>"

    @property
    def name(self) -> str:
        """The fault's name, such as `bad-signature`."""
        return self.fault.name

    @property
    def summary(self) -> str:
        """What is sent."""
        return self.fault.summary

    @property
    def expected(self) -> str:
        """What a correct consumer does."""
        return self.fault.expected

    def of(self, inspector: Inspector) -> Attack:
        """The same, made by this inspector."""
        return Attack(self.fault, self.right, inspector)

    def run(
        self, event: str = "conversation.updated", /, *, to: str | App, **options: Unpack[FireOptions]
    ) -> list[FiredDelivery]:
        """Make it, and fail unless the app answers as it should. Options are those of `fire`."""
        __tracebackhide__ = True
        fired = self._fire(event, to, options)
        wrong = next((one for one in fired if not self._is_right(one)), None)
        if wrong is not None:
            error = wrong.errors[-1] if wrong.errors else None
            raise WebhookFailure(messages.wrong_answer(wrong, self.fault, self.right)) from error
        return fired

    def _fire(self, event: str, to: str | App, options: FireOptions) -> list[FiredDelivery]:
        assert self.inspector is not None
        options = {**options, "fault": self.fault}
        if self.fault.stage == "sequence":
            return list(self.inspector.fire_many("lifecycle", to=to, **options))
        fired = [self.inspector.fire(event, to=to, **options)]
        if self.right is NO_ANSWER:
            del options["fault"]
            fired.append(self.inspector.fire(event, to=to, **options))
        return fired

    def _is_right(self, fired: FiredDelivery) -> bool:
        if self.right is NO_ANSWER:
            return fired.accepted or bool(fired.delivery.faults)
        return all(attempt.status is not None and attempt.status in self.right for attempt in fired.attempts)


_RIGHT: dict[str, Container[int]] = {
    "bad-signature": REFUSED,
    "wrong-key": REFUSED,
    "no-signature": REFUSED,
    "tampered-body": REFUSED,
    "reserialised": REFUSED,
    "stale": REFUSED,
    "future": (*ACCEPTED, *REFUSED),
    "truncated-json": REFUSED,
    "empty-body": REFUSED,
    "wrong-content-type": (*ACCEPTED, 415),
    "huge-body": (*ACCEPTED, 413),
    "gzip": (*ACCEPTED, 415),
    "cut-connection": NO_ANSWER,
}
"""Where it is another answer than 2xx."""

ATTACKS = {name: Attack(fault, _RIGHT.get(name, ACCEPTED)) for name, fault in FAULTS.items()}
"""All attacks by name."""
