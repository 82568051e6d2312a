from __future__ import annotations

import pytest

from inspector.errors import FilterError
from inspector.recorder.query import MAX_DEPTH, AnyOf, Not, Term, parse


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("   ", ""),
        ("hallo", "hallo"),
        ('"hallo"', "hallo"),
        ('"two words"', '"two words"'),
        (r'"say \"hi\""', r'"say \"hi\""'),
        (r'"C:\temp"', r'"C:\\temp"'),
        ("a  b", "a b"),
        ("a AND b", "a b"),
        ("a b OR c", "a b OR c"),
        ("(a b) OR c", "a b OR c"),
        ("a (b OR c)", "a (b OR c)"),
        ("a (b (c d))", "a b c d"),
        ("NOT a", "-a"),
        ("-NOT a", "a"),
        ("--a", "a"),
        ("-(a b)", "-(a b)"),
        ("NOT (a OR b)", "-(a OR b)"),
        ("((a))", "a"),
        ("a(b)", "a b"),
        ("EVENT:Created", "event:Created"),
        ('note:"two words"', 'note:"two words"'),
        ('note:"one"', "note:one"),
        ("body:~x", "body:~x"),
        ('body:"~x"', 'body:"~x"'),
        ("test:*", "test:*"),
        ('test:"*"', 'test:"*"'),
        ('test:""', 'test:""'),
        ("size>=10kB", "size>=10kB"),
        ("header.Content-Type:x", "header.content-type:x"),
        ("header.x.y:z", 'header."x.y":z'),
        ("payload.a.0.B:x", "payload.a.0.B:x"),
        ("payload.a[0].b[*]:x", "payload.a.0.b.*:x"),
        ('payload.attributes["a b"]:x', 'payload.attributes."a b":x'),
        ('payload.attributes."a.b".c:x', 'payload.attributes."a.b".c:x'),
        ("http://app.example/hook", "http://app.example/hook"),
        ("url:http://app.example/hook", "url:http://app.example/hook"),
        ("12:30", "12:30"),
        ("a or b", "a OR b"),
        ("a b Or not c and d", "a b OR -c d"),
        ("not (a or b)", "-(a OR b)"),
        ("order nothing android", "order nothing android"),
        ('"or" "and" "not"', '"or" "and" "not"'),
        ("note:or", "note:or"),
        ("a=b", '"a=b"'),
        ('"payload.a[:1"', '"payload.a[:1"'),
        ('path:"/a*"', 'path:"/a*"'),
        ('event:"a,b"', 'event:"a,b"'),
        ("payload.a:b,c*", "payload.a:b,c*"),
        ('"OR"', '"OR"'),
        ('"-a"', '"-a"'),
        ('"a:b"', '"a:b"'),
        ('{"status":"active"}', r'"{\"status\":\"active\"}"'),
    ],
)
def test_the_canonical_form_of_a_search(text: str, canonical: str) -> None:
    node = parse(text)
    assert ("" if node is None else str(node)) == canonical
    assert parse(canonical) == node


def test_and_binds_tighter_than_or() -> None:
    node = parse("a b OR c")
    assert isinstance(node, AnyOf)
    assert [str(part) for part in node.nodes] == ["a b", "c"]


def test_a_term_knows_where_it_stands() -> None:
    node = parse("  -event:x")
    assert node == Not(Term("event", (), ":", "x"))
    assert isinstance(node, Not)
    assert isinstance(node.node, Term)
    assert (node.node.column, node.node.length) == (4, 7)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("a)", 2, "closes nothing"),
        ("a (b", 3, "never closed"),
        ("()", 2, "term is missing"),
        ("a OR", 5, "term is missing"),
        ("OR a", 1, "OR needs a term"),
        ("a or or b", 6, 'Write "or" in quotes'),
        ("a OR AND b", 6, "AND needs a term"),
        ("NOT", 4, "term is missing"),
        ("a - b", 3, "right after it"),
        ("-", 1, "right after it"),
        ("event:", 1, "event:*"),
        ("a event: b", 3, "needs a value"),
        ("size> 5", 1, "needs a value"),
        ('a "b', 3, "never closed"),
        ('note:"b', 6, "never closed"),
        ('"a"b', 4, "blank is missing"),
        ("payload..x:1", 1, "empty part"),
        ("header.:1", 1, "empty part"),
        ("(" * (MAX_DEPTH + 1) + "a", MAX_DEPTH + 1, "nested"),
    ],
)
def test_wrong_syntax_names_its_column(text: str, column: int, said: str) -> None:
    with pytest.raises(FilterError, match=said) as caught:
        parse(text)
    assert caught.value.details["column"] == column
