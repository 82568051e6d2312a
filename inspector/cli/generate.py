"""`inspector generate`: the events that `send` would send, as JSON Lines."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any

import click
from click.core import ParameterSource

from inspector.cli.events import event_options, prepare
from inspector.cli.options import command, option, signing_key_option
from inspector.cli.output import note, print_json, print_line, reader_may_leave
from inspector.errors import ConfigError
from inspector.sender.draft import Draft
from inspector.sender.recipe import Made
from inspector.sender.request import as_text, parse_url
from inspector.sender.world import START
from inspector.webhook.event import Event
from inspector.webhook.times import format_time


@command("generate")
@event_options(default_start=f"now; with a seed {format_time(START)}")
@option("--signed", metavar="URL", help="Wrap each event with the headers it would have at this URL.")
@signing_key_option("Key to sign with; needs --signed.")
@click.pass_context
def generate(
    context: click.Context,
    /,
    *,
    signed: str | None,
    signing_key: str | None,
    seed: str | None,
    at: float | None,
    **options: Any,
) -> None:
    """Print synthetic events as JSON Lines; send nothing.

    EVENT is conversation.created, conversation.updated or conversation.deleted (created, updated, deleted for short),
    lifecycle for all events of a conversation, or @file.json. A seed alone repeats: equal seed and start time give the
    same bytes everywhere.

    With --signed, each line is {"url", "headers", "body"}, where body is the exact text that the signature is of.
    """
    if signed is not None:
        parse_url(signed)
    elif context.get_parameter_source("signing_key") is ParameterSource.COMMANDLINE:
        raise ConfigError("--signing-key signs nothing here without a URL to sign. Give --signed URL too.")
    # A seed by itself is enough to get the same again, where nobody looks at the age of what comes out.
    recipe = prepare(seed=seed, at=START if at is None and seed is not None else at, **options)
    events = recipe.events()
    first = list(islice(events, 1))  # nothing is told of what cannot be made
    if seed is None:
        note(f"To make the same again: {recipe.again()}")
    with reader_may_leave():
        for made in chain(first, events):
            if signed is None:
                print_line(_event(made.message).to_bytes())
            else:
                print_json(_wrapped(made, signed, signing_key))


def _event(message: Event | bytes) -> Event:
    return Event.from_bytes(message) if isinstance(message, bytes) else message


def _wrapped(made: Made, url: str, signing_key: str | None) -> dict[str, Any]:
    timestamp = str(made.timestamp)
    draft = Draft(made.message, url, url, signing_key, made.request_id, timestamp, made.timestamp)
    draft.serialise()
    draft.sign()
    headers = {as_text(name): as_text(value) for name, value in draft.headers}
    return {"url": url, "headers": headers, "body": as_text(draft.body)}
