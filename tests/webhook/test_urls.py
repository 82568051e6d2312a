from __future__ import annotations

import pytest

from inspector.webhook.urls import candidate_urls

HOST, TARGET = "127.0.0.1:4747", "/hooks/bird?b=2&a=1"


def test_host_and_target_as_sent() -> None:
    assert candidate_urls(HOST, TARGET, {}) == ("http://127.0.0.1:4747/hooks/bird?b=2&a=1",)


def test_the_root_may_have_been_registered_without_its_slash() -> None:
    assert candidate_urls(HOST, "/", {}) == ("http://127.0.0.1:4747/", "http://127.0.0.1:4747")
    assert candidate_urls(HOST, "/?a=1", {}) == ("http://127.0.0.1:4747/?a=1", "http://127.0.0.1:4747?a=1")
    forwarding = {"x-forwarded-proto": "https", "x-forwarded-host": "app.example"}
    assert "https://app.example" in candidate_urls(HOST, "/", forwarding)
    assert "https://app.example" in candidate_urls(HOST, "/", {}, "https://app.example")
    assert candidate_urls(HOST, "/", {}, "https://app.example/in")[0] == "https://app.example/in"


def test_an_absolute_target_stands_for_itself() -> None:
    assert candidate_urls(HOST, "http://app.example/hook", {}) == ("http://app.example/hook",)


def test_a_target_without_a_slash_follows_the_host() -> None:
    assert candidate_urls(HOST, "*", {}) == ("http://127.0.0.1:4747*",)


@pytest.mark.parametrize("public_url", ["https://app.example", "https://app.example/"])
def test_a_public_origin_replaces_the_origin(public_url: str) -> None:
    assert candidate_urls(HOST, TARGET, {}, public_url) == (
        "https://app.example/hooks/bird?b=2&a=1",
        "http://127.0.0.1:4747/hooks/bird?b=2&a=1",
    )


@pytest.mark.parametrize("public_url", ["https://app.example/in?x=1", "https://app.example?x=1"])
def test_a_public_url_with_a_path_or_query_is_used_whole(public_url: str) -> None:
    assert candidate_urls(HOST, TARGET, {}, public_url)[0] == public_url


def test_a_tunnel_names_scheme_and_host() -> None:
    forwarding = {"x-forwarded-proto": "https", "x-forwarded-host": "abc.tunnel.example"}
    assert candidate_urls(HOST, "/hook", forwarding) == (
        "http://127.0.0.1:4747/hook",
        "https://abc.tunnel.example/hook",
        "https://127.0.0.1:4747/hook",
    )


def test_a_scheme_alone_keeps_the_host() -> None:
    assert candidate_urls("app.example", "/hook", {"x-forwarded-proto": "HTTPS"}) == (
        "http://app.example/hook",
        "https://app.example/hook",
    )


def test_of_a_list_the_first_value_counts() -> None:
    forwarding = {"x-forwarded-proto": "https, http", "x-forwarded-host": "app.example, inner"}
    assert candidate_urls("inner", "/hook", forwarding)[1] == "https://app.example/hook"


def test_a_port_is_tried_with_and_without() -> None:
    forwarding = {"x-forwarded-proto": "https", "x-forwarded-host": "app.example", "x-forwarded-port": "8443"}
    urls = candidate_urls("inner", "/hook", forwarding)
    assert {"https://app.example/hook", "https://app.example:8443/hook"} <= set(urls)


def test_a_default_port_is_not_written() -> None:
    forwarding = {"x-forwarded-proto": "https", "x-forwarded-port": "443"}
    urls = candidate_urls("app.example:8080", "/hook", forwarding)
    assert "https://app.example/hook" in urls
    assert not any(":443" in url for url in urls)


def test_a_stripped_prefix_is_put_back() -> None:
    forwarding = {"x-forwarded-proto": "https", "x-forwarded-host": "app.example", "x-forwarded-prefix": "/api/"}
    urls = candidate_urls("inner", "/hook", forwarding)
    assert urls[1:3] == ("https://app.example/hook", "https://app.example/api/hook")


def test_a_prefix_also_stands_behind_a_public_origin() -> None:
    urls = candidate_urls("inner", "/hook", {"x-forwarded-prefix": "/api"}, "https://app.example")
    assert urls == ("https://app.example/hook", "https://app.example/api/hook", "http://inner/hook")


def test_the_standard_header_with_quotes() -> None:
    forwarding = {"forwarded": 'for=192.0.2.43;host="app.example:8443";proto=https, for=10.0.0.1;host=inner'}
    assert "https://app.example:8443/hook" in candidate_urls("inner", "/hook", forwarding)


@pytest.mark.parametrize(
    "forwarding",
    [
        {"x-forwarded-proto": "gopher"},
        {"x-forwarded-host": "a b/../"},
        {"x-forwarded-host": ""},
        {"x-forwarded-prefix": "no-slash"},
        {"forwarded": ';;=,"'},
        {"forwarded": "host=[", "x-forwarded-proto": "\x00"},
    ],
)
def test_garbage_is_passed_over(forwarding: dict[str, str]) -> None:
    assert candidate_urls(HOST, "/hook", forwarding) == ("http://127.0.0.1:4747/hook",)


@pytest.mark.parametrize("port", ["http", "99999999", "-1", "", "٣"])
def test_a_garbage_port_is_passed_over(port: str) -> None:
    assert candidate_urls(HOST, "/hook", {"x-forwarded-port": port}) == ("http://127.0.0.1:4747/hook",)


def test_no_url_comes_twice() -> None:
    forwarding = {"x-forwarded-proto": "http", "x-forwarded-host": HOST, "forwarded": f'host="{HOST}";proto=http'}
    assert candidate_urls(HOST, "/hook", forwarding) == ("http://127.0.0.1:4747/hook",)
