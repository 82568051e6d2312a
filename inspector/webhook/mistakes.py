"""The mistakes that integrators make with signatures, as data (contract.md §4).

A row names the mistake, the ingredient of the signature that it changes, and the function that yields the wrong values.
To teach the diagnosis a new one, add a row here, words for a new slug in `advice.py`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from inspector.settings import SigningKey
from inspector.webhook import body_variants, recipe_variants, url_encodings, url_variants

Ingredient = Literal["key", "timestamp", "separators", "url", "body", "digest", "algorithm"]


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known around a request: from its headers other hosts, ports and path prefixes, and keys used elsewhere."""

    authorities: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    other_keys: tuple[SigningKey, ...] = ()


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
    _row("other-key", "key", recipe_variants.other_key),
    _row("key-base64-decoded", "key", recipe_variants.base64_decoded_key),
    _row("key-whitespace", "key", recipe_variants.key_whitespace),
    _rare("key-whitespace", "key", recipe_variants.rare_key_whitespace),
    _row("url-scheme", "url", url_variants.scheme),
    _rare("url-scheme", "url", url_variants.rare_scheme),
    Mistake(("url-scheme", "url-host"), "url", url_variants.inner_origin, alone=True),
    _row("url-host", "url", url_variants.host),
    _rare("url-host", "url", url_variants.rare_host),
    _row("url-port", "url", url_variants.port),
    _rare("url-port", "url", url_variants.rare_port),
    _row("url-trailing-slash", "url", url_variants.trailing_slash),
    _rare("url-trailing-slash", "url", url_variants.rare_trailing_slash),
    _row("url-path", "url", url_variants.path),
    _rare("url-path", "url", url_variants.rare_path),
    _row("url-query-dropped", "url", url_variants.query_dropped),
    _rare("url-query-dropped", "url", url_variants.query_partly_dropped),
    _row("url-query-order", "url", url_variants.query_order),
    _rare("url-query-order", "url", url_variants.query_any_order),
    _row("url-encoding", "url", url_encodings.encoding),
    _rare("url-encoding", "url", url_encodings.rare_encoding),
    _row("url-missing", "url", url_variants.missing),
    _rare("url-missing", "url", url_variants.missing_in_words),
    _row("legacy-query-scheme", "url", url_encodings.legacy_query),
    _rare("legacy-query-scheme", "url", url_encodings.rare_legacy_query),
    _row("body-hex-digest", "digest", recipe_variants.hex_digest),
    _rare("body-hex-digest", "digest", recipe_variants.rare_hex_digest),
    _row("body-not-hashed", "digest", recipe_variants.not_hashed),
    _row("body-reserialised", "body", body_variants.reserialised),
    _rare("body-reserialised", "body", body_variants.rarely_reserialised),
    _row("body-charset", "body", body_variants.charset),
    _rare("body-charset", "body", body_variants.rare_charset),
    _rare("body-charset", "digest", recipe_variants.digest_as_text),
    _row("body-newline", "body", body_variants.newline),
    _rare("body-newline", "body", body_variants.rare_newline),
    _row("body-bom", "body", body_variants.byte_order_mark),
    _row("body-empty", "body", body_variants.empty),
    _rare("body-empty", "body", body_variants.unparsed),
    _rare("body-empty", "digest", recipe_variants.digest_left_out),
    _row("separator", "separators", recipe_variants.separator),
    _rare("separator", "separators", recipe_variants.rare_separator),
    _row("timestamp-milliseconds", "timestamp", recipe_variants.milliseconds),
    _row("timestamp-missing", "timestamp", recipe_variants.timestamp_missing),
    _rare("timestamp-missing", "timestamp", recipe_variants.timestamp_in_words),
    _rare("timestamp-mismatch", "timestamp", recipe_variants.timestamp_form),
    _row("algorithm", "digest", recipe_variants.digest_algorithm),
    _rare("algorithm", "digest", recipe_variants.rare_digest_algorithm),
    _row("algorithm", "algorithm", recipe_variants.mac_algorithm),
    _rare("algorithm", "algorithm", recipe_variants.rare_mac_algorithm),
)
"""In the published order of their slugs. Signature texts, schemes and the search of timestamps stand beside the table,
in `readings.py`, `schemes.py` and `diagnosis.py`: they are no wrong ingredient, or too many to list."""
