from __future__ import annotations

import gzip
from hashlib import sha256
from typing import Any

import pytest
from recordings import KEY, NOON, URL, make_event, make_record, signed

from inspector.recorder.analysis import Analyser
from inspector.recorder.request import RecordedRequest
from inspector.settings import SigningKey
from inspector.webhook.signature import sign

BODY = make_event()
STAGING = SigningKey(KEY, "staging")


def test_a_signature_is_checked_for_host_and_target() -> None:
    request = make_record(BODY, headers=signed(BODY), analyser=Analyser([SigningKey("other"), STAGING]))
    found = request.signature
    assert (found.verdict, found.key, found.url) == ("valid", "staging", URL)
    assert request.signature is found


def test_without_a_key_nothing_is_checked() -> None:
    assert make_record(BODY, headers=signed(BODY)).signature.verdict == "unchecked"


def test_without_a_signature_it_is_missing() -> None:
    assert make_record(BODY, analyser=Analyser([STAGING])).signature.verdict == "missing"


def test_a_wrong_key_is_invalid() -> None:
    assert (
        make_record(BODY, headers=signed(BODY), analyser=Analyser([SigningKey("other")])).signature.verdict == "invalid"
    )


def test_keys_learnt_later_count_for_earlier_records() -> None:
    analyser = Analyser([SigningKey("other")])
    request = make_record(BODY, headers=signed(BODY), analyser=analyser)
    assert request.signature.verdict == "invalid"
    analyser.learn_keys([STAGING, STAGING, SigningKey("other")])
    assert request.signature.verdict == "valid"
    assert analyser.keys == (SigningKey("other"), STAGING)


def test_the_public_url_is_tried_first() -> None:
    public = "https://app.example/in"
    request = make_record(
        BODY,
        headers={**signed(BODY), "messagebird-signature": sign(KEY, str(int(NOON)), public, BODY)},
        analyser=Analyser([STAGING], public_url=public),
    )
    assert request.signature.url == public
    assert request.analyser.urls(request) == (public, URL)


def test_forwarding_headers_name_the_address_outside() -> None:
    outside = "https://tunnel.example/hook"
    headers = {
        **signed(BODY),
        "messagebird-signature": sign(KEY, str(int(NOON)), outside, BODY),
        "x-forwarded-proto": "https",
        "x-forwarded-host": "tunnel.example",
    }
    assert make_record(BODY, headers=headers, analyser=Analyser([STAGING])).signature.url == outside


@pytest.mark.parametrize(("age", "stale"), [(0, False), (8 * 3600, False), (8 * 3600 + 1, True), (-60, False)])
def test_age_is_that_on_arrival(age: int, stale: bool) -> None:
    found = make_record(BODY, headers=signed(BODY, at=NOON - age), analyser=Analyser([STAGING])).signature
    assert (found.verdict, found.age_seconds, found.stale) == ("valid", age, stale)


def test_the_retry_window_can_be_set() -> None:
    analyser = Analyser([STAGING], stale_after=10)
    assert make_record(BODY, headers=signed(BODY, at=NOON - 11), analyser=analyser).signature.stale


def test_the_cause_is_searched_for_when_asked() -> None:
    headers = {**signed(BODY), "messagebird-signature": sign(KEY, str(int(NOON)), "https://inspector.test/hook", BODY)}
    request = make_record(BODY, headers=headers, analyser=Analyser([STAGING]))
    assert request.signature.verdict == "invalid"
    assert request.known_cause is None
    assert request.cause == "url-scheme"
    assert request.known_cause == "url-scheme"


def test_a_valid_signature_has_no_cause() -> None:
    request = make_record(BODY, headers=signed(BODY), analyser=Analyser([STAGING]))
    assert request.cause is None


def cut(body: bytes, keep: int = 20, **fields: Any) -> RecordedRequest:
    """A record of a body of which only the beginning was kept."""
    analyser = fields.pop("analyser", Analyser([STAGING]))
    known = {"size": len(body), "digest": sha256(body).digest(), "headers": signed(body), **fields}
    return make_record(body[:keep], analyser=analyser, **known)


