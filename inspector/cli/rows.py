"""Recorded requests and deliveries as lines for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from inspector.cli.output import printable
from inspector.units import format_size

COLOURS = {"valid": "green", "invalid": "red", "missing": "yellow"}


def request_row(request: dict[str, Any]) -> str:
    """One recorded request (a summary of the API): id, time, what came, how it was answered, what it is."""
    event, signature = request["event"], request["signature"]
    parts = [
        click.style(request["id"], dim=True),
        _clock(request["received_at"]),
        str(request["answer"]["status"]),
        printable(f"{request['method']} {request['path']}"),
        printable(event["name"]) if event else "no event",
        click.style(f"signature {_verdict(signature)}", fg=COLOURS.get(signature["verdict"])),
        format_size(request["size"]),
    ]
    if request["attempt"] > 1:
        parts.append(f"attempt {request['attempt']}")
    return "  ".join(parts)


def _verdict(signature: dict[str, Any]) -> str:
    return f"{signature['verdict']} ({signature['cause']})" if signature["cause"] else str(signature["verdict"])


def _clock(received_at: str) -> str:
    return datetime.fromisoformat(received_at).astimezone().strftime("%H:%M:%S")
