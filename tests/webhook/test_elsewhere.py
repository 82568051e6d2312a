from __future__ import annotations

import pytest

from inspector.webhook.elsewhere import Subscription, is_absolute, is_near, public_url_for, url_faults

HERE = "http://app.example/hook"


@pytest.mark.parametrize(
    ("right", "signed", "slugs"),
    [
        (HERE, HERE, []),
        (HERE, "https://app.example/hook", ["url-scheme"]),
        (HERE, "app.example/hook", ["url-scheme"]),
        (HERE, "https://tunnel.example/hook", ["url-scheme", "url-host"]),
        (HERE, "http://App.example/hook", ["url-host"]),
        (HERE, "http://app.example:8000/hook", ["url-port"]),
        ("http://app.example:8000/hook", HERE, ["url-port"]),
        (HERE, "http://app.example/hook/", ["url-trailing-slash"]),
        (HERE, "http://app.example/other", ["url-path"]),
        ("http://a.example/caf%C3%A9", "http://a.example/caf%c3%a9", ["url-encoding"]),
        ("http://a.example/h?x=1", "http://a.example/h", ["url-query-dropped"]),
        ("http://a.example/h?x=1&a=2", "http://a.example/h?a=2&x=1", ["url-query-order"]),
        ("http://a.example/h?x=%2f", "http://a.example/h?x=%2F", ["url-encoding"]),
        ("http://a.example/h?x=1", "http://a.example/h?y=1", ["url-path"]),
    ],
)
def test_what_lies_between_two_urls(right: str, signed: str, slugs: list[str]) -> None:
    faults = url_faults(right, signed)
    assert [slug for slug, _ in faults] == slugs
    assert all(words for _, words in faults)


@pytest.mark.parametrize(
    ("registered", "near"),
    [
        ("https://app.example/hook", True),
        ("http://app.example/hook/", True),
        ("http://app.example:8000/hook", True),
        ("http://APP.example/hook", True),
        ("http://app.example/hook?tenant=7", True),
        ("http://app.example/hook", False),  # the very one
        ("http://app.example/other", False),
        ("http://elsewhere.example/hook", False),
        ("https://app.example/hook/", False),
    ],
)
def test_one_mistake_away_is_near_but_another_path_or_host_is_not(registered: str, near: bool) -> None:
    assert is_near(HERE, registered) is near


def test_the_names_of_the_own_machine_are_near() -> None:
    assert is_near("http://127.0.0.1:3000/h", "http://localhost:3000/h")


def test_the_public_url_is_an_origin_unless_the_target_differs() -> None:
    assert public_url_for("https://app.example/hook?a=1", "http://inner/hook?a=1") == "https://app.example"
    assert public_url_for("https://app.example", "http://inner/") == "https://app.example"
    assert public_url_for("https://app.example/hook/", "http://inner/hook") == "https://app.example/hook/"


@pytest.mark.parametrize(
    ("text", "absolute"), [(HERE, True), ("/hook", False), ("app.example/h", False), (None, False)]
)
def test_only_a_url_with_scheme_and_host_can_be_registered(text: str | None, absolute: bool) -> None:
    assert is_absolute(text) is absolute


def test_a_subscription_is_called_by_event_and_url() -> None:
    named = Subscription(HERE, "k", "conversation.updated")
    assert named.words == f"the subscription to conversation.updated at {HERE}"
    assert Subscription(HERE, "k").words == f"the subscription at {HERE}"
