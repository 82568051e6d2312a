from __future__ import annotations

import json

import pytest

from inspector.webhook.variants.json_writers import (
    COMMON_WRITERS,
    COMPACT,
    HTML,
    INDENT_2,
    INDENT_4,
    RARE_WRITERS,
    SLASHES,
    SPACED,
    TABS,
    JsonDocument,
    JsonWriter,
    dotnet_escapes,
    double_number,
    php_number,
)

TEXT = '{"é/":["<&>",1.0,1e3,{},[]],"2":null,"10":true,"b":{"x":[[1,{"y":"\\u2028\\t\\"😀"}]]}}'
DOCUMENT = JsonDocument(TEXT.encode())


@pytest.mark.parametrize(
    ("layout", "options"),
    [
        (COMPACT, {"separators": (",", ":")}),
        (SPACED, {}),
        (INDENT_2, {"indent": 2}),
        (INDENT_4, {"indent": 4}),
        (TABS, {"indent": "\t"}),
    ],
    ids=lambda value: value.words if hasattr(value, "words") else "",
)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("sort_keys", [True, False])
def test_python_byte_for_byte(layout: object, options: dict[str, object], ascii_only: bool, sort_keys: bool) -> None:
    written = JsonWriter("Python", layout, ascii_only, sort_keys).write(DOCUMENT)  # type: ignore[arg-type]
    expected = json.dumps(json.loads(TEXT), ensure_ascii=ascii_only, sort_keys=sort_keys, **options)  # type: ignore[arg-type]
    assert written.decode() == expected


def test_javascript_puts_index_keys_first_and_numbers_short() -> None:
    written = JsonWriter("JavaScript", number=double_number, dialect="javascript").write(DOCUMENT)
    expected = '{"2":null,"10":true,"é/":["<&>",1,1000,{},[]],"b":{"x":[[1,{"y":"\u2028\\t\\"😀"}]]}}'
    assert written.decode() == expected


def test_php_escapes_slashes_and_letters_and_has_no_empty_objects() -> None:
    writer = JsonWriter("PHP", ascii_only=True, escapes=SLASHES, number=php_number, dialect="php")
    expected = (
        r'{"\u00e9\/":["<&>",1,1000,[],[]],"2":null,"10":true,'
        r'"b":{"x":[[1,{"y":"\u2028\t\"\ud83d\ude00"}]]}}'
    )
    assert writer.write(DOCUMENT).decode() == expected


def test_php_makes_lists_of_objects_with_ascending_keys() -> None:
    assert JsonWriter("PHP", dialect="php").write(JsonDocument(b'{"0":1,"1":{"1":2}}')) == b'[1,{"1":2}]'


def test_go_sorts_keys_and_escapes_html() -> None:
    written = JsonWriter("Go", sort_keys=True, escapes=HTML, number=double_number).write(DOCUMENT)
    expected = (
        r'{"10":true,"2":null,"b":{"x":[[1,{"y":"\u2028\t\"😀"}]]},'
        r'"é/":["\u003c\u0026\u003e",1,1000,{},[]]}'
    )
    assert written.decode() == expected


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        ("0", "0"), ("-0.0", "0"), ("1.0", "1"), ("1.50", "1.5"), ("1E+2", "100"), ("1e20", "1" + "0" * 20),
        ("1e21", "1e+21"), ("12345678901234567890", "12345678901234567000"), ("9007199254740993", "9007199254740992"),
        ("0.00001", "0.00001"), ("1e-6", "0.000001"), ("1e-7", "1e-7"), ("-1.5E-9", "-1.5e-9"),
    ],
)  # fmt: skip
def test_numbers_of_javascript_and_go(literal: str, written: str) -> None:
    assert double_number(literal) == written


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        ("0", "0"), ("-0.0", "0"), ("1.0", "1"), ("1.50", "1.5"), ("9007199254740993", "9007199254740993"),
        ("12345678901234567890", "1.2345678901234567e+19"), ("1e25", "1.0e+25"), ("1.5e300", "1.5e+300"),
        ("0.0001", "0.0001"), ("0.00001", "1.0e-5"),
    ],
)  # fmt: skip
def test_numbers_of_php(literal: str, written: str) -> None:
    assert php_number(literal) == written


def test_strings_keep_what_looks_like_structure() -> None:
    tricky = '{"a":"{\\"x\\": [1.0, 2]}\\\\","b":"\\\\"}'
    assert JsonWriter("JavaScript", number=double_number).write(JsonDocument(tricky.encode())).decode() == tricky


def test_a_byte_order_mark_is_read_over() -> None:
    assert JsonWriter("Python").write(JsonDocument(b"\xef\xbb\xbf[1, 2]")) == b"[1,2]"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{'a': 1}"])
def test_what_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words
        JsonDocument(body)


def test_dotnet_escapes_what_html_could_read_in_capital_hex() -> None:
    text = '{"a":"<é>&\'+`\\"\\\\\\n","n":1e+20}'
    writer = JsonWriter(".NET", ascii_only=True, escape=dotnet_escapes)
    expected = r'{"a":"\u003C\u00E9\u003E\u0026\u0027\u002B\u0060\u0022\\\n","n":1e+20}'
    assert writer.write(JsonDocument(text.encode())).decode() == expected


def test_the_encoder_of_go_ends_with_a_newline() -> None:
    (writer, *_) = (writer for writer in RARE_WRITERS if writer.name == "Go's json.Encoder")
    assert writer.write(JsonDocument(b'{"b": "<", "a": 1}')) == b'{"a":1,"b":"\\u003c"}\n'


def test_an_event_alone_is_its_payload() -> None:
    payload = JsonDocument(b'{"event": "e", "payload": {"a": [1, 2]}}').payload()
    assert payload is not None
    assert JsonWriter("JavaScript").write(payload) == b'{"a":[1,2]}'
    assert JsonDocument(b"[1]").payload() is None


def test_options_are_told_in_plain_words() -> None:
    words = JsonWriter("Python's json.dumps", SPACED, ascii_only=True, sort_keys=True).words
    assert words == (
        "Python's json.dumps (with a blank after every comma and colon, its keys sorted, "
        r"letters beyond ASCII as \u escapes)"
    )


def test_no_two_writers_are_the_same() -> None:
    assert len(set(COMMON_WRITERS)) == len(COMMON_WRITERS)
    assert len({writer.words for writer in COMMON_WRITERS + RARE_WRITERS}) > len(COMMON_WRITERS)
