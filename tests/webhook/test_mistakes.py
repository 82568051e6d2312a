from __future__ import annotations

from collections.abc import Iterator

import pytest

from inspector.settings import SigningKey
from inspector.webhook.advice import ADVICE, RANK, hints, in_order, sentence
from inspector.webhook.mistakes import MISTAKES, Clues, Mistake

PUBLISHED = """
other-key key-base64-decoded key-whitespace url-scheme url-host url-port url-trailing-slash url-path
url-query-dropped url-query-order url-encoding url-missing legacy-query-scheme legacy-jwt standard-webhooks
body-hex-digest body-not-hashed body-reserialised body-charset body-newline body-bom body-empty signature-hex
signature-base64url signature-unpadded separator timestamp-milliseconds timestamp-missing timestamp-mismatch algorithm
""".split()  # noqa: SIM905 - as it is published
BESIDE_THE_TABLE = {"legacy-jwt", "standard-webhooks", "signature-hex", "signature-base64url", "signature-unpadded"}


def test_every_published_slug_has_advice_in_the_published_order() -> None:
    assert list(ADVICE) == PUBLISHED


def test_every_slug_is_in_the_table_or_beside_it() -> None:
    assert {slug for row in MISTAKES for slug in row.slugs} == set(PUBLISHED) - BESIDE_THE_TABLE


def test_the_table_is_in_the_published_order() -> None:
    assert [RANK[row.slugs[0]] for row in MISTAKES] == sorted(RANK[row.slugs[0]] for row in MISTAKES)


@pytest.mark.parametrize("slug", PUBLISHED)
def test_advice_is_one_sentence_that_says_what_to_do(slug: str) -> None:
    text = sentence([(slug, "something")], "https://app.example/hook")
    assert text.startswith("The signature does not hold because ")
    assert text.count(";") == 1
    assert text.endswith(".")
    assert "{" not in text


def test_a_sentence_about_two_mistakes_names_both() -> None:
    text = sentence([("url-scheme", "http://"), ("signature-hex", "hex")], "https://app.example/hook")
    assert "two mistakes" in text
    assert "signed with http://" in text
    assert "written as hex" in text


def test_a_fix_that_two_mistakes_share_is_said_once() -> None:
    text = sentence([("url-host", "the host a"), ("url-port", "the port :80")], "https://app.example/hook")
    assert text.count("sign exactly https://app.example/hook") == 1
    assert hints(["url-host", "url-port"]).count("\n") == 0


def test_slugs_are_joined_in_the_published_order() -> None:
    assert in_order(["algorithm", "url-port", "other-key", "url-port"]) == ("other-key", "url-port", "algorithm")


def test_a_row_that_does_not_apply_yields_what_it_can() -> None:
    def variants(value: str, clues: Clues) -> Iterator[tuple[str, str]]:
        yield value.upper(), "in capitals"
        yield value.encode("ascii").decode(), "as ASCII"

    row = Mistake(("url-encoding",), "url", variants)
    assert list(row.wrong_values("é", Clues())) == [("É", "in capitals")]


@pytest.mark.parametrize("row", MISTAKES, ids=lambda row: f"{'+'.join(row.slugs)} {row.variants.__name__}")
def test_no_row_is_there_in_vain(row: Mistake) -> None:
    """Each makes something wrong of some right value."""
    clues = Clues(("inner:8000",), ("8000",), ("/api",), (SigningKey("other"),))
    assert any(wrong != value for value in RIGHT_VALUES[row.ingredient] for wrong, _ in row.wrong_values(value, clues))


def right_values() -> dict[str, list[object]]:
    from inspector.webhook.variants.recipe import Digest, Separators

    return {
        "key": [b"c2VjcmV0"],
        "timestamp": ["1719823259"],
        "separators": [Separators()],
        "url": ["https://app.example/hooks/bird?c=3&b=2&a=x%20y"],
        "body": ['{"b": "é",\r\n"a": 1.0}\n'.encode()],
        "digest": [Digest()],
        "algorithm": ["sha256"],
    }


RIGHT_VALUES = right_values()
