from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recorder.request import decode
from inspector.recorder.textsearch import Needle, _fold, _forms, unescape

TEXT = st.text(alphabet='aAkKiIsSzZ\u212aİıßẞſüÜΣσςΩω\u2126å\u212b日😀"\\/\n ', max_size=12)


def is_found(text: str, body: bytes) -> bool:
    return Needle(text).is_in_body(body, body.lower())


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("hallo", b'{"text":"HALLO"}'),
        ("Jürgen", '{"name":"jürgen"}'.encode()),
        ("JÜRGEN", '{"name":"jürgen"}'.encode()),
        ("Jürgen", rb'{"name":"J\u00fcrgen"}'),
        ("Jürgen", rb'{"name":"J\u00FCRGEN"}'),
        ("Jürgen", "Jürgen".encode("latin-1")),
        ("rgen", rb'{"name":"J\u00fcrgen"}'),
        ("Adam", rb'{"name":"\u0041dam"}'),
        ("日本", rb'"\u65e5\u672c"'),
        ("😀", rb'"\ud83d\ude00"'),
        ("a/b", rb'"a\/b"'),
        ('say "hi"', rb'"say \"hi\""'),
        ("two\nlines", rb'"two\nlines"'),
        (r"\u00fc", rb'"\u00fc"'),
        ("ΟΔΟΣ", "οδος οδοσ".encode()),
        ("", b""),
    ],
)
def test_text_is_found(text: str, body: bytes) -> None:
    assert is_found(text, body)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("hallo", b'{"text":"hello"}'),
        ("Jürgen", b'{"name":"Jurgen"}'),
        ("Jürgen", rb'{"name":"J\u00f6rgen"}'),
        ("kelvin", "\u212aelvin".encode()),
        ("ü", rb'"\\u00fc"'),
    ],
)
def test_text_is_not_found(text: str, body: bytes) -> None:
    assert not is_found(text, body)


@given(TEXT, TEXT, TEXT, st.booleans())
def test_a_json_string_is_searched_as_what_it_says(before: str, text: str, after: str, ascii_only: bool) -> None:
    value = before + text.swapcase() + after
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert is_found(text, body) or not Needle(text).is_in(value)


@given(TEXT, st.binary(max_size=30) | TEXT.map(str.encode))
def test_searching_bytes_agrees_with_searching_text(text: str, body: bytes) -> None:
    needle = Needle(text)
    expected = needle.is_in(decode(body)) or needle.is_in(unescape(decode(body)))
    assert is_found(text, body) == expected


@given(TEXT, TEXT)
def test_equal_texts_hold_each_other(text: str, value: str) -> None:
    if Needle(text).equals(value):
        assert Needle(text).is_in(value)


def test_every_case_of_every_letter_is_among_its_forms() -> None:
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x20000)):
        letter = chr(code)
        for part in _fold(letter):
            assert part.isascii() or letter.encode() in _forms(part), f"{letter} U+{code:04X}"


@pytest.mark.parametrize("escaped", [r"\ud800", r"\udc00\ud800", r"\u12", r"\x", "\\"])
def test_broken_escapes_are_read_without_complaint(escaped: str) -> None:
    assert isinstance(unescape(escaped), str)
