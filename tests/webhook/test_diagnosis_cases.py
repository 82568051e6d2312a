"""One mistake at a time, each computed the way a developer would write it, with hashlib and hmac alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest

from inspector.webhook.diagnosis import explain

KEY = "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk="
TIMESTAMP = "1719823259"
URL = "https://app.example.com/hooks/bird"
QUERY_URL = "https://app.example.com/hooks/bird?tenant=7&b=2&a=x%20y%2Fz"
LOCAL_URL = "http://localhost:3000/hooks/bird/"

PRETTY = (Path(__file__).parents[1] / "data" / "conversation.updated.json").read_bytes().strip()
EVENT = json.loads(PRETTY)
EVENT["payload"]["lastMessage"]["preview"]["text"] = 'Tom & Jérôme <b>"zoé"</b> €5 😀 a/b'
EVENT["payload"]["attributes"] = {"score": 1.0, "ratio": 0.25, "zeta": [], "alpha": {}, "large": 12345678901234567890}
UNUSUAL = b'{"a": 1,"b":2}'  # a layout that no JSON writer has
BODY = json.dumps(EVENT, ensure_ascii=False, separators=(",", ":")).encode()

LANGUAGES = '{"n": 1.0, "u": "é/😀<&>", "e": {}}'.encode()
GO = r'{"e":{},"n":1,"u":"é/😀\u003c\u0026\u003e"}'


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def mac(message: bytes, key: bytes = KEY.encode()) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def signed(
    url: str = URL,
    timestamp: str = TIMESTAMP,
    body: bytes = BODY,
    key: bytes = KEY.encode(),
    third: bytes | None = None,
) -> str:
    """The right recipe, with whatever ingredients a test gets wrong."""
    third = sha256(body) if third is None else third
    return b64(mac(timestamp.encode() + b"\n" + url.encode() + b"\n" + third, key))


@dataclass
class Case:
    name: str
    cause: str
    signature: str
    given: dict[str, Any] = field(default_factory=dict)


def cause_of(case: Case) -> str | None:
    given = {"url": URL, "timestamp": TIMESTAMP, "body": BODY, "signing_keys": [KEY], **case.given}
    return explain(signature=case.signature, **given).cause


def case(name: str, cause: str, signature: str, **given: Any) -> Case:
    return Case(name, cause, signature, given)


def url_case(name: str, cause: str, right: str, wrong: str, **given: Any) -> Case:
    return Case(name, cause, signed(url=wrong), {"url": right, **given})


def body_case(name: str, cause: str, wrong: bytes, right: bytes = BODY) -> Case:
    return Case(name, cause, signed(body=wrong), {"body": right})


OTHER = "another-subscription-key"
PROXIED = [
    ("Host", "127.0.0.1:8000"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "tunnel.example.net"),
    ("X-Forwarded-Port", "8443"),
    ("X-Forwarded-Prefix", "/api"),
]

KEYS = [
    case("another subscription's key", "other-key", signed(key=OTHER.encode()), other_keys=["x", OTHER]),
    case("decoded, as its look suggests", "key-base64-decoded", signed(key=base64.b64decode(KEY))),
    case(
        "decoded from url-safe base64 without padding",
        "key-base64-decoded",
        signed(key=base64.urlsafe_b64decode("c2Vj-_V0LWtleQ==")),
        signing_keys=["c2Vj-_V0LWtleQ"],
    ),
    case(
        "decoded by Node, which takes any text",
        "key-base64-decoded",
        signed(key=base64.b64decode("bXlrZXk=")),
        signing_keys=["bXlrZXk"],
    ),
    case("a newline from echo", "key-whitespace", signed(key=KEY.encode() + b"\n")),
    case("a CRLF from Notepad", "key-whitespace", signed(key=KEY.encode() + b"\r\n")),
    case("a blank from copy and paste", "key-whitespace", signed(key=KEY.encode() + b" ")),
    case("a blank before it", "key-whitespace", signed(key=b" " + KEY.encode())),
    case("trimmed, though the blanks belong to it", "key-whitespace", signed(key=b"key"), signing_keys=[" key "]),
    case("its newline is missing", "key-whitespace", signed(key=b"key"), signing_keys=["key\n"]),
    case("decoded from hex", "key-base64-decoded", signed(key=b"secret-key"), signing_keys=[b"secret-key".hex()]),
    case("quotes of an .env file", "key-whitespace", signed(key=b'"' + KEY.encode() + b'"')),
    case("single quotes of an .env file", "key-whitespace", signed(key=b"'" + KEY.encode() + b"'")),
    case("the second of two keys decoded", "key-base64-decoded", signed(key=b"second key"), signing_keys=[
        "first", b64(b"second key")]),
]  # fmt: skip

URLS = [
    url_case("behind TLS termination", "url-scheme", URL, "http://app.example.com/hooks/bird"),
    url_case("forced https", "url-scheme", LOCAL_URL, "https://localhost:3000/hooks/bird/"),
    url_case("no scheme", "url-scheme", URL, "app.example.com/hooks/bird"),
    url_case("127.0.0.1 for localhost", "url-host", LOCAL_URL, "http://127.0.0.1:3000/hooks/bird/"),
    url_case("localhost for 127.0.0.1", "url-host", "http://127.0.0.1:3000/h", "http://localhost:3000/h"),
    url_case("IPv6 for localhost", "url-host", "http://localhost:3000/h", "http://[::1]:3000/h"),
    url_case("0.0.0.0 for localhost", "url-host", "http://localhost:3000/h", "http://0.0.0.0:3000/h"),
    url_case("host in small letters", "url-host", "https://App.Example.com/h", "https://app.example.com/h"),
    url_case("host in capitals", "url-host", "https://app.example.com/h", "https://APP.EXAMPLE.COM/h"),
    url_case("host as on a letterhead", "url-host", "https://app.example.com/h", "https://App.Example.com/h"),
    url_case("without www", "url-host", "https://www.example.com/h", "https://example.com/h"),
    url_case("Host of the app", "url-host", URL, "https://127.0.0.1:8000/hooks/bird", headers=PROXIED),
    url_case("forwarded host", "url-host", URL, "https://tunnel.example.net/hooks/bird", headers=PROXIED),
    url_case(
        "host of the Forwarded header",
        "url-host",
        URL,
        "https://edge.example.org/hooks/bird",
        headers=[("forwarded", 'for=1.2.3.4;proto=https;host="edge.example.org"')],
    ),
    url_case("default port written", "url-port", URL, "https://app.example.com:443/hooks/bird"),
    url_case("default port of http written", "url-port", "http://a.example/h", "http://a.example:80/h"),
    url_case("default port not written", "url-port", "https://a.example:443/h", "https://a.example/h"),
    url_case("port left out", "url-port", "http://localhost:3000/h", "http://localhost/h"),
    url_case("port of the app", "url-port", URL, "https://app.example.com:8080/hooks/bird"),
    url_case("another app's port", "url-port", "http://localhost:3000/h", "http://localhost:5000/h"),
    url_case("forwarded port", "url-port", URL, "https://app.example.com:8443/hooks/bird", headers=PROXIED),
    url_case(
        "port alone in a header",
        "url-port",
        URL,
        URL.replace(".com", ".com:7443"),
        headers=[("X-Forwarded-Port", "7443")],
    ),
    url_case("slash added", "url-trailing-slash", URL, URL + "/"),
    url_case("slash removed", "url-trailing-slash", LOCAL_URL, LOCAL_URL.rstrip("/")),
    url_case("slash after a bare host", "url-trailing-slash", "https://a.example", "https://a.example/"),
    url_case("no slash after a bare host", "url-trailing-slash", "https://a.example/", "https://a.example"),
    url_case("slash before the query", "url-trailing-slash", "https://a.example/h?x=1", "https://a.example/h/?x=1"),
    url_case("slash after the query", "url-trailing-slash", "https://a.example/h?x=1", "https://a.example/h?x=1/"),
    url_case("only the path", "url-path", URL, "/hooks/bird"),
    url_case("only path and query, as req.originalUrl", "url-path", QUERY_URL, QUERY_URL.partition(".com")[2]),
    url_case("only the path although there is a query", "url-path", QUERY_URL, "/hooks/bird"),
    url_case("what an Express router leaves", "url-path", URL, "/bird"),
    url_case("prefix stripped by the proxy", "url-path", URL, "https://app.example.com/bird"),
    url_case(
        "forwarded prefix put before it", "url-path", URL, "https://app.example.com/api/hooks/bird", headers=PROXIED
    ),
    url_case("double slash", "url-path", URL, "https://app.example.com//hooks/bird"),
    url_case("only the origin", "url-path", URL, "https://app.example.com"),
    url_case("only the host", "url-path", URL, "app.example.com"),
    url_case("only the host, without its port", "url-path", LOCAL_URL, "localhost"),
    url_case(
        "host as the header writes it",
        "url-host",
        URL,
        URL.replace("app", "App"),
        headers=[("Host", "App.example.com")],
    ),
    url_case(
        "escapes of the path in small letters",
        "url-encoding",
        "https://a.example/h%C3%B6k",
        "https://a.example/h%c3%b6k",
    ),
    url_case("query dropped", "url-query-dropped", QUERY_URL, QUERY_URL.partition("?")[0]),
    url_case("one parameter dropped", "url-query-dropped", QUERY_URL, QUERY_URL.replace("tenant=7&", "")),
    url_case("question mark kept", "url-query-dropped", "https://a.example/h?x=1", "https://a.example/h?"),
    url_case("query sorted", "url-query-order", "https://a.example/h?b=2&a=1", "https://a.example/h?a=1&b=2"),
    url_case("sorted by name alone", "url-query-order", "https://a.e/h?b=2&b=1&a=1", "https://a.e/h?a=1&b=2&b=1"),
    url_case("a map's order", "url-query-order", "https://a.e/h?a=1&b=2&c=3", "https://a.e/h?b=2&a=1&c=3"),
    url_case("percent-decoded", "url-encoding", QUERY_URL, unquote(QUERY_URL)),
    url_case("path decoded", "url-encoding", "https://a.example/caf%C3%A9", "https://a.example/café"),
    url_case("path encoded", "url-encoding", "https://a.example/café", "https://a.example/caf%C3%A9"),
    url_case("escapes in small letters", "url-encoding", QUERY_URL, QUERY_URL.replace("%2F", "%2f")),
    url_case("escapes in capitals", "url-encoding", "https://a.example/h?x=%2f", "https://a.example/h?x=%2F"),
    url_case("+ for %20", "url-encoding", QUERY_URL, QUERY_URL.replace("%20", "+")),
    url_case("%20 for +", "url-encoding", "https://a.example/h?x=a+b", "https://a.example/h?x=a%20b"),
    url_case(
        "form-encoded anew",
        "url-encoding",
        "https://a.example/h?to=https://b.example/&m=a b",
        "https://a.example/h?" + urlencode(parse_qsl("to=https://b.example/&m=a b")),
    ),
    url_case("encodeURIComponent", "url-encoding", URL, quote(URL, safe="!~*'()")),
    url_case("encodeURI twice", "url-encoding", QUERY_URL, QUERY_URL.replace("%", "%25")),
    url_case("brackets encoded", "url-encoding", "https://a.example/h?f[0]=1", "https://a.example/h?f%5B0%5D=1"),
    url_case("tilde encoded by PHP", "url-encoding", "https://a.example/h?u=~me", "https://a.example/h?u=%7Eme"),
    case("no URL line", "url-missing", b64(mac(TIMESTAMP.encode() + b"\n" + sha256(BODY)))),
    case("empty URL line", "url-missing", signed(url=""), url=QUERY_URL),
    case("undefined for the URL", "url-missing", signed(url="undefined")),
    case("legacy SDK without a query", "legacy-query-scheme", signed(url="")),
    case("legacy SDK", "legacy-query-scheme", signed(url="a=x+y%2Fz&b=2&tenant=7"), url=QUERY_URL),
    case("legacy scheme, unsorted", "legacy-query-scheme", signed(url="b=2&a=1"), url="https://a.example/h?b=2&a=1"),
]

BODIES = [
    case("hexdigest()", "body-hex-digest", signed(third=hashlib.sha256(BODY).hexdigest().encode())),
    case("hex in capitals", "body-hex-digest", signed(third=hashlib.sha256(BODY).hexdigest().upper().encode())),
    case("digest('base64')", "body-hex-digest", signed(third=base64.b64encode(sha256(BODY)))),
    case("the body itself", "body-not-hashed", signed(third=BODY)),
    case("the pretty body itself", "body-not-hashed", signed(third=PRETTY), body=PRETTY),
    body_case("json.dumps", "body-reserialised", json.dumps(EVENT).encode()),
    body_case("json.dumps, letters kept", "body-reserialised", json.dumps(EVENT, ensure_ascii=False).encode()),
    body_case("json.dumps, compact", "body-reserialised", json.dumps(EVENT, separators=(",", ":")).encode()),
    body_case("json.dumps, sorted", "body-reserialised", json.dumps(EVENT, sort_keys=True).encode()),
    body_case("json.dumps, indent=2", "body-reserialised", json.dumps(EVENT, indent=2).encode()),
    body_case("json.dumps, indent=4", "body-reserialised", json.dumps(EVENT, indent=4, sort_keys=True).encode()),
    body_case("indent=2, letters kept", "body-reserialised", json.dumps(EVENT, indent=2, ensure_ascii=False).encode()),
    body_case("indented by tabs", "body-reserialised", json.dumps(EVENT, indent="\t", ensure_ascii=False).encode()),
    body_case("str() of a dict", "body-reserialised", str(EVENT).encode()),
    body_case("String(req.body)", "body-reserialised", b"[object Object]"),
    body_case("minified", "body-reserialised", json.dumps(json.loads(PRETTY), separators=(",", ":")).encode(), PRETTY),
    body_case("PHP's json_encode", "body-reserialised", rb'{"n":1,"u":"\u00e9\/\ud83d\ude00<&>","e":[]}', LANGUAGES),
    body_case("Go's json.Marshal of a map", "body-reserialised", GO.encode(), LANGUAGES),
    body_case("JSON.stringify", "body-reserialised", '{"n":1,"u":"é/😀<&>","e":{}}'.encode(), LANGUAGES),
    body_case("Go's Encoder, with its newline", "body-reserialised", GO.encode() + b"\n", LANGUAGES),
    body_case(".NET", "body-reserialised", rb'{"n":1.0,"u":"\u00E9/\uD83D\uDE00\u003C\u0026\u003E","e":{}}', LANGUAGES),
    body_case(
        "JSON.stringify of the text", "body-reserialised", json.dumps(BODY.decode(), ensure_ascii=False).encode()
    ),
    body_case("only the payload", "body-reserialised", json.dumps(EVENT["payload"]).encode()),
    body_case("final newline added to plain JSON", "body-newline", b'{"a":1}\n', b'{"a":1}'),
    body_case("read as Latin-1", "body-charset", BODY.decode("latin-1").encode()),
    body_case(
        "read as Windows-1252", "body-charset", "“é”".encode().decode("cp1252", "replace").encode(), "“é”".encode()
    ),
    body_case("written as Latin-1", "body-charset", BODY.decode().encode("latin-1", "replace")),
    body_case("written as Windows-1252", "body-charset", BODY.decode().encode("cp1252", "replace")),
    body_case("written as ASCII with ?", "body-charset", BODY.decode().encode("ascii", "replace")),
    body_case("letters dropped", "body-charset", BODY.decode().encode("ascii", "ignore")),
    body_case("U+FFFD for each byte", "body-charset", BODY.decode("ascii", "replace").encode()),
    body_case("U+FFFD for broken letters", "body-charset", b'{"a":"\xef\xbf\xbd"}', b'{"a":"\xff"}'),
    body_case("UTF-16", "body-charset", BODY.decode().encode("utf-16-le")),
    body_case("final newline added", "body-newline", BODY + b"\n"),
    body_case("final CRLF added", "body-newline", BODY + b"\r\n"),
    body_case("final newline removed", "body-newline", UNUSUAL, UNUSUAL + b"\n"),
    body_case("final CRLF removed", "body-newline", UNUSUAL, UNUSUAL + b"\r\n"),
    body_case("CRLF for LF", "body-newline", PRETTY.replace(b"\n", b"\r\n"), PRETTY),
    body_case("LF for CRLF", "body-newline", b'{"a": 1,\n"b":2}\n', b'{"a": 1,\r\n"b":2}\r\n'),
    body_case("lines joined", "body-newline", PRETTY.replace(b"\n", b""), PRETTY),
    body_case("BOM added", "body-bom", b"\xef\xbb\xbf" + BODY),
    body_case("BOM removed", "body-bom", BODY, b"\xef\xbb\xbf" + BODY),
    body_case("stream read before", "body-empty", b""),
    body_case("Express without a parser", "body-empty", b"{}"),
    case("nothing for the body", "body-empty", signed(third=b"")),
    case("no line for the body", "body-empty", b64(mac(f"{TIMESTAMP}\n{URL}".encode()))),
    case(
        "digest joined to text in Node", "body-charset", signed(third=sha256(BODY).decode("utf-8", "replace").encode())
    ),
]

RIGHT = mac(f"{TIMESTAMP}\n{URL}\n".encode() + sha256(BODY))
# A body whose right signature has + and /, so that both alphabets of base64 differ.
SLASHED = next(body for body in (b'{"n":%d}' % n for n in range(999)) if re.search(r"\+.*/|/.*\+", signed(body=body)))
TEXTS = [
    case("hexdigest()", "signature-hex", RIGHT.hex()),
    case("hex in capitals", "signature-hex", RIGHT.hex().upper()),
    case("base64 of hex", "signature-hex", b64(RIGHT.hex().encode())),
    case("base64 of hex in capitals", "signature-hex", b64(RIGHT.hex().upper().encode())),
    case("url-safe", "signature-base64url", signed(body=SLASHED).replace("+", "-").replace("/", "_"), body=SLASHED),
    case("without padding", "signature-unpadded", b64(RIGHT).rstrip("=")),
    case("as GitHub writes it", "signature-hex", f"sha256={RIGHT.hex()}"),
]


def joined(separator: bytes, first: str = TIMESTAMP, url: str = URL) -> str:
    return b64(mac(separator.join([first.encode(), url.encode(), sha256(BODY)])))


def hashed(body_hash: str, hmac_hash: str) -> str:
    message = f"{TIMESTAMP}\n{URL}\n".encode() + hashlib.new(body_hash, BODY).digest()
    return b64(hmac.new(KEY.encode(), message, hmac_hash).digest())


REST = [
    case("nothing between", "separator", joined(b"")),
    case("dots", "separator", joined(b".")),
    case("CRLF", "separator", joined(b"\r\n")),
    case("single quotes in PHP", "separator", joined(b"\\n")),
    case("blanks", "separator", joined(b" ")),
    case("bars", "separator", joined(b"|")),
    case("newline at the end too", "separator", signed(third=sha256(BODY) + b"\n")),
    case("no newline before the digest", "separator", b64(mac(f"{TIMESTAMP}\n{URL}".encode() + sha256(BODY)))),
    case("milliseconds", "timestamp-milliseconds", signed(timestamp=TIMESTAMP + "000")),
    case("milliseconds within the second", "timestamp-milliseconds", signed(timestamp=TIMESTAMP + "417")),
    case("header in milliseconds", "timestamp-milliseconds", signed(), timestamp=TIMESTAMP + "000"),
    case("no timestamp line", "timestamp-missing", b64(mac(URL.encode() + b"\n" + sha256(BODY)))),
    case("empty timestamp line", "timestamp-missing", signed(timestamp="")),
    case("undefined for the timestamp", "timestamp-missing", signed(timestamp="undefined")),
    case("no header at all", "timestamp-missing", signed(), timestamp=None),
    case("a second late", "timestamp-mismatch", signed(timestamp=str(int(TIMESTAMP) + 1))),
    case("a quarter of an hour early", "timestamp-mismatch", signed(timestamp=str(int(TIMESTAMP) - 900))),
    case("some minutes late", "timestamp-mismatch", signed(timestamp=str(int(TIMESTAMP) + 431))),
    case("now", "timestamp-mismatch", signed(timestamp="1760000123"), now=1760000123.9),
    case("a little before now", "timestamp-mismatch", signed(timestamp="1759999456"), now=1760000123.9),
    case("two time zones away", "timestamp-mismatch", signed(timestamp=str(int(TIMESTAMP) + 7200))),
    case("as a float", "timestamp-mismatch", signed(timestamp=TIMESTAMP + ".0")),
    case("as an ISO date", "timestamp-mismatch", signed(timestamp="2024-07-01T08:40:59+00:00")),
    case("HMAC-SHA1", "algorithm", hashed("sha256", "sha1")),
    case("HMAC-SHA512", "algorithm", hashed("sha256", "sha512")),
    case("HMAC-SHA384", "algorithm", hashed("sha256", "sha384")),
    case("HMAC-MD5", "algorithm", hashed("sha256", "md5")),
    case("HMAC-SHA3", "algorithm", hashed("sha256", "sha3_256")),
    case("SHA-1 of the body", "algorithm", hashed("sha1", "sha256")),
    case("SHA-512 of the body", "algorithm", hashed("sha512", "sha256")),
    case("MD5 of the body", "algorithm", hashed("md5", "sha256")),
    case("SHA-512 throughout", "algorithm", hashed("sha512", "sha512")),
    case("SHA-1 throughout", "algorithm", hashed("sha1", "sha1")),
]


@pytest.mark.parametrize("case", [*KEYS, *URLS, *BODIES, *TEXTS, *REST], ids=lambda case: f"{case.cause}: {case.name}")
def test_the_mistake_is_named(case: Case) -> None:
    assert cause_of(case) == case.cause


BEYOND_THE_TEXT = {"other-key", "key-base64-decoded", "key-whitespace", "algorithm"}
ALL = [*KEYS, *URLS, *BODIES, *REST]


@pytest.mark.parametrize(
    "case", [case for case in ALL if case.cause not in BEYOND_THE_TEXT], ids=lambda case: case.name
)
def test_what_was_evidently_signed_gives_this_signature(case: Case) -> None:
    given = {"url": URL, "timestamp": TIMESTAMP, "body": BODY, "signing_keys": [KEY], **case.given}
    parts = explain(signature=case.signature, **given).evidently_signed
    if given["timestamp"] is None:
        assert parts is None  # the header is what lacks, whatever was signed
    else:
        assert b64(mac(b"".join(part.data for part in parts or ()))) == case.signature
