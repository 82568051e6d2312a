"""The errors users meet. Every message says what happened, what was expected and what to do next.

InspectorError
├── ConfigError      a flag, an environment variable or a file given to us is wrong
├── FilterError      a search text does not parse
├── EventError       an event cannot be built, read or changed as asked
├── SignatureError   the pieces of a signature are unusable
├── DeliveryError    a request could not be sent as asked
├── NotFoundError    what was asked for is not, or no longer, there
└── ConflictError    what was asked for cannot be done with what is there
"""

from __future__ import annotations

from typing import Any


class InspectorError(Exception):
    """Base of all errors that are the user's to mend.

    `code` is a stable slug for scripts, `details` holds JSON-ready facts such as the column of a syntax error.
    """

    code = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """The shape of every error of our own API (not of the mock service)."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


class ConfigError(InspectorError):
    """A setting is wrong: an option, an environment variable, or a file named by one."""

    code = "invalid_setting"


class FilterError(InspectorError):
    """A search text does not parse; `details["column"]` counts from 1."""

    code = "invalid_query"


class EventError(InspectorError):
    """An event cannot be built, read or changed as asked."""

    code = "invalid_event"


class SignatureError(InspectorError):
    """The pieces of a signature (key, timestamp, URL, body) are unusable."""

    code = "invalid_signature_input"


class DeliveryError(InspectorError):
    """A request could not be sent as asked: a wrong URL, header or fault."""

    code = "invalid_delivery"


class NotFoundError(InspectorError):
    """What was asked for is not there, or no longer."""

    code = "not_found"


class ConflictError(InspectorError):
    """What was asked for cannot be done with what is there, such as sending again what was not recorded whole."""

    code = "conflict"
