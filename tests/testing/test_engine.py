"""The server of a session: where it listens, and with which settings."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from inspector.errors import ConfigError
from inspector.settings import Settings, SigningKey
from inspector.testing.engine import read_settings, start_server


def test_it_listens_at_the_port_that_is_held_for_it() -> None:
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        server = start_server({}, held.getsockname()[1])
        server.stop()
        assert urlsplit(server.url).port == held.getsockname()[1]


def test_it_takes_another_where_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start_server({}, taken.getsockname()[1])
        server.stop()
        assert urlsplit(server.url).port not in (0, taken.getsockname()[1])


def test_a_port_of_the_users_own_is_not_replaced() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="Cannot listen on"),
    ):
        start_server({"port": taken.getsockname()[1]}, 0)


def test_a_mapping_names_what_differs() -> None:
    settings = read_settings({"signing_keys": ["k", SigningKey("l", "label")], "capacity": 5}, port=4000)
    assert (settings.port, settings.capacity) == (4000, 5)
    assert settings.signing_keys == (SigningKey("k"), SigningKey("l", "label"))


def test_whole_settings_stay_as_they_are() -> None:
    settings = Settings(port=1234)
    assert read_settings(settings, port=4000) is settings
