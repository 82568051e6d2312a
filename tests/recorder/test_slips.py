"""What looks like text to the grammar and is meant otherwise."""

from __future__ import annotations

import pytest
from recordings import make_record

from inspector.errors import FilterError
from inspector.recorder.filters import parse_filter


@pytest.mark.parametrize(
    ("text", "column", "meant"),
    [
        ("event=created", 1, "event:created"),
        ("path:/a Event=conversation.updated", 9, "Event:conversation.updated"),
        ("signature=invalid", 1, "signature:invalid"),
        ("signature==anything", 1, "signature:anything"),
        ("event!=created", 1, "-event:created"),
        ("path~hook", 1, "path:~hook"),
        ("path=~hook", 1, "path:~hook"),
        ("status=500", 1, "status:500"),
        ("status=>500", 1, "status>=500"),
        ("size=10kB", 1, "size:10kB"),
        ("pinned=true", 1, "pinned:true"),
        ("method=post", 1, "method:post"),
        ("payload.status=closed", 1, "payload.status:closed"),
        ("payload.a[0].b=5", 1, "payload.a[0].b:5"),
        ("header.user-agent=curl", 1, "header.user-agent:curl"),
        ("payload.a[:1", 1, "payload.a[*]:1"),
        ("payload.a[0:1", 1, "payload.a[0]:1"),
        ("!event:created", 1, "-event:created"),
        ("event:created || event:deleted", 15, "OR"),
        ("event:created & size>1", 15, "AND"),
        ("event:conv*", 1, "event:~conv"),
        ("-path:*/hook*", 2, "path:~/hook"),
        ("event:~conv*", 1, "event:~conv"),
        ("event:created,deleted", 1, "(event:created OR event:deleted)"),
        ("status:500,503", 1, "(status:500 OR status:503)"),
        ("event:created|deleted", 1, "(event:created OR event:deleted)"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(text: str, column: int, meant: str) -> None:
    with pytest.raises(FilterError, match="put it in quotes") as caught:
        parse_filter(text)
    details = caught.value.details
    assert (details["column"], details["instead"]) == (column, meant)
    assert meant in caught.value.message
    start, end = column - 1, column - 1 + details["length"]
    assert str(parse_filter(text[:start] + meant + text[end:]))


@pytest.mark.parametrize(
    "text",
    [
        "id=5",
        "status=delivered",
        "key=abc",
        "a=b",
        "event=",
        "payload.lastMessage",
        "key[0]=1",
        "!important",
        "hallo!",
        "payload.a:x,y*",
        "header.accept:text/html,*/*",
        "finding:featuredParticipants[*].id",
        "path:/a,b",
        "note:~a*",
        "path:*",
        '"event=created"',
        '"payload.a[:1"',
        'event:"conv*"',
        'event:"a,b"',
        '"||"',
    ],
)
def test_text_stays_text(text: str) -> None:
    matches = parse_filter(text)
    assert parse_filter(str(matches)) == matches


def test_in_quotes_it_is_found() -> None:
    request = make_record(b'{"q": "event=created || payload.a[:1"}')
    assert parse_filter('"event=created" "||" "payload.a[:1"')(request)
