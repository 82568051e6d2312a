"""The first minute: a signed sample to send, and where to send it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

import orjson

from inspector.settings import Settings
from inspector.web.shell import quote, single_quoted
from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from inspector.webhook.times import format_time

SAMPLE_KEY = "key"
"""What the sample is signed with where no key is configured: the one in the service's own documentation."""

HOOK_PATH = "/hook"


@dataclass(frozen=True, slots=True)
class Sample:
    """The address to send to, a command that sends a signed sample there, and a test that does it from pytest.

    `has_key` says whether the sample is signed with a key that this inspector checks against.
    """

    address: str
    curl: str
    pytest: str
    has_key: bool
    key_label: str | None

    @classmethod
    def make(cls, origin: str, settings: Settings) -> Sample:
        """Sign a sample for `origin`, the inspector's own `http://host:port`, as of now."""
        address = origin + HOOK_PATH
        first = settings.signing_keys[0] if settings.signing_keys else None
        return cls(
            address=address,
            curl=_curl(address, first.key if first else SAMPLE_KEY),
            pytest=PYTEST,
            has_key=first is not None,
            key_label=first.label if first else None,
        )


PYTEST = """def test_my_app_accepts(inspector):
    delivery = inspector.fire(
        "conversation.created",
        to="http://127.0.0.1:8000/hook",
        signing_key="key",
    )
    delivery.assert_accepted(within=2.0)
"""


def sample_body() -> bytes:
    """A made-up `conversation.created` of now, laid out for reading."""
    return orjson.dumps(_envelope(time.time()), option=orjson.OPT_INDENT_2)


def _curl(address: str, signing_key: str) -> str:
    body = sample_body()
    timestamp = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        REQUEST_ID_HEADER: str(uuid4()),
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(signing_key, timestamp, address, body),
    }
    words = [
        f"curl {quote(address)}",
        *(f"-H {quote(f'{name}: {value}')}" for name, value in headers.items()),
        f"--data-binary {single_quoted(body.decode())}",
    ]
    return " \\\n  ".join(words) + "\n"


def _envelope(now: float) -> dict[str, object]:
    """A conversation that has just begun, with no more than the documented fields that are always there."""
    return {
        "service": "conversations",
        "event": "conversation.created",
        "payload": {
            "id": str(uuid4()),
            "name": "Opening hours",
            "status": "active",
            "visibility": "private",
            "accessibility": "invite-only",
            "platformStyle": "direct",
            "channelId": "8963269e-69e4-58aa-9bf0-9b6cc239329c",
            "featuredParticipants": [
                {
                    "id": "7dadb14e-91bb-4eb7-8b9e-7827dd74bf70",
                    "type": "contact",
                    "status": "active",
                    "displayName": "Jane Doe",
                }
            ],
            "activeParticipantCount": 1,
            "createdAt": format_time(now),
            "updatedAt": format_time(now),
        },
    }
