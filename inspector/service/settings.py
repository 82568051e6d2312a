"""Every choice of the mock service in one place, with where it comes from, so that it can be corrected in one place.

The letters are those of contract.md: D documented, S seen in several integrations, 1 seen once, G our guess, ? unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ClockMode = Literal["real", "scaled", "virtual"]

DAY = 86_400.0


SWITCHES = (
    "access_key",
    "strict_urls",
    "echo_signing_key",
    "rate_limit",
    "reads_per_second",
    "writes_per_second",
    "reopen_closed",
)
"""The settings that take effect at once when they are changed."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How the mock service behaves. Times in seconds; every `max_…` counts, and the oldest goes first."""

    # How a run is repeated: equal seed, start (Unix time; None: now) and calls give equal bytes with a virtual clock.
    seed: int | str = 0
    start: float | None = None
    seed_file: str | None = None  # JSON: what is there at the beginning and after each reset; see seeding.py
    clock: ClockMode = "real"
    scale: float = 60.0  # of a scaled clock: a minute passes in a second

    # The workspace that Python calls mean when they name none, made from the seed where it is None, and the
    # organization of subscriptions that are made under the newer prefix. G: the real ones are the customer's own.
    workspace_id: str | None = None
    organization_id: str = "3c5f8a1e-2f0b-4d8e-9a6c-5b1e7d2f4a90"

    access_key: str | None = field(default=None, repr=False)  # G: any non-empty key is right unless one is configured
    strict_urls: bool = False  # D: the real service takes only https and hosts with a dot; a mock is for the others too
    echo_signing_key: bool = False  # 1: GET and list do not show it, the answer to create does
    rate_limit: bool = False  # D: elsewhere in this API; off so that tests are not slowed by accident
    reads_per_second: int = 50  # D: GET, per workspace
    writes_per_second: int = 500  # D: POST, per workspace; G: PATCH and DELETE count with it

    retry: str = "bird"  # D/G: 36 attempts over 8 h
    timeout: float = 10.0  # G: of one attempt
    concurrency: int = 64  # G: attempts under way at one time
    # Deliveries between two attempts, of all workspaces together (70 MB at 14 kB each), and before the first, to each
    # URL. Half of what the log holds, so that what is given up is still seen there: the oldest, of the URL with most.
    max_waiting: int = 5000
    log_days: float = 7.0  # D: how long the delivery log is kept
    no_answer_status: int = 0  # G: `httpStatusCode` in the log where the app gave no answer
    max_equal_subscriptions: int = 5  # D: with an equal event and filter set; G: the answer is 409

    visibility: str = "private"  # S: of a conversation created without one
    accessibility: str = "invite-only"  # S
    channel_platform: str = "whatsapp"  # G: of a channel id that says nothing about itself
    newest_first: bool = True  # G: the order of lists of conversations and messages without `reverse`
    reopen_closed: bool = True  # G: a closed conversation becomes active when its contact writes
    participant_status: str = "active"  # G: of who is added through the API
    preview_length: int = 256  # G: characters of a message in `lastMessage.preview.text`
    outgoing_source: str = "api"  # ?
    incoming_source: str = "channel"  # ?
    accepted_status: str = "accepted"  # G: of a message as it is taken from the app
    message_steps: tuple[tuple[str, float], ...] = (("sent", 0.2), ("delivered", 0.8))  # G: and the seconds before each

    max_body: int = 1024**2  # ?: bytes of a request to the API
    max_workspaces: int = 1000
    max_channels: int = 1000  # this and what follows for each workspace
    max_conversations: int = 10_000
    max_messages: int = 1000  # for each conversation
    max_participants: int = 1000  # for each conversation
    max_people: int = 10_000
    max_subscriptions: int = 1000
    max_deliveries: int = 10_000
    max_calls: int = 1000  # of the API calls remembered for the Service page, of all workspaces together

    @property
    def log_seconds(self) -> float:
        """How long a delivery stays in the log."""
        return self.log_days * DAY