def test_the_signature_of_a_cut_body_is_checked_by_its_digest() -> None:
    request = cut(BODY)
    assert (request.signature.verdict, request.signature.key, request.cause) == ("valid", "staging", None)
    assert request.analyser.explain(request).verdict == "valid"


def test_of_a_cut_body_no_cause_is_claimed() -> None:
    request = cut(BODY, analyser=Analyser([SigningKey("other")]))
    assert (request.signature.verdict, request.cause) == ("invalid", "unknown")
    assert "raise --max-body" in request.to_json()["signature"]["message"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"incomplete": True, "size": 20, "digest": None}, "the body broke off after 20 B"),
        ({"digest": None}, "only the first 20 B"),
        ({"malformed": "This is TLS."}, "this is TLS"),
    ],
    ids=["broke off", "cut, digest lost", "malformed"],
)
def test_a_signature_that_cannot_be_checked_is_not_called_invalid(fields: dict[str, Any], said: str) -> None:
    request = cut(BODY, **fields)
    found = request.signature
    assert (found.verdict, found.age_seconds, request.cause) == ("unchecked", 0, None)
    assert said in found.message
    assert request.analyser.explain(request).message == found.message


def test_what_is_not_whole_is_no_event_and_says_why() -> None:
    for request, said in ((cut(BODY), "raise --max-body"), (cut(BODY, incomplete=True), "broke off")):
        assert request.contract.verdict == "not_an_event"
        assert said in request.contract.findings[0].message


def test_a_compressed_body_is_checked_unpacked_and_its_signature_as_sent(seed_body: bytes) -> None:
    packed = gzip.compress(seed_body)
    headers = {"content-encoding": "gzip", **signed(packed)}
    request = make_record(packed, headers=headers, analyser=Analyser([STAGING]))
    assert (request.signature.verdict, request.contract.verdict) == ("valid", "conforms")
    assert "gzip-compressed" in request.contract.findings[0].message
    assert request.event is not None


def test_a_compressed_body_that_is_damaged_is_said_to_be() -> None:
    report = make_record(gzip.compress(BODY)[:-9], headers={"content-encoding": "gzip"}).contract
    assert (report.verdict, len(report.findings)) == ("not_an_event", 1)
    assert "gzip-compressed and cannot be unpacked" in report.findings[0].message


def test_a_signature_made_before_compressing_is_recognised() -> None:
    headers = {"content-encoding": "gzip", **signed(BODY)}
    request = make_record(gzip.compress(BODY), headers=headers, analyser=Analyser([STAGING]))
    assert (request.signature.verdict, request.cause) == ("invalid", "unknown")
    assert "before it was compressed" in request.to_json()["signature"]["message"]


@pytest.mark.parametrize(
    ("body", "verdict"), [(BODY, "departs"), (b"{}", "not_an_event"), (b"", "not_an_event"), (b"\xff", "not_an_event")]
)
def test_the_contract_is_checked_once(body: bytes, verdict: str) -> None:
    request = make_record(body)
    assert request.contract.verdict == verdict
    assert request.contract is request.contract


def test_a_documented_event_conforms(seed_body: bytes) -> None:
    assert make_record(seed_body).contract.verdict == "conforms"


def test_the_keys_of_subscriptions_count_for_their_own_url() -> None:
    body = b"{}"
    analyser = Analyser()
    analyser.subscriptions = lambda: [(URL, KEY), ("http://elsewhere.test/", "other")]
    right = make_record(body, headers=signed(body), analyser=analyser)
    assert (right.signature.verdict, right.signature.key) == ("valid", "subscription")
    wrong = make_record(body, headers=signed(body, key="other"), analyser=analyser)
    assert (wrong.signature.verdict, wrong.cause) == ("invalid", "other-key")


def signed_for(url: str, key: str = KEY) -> dict[str, str]:
    """The headers of a webhook whose subscription has this URL."""
    return {**signed(BODY), "messagebird-signature": sign(key, str(int(NOON)), url, BODY)}


