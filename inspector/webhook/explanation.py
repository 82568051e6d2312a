"""The answer of the diagnosis: what is wrong with a signature, what to do, and what was signed on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from inspector.webhook.signature import Verdict

MAX_SHOWN = 4096
"""Bytes of one part that JSON shows; a body signed in place of its digest may be long."""

PartName = Literal["timestamp", "separator", "url", "body_digest", "body_digest_text", "body", "text"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a signed text: what it is, and its bytes. `digest_of` are wrong bytes that a digest was taken of."""

    name: PartName
    data: bytes
    digest_of: bytes | None = None

    @property
    def text(self) -> str | None:
        """The bytes as text; None for a raw digest and where they are no UTF-8."""
        return None if self.name == "body_digest" else _as_text(self.data)

    def to_json(self) -> dict[str, Any]:
        """Name, text (null where the bytes are no text), hex and size in bytes; long parts are cut."""
        return {
            "name": self.name,
            "text": _cut(self.text),
            "hex": self.data[:MAX_SHOWN].hex(),
            "size": len(self.data),
            "truncated": len(self.data) > MAX_SHOWN,
            "digest_of": None if self.digest_of is None else _cut(_as_text(self.digest_of)),
        }


def _as_text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MAX_SHOWN]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a signature holds or does not.

    `cause` is a slug, or two joined by `+`, or `unknown`; None unless the signature is invalid, or missing in favour of
    another scheme. `also` lists other causes, of as few mistakes, that give the same bytes. `signed_text` is what
    should be signed for `url` and `key`, `evidently_signed` what was, where that is known. `expected` and `received`
    are header values. `ruled_out` lists the slugs that were tried in vain, `partly_tried` those of which a long body
    allowed only the likeliest ways.
    """

    verdict: Verdict
    message: str
    cause: str | None = None
    fix: str | None = None
    key: str | None = None
    url: str | None = None
    expected: str | None = None
    received: str | None = None
    signed_text: tuple[Part, ...] = ()
    evidently_signed: tuple[Part, ...] | None = None
    also: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    partly_tried: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, in snake_case; `signed_text` holds the parts in their order."""
        evident = self.evidently_signed
        return {
            "verdict": self.verdict,
            "cause": self.cause,
            "message": self.message,
            "fix": self.fix,
            "key": self.key,
            "url": self.url,
            "expected": self.expected,
            "received": self.received,
            "signed_text": [part.to_json() for part in self.signed_text],
            "evidently_signed": None if evident is None else [part.to_json() for part in evident],
            "also": list(self.also),
            "ruled_out": list(self.ruled_out),
            "partly_tried": list(self.partly_tried),
        }
