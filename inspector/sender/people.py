"""People, companies and sentences for synthetic events: small pools that Faker fills once per process.

Asking Faker for every event would cost twenty times more than the rest of making it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING

from inspector.errors import EventError

if TYPE_CHECKING:
    from faker import Faker

DEFAULT_LOCALES = ("en_US", "nl_NL", "fr_FR", "pl_PL", "ja_JP")
"""Enough languages that names and texts are not all ASCII."""

_PROVIDERS = ["faker.providers.person", "faker.providers.company", "faker.providers.lorem"]
_POOL_SEED = 4747
_PEOPLE, _COMPANIES, _SENTENCES = 200, 50, 150  # in all languages together
_SHORT_TEXTS = ("hallo", "ok", "👍", "?", "🙏🏽 :-)")


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person: the name as displayed, and the same in ASCII as the local part of an e-mail address."""

    name: str
    mailbox: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What one language has to fill events with; the same in every process for an equal version of Faker."""

    people: tuple[Person, ...]
    companies: tuple[str, ...]
    sentences: tuple[str, ...]


def fill_pools(locale: str | Sequence[str] | None = None) -> tuple[Pool, ...]:
    """A pool for each of one or several locales such as `nl_NL` (None: a mixture). The first call imports Faker: 0.1 s.

    Raises EventError for a locale that Faker does not know.
    """
    locales = (locale,) if isinstance(locale, str) else tuple(locale or DEFAULT_LOCALES)
    return _fill_pools(locales)


@cache
def _fill_pools(locales: tuple[str, ...]) -> tuple[Pool, ...]:
    return tuple(_fill_pool(_faker(locale), len(locales)) for locale in locales)


def _fill_pool(faker: Faker, languages: int) -> Pool:
    return Pool(
        people=tuple(_person(faker) for _ in range(ceil(_PEOPLE / languages))),
        companies=tuple(faker.company() for _ in range(ceil(_COMPANIES / languages))),
        sentences=_SHORT_TEXTS + tuple(faker.sentence() for _ in range(ceil(_SENTENCES / languages))),
    )


def _faker(locale: str) -> Faker:
    from faker import Faker  # noqa: PLC0415  # a tenth of a second, paid by those who make events

    try:
        faker = Faker(locale, providers=_PROVIDERS)
    except AttributeError:
        raise EventError(f"{locale!r} is not a locale that Faker knows. Give one such as en_US or nl_NL.") from None
    faker.seed_instance(_POOL_SEED)
    return faker


def _person(faker: Faker) -> Person:
    from faker.decode import unidecode  # noqa: PLC0415

    name = faker.name()
    return Person(name, re.sub(r"[^a-z]+", ".", unidecode(name).lower()).strip("."))
