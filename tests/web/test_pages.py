"""The dashboard's HTML: the page without scripts, and the fragments that scripts fetch."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from inspector.app import InspectorApp, create_app
from inspector.assets import asset_folder
from inspector.recorder.log import LogChange
from inspector.recorder.request import RecordedRequest
from inspector.server import InspectorServer
from inspector.settings import Settings, signing_keys
from inspector.web import health
from inspector.web.pages import PAGE
from inspector.web.rows import render_batch
from inspector.webhook.signature import sign

OWN = "http://127.0.0.1:4747"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What a page's markup comes to: its elements with attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag and attributes.items() <= found.items()]


@pytest.fixture
def app() -> InspectorApp:
    return create_app(Settings(signing_keys=signing_keys(["staging=k"])))


@pytest.fixture
def client(app: InspectorApp) -> TestClient:
    return TestClient(app, base_url=OWN)


def send(client: TestClient, body: bytes = b"{}", path: str = "/hook", **headers: str) -> str:
    """Send a webhook; the id it was recorded under."""
    client.post(path, content=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return str(client.get("/-/api/requests?limit=1").json()["requests"][0]["id"])


def event(event_name: str = "conversation.updated", **payload: Any) -> bytes:
    return orjson.dumps({"service": "conversations", "event": event_name, "payload": payload})


def test_the_first_page_says_where_to_send(client: TestClient) -> None:
    page = Page(client.get("/").text)
    assert "http://127.0.0.1:4747/hook" in page.text
    assert "Send a sample event" in page.text
    assert "inspector.fire(" in page.text


def test_the_sample_command_is_signed_validly_for_the_first_key(serve: Callable[..., InspectorServer]) -> None:
    server = serve(signing_keys=signing_keys(["staging=k'2", "other=x"]))
    page = TestClient(server.app, base_url=server.url).get("/").text
    command = unescape(re.search(r'<pre id="sample-curl"[^>]*>(.*?)</pre>', page, re.DOTALL)[1])  # type: ignore[index]
    subprocess.run(["sh"], input=command.encode(), capture_output=True, check=True, timeout=20)
    (recorded,) = server.app.log.snapshot()
    assert (recorded.signature.verdict, recorded.signature.key) == ("valid", "staging")
    assert recorded.contract.verdict == "conforms"
    assert recorded.contract.findings == ()


def test_without_a_key_the_sample_names_the_one_it_is_signed_with() -> None:
    page = TestClient(create_app(Settings()), base_url=OWN).get("/").text
    assert "--signing-key key" in page


def test_the_keys_are_never_shown(client: TestClient) -> None:
    client = TestClient(create_app(Settings(signing_keys=signing_keys(["a=hush-hush"]))), base_url=OWN)
    assert "hush-hush" not in client.get("/").text + client.get("/-/help").text


def test_the_sample_button_sends_a_signed_event(serve: Callable[..., InspectorServer]) -> None:
    server = serve(signing_keys=signing_keys(["staging=k"]))
    client = TestClient(server.app, base_url=server.url)
    answer = _post_over_the_wire(server, "/-/sample")
    assert answer == {"status": 200}
    assert "signed" in Page(client.get("/").text).text
    (recorded,) = server.app.log.snapshot()
    assert recorded.signature.verdict == "valid"


def _post_over_the_wire(server: InspectorServer, path: str) -> Any:
    import urllib.request

    request = urllib.request.Request(server.url + path, b"", {"content-type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)


def test_the_welcome_is_gone_with_the_first_request_and_help_brings_it_back(client: TestClient) -> None:
    send(client)
    assert "Point your webhooks here" not in client.get("/").text
    assert "Point your webhooks here" in client.get("/?help=1").text
    assert "Point your webhooks here" in client.get("/-/help").text


def test_the_list_is_newest_first_and_links_to_each(client: TestClient) -> None:
    ids = [send(client, path=f"/{number}") for number in range(3)]
    page = Page(client.get("/").text)
    assert [found["data-id"] for found in page.all("li", **{"class": "row"})] == ids[::-1]
    assert page.all("a", href=f"/?id={ids[0]}")


def test_a_row_says_what_came(client: TestClient) -> None:
    send(client, event("conversation.created", name="Opening hours"), path="/in")
    row = Page(client.get("/-/rows").json()["html"])
    assert row.text == "created Opening hours now /in unsigned 10 departures 200 93 B"


def test_a_row_names_the_method_where_it_is_not_post(client: TestClient) -> None:
    client.get("/callback")
    assert "GET /callback" in Page(client.get("/-/rows").json()["html"]).text


def test_the_address_opens_a_request(client: TestClient) -> None:
    opened = send(client, event(name="Opening hours"))
    page = Page(client.get(f"/?id={opened}").text)
    assert page.all("article", **{"data-id": opened})
    assert page.all("a", **{"aria-current": "true"}) == [{"href": f"/?id={opened}", "aria-current": "true"}]


def test_the_search_stays_in_the_links(client: TestClient) -> None:
    wanted = send(client, path="/a")
    send(client, path="/b")
    page = Page(client.get("/", params={"q": "path:/a"}).text)
    assert [found["href"] for found in page.all("a") if "id=" in str(found["href"])] == [f"/?q=path%3A/a&id={wanted}"]
    assert page.all("input", name="q")[0]["value"] == "path:/a"


def test_a_wrong_search_is_explained_in_the_page(client: TestClient) -> None:
    send(client)
    answer = client.get("/", params={"q": "(path:/a"})
    assert answer.status_code == 200
    assert Page(answer.text).all("input", name="q")[0]["aria-invalid"] == "true"
    assert client.get("/-/rows", params={"q": "(path:/a"}).json()["error"]["code"] == "invalid_query"


def test_a_request_that_is_gone_is_said_to_be(client: TestClient) -> None:
    assert "No longer here" in client.get("/?id=abc-1").text
    assert "No longer here" in client.get("/-/requests/abc-1").text


def test_older_and_newer_rows_continue_without_a_gap(client: TestClient) -> None:
    ids = [send(client) for _ in range(PAGE + 20)][::-1]
    newest = client.get("/-/rows").json()
    assert (ids_of(newest["html"]), newest["matched"]) == (ids[:PAGE], PAGE + 20)
    older = client.get(f"/-/rows?before={ids[PAGE - 1]}").json()
    assert (ids_of(older["html"]), older["older"]) == (ids[PAGE:], None)
    newer = client.get(f"/-/rows?after={ids[-1]}").json()
    assert ids_of(newer["html"]) == ids[-1 - PAGE : -1]
    assert newer["newer"] == ids[-1 - PAGE]
    assert client.get(f"/-/rows?after={ids[PAGE - 1]}").json()["newer"] is None


def ids_of(html: str) -> list[str | None]:
    return [found["data-id"] for found in Page(html).all("li")]


def test_captured_content_is_text_wherever_it_is_shown(client: TestClient) -> None:
    body = orjson.dumps({"service": HOSTILE, "event": HOSTILE, "payload": {"name": HOSTILE, HOSTILE: [HOSTILE]}})
    path = "/" + "".join(f"%{byte:02x}" if byte < 0x21 else chr(byte) for byte in HOSTILE.encode())
    opened = send(client, body, path=f"{path}?{HOSTILE}", x_hostile=HOSTILE, messagebird_request_id=HOSTILE)
    page = Page(client.get(f"/?id={opened}").text)
    assert [found.get("src") for found in page.all("script")] == [
        "/-/static/js/theme-early.js",
        "/-/static/js/app.js",
    ]
    assert [found["src"] for found in page.all("img")] == ["/-/static/icon.svg"]
    assert not any(name.startswith("on") or name == "style" for _, found in page.elements for name in found)
    assert HOSTILE in page.text


def test_secrets_are_masked_until_revealed(client: TestClient) -> None:
    target = "/hook?token=hush-1&tenant=7"
    signature = sign("k", "1732736033", OWN + target, b"{}")
    signed = {"messagebird_signature": signature, "messagebird_request_timestamp": "1732736033"}
    opened = send(client, path=target, authorization="Bearer hush-2", cookie="a=hush-3", **signed)
    assert "Signed by key" in client.get(f"/-/requests/{opened}").text
    masked = client.get(f"/?id={opened}").text
    assert "hush" not in masked
    assert "tenant=7" in masked
    revealed = client.get(f"/-/requests/{opened}?secrets=true").text
    assert all(secret in revealed for secret in ("hush-1", "hush-2", "hush-3"))


def test_numbers_are_shown_as_sent(client: TestClient) -> None:
    opened = send(client, b'{"a":1.50,"b":12345678901234567890,"c":1e2,"d":-0}')
    text = Page(client.get(f"/-/requests/{opened}").text).text
    assert all(
        f"{key}{number}" in text
        for key, number in zip("abcd", ("1.50", "12345678901234567890", "1e2", "-0"), strict=True)
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "Empty."),
        (bytes(range(32)), "00000010  10 11 12 13 14 15 16 17  18 19"),
        (b"plain text", "plain text"),
        (b"\xef\xbb\xbf{}", "byte-order mark"),
        (b"[" * 150 + b"]" * 150, "As sent"),
        (b'{"a":"' + b"x" * 5000 + b'"}', "more characters"),
        (b"[" + b"1," * 5000 + b"1]", "3501 more"),
    ],
    ids=["empty", "binary", "text", "bom", "deep", "long", "wide"],
)
def test_any_body_can_be_looked_at(client: TestClient, body: bytes, shown: str) -> None:
    opened = send(client, body)
    answer = client.get(f"/-/requests/{opened}")
    assert answer.status_code == 200
    assert shown in Page(answer.text).text


def test_a_request_can_be_copied_as_text(client: TestClient) -> None:
    opened = send(client, authorization="Bearer hush")
    answer = client.get(f"/-/requests/{opened}/copy/curl")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("curl http://127.0.0.1:4747/hook")
    assert "hush" not in answer.text
    assert "hush" in client.get(f"/-/requests/{opened}/copy/curl?secrets=true").text
    assert client.get(f"/-/requests/{opened}/copy/nothing").status_code == 404


def test_every_asset_that_the_page_names_is_there(client: TestClient) -> None:
    page = Page(client.get("/").text)
    named = [found["href"] for found in page.all("link")] + [found["src"] for found in page.all("script")]
    assert len(named) > 10
    for url in named:
        answer = client.get(str(url))
        assert answer.status_code == 200, url
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get(str(url), headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
    assert client.get("/-/static/js/app.js").headers["content-type"].startswith("text/javascript")


def test_modules_import_what_is_there() -> None:
    scripts = asset_folder("static") / "js"
    for script in scripts.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text()):
            assert (scripts / name).is_file(), f"{script.name} imports {name}"


def change(number: int, kind: str, request: RecordedRequest | None = None, *ids: str) -> LogChange:
    return LogChange(number, kind, request, ids)  # type: ignore[arg-type]


def told(*changes: LogChange) -> Any:
    text = render_batch(changes, "run")
    return json.loads(text.split(b"data: ")[1]) if text else None


def test_a_batch_holds_its_rows_newest_first(client: TestClient, app: InspectorApp) -> None:
    ids = [send(client) for _ in range(3)]
    batch = told(*(change(number, "request", app.log.get(found)) for number, found in enumerate(ids, 1)))
    assert batch["ids"] == ids_of(batch["html"]) == ids[::-1]
    assert batch["count"] == 3


def test_a_batch_tells_no_row_that_is_gone_again(client: TestClient, app: InspectorApp) -> None:
    first, second = (app.log.get(send(client)) for _ in range(2))
    batch = told(
        change(1, "request", first),
        change(2, "request", second),
        change(3, "updated", second),
        change(4, "removed", None, first.id),
    )
    assert (batch["ids"], batch["removed"], batch["updated"]) == ([second.id], [first.id], {})
    cleared = told(change(1, "request", first), change(2, "cleared"))
    assert (cleared["ids"], cleared["cleared"]) == ([], True)


def test_a_batch_tells_what_has_left_the_search(client: TestClient, app: InspectorApp) -> None:
    first, second = (app.log.get(send(client)) for _ in range(2))
    batch = told(change(1, "request", first), change(2, "updated", second), change(3, "left", first))
    assert (batch["ids"], batch["left"], list(batch["updated"])) == ([], [first.id], [second.id])
    back = told(change(1, "left", first), change(2, "updated", first))
    assert (back["left"], list(back["updated"])) == ([], [first.id])


def test_the_end_of_the_log_is_no_batch() -> None:
    assert told(change(1, "closed")) is None


def test_a_row_without_an_event_says_its_path_once(client: TestClient) -> None:
    send(client, path="/only-once")
    assert Page(client.get("/").text).text.count("/only-once") == 1


def test_the_list_around_an_opened_request_far_down(client: TestClient) -> None:
    ids = [send(client) for _ in range(PAGE + 30)]
    page = Page(client.get(f"/?id={ids[5]}").text)
    assert page.all("a", href=f"/?id={ids[5]}")[0]["aria-current"] == "true"
    assert page.all("ol", id="list")[0]["data-newer"] != ""
    elsewhere = Page(client.get(f"/?id={ids[5]}&q=path:/other").text)
    assert elsewhere.all("ol", id="list")[0]["data-newer"] == ""


def test_what_was_evicted_is_said(client: TestClient) -> None:
    assert "hidden" in Page(client.get("/").text).all("span", id="evicted")[0]
    few = TestClient(create_app(Settings(capacity=2)), base_url=OWN)
    for _ in range(5):
        send(few)
    assert "3 evicted" in Page(few.get("/").text).text
    assert few.get("/-/rows").json()["evicted"] == 3


def test_a_page_that_is_not_there_leads_on(client: TestClient) -> None:
    answer = client.get("/-/nope", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert Page(answer.text).all("a", href="/")
    assert client.get("/-/nope").json()["error"]["code"] == "not_found"


def test_an_empty_body_is_no_defect_of_a_get(client: TestClient) -> None:
    client.get("/health")
    found = client.get("/-/api/requests?limit=1").json()["requests"][0]["id"]
    findings = Page(client.get(f"/-/requests/{found}").text)
    assert findings.all("li", **{"data-severity": "note"})
    assert not findings.all("li", **{"data-severity": "error"})
    posted = Page(client.get(f"/-/requests/{send(client, b'')}").text)
    assert posted.all("li", **{"data-severity": "error"})


def test_what_is_missing_links_to_what_it_is_missing_from(client: TestClient) -> None:
    found = send(client, event(featuredParticipants=[{"displayName": "A"}]))
    page = Page(client.get(f"/-/requests/{found}").text)
    jumps = {str(link["data-jump"]) for link in page.all("a") if "data-jump" in link}
    assert {"payload", "payload.featuredParticipants[0]"} <= jumps
    assert all(page.all("details", id=f"at:{jump}") or page.all("div", id=f"at:{jump}") for jump in jumps)


def test_the_time_since_the_start_counts_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings())
    now = health.steady_time()
    monkeypatch.setattr(health, "steady_time", lambda: now + 100)
    assert TestClient(app, base_url=OWN).get("/-/health").json()["uptime_seconds"] >= 100
