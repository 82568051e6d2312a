from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.webhook.mistakes import Clues
from inspector.webhook.variants import url, url_encoding
from inspector.webhook.variants.url import Url

CLUES = Clues(("inner:8000", "tunnel.example"), ("8000",), ("/api",))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://a.example:1/p/?q#f", Url("https", "a.example:1", "/p/", "q", "#f")),
        ("https://a.example", Url("https", "a.example", "", None)),
        ("https://a.example?", Url("https", "a.example", "", "")),
        ("/p?x=http://b/", Url(None, "", "/p", "x=http://b/")),
        ("a.example/p", Url(None, "a.example", "/p", None)),
    ],
)
def test_a_url_is_cut_where_its_parts_meet(text: str, parts: Url) -> None:
    assert Url.split(text) == parts


@given(st.text())
def test_cutting_and_joining_changes_nothing(text: str) -> None:
    assert str(Url.split(text)) == text


@given(st.text())
def test_no_text_harms_a_variant(text: str) -> None:
    for function in (
        *(url.scheme, url.rare_scheme, url.host, url.rare_host, url.inner_origin, url.inner_port, url.port),
        *(url.rare_port, url.trailing_slash, url.rare_trailing_slash, url.path, url.rare_path, url.query_dropped),
        *(url.query_partly_dropped, url.query_order, url.query_any_order, url.missing, url.missing_in_words),
        *(url_encoding.encoding, url_encoding.legacy_query, url_encoding.rare_legacy_query, url_encoding.rare_encoding),
    ):
        try:
            variants = list(function(text, CLUES))
        except ValueError:
            continue
        assert all(words for _, words in variants)


def test_header_hosts_replace_name_and_port() -> None:
    wrong = [text for text, _ in url.host("https://app.example/p", CLUES)]
    assert {"https://inner:8000/p", "https://inner/p", "https://tunnel.example/p"} <= set(wrong)


def test_a_header_with_the_same_host_is_a_matter_of_the_port() -> None:
    clues = Clues(("app.example:8000",), ("8000",))
    assert "https://app.example:8000/p" not in [text for text, _ in url.host("https://app.example/p", clues)]
    assert "https://app.example:8000/p" in [text for text, _ in url.port("https://app.example/p", clues)]


def test_a_header_in_other_letters_is_another_host() -> None:
    wrong = dict(url.host("https://app.example/p", Clues(("App.Example",))))
    assert wrong["https://App.Example/p"] == "the host App.Example"


def test_escapes_in_small_letters_are_a_matter_of_encoding_not_of_the_path() -> None:
    assert "https://a.example/h%c3%b6k" not in dict(url.rare_path("https://a.example/h%C3%B6k", CLUES))
    assert "https://a.example/hook" in dict(url.rare_path("https://a.example/Hook", CLUES))


def test_an_empty_line_is_the_legacy_scheme_unless_there_is_a_query() -> None:
    assert "" in dict(url_encoding.legacy_query("https://app.example/p", CLUES))
    assert "" not in dict(url.missing("https://app.example/p", CLUES))
    assert "" in dict(url.missing("https://app.example/p?a=1", CLUES))
