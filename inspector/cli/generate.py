"""`inspector generate`: the events that `send` would send, as JSON Lines."""

from __future__ import annotations

from typing import Any

from inspector.cli.events import Made, event_options, recipe
from inspector.cli.options import command, option, signing_key_option
from inspector.cli.output import note, print_json, print_line, reader_may_leave
from inspector.sender.request import parse_url
from inspector.sender.response import as_text
from inspector.sender.world import START
from inspector.webhook.event import Event
from inspector.webhook.times import format_time


@command("generate")
@event_options(default_start=f"now; with a seed {format_time(START)}")
@option("--signed", metavar="URL", help="Wrap each event with the headers it would have at this URL.")
@signing_key_option("Key to sign with.")
def generate(signed: str | None, signing_key: str | None, seed: str | None, at: float | None, **options: Any) -> None:
    """Print synthetic events as JSON Lines; send nothing.

    EVENT is conversation.created, conversation.updated or conversation.deleted (created, updated, deleted for short),
    lifecycle for all events of a conversation, or @file.json. A seed alone repeats: equal seed and start time give the
    same bytes everywhere.

    With --signed, each line is {"url", "headers", "body"}, where body is the exact text that the signature is of.
    """
    if signed is not None:
        parse_url(signed)
    # A seed by itself is enough to get the same again, where nobody looks at the age of what comes out.
    what = recipe(seed=seed, at=START if at is None and seed is not None else at, **options)
    if seed is None:
        note(f"To make the same again: {what.again()}")
    with reader_may_leave():
        for made in what.events():
            if signed is None:
                print_line(_event(made.message).to_bytes())
            else:
                print_json(_wrapped(made, signed, signing_key))


def _event(message: Event | bytes) -> Event:
    return Event.from_bytes(message) if isinstance(message, bytes) else message


def _wrapped(made: Made, url: str, signing_key: str | None) -> dict[str, Any]:
    draft = made.draft(url, url, signing_key)
    draft.serialise()
    draft.sign()
    headers = {as_text(name): as_text(value) for name, value in draft.headers}
    return {"url": url, "headers": headers, "body": draft.body.decode("utf-8", "replace")}
