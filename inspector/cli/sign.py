"""`inspector sign` and `inspector verify`: a signature computed, and a signature explained."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from inspector.cli.client import Inspector
from inspector.cli.options import HEADER, SECRET, command, json_option, option, signing_key_option
from inspector.cli.output import ACCEPTED, REFUSED, note, print_json, print_line, printable
from inspector.cli.pieces import Pieces, pieces_options, read_pieces, record_path
from inspector.errors import SignatureError
from inspector.webhook import signature as webhook_signature
from inspector.webhook.diagnosis import explain

_NO_KEY = "There is no key to work with. Give --signing-key, or INSPECTOR_SIGNING_KEY in the environment."


@command("sign")
@pieces_options
@signing_key_option("Key to sign with.")
@json_option("signature, timestamp and url as a JSON line")
def sign(signing_key: str | None, as_json: bool, **options: Any) -> None:
    """Compute the signature of a webhook.

    Give the pieces by options, or the id of a request that a running inspector recorded, whose own pieces are then
    used where no option says otherwise.

    Prints what belongs into the messagebird-signature header. Without a timestamp it is that of now, which is told.
    """
    if signing_key is None:
        raise SignatureError(_NO_KEY)
    pieces = read_pieces(**options)
    timestamp = pieces.timestamp
    if timestamp is None:
        timestamp = str(int(time.time()))
        note(f"{webhook_signature.TIMESTAMP_HEADER}: {timestamp}")
    signature = webhook_signature.sign(signing_key, timestamp, pieces.urls[0], pieces.body)
    if as_json:
        print_json({"signature": signature, "timestamp": timestamp, "url": pieces.urls[0]})
    else:
        print_line(signature)


@command("verify")
@pieces_options
@option("--signature", help="The signature to check: the header, or what your own code computed.")
@option(
    "--header",
    "headers",
    type=HEADER,
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Another header of the request, such as Host or X-Forwarded-Proto. May be repeated.",
)
@option(
    "--signing-key",
    type=SECRET,
    multiple=True,
    metavar="KEY",
    help="Key that it should be signed with; @file reads it from a file. May be repeated.",
)
@json_option("the explanation as a JSON line")
@click.pass_context
def verify(
    context: click.Context,
    /,
    *,
    signature: str | None,
    headers: tuple[tuple[str, str], ...],
    signing_key: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Check a signature and explain why it does not match.

    Give the pieces by options, or the id of a request that a running inspector recorded, whose own pieces are then
    used where no option says otherwise, and whose keys where none is given.

    Ends with 0 if the signature is valid, else with 1.
    """
    pieces = read_pieces(**options)
    pieces = replace(pieces, signature=signature or pieces.signature, headers=(*headers, *pieces.headers))
    if signing_key or options["request_id"] is None:
        explanation = _explain(pieces, signing_key)
    else:
        changed = any((signature, headers, options["url"], options["timestamp"], options["body"] is not None))
        explanation = _ask(pieces, changed=changed, **options)
    if explanation["verdict"] == "unchecked":
        raise SignatureError(_NO_KEY)
    if as_json:
        print_json(explanation)
    else:
        print_line("\n".join(_lines(explanation)))
    context.exit(ACCEPTED if explanation["verdict"] == "valid" else REFUSED)


def _explain(pieces: Pieces, keys: tuple[str, ...]) -> dict[str, Any]:
    return explain(
        url=pieces.urls,
        timestamp=pieces.timestamp,
        body=pieces.body,
        signature=pieces.signature,
        signing_keys=keys,
        headers=pieces.headers,
        now=time.time() if pieces.received_at is None else pieces.received_at,
        recorded=pieces.received_at is not None,
    ).to_json()


def _ask(
    pieces: Pieces, *, request_id: str, url: str | None, address: str, token: str | None, changed: bool, **_: Any
) -> dict[str, Any]:
    """The running inspector explains, with its own keys that it never tells: its record, or the pieces given."""
    inspector = Inspector(address, token)
    recorded: dict[str, Any] = inspector.get(f"{record_path(request_id)}/explanation")[1]
    if not changed:
        return recorded
    asked = {
        "url": url or recorded["url"],
        "timestamp": pieces.timestamp,
        "body_base64": base64.b64encode(pieces.body).decode("ascii"),
        "signature": pieces.signature,
        "headers": pieces.headers,
    }
    return dict(inspector.post("/-/api/verify", {name: value for name, value in asked.items() if value is not None}))


def _lines(explanation: dict[str, Any]) -> Iterator[str]:
    valid, cause = explanation["verdict"] == "valid", explanation["cause"]
    verdict = f"{explanation['verdict']}: {cause}" if cause else explanation["verdict"]
    yield click.style(printable(verdict), fg="green" if valid else "red", bold=True)
    yield printable(explanation["message"])
    if explanation["fix"]:
        yield printable(explanation["fix"])
    if explanation["also"]:
        yield printable(f"These explain it as well: {', '.join(explanation['also'])}")
    yield from _text("Signed text", explanation["signed_text"])
    yield from _text("Evidently signed", explanation["evidently_signed"] or [])
    yield ""
    yield f"Expected  {explanation['expected'] or 'nothing'}"
    yield f"Received  {printable(explanation['received'] or 'nothing')}"


def _text(title: str, parts: list[dict[str, Any]]) -> Iterator[str]:
    if not parts:
        return
    yield ""
    yield f"{title}:"
    for part in parts:
        text = f"{part['hex']} (hex)" if part["text"] is None else printable(part["text"]).replace("\n", "\\n")
        yield f"  {part['name']:<12}{text}{' …' if part['truncated'] else ''}"
