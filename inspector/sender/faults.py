"""Deliveries that go wrong on purpose: what is sent, and what a correct consumer does with it.

Each fault changes a draft at one stage: the event, the body before it is signed, the signing, what is sent after that
(bytes, headers, pace, copies), or the order of several deliveries. Faults combine (`slow-body+stale`) unless they claim
the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain, islice
from typing import Literal, TypeVar

from inspector.errors import DeliveryError
from inspector.sender import damage
from inspector.sender.draft import Draft
from inspector.sender.request import Header

T = TypeVar("T")
Stage = Literal["event", "body", "signing", "sent", "sequence"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to damage a delivery.

    `summary` says what is sent, `expected` what a correct consumer does with it. `apply` changes a draft at `stage`.
    Two faults that claim the same thing contradict each other; `needs_key`: unsigned, the fault would not show.
    """

    name: str
    stage: Stage
    apply: Callable[[Draft], None] = field(repr=False)
    summary: str
    expected: str
    claims: frozenset[str] = frozenset()
    needs_key: bool = False


FaultLike = str | Fault | Iterable[str | Fault] | None
"""A name, several joined with `+`, a Fault, or several of these."""


def parse_faults(given: FaultLike) -> tuple[Fault, ...]:
    """The faults asked for, in the order in which they are applied.

    Raises DeliveryError for a name that is none, with the nearest, and where two contradict each other.
    """
    if not given:
        return ()
    items = [given] if isinstance(given, str | Fault) else given
    named = chain.from_iterable([item] if isinstance(item, Fault) else _look_up(item) for item in items)
    faults = tuple(sorted(dict.fromkeys(named), key=_place))
    for place, fault in enumerate(faults):
        for rival in faults[:place]:
            _require_peace(rival, fault)
    return faults


def compose(draft: Draft, faults: tuple[Fault, ...], headers: Iterable[Header] = ()) -> None:
    """Take a draft from its message to its headers, each fault at its stage; `headers` are the caller's own.

    Raises DeliveryError for a fault that cannot be made of this message.
    """
    for fault in faults:
        _require_fit(fault, draft)
    _apply("event", draft, faults)
    draft.serialise()
    _apply("body", draft, faults)
    _apply("signing", draft, faults)
    draft.sign()
    if headers:
        draft.replace_headers(headers)
    _apply("sent", draft, faults)


def arrange(messages: Iterable[T], faults: tuple[Fault, ...]) -> Iterator[T]:
    """Messages in the order of sending: as given, or with `reorder` every two neighbours swapped."""
    waiting = iter(messages)
    if not any(fault.stage == "sequence" for fault in faults):
        return waiting
    pairs = iter(lambda: list(islice(waiting, 2)), [])
    return chain.from_iterable(reversed(pair) for pair in pairs)


