"""How a test fails here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from inspector.errors import InspectorError

P = ParamSpec("P")
T = TypeVar("T")


class WebhookFailure(InspectorError, AssertionError):  # noqa: N818 - tests fail; errors are something else
    """What a test expected of webhooks did not come true: a failure of the test, not an error in it."""

    code = "unmet_expectation"


def told_at_the_call(function: Callable[P, T]) -> Callable[P, T]:
    """Leave what is inside of us out of the traceback of our own errors: it is the test's call that is wrong."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except InspectorError as error:
            raise error.with_traceback(None) from error.__cause__

    return call