def test_behind_a_proxy_that_ends_tls_the_public_url_is_what_to_set() -> None:
    request = make_record(BODY, headers=signed_for("https://inspector.test/hook"), analyser=Analyser([STAGING]))
    found = request.analyser.explain(request)
    assert found.cause == "url-scheme"
    assert "if the former is what is registered in the subscription, all is well with the sender" in found.message
    assert "--public-url https://inspector.test," in found.message
    assert "your app verify against that URL" in found.message
    assert found.message.endswith("else sign exactly http://inspector.test/hook.")


def test_another_path_outside_is_a_public_url_to_be_used_whole() -> None:
    request = make_record(BODY, headers=signed_for(f"{URL}/"), analyser=Analyser([STAGING]))
    assert f"--public-url {URL}/," in request.analyser.explain(request).message


def test_no_subscription_has_a_path_for_its_url() -> None:
    request = make_record(BODY, headers=signed_for("/hook"), analyser=Analyser([STAGING]))
    found = request.analyser.explain(request)
    assert (found.cause, "--public-url" in found.message) == ("url-path", False)


def test_a_url_without_a_path_arrives_as_a_slash() -> None:
    headers = signed_for("http://inspector.test")
    found = make_record(BODY, target="/", headers=headers, analyser=Analyser([STAGING])).signature
    assert (found.verdict, found.url) == ("valid", "http://inspector.test")


def knowing(*subscriptions: tuple[str, ...]) -> Analyser:
    """An analyser with a key of its own, and these subscriptions of the mock."""
    analyser = Analyser([STAGING])
    analyser.subscriptions = lambda: subscriptions
    return analyser


def test_an_old_tunnel_in_a_subscription_is_a_matter_of_the_address() -> None:
    old = "https://old-tunnel.example/hook"
    request = make_record(
        BODY, headers=signed_for(old, "subk"), analyser=knowing((old, "subk", "conversation.updated"))
    )
    found = request.analyser.explain(request)
    assert (found.cause, found.url) == ("url-scheme+url-host", URL)
    assert f"the subscription to conversation.updated at {old}" in found.message
    assert "--public-url https://old-tunnel.example," in found.message
    assert (found.evidently_signed or ())[2].text == old


def test_a_request_of_quite_another_subscription_is_named_as_such() -> None:
    far = "https://elsewhere.example/other?x=1"
    request = make_record(
        BODY, headers=signed_for(far, "subk"), analyser=knowing((far, "subk", "conversation.deleted"))
    )
    found = request.analyser.explain(request)
    assert (found.cause, found.key) == ("other-key", "subscription")
    assert f"the subscription to conversation.deleted at {far}" in found.message


def test_a_key_from_here_for_a_far_url_of_a_subscription_is_not_claimed() -> None:
    far = "https://elsewhere.example/other?x=1"
    request = make_record(BODY, headers=signed_for(far), analyser=knowing((far, "subk")))
    assert request.cause == "unknown"


def test_the_key_of_another_subscription_is_called_by_event_and_url() -> None:
    elsewhere = ("https://elsewhere.example/x", "subk", "conversation.created")
    request = make_record(BODY, headers=signed_for(URL, "subk"), analyser=knowing(elsewhere))
    found = request.analyser.explain(request)
    assert found.cause == "other-key"
    assert "the key of the subscription to conversation.created at https://elsewhere.example/x" in found.message


@pytest.mark.parametrize("keys", [[], [STAGING]])
def test_a_subscription_whose_url_is_a_mistake_away_counts_as_here(keys: list[SigningKey]) -> None:
    analyser = Analyser(keys)
    analyser.subscriptions = lambda: [(URL, "subk", "conversation.updated")]
    request = make_record(BODY, target="/hook/", headers=signed_for(URL, "subk"), analyser=analyser)
    assert (request.signature.verdict, request.cause) == ("invalid", "url-trailing-slash")


def test_the_very_url_goes_before_one_that_is_near() -> None:
    analyser = knowing((URL, "subk", "conversation.updated"), (f"{URL}/", "other", "conversation.updated"))
    assert [key.key for key in analyser.keys_for([URL])[0]] == [KEY, "subk"]
