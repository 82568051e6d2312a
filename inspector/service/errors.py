"""What the service refuses. The `code` is what the real service says; which HTTP status that is, the REST face knows.

ServiceError
├── MissingResourceError   there is no such conversation, message, subscription …
├── ConflictError          not possible in the state that things are in
├── InvalidPayloadError    what was sent is malformed; `details` maps paths to arrays of messages
├── UnauthorizedError      no access key, or a wrong one
└── TooManyRequestsError   over the rate limit
"""

from __future__ import annotations

from collections.abc import Mapping

from inspector.errors import InspectorError, NotFoundError

ROOT = "."
"""The path of a body as a whole."""


class ServiceError(InspectorError):
    """Base of what the mock service answers with an error."""

    code = "InternalError"


class MissingResourceError(ServiceError, NotFoundError):
    """There is no such thing in this workspace, or no longer."""

    code = "ResourceNotFound"

    @classmethod
    def of(cls, kind: str, id: str) -> MissingResourceError:
        """Nothing of this kind has this id."""
        return cls(f"There is no {kind} {id!r} in this workspace. It may never have been, be deleted or forgotten.")


class ConflictError(ServiceError):
    """What was asked for is not possible in the state that things are in."""

    code = "Conflict"


class InvalidPayloadError(ServiceError):
    """What was sent is malformed. `details` maps a path such as `.eventFilters[0].key` to an array of messages.

    Each message goes on from its path, as in `.url must be …`; all of them together are the message of the error.
    """

    code = "InvalidPayload"

    def __init__(self, details: Mapping[str, list[str]]) -> None:
        super().__init__(f"The request is not valid: {sentences(details)}", **details)

    @classmethod
    def at(cls, path: str, message: str) -> InvalidPayloadError:
        """One thing is wrong, at one path."""
        return cls({path: [message]})


class UnauthorizedError(ServiceError):
    """No access key, or a wrong one."""

    code = "Unauthorized"


class TooManyRequestsError(ServiceError):
    """Over the rate limit of the workspace."""

    code = "TooManyRequests"


def sentences(details: Mapping[str, list[str]], whole: str = "the body") -> str:
    """What is wrong where, to be read; `whole` is what the paths lead through."""
    return " ".join(
        f"{whole if path == ROOT else path} {message}{'' if message.endswith('?') else '.'}"
        for path, messages in details.items()
        for message in messages
    )
