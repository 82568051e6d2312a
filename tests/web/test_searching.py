"""The searches behind values, and what a wrong one is told."""

from __future__ import annotations

from html import unescape

import orjson
import pytest
from starlette.testclient import TestClient

from inspector.app import create_app
from inspector.errors import FilterError
from inspector.recorder.filters import parse_filter
from inspector.settings import Settings
from inspector.web.jsontree import tree_marks
from inspector.web.searching import leaf_term, render_search_error

PAYLOAD = {
    "id": "c-1",
    "status": "on hold",
    "count": 3,
    "draft": None,
    "people": [{"name": 'Jane "J"'}, {"name": "*"}],
    "attributes": {"a.b c": "~x", "": "unnamed"},
    "long": "x" * 500,
    "empty": "",
}
EVENT = {"service": "conversations", "event": "conversation.updated", "payload": PAYLOAD}


def terms() -> dict[str, str | None]:
    marks = tree_marks(orjson.dumps(EVENT))
    assert marks is not None
    return {mark.path: leaf_term(mark) for mark in marks if mark.shape == "leaf"}


def test_values_are_searched_for_where_they_stand() -> None:
    assert terms() == {
        "service": "service:conversations",
        "event": "event:conversation.updated",
        "payload.id": "conversation:c-1",
        "payload.status": 'payload.status:"on hold"',
        "payload.count": "payload.count:3",
        "payload.draft": "payload.draft:null",
        "payload.people[0].name": 'payload.people.*.name:"Jane \\"J\\""',
        "payload.people[1].name": 'payload.people.*.name:"*"',
        'payload.attributes["a.b c"]': 'payload.attributes."a.b c":"~x"',
        'payload.attributes[""]': None,
        "payload.long": None,
        "payload.empty": None,
    }


@pytest.mark.parametrize("search", [found for found in terms().values() if found])
def test_each_finds_the_request_it_stands_in(search: str) -> None:
    app = create_app(Settings())
    client = TestClient(app, base_url="http://127.0.0.1:4747")
    client.post("/hook", content=orjson.dumps(EVENT))
    assert parse_filter(search)(app.log.snapshot()[0])


@pytest.mark.parametrize(
    ("search", "marked", "meant"),
    [
        ("evnt:updated -pinned:true", "<mark>evnt:updated</mark>", "event:updated -pinned:true"),
        ("a (b", "<mark>(</mark>", None),
        ("😀 sze>10kB", "<mark>sze&gt;10kB</mark>", "😀 size>10kB"),
        ("event:", "<mark>event:</mark>", None),
        ("x" * 90 + " status:", "…" + "x" * 59 + " <mark>", None),
    ],
    ids=["field", "bracket", "beyond the BMP", "value", "long"],
)
def test_a_wrong_search_is_marked_and_mended(search: str, marked: str, meant: str | None) -> None:
    with pytest.raises(FilterError) as raised:
        parse_filter(search)
    html = render_search_error(search, raised.value)
    assert marked in html
    assert ("Search for" in html) == (meant is not None)
    if meant:
        assert f"Search for {meant}" in unescape(html)


def test_completion_counts_characters() -> None:
    client = TestClient(create_app(Settings()), base_url="http://127.0.0.1:4747")
    offers = client.get("/-/complete", params={"text": "😀 conv rest", "cursor": 6}).json()
    assert (offers[0]["insert"], offers[0]["from"], offers[0]["to"]) == ("conversation:", 2, 6)
