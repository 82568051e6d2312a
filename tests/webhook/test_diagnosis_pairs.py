"""Two mistakes at once, each computed the way a developer would write it, with hashlib and hmac alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

from inspector.webhook.diagnosis import explain

KEY, OTHER = "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk=", "b3RoZXIga2V5"
URL = "https://App.example.com:8443/hooks/bird?b=2&a=x%20y%2Fz"
BODY = json.dumps({"event": "conversation.created", "payload": {"name": "Zoé 😀 a/b", "n": 1.0}}, indent=2).encode()
BODY = BODY.replace(rb"\u00e9", "é".encode())


@dataclass(frozen=True)
class Receiver:
    """Code that computes a signature, right unless a field is changed."""

    key: bytes = KEY.encode()
    timestamp: str | None = "1719823259"
    url: str | None = URL
    body: bytes = BODY
    digest: str = "sha256"
    third: Callable[[bytes, bytes], bytes] = lambda digest, body: digest
    separator: bytes = b"\n"
    algorithm: str = "sha256"
    written: Callable[[bytes], bytes] = base64.b64encode

    def signature(self) -> str:
        digest = hashlib.new(self.digest, self.body).digest()
        lines = [text.encode() for text in (self.timestamp, self.url) if text is not None]
        message = self.separator.join([*lines, self.third(digest, self.body)])
        return self.written(hmac.new(self.key, message, self.algorithm).digest()).decode()


Mistake = Callable[[Receiver], Receiver]


def on_url(change: Callable[[str], str]) -> Mistake:
    return lambda receiver: replace(receiver, url=change(receiver.url or ""))


def on_body(change: Callable[[bytes], bytes]) -> Mistake:
    return lambda receiver: replace(receiver, body=change(receiver.body))


def only(**changes: object) -> Mistake:
    return lambda receiver: replace(receiver, **changes)  # type: ignore[arg-type]


def sort_query(url: str) -> str:
    before, _, query = url.partition("?")
    return before + "?" + "&".join(sorted(query.split("&")))


MISTAKES: dict[str, Mistake] = {
    "other-key": only(key=OTHER.encode()),
    "key-base64-decoded": lambda receiver: replace(receiver, key=base64.b64decode(receiver.key)),
    "key-whitespace": lambda receiver: replace(receiver, key=receiver.key + b"\n"),
    "url-scheme": on_url(lambda url: url.replace("https:", "http:")),
    "url-host": on_url(lambda url: url.replace("App", "app")),
    "url-port": on_url(lambda url: url.replace(":8443", "")),
    "url-trailing-slash": on_url(lambda url: url.replace("/bird", "/bird/")),
    "url-path": on_url(lambda url: urlsplit(url)._replace(scheme="", netloc="").geturl()),
    "url-query-dropped": on_url(lambda url: url.partition("?")[0]),
    "url-query-order": on_url(sort_query),
    "url-encoding": on_url(unquote),
    "url-missing": only(url=None),
    "legacy-query-scheme": on_url(lambda url: urlencode(sorted(parse_qsl(urlsplit(url).query)))),
    "body-hex-digest": only(third=lambda digest, body: digest.hex().encode()),
    "body-not-hashed": only(third=lambda digest, body: body),
    "body-reserialised": on_body(lambda body: json.dumps(json.loads(body)).encode()),
    "body-charset": on_body(lambda body: body.decode("latin-1").encode()),
    "body-newline": on_body(lambda body: body + b"\n"),
    "body-bom": on_body(lambda body: b"\xef\xbb\xbf" + body),
    "body-empty": only(body=b""),
    "signature-hex": only(written=lambda mac: mac.hex().encode()),
    "signature-unpadded": only(written=lambda mac: base64.b64encode(mac).rstrip(b"=")),
    "separator": only(separator=b""),
    "timestamp-milliseconds": only(timestamp="1719823259000"),
    "timestamp-missing": only(timestamp=None),
    "timestamp-mismatch": only(timestamp="1719823319"),
    "algorithm": only(algorithm="sha1"),
}

PAIRS = """
other-key+url-scheme other-key+body-hex-digest other-key+signature-hex other-key+key-base64-decoded
key-base64-decoded+key-whitespace key-base64-decoded+url-scheme key-base64-decoded+body-reserialised
key-base64-decoded+signature-hex key-base64-decoded+separator key-base64-decoded+algorithm key-whitespace+url-host
key-whitespace+body-newline key-whitespace+timestamp-milliseconds url-scheme+url-host url-scheme+url-port
url-scheme+url-trailing-slash url-scheme+url-query-dropped url-scheme+url-query-order url-scheme+url-encoding
url-scheme+body-hex-digest url-scheme+body-reserialised url-scheme+signature-hex url-scheme+timestamp-mismatch
url-host+url-port url-host+url-trailing-slash url-host+body-not-hashed url-host+signature-unpadded
url-port+url-encoding url-port+body-charset url-port+timestamp-milliseconds url-port+algorithm
url-trailing-slash+url-path url-trailing-slash+url-query-dropped url-trailing-slash+body-bom
url-path+url-query-order url-path+url-encoding url-path+body-hex-digest url-path+body-reserialised
url-path+separator url-query-dropped+body-reserialised url-query-dropped+timestamp-missing
url-query-order+url-encoding url-query-order+body-charset url-query-order+signature-hex url-encoding+body-empty
url-encoding+separator url-missing+body-hex-digest url-missing+body-not-hashed url-missing+timestamp-missing
url-missing+separator url-missing+signature-hex legacy-query-scheme+body-hex-digest
legacy-query-scheme+body-reserialised legacy-query-scheme+signature-hex legacy-query-scheme+timestamp-mismatch
body-hex-digest+body-reserialised body-hex-digest+body-charset body-hex-digest+body-newline
body-hex-digest+body-empty body-hex-digest+signature-hex body-hex-digest+signature-unpadded
body-hex-digest+separator body-hex-digest+timestamp-missing body-hex-digest+timestamp-mismatch
body-hex-digest+algorithm body-not-hashed+body-reserialised body-not-hashed+body-newline body-not-hashed+separator
body-not-hashed+timestamp-missing body-reserialised+body-newline body-reserialised+signature-hex
body-reserialised+timestamp-mismatch body-reserialised+separator body-charset+body-newline
body-charset+signature-unpadded body-newline+body-bom body-newline+timestamp-milliseconds body-bom+signature-hex
body-empty+timestamp-mismatch body-empty+algorithm signature-hex+separator signature-hex+timestamp-milliseconds
signature-hex+timestamp-mismatch signature-hex+algorithm signature-unpadded+timestamp-missing
separator+timestamp-milliseconds separator+timestamp-missing separator+timestamp-mismatch separator+algorithm
timestamp-milliseconds+algorithm timestamp-mismatch+algorithm
""".split()  # noqa: SIM905 - a list would be a hundred lines


@pytest.mark.parametrize("pair", PAIRS)
def test_both_mistakes_are_named(pair: str) -> None:
    receiver = Receiver()
    for slug in pair.split("+"):
        receiver = MISTAKES[slug](receiver)
    signature = receiver.signature()
    explanation = explain(
        url=URL, timestamp="1719823259", body=BODY, signature=signature, signing_keys=[KEY], other_keys=[OTHER]
    )
    assert explanation.cause == pair


@pytest.mark.parametrize("slug", MISTAKES)
def test_each_of_these_mistakes_is_named_alone_too(slug: str) -> None:
    signature = MISTAKES[slug](Receiver()).signature()
    explanation = explain(
        url=URL, timestamp="1719823259", body=BODY, signature=signature, signing_keys=[KEY], other_keys=[OTHER]
    )
    assert explanation.cause == slug


def test_a_proxy_that_ends_tls_and_has_a_port_of_its_own() -> None:
    signature = Receiver(url="http://127.0.0.1:8000/hook").signature()
    explanation = explain(
        url="https://app.example/hook", timestamp="1719823259", body=BODY, signature=signature, signing_keys=[KEY]
    )
    assert explanation.cause == "url-scheme+url-host"


def test_the_public_host_with_the_port_behind_the_proxy() -> None:
    signature = Receiver(url="http://app.example:8080/hook").signature()
    explanation = explain(
        url="https://app.example/hook", timestamp="1719823259", body=BODY, signature=signature, signing_keys=[KEY]
    )
    assert explanation.cause == "url-scheme+url-port"


@pytest.mark.parametrize("slug", ["key-whitespace", "url-scheme", "body-newline", "body-hex-digest", "signature-hex"])
def test_sha_512_throughout_is_one_mistake_that_goes_with_another(slug: str) -> None:
    receiver = MISTAKES[slug](Receiver(digest="sha512", algorithm="sha512"))
    explanation = explain(
        url=URL, timestamp="1719823259", body=BODY, signature=receiver.signature(), signing_keys=[KEY]
    )
    assert explanation.cause == f"{slug}+algorithm"


@pytest.mark.parametrize("offset", [-10, -1, 1, 10, 60, -120, 300, 900])
def test_a_time_near_the_header_goes_with_another_mistake(offset: int) -> None:
    receiver = MISTAKES["url-trailing-slash"](Receiver(timestamp=str(1719823259 + offset)))
    explanation = explain(
        url=URL, timestamp="1719823259", body=BODY, signature=receiver.signature(), signing_keys=[KEY], now=1.76e9
    )
    assert explanation.cause == "url-trailing-slash+timestamp-mismatch"