def _apply(stage: Stage, draft: Draft, faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        if fault.stage == stage:
            fault.apply(draft)


def _place(fault: Fault) -> int:
    return [*FAULTS, fault.name].index(fault.name)


def _look_up(text: str) -> list[Fault]:
    names = [name for name in re.split(r"[+,\s]+", text) if name]
    for name in names:
        if name not in FAULTS:
            nearest = get_close_matches(name, FAULTS, cutoff=0.5)
            question = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
            message = f"There is no fault {name!r}.{question} There are {', '.join(FAULTS)}."
            raise DeliveryError(message, nearest=nearest)
    return [FAULTS[name] for name in names]


def _require_peace(fault: Fault, rival: Fault) -> None:
    disputed = " and the ".join(sorted(fault.claims & rival.claims))
    if disputed:
        raise DeliveryError(f"{fault.name} contradicts {rival.name}: each decides on the {disputed}. Take one of them.")


def _require_fit(fault: Fault, draft: Draft) -> None:
    if fault.needs_key and draft.signing_key is None:
        raise DeliveryError(f"{fault.name} shows only on a signed delivery. Give the signing key too.")
    if fault.stage == "sequence":
        raise DeliveryError(
            f"{fault.name} needs several events in one call. Send a lifecycle, or a count of 2 or more."
        )


def _claims(*names: str) -> frozenset[str]:
    return frozenset(names)


_ALL = (
    Fault(
        "bad-signature",
        "sent",
        damage.break_signature,
        "The signature has the right form (44 characters of base64) and is wrong.",
        "Refuses it, with 401 or another 4xx, and does nothing.",
        _claims("signature"),
        needs_key=True,
    ),
    Fault(
        "wrong-key",
        "signing",
        damage.sign_with_wrong_key,
        "Signed faultlessly, with another key.",
        "Refuses it, with 401 or another 4xx, and does nothing.",
        _claims("signature"),
        needs_key=True,
    ),
    Fault(
        "no-signature",
        "sent",
        damage.drop_signature,
        "The signature header is missing, the timestamp is there.",
        "Refuses it, with 401 or another 4xx: a consumer that has a key takes nothing unsigned.",
        _claims("signature"),
        needs_key=True,
    ),
    Fault(
        "tampered-body",
        "sent",
        damage.tamper,
        "The last digit of the body is changed after signing; it is still JSON of the same length.",
        "Refuses it, with 401 or another 4xx, and does nothing.",
        _claims("content", "encoding"),
        needs_key=True,
    ),
    Fault(
        "stale",
        "signing",
        damage.make_stale,
        "Signed faultlessly, with a timestamp of 24 hours ago.",
        "Refuses it as a replay: no redelivery is older than 8 hours. It must still accept what is younger.",
        _claims("timestamp"),
        needs_key=True,
    ),
    Fault(
        "future",
        "signing",
        damage.make_future,
        "Signed faultlessly, with a timestamp of one hour ahead.",
        "Refuses it, or accepts it if it never looks at the age; a few minutes ahead must be accepted.",
        _claims("timestamp"),
        needs_key=True,
    ),
    Fault(
        "duplicate",
        "sent",
        damage.send_twice,
        "The same request, with the same request id, twice: the second after the answer to the first.",
        "Answers 2xx to both and acts once: it remembers the request id.",
        _claims("copies"),
    ),
    Fault(
        "concurrent-duplicate",
        "sent",
        damage.send_twice_together,
        "The same request, with the same request id, twice at the same time.",
        "Answers 2xx to both and acts once: looking up and remembering the request id is one step.",
        _claims("copies"),
    ),
    Fault(
        "reorder",
        "sequence",
        damage.change_nothing,
        "Of several events every two neighbours are swapped: the second first.",
        "Answers 2xx to all and never lets an older state (by updatedAt) replace a newer one.",
    ),
    Fault(
        "truncated-json",
        "body",
        damage.truncate_json,
        "The first half of the body, signed as it is sent.",
        "Answers 400 or another 4xx: the signature holds, but it is no JSON. Never 5xx.",
        _claims("content"),
    ),
    Fault(
        "wrong-content-type",
        "sent",
        damage.mistake_content_type,
        "The right body with content-type: text/plain.",
        "Answers 2xx, or 415. Never 5xx.",
    ),
    Fault(
        "empty-body",
        "body",
        damage.empty_body,
        "No body (content-length: 0), signed as it is sent.",
        "Answers 400 or another 4xx. Never 5xx.",
        _claims("content", "event name", "fields", "nulls", "size", "encoding", "pace", "end"),
    ),
    Fault(
        "unknown-event",
        "event",
        damage.unknown_event,
        f"An event of the name {damage.UNKNOWN_EVENT}, signed faultlessly.",
        "Answers 2xx and ignores it: refusing makes the service try again for hours.",
        _claims("event name"),
    ),
    Fault(
        "unknown-field",
        "event",
        damage.unknown_field,
        f"A payload with one field more, {damage.UNKNOWN_FIELD}.",
        "Answers 2xx and ignores the field.",
        _claims("fields"),
    ),
    Fault(
        "null-fields",
        "event",
        damage.null_fields,
        "A payload with null in every field that is not required.",
        "Answers 2xx: what is not required may be null.",
        _claims("nulls", "size"),
    ),
    Fault(
        "huge-body",
        "event",
        damage.huge_body,
        "A payload with 1 MiB of attributes.",
        "Answers 2xx, or 413. Neither 5xx nor silence.",
        _claims("size"),
    ),
    Fault(
        "slow-body",
        "sent",
        damage.send_slowly,
        f"The body in {damage.SLOW_PIECES} pieces, {damage.SLOW_PAUSE} s before each.",
        "Waits for the whole body, then answers 2xx.",
        _claims("pace"),
    ),
    Fault(
        "cut-connection",
        "sent",
        damage.cut_connection,
        "Half of the body that was announced, then the connection is closed.",
        "Does nothing with the half, and takes the next delivery.",
        _claims("end"),
    ),
    Fault(
        "chunked",
        "sent",
        damage.send_chunked,
        f"The body in {damage.CHUNKS} chunks, with transfer-encoding: chunked and no content-length.",
        "Answers 2xx.",
    ),
    Fault(
        "reserialised",
        "sent",
        damage.reserialise,
        "Signed in one serialisation and sent in another: the same JSON with other blanks.",
        "Refuses it, with 401 or another 4xx: the signature covers the bytes, not what they mean.",
        _claims("content", "encoding"),
        needs_key=True,
    ),
    Fault(
        "gzip",
        "body",
        damage.compress,
        "The body in gzip, with content-encoding: gzip; the signature covers the compressed bytes, as they are sent.",
        "Verifies the bytes as received, then unpacks them and answers 2xx; or answers 415. Never 5xx.",
        _claims("encoding"),
    ),
)

FAULTS = {fault.name: fault for fault in _ALL}
"""All faults by name."""
