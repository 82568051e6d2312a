"""The mistakes that integrators make with signatures, as data (contract.md §4).

A row names the mistake, the ingredient of the signature that it changes, and the function that yields the wrong values.
To teach the diagnosis a new one, add a row here, words for a new slug in `advice.py`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from inspector.settings import SigningKey
from inspector.webhook.variants import body, recipe, url, url_encoding

Ingredient = Literal["key", "timestamp", "separators", "url", "body", "digest", "algorithm"]


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known around a request: other hosts, ports and path prefixes in its headers, and keys used elsewhere.

    `owners` has words for those that are of a subscription, by key.
    """

    authorities: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    other_keys: tuple[SigningKey, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One way to go wrong. `variants` takes the ingredient's value and yields wrong ones, each with words for it.

    `alone` says that it is rare, and not tried together with another mistake. Two slugs mean that it counts as two.
    """

    slugs: tuple[str, ...]
    ingredient: Ingredient
    variants: Callable[[Any, Clues], Iterable[tuple[Any, str]]]
    alone: bool = False

    def wrong_values(self, value: Any, clues: Clues) -> Iterator[tuple[Any, str]]:
        """What this mistake makes of a value; nothing where it does not apply, such as for a text that is no URL."""
        try:
            yield from self.variants(value, clues)
        except ValueError:  # an encoding that does not fit: this and what follows it do not apply
            return


def _row(slug: str, ingredient: Ingredient, variants: Callable[[Any, Clues], Iterable[tuple[Any, str]]]) -> Mistake:
    return Mistake((slug,), ingredient, variants)


def _rare(slug: str, ingredient: Ingredient, variants: Callable[[Any, Clues], Iterable[tuple[Any, str]]]) -> Mistake:
    return Mistake((slug,), ingredient, variants, alone=True)


MISTAKES: tuple[Mistake, ...] = (
    _row("other-key", "key", recipe.other_key),
    _row("key-base64-decoded", "key", recipe.base64_decoded_key),
    _row("key-whitespace", "key", recipe.key_whitespace),
    _rare("key-whitespace", "key", recipe.rare_key_whitespace),
    _row("url-scheme", "url", url.scheme),
    _rare("url-scheme", "url", url.rare_scheme),
    Mistake(("url-scheme", "url-host"), "url", url.inner_origin, alone=True),
    Mistake(("url-scheme", "url-port"), "url", url.inner_port, alone=True),
    _row("url-host", "url", url.host),
    _rare("url-host", "url", url.rare_host),
    _row("url-port", "url", url.port),
    _rare("url-port", "url", url.rare_port),
    _row("url-trailing-slash", "url", url.trailing_slash),
    _rare("url-trailing-slash", "url", url.rare_trailing_slash),
    _row("url-path", "url", url.path),
    _rare("url-path", "url", url.rare_path),
    _row("url-query-dropped", "url", url.query_dropped),
    _rare("url-query-dropped", "url", url.query_partly_dropped),
    _row("url-query-order", "url", url.query_order),
    _rare("url-query-order", "url", url.query_any_order),
    _row("url-encoding", "url", url_encoding.encoding),
    _rare("url-encoding", "url", url_encoding.rare_encoding),
    _row("url-missing", "url", url.missing),
    _rare("url-missing", "url", url.missing_in_words),
    _row("legacy-query-scheme", "url", url_encoding.legacy_query),
    _rare("legacy-query-scheme", "url", url_encoding.rare_legacy_query),
    _row("body-hex-digest", "digest", recipe.hex_digest),
    _rare("body-hex-digest", "digest", recipe.rare_hex_digest),
    _row("body-not-hashed", "digest", recipe.not_hashed),
    _row("body-reserialised", "body", body.reserialised),
    _rare("body-reserialised", "body", body.rarely_reserialised),
    _row("body-charset", "body", body.charset),
    _rare("body-charset", "body", body.rare_charset),
    _row("body-charset", "digest", recipe.digest_as_text),
    _row("body-newline", "body", body.newline),
    _rare("body-newline", "body", body.rare_newline),
    _row("body-bom", "body", body.byte_order_mark),
    _row("body-empty", "body", body.empty),
    _rare("body-empty", "body", body.unparsed),
    _rare("body-empty", "digest", recipe.digest_left_out),
    _row("separator", "separators", recipe.separator),
    _rare("separator", "separators", recipe.rare_separator),
    _row("timestamp-milliseconds", "timestamp", recipe.milliseconds),
    _row("timestamp-missing", "timestamp", recipe.timestamp_missing),
    _rare("timestamp-missing", "timestamp", recipe.timestamp_in_words),
    _rare("timestamp-mismatch", "timestamp", recipe.timestamp_form),
    _row("algorithm", "digest", recipe.digest_algorithm),
    _rare("algorithm", "digest", recipe.rare_digest_algorithm),
    _row("algorithm", "algorithm", recipe.mac_algorithm),
    _rare("algorithm", "algorithm", recipe.rare_mac_algorithm),
)
"""In the published order of their slugs. Beside the table stand what is no wrong ingredient or too much to list: the
signature's text (`readings.py`), other times (`instants.py`), other schemes (`schemes.py`, `foreign.py`)."""
