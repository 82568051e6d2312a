"""Where a request body departs from the documented contract.

`event.py` describes the contract; here its validation errors, and what reading the JSON brought to light, become
findings. A finding is an *error* only where the contract is certain (contract.md §2):

- error: a missing required field, a wrong type, a wrong form, a value outside a list that is known to be whole, more
  than five featured participants; JSON that parsers refuse or disagree on (byte-order mark, bytes that are no UTF-8,
  NaN, half surrogate pairs, repeated keys);
- note: a value outside the lists that may be incomplete (status of a conversation, type of a message or participant, name
  of an event), an unknown field, null in an optional field other than `recipients`, numbers that parsers round.

Notes alone leave the verdict `conforms`. The payload of an event that is not documented is not checked. A body that is
no envelope of the service is `not_an_event`, and its findings say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from inspector.webhook.event import BAD_FORMAT, CONTRACT, SERVICE, UNDOCUMENTED_NULL, UNLISTED, Envelope
from inspector.webhook.jsontext import JsonError, JsonReading, Oddity, OddityKind, read_json
from inspector.webhook.paths import format_path

ContractVerdict = Literal["conforms", "departs", "not_an_event"]
FindingKind = Literal["missing", "type", "value", "unknown", "format"]
Severity = Literal["error", "note"]

MAX_FINDINGS = 100

_KEYS = ("service", "event", "payload")
_TYPES = {"service": str, "event": str, "payload": dict}
_ODDITIES: dict[OddityKind, tuple[FindingKind, Severity]] = {
    "utf-8": ("format", "error"),
    "bom": ("format", "error"),
    "not-a-number": ("format", "error"),
    "surrogate": ("format", "error"),
    "duplicate-key": ("value", "error"),
    "number": ("value", "note"),
    "depth": ("value", "note"),
}
