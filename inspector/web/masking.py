"""Which parts of a captured request are secrets, and what stands in their place until somebody asks.

Masked are Authorization, Cookie, keys and tokens. Signatures are not: they are what a webhook inspector is for, and
they give nothing away without the key.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

from inspector.recorder import replay

MASK = replay.MASK

SURELY_ITSELF = 6
"""Characters from which on a secret is masked wherever it stands, not only behind its name."""

_SECRET_HEADER = re.compile(
    r"(proxy-)?authorization|(set-)?cookie2?|.*(api|access|auth|secret|private|signing|subscription)[-_]?key.*"
    r"|.*(token|secret|password|passwd|credential).*|x-functions-key",
    re.IGNORECASE,
)
_SECRET_PARAMETER = re.compile(
    r"key|sig|auth|code|pass|pwd|.*(api|access|auth|secret|private|signing)[-_]?key|.*(token|secret|password|credential)",
    re.IGNORECASE,
)


def is_secret_header(name: str) -> bool:
    """Whether a header's value is masked."""
    return _SECRET_HEADER.fullmatch(name) is not None


def is_secret_parameter(name: str) -> bool:
    """Whether the value of a query parameter is masked."""
    return _SECRET_PARAMETER.fullmatch(name) is not None


def mask_query(query: str) -> str:
    """A query as sent, with the values of secret parameters masked and everything else untouched."""
    return "&".join(_mask_pair(pair) for pair in query.split("&"))


def mask_target(target: str) -> str:
    """A request target, or a whole URL, with its query masked."""
    path, mark, query = target.partition("?")
    return path + mark + mask_query(query)


def mask_in_text(text: str, query: str) -> str:
    """A text that may speak of a request, with the secret values of its `query` masked, however they are written."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if not value or not is_secret_parameter(name):
            continue
        plain = unquote_plus(value)
        for written in sorted({value, plain, quote(plain, safe="")}, key=len, reverse=True):
            text = text.replace(f"{name}={written}", f"{name}={MASK}")
            if len(written) >= SURELY_ITSELF:
                text = text.replace(written, MASK)
    return text


def _mask_pair(pair: str) -> str:
    name, mark, value = pair.partition("=")
    return f"{name}={MASK}" if value and is_secret_parameter(name) else name + mark + value
