"""What the API and the Send page are asked to send: read, checked, and carried out over one sender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspector.recorder.replay import read_body
from inspector.sender.delivery import Delivery, DeliveryOptions, Sender
from inspector.sender.draft import Draft
from inspector.sender.factory import LIFECYCLE
from inspector.sender.faults import Fault, arrange, compose, parse_faults
from inspector.sender.load import LoadSummary, run_load
from inspector.sender.request import parse_url
from inspector.sender.retry import RetryPolicy
from inspector.web.operations import BadRequestError, field_of, only_fields

if TYPE_CHECKING:
    from inspector.sender.recipe import Made, Recipe

MOST_EVENTS = 100_000
"""Events in one call; more is a job for the command line."""

NUMBER = (int, float)

SEND_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "event": {"type": "string", "description": "conversation.created (or created), updated, deleted, lifecycle."},
        "body": {"description": "Sent as it stands (text), or as compact JSON, in place of a made event."},
        "url": {"type": "string", "description": "Where to send."},
        "url_signed": {"type": "string", "description": "The registered URL, where it is not the one sent to."},
        "signing_key": {"type": "string"},
        "count": {"type": "integer", "minimum": 1, "default": 1},
        "rate": {"type": "number", "description": "Events per second, evenly spaced."},
        "concurrency": {"type": "integer", "minimum": 1, "default": 1},
        "seed": {"type": ["integer", "string"]},
        "at": {"type": "number", "description": "When the first event happens, in Unix seconds."},
        "set": {"type": "object", "description": "Values by path."},
        "unset": {"type": "array", "items": {"type": "string"}},
        "headers": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "fault": {"type": "string"},
        "retry": {"type": "string", "description": "none, bird, or waits such as 1s,5s."},
        "timeout": {"type": "number", "description": "Seconds for each attempt."},
    },
}


@dataclass(frozen=True, slots=True)
class SendOrder:
    """Events, where they go, and how. `dated`: the start time was given, and signatures carry the events' own times."""

    recipe: Recipe
    url: str
    signing_key: str | None = field(repr=False)
    dated: bool
    faults: tuple[Fault, ...]
    options: DeliveryOptions
    rate: float | None
    concurrency: int

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> SendOrder:
        """Read what `SEND_SCHEMA` describes. Raises BadRequestError, and the errors of each part."""
        only_fields(content, *SEND_SCHEMA["properties"])
        url = target_of(content)
        parse_url(url)
        return cls(
            recipe=_recipe(content),
            url=url,
            signing_key=field_of(content, "signing_key", str),
            dated=content.get("at") is not None,
            faults=parse_faults(field_of(content, "fault", str)),
            options=_options(content),
            rate=field_of(content, "rate", NUMBER),
            concurrency=field_of(content, "concurrency", int, 1),
        )

    @property
    def total(self) -> int | None:
        """How many events there will be, if that is known."""
        return None if self.recipe.what == LIFECYCLE else self.recipe.count

    def check(self) -> None:
        """Make the first request and send nothing. Raises what would end the run at its first event."""
        made = next(self.recipe.events())
        draft = Draft(
            message=made.message,
            url=self.url,
            url_signed=self.options.get("url_signed") or self.url,
            signing_key=self.signing_key,
            request_id=made.request_id,
            timestamp=str(made.timestamp),
            now=made.timestamp,
        )
        compose(draft, self._own_faults, self.options.get("headers") or ())
        draft.request()

    async def run(
        self,
        sender: Sender,
        take: Callable[[Delivery], None],
        on_progress: Callable[[LoadSummary], None] | None = None,
    ) -> LoadSummary:
        """Send all. `take` is given each delivery when it is done. Ends as `run_load` does."""

        async def deliver(made: Made) -> Delivery:
            each = self.options.copy()
            each["request_id"], each["timestamp"] = made.request_id, made.timestamp if self.dated else None
            each["fault"] = self._own_faults
            delivery = await sender.deliver(made.message, self.url, self.signing_key, **each)
            take(delivery)
            return delivery

        events = arrange(self.recipe.events(), self.faults)
        return await run_load(deliver, events, rate=self.rate, concurrency=self.concurrency, on_progress=on_progress)

    @property
    def _own_faults(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.stage != "sequence")


def target_of(content: dict[str, Any]) -> str:
    """The `url` of an order. Raises BadRequestError where there is none."""
    url = field_of(content, "url", str)
    if not url:
        raise BadRequestError("'url' is missing: where to send to.", field="url")
    return str(url)


def _recipe(content: dict[str, Any]) -> Recipe:
    from inspector.sender.recipe import Recipe, changes_of  # noqa: PLC0415 - heavy: only when something is sent

    body = read_body(content)
    event = field_of(content, "event", str)
    if (body is None) == (event is None):
        raise BadRequestError("Give either 'event' or 'body'.", field="event")
    count = field_of(content, "count", int, 1)
    if not 1 <= count <= MOST_EVENTS:
        raise BadRequestError(f"'count' must be from 1 to {MOST_EVENTS}.", field="count")
    removed = field_of(content, "unset", list, [])
    if not all(isinstance(path, str) for path in removed):
        raise BadRequestError("'unset' must be an array of paths.", field="unset")
    return Recipe.prepare(
        event if body is None else body,
        count,
        seed=field_of(content, "seed", (int, str)),
        at=field_of(content, "at", NUMBER),
        changes=changes_of(field_of(content, "set", dict, {}), removed),
    )


def _options(content: dict[str, Any]) -> DeliveryOptions:
    headers = field_of(content, "headers", list, [])
    if not all(isinstance(pair, list) and [type(text) for text in pair] == [str, str] for pair in headers):
        raise BadRequestError("'headers' must be an array of [name, value] pairs.", field="headers")
    retry = field_of(content, "retry", str)
    return {
        "headers": [(name, value) for name, value in headers],
        "retry": RetryPolicy.parse(retry) if retry else None,
        "url_signed": field_of(content, "url_signed", str),
        "timeout": field_of(content, "timeout", NUMBER),
    }
