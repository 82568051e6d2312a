"""All settings of one inspector, read once from flags, `INSPECTOR_…` and defaults into one frozen object."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from inspector.errors import ConfigError

RETRY_WINDOW = 8 * 3600.0
"""Seconds for which the real service retries a delivery (contract.md §1); older signatures are `stale`."""

_LABEL = re.compile(r"([a-z][a-z0-9_-]*)=([^=].*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signing key and the label it is shown by. The key is plain text and never appears in a repr."""

    key: str = field(repr=False)
    label: str | None = None

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read `[LABEL=]KEY`; `@file` in place of KEY reads the file.

        The label is split off only when something other than `=` follows the first `=`: base64 keys end in `=`.
        """
        match = _LABEL.fullmatch(text)
        label, key = (match[1], match[2]) if match else (None, text)
        key = read_secret(key)
        if not key:
            raise ConfigError("A signing key is empty. Give KEY, LABEL=KEY or @file.")
        return cls(key, label)


def read_secret(text: str) -> str:
    """The text itself, or with `@file` what the file holds, without its final newline. Raises ConfigError."""
    if not text.startswith("@"):
        return text
    try:
        content = Path(text[1:]).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"Cannot read the key from {text[1:]!r}: {why}.") from None
    return content.removesuffix("\n").removesuffix("\r")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one inspector needs to know. Sizes in bytes, times in seconds; `capacity` counts requests.

    `forward_to` are targets written `URL[ q]`, `forward_retry` is a retry policy (`none`, `bird`, `1s,5s`).
    """

    host: str = "127.0.0.1"
    port: int = 4747
    signing_keys: tuple[SigningKey, ...] = ()
    public_url: str | None = None
    forward_to: tuple[str, ...] = ()
    forward_retry: str = "none"
    capacity: int = 10_000
    max_memory: int = 256 * 1024**2
    max_body: int = 10 * 1024**2
    max_age: float | None = None
    allow_hosts: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    stale_after: float = RETRY_WINDOW

    def __post_init__(self) -> None:
        _require(0 <= self.port <= 65535, f"--port {self.port} is not between 0 and 65535 (0 picks a free port).")
        _require(self.capacity >= 1, f"--capacity {self.capacity} must be at least 1.")
        _require(self.max_body >= 0, f"--max-body {self.max_body} must not be negative.")
        _require(self.max_memory >= 1, f"--max-memory {self.max_memory} must be at least 1.")
        if self.public_url is not None:
            _require_http_url(self.public_url)


def signing_keys(texts: Iterable[str]) -> tuple[SigningKey, ...]:
    """Parse several `[LABEL=]KEY` texts, as `--signing-key` of `serve` takes them."""
    return tuple(SigningKey.parse(text) for text in texts)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


def _require_http_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"--public-url {url!r} is not a URL: {error}.") from None
    _require(
        parts.scheme in ("http", "https") and bool(parts.hostname),
        f"--public-url {url!r} is not an http(s) URL. Give the address the sender knows, such as https://app.example.",
    )
