"""How a test fails here."""

from __future__ import annotations

from inspector.errors import InspectorError


class WebhookFailure(InspectorError, AssertionError):  # noqa: N818 - tests fail; errors are something else
    """What a test expected of webhooks did not come true: a failure of the test, not an error in it."""

    code = "unmet_expectation"
