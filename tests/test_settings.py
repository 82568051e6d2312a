from __future__ import annotations

import dataclasses

import pytest

from inspector.errors import ConfigError
from inspector.settings import Settings, SigningKey, read_secret, signing_keys


@pytest.mark.parametrize(
    ("text", "label", "key"),
    [
        ("secret", None, "secret"),
        ("staging=secret", "staging", "secret"),
        ("my-key_2=a=b", "my-key_2", "a=b"),
        ("staging=c2VjcmV0==", "staging", "c2VjcmV0=="),
        ("c2VjcmV0==", None, "c2VjcmV0=="),
        ("secret=", None, "secret="),
        ("Staging=secret", None, "Staging=secret"),
        ("2nd=secret", None, "2nd=secret"),
        ("a b=secret", None, "a b=secret"),
        ("=secret", None, "=secret"),
        (" secret ", None, " secret "),
    ],
)
def test_a_label_is_split_off_only_where_it_is_one(text, label, key):
    assert SigningKey.parse(text) == SigningKey(key, label)


def test_a_key_is_read_from_a_file_without_its_final_newline(tmp_path):
    (tmp_path / "key").write_bytes("schlüssel \r\n".encode())
    assert SigningKey.parse(f"@{tmp_path / 'key'}") == SigningKey("schlüssel ")
    assert SigningKey.parse(f"staging=@{tmp_path / 'key'}") == SigningKey("schlüssel ", "staging")


def test_only_one_newline_is_taken_off(tmp_path):
    (tmp_path / "key").write_bytes(b"k\n\n")
    assert read_secret(f"@{tmp_path / 'key'}") == "k\n"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_key_file_that_cannot_be_read_is_an_error(tmp_path, content):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match="Cannot read the key from"):
        read_secret(f"@{tmp_path / 'key'}")


def test_an_empty_key_is_an_error(tmp_path):
    (tmp_path / "key").write_bytes(b"\n")
    for text in ("", f"@{tmp_path / 'key'}"):
        with pytest.raises(ConfigError, match="A signing key is empty"):
            SigningKey.parse(text)


def test_several_keys():
    assert signing_keys(["a", "b=c"]) == (SigningKey("a"), SigningKey("c", "b"))


def test_secrets_never_show_in_a_repr():
    settings = Settings(signing_keys=(SigningKey("hush-key", "staging"),), token="hush-token")
    assert "hush" not in repr(settings)
    assert "staging" in repr(settings)


def test_settings_are_frozen_and_have_the_documented_defaults():
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 4747)
    assert (settings.capacity, settings.max_memory, settings.max_body) == (10_000, 256 * 1024**2, 10 * 1024**2)
    assert settings.stale_after == 8 * 3600
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("port", -1),
        ("port", 65536),
        ("capacity", 0),
        ("max_body", -1),
        ("max_memory", 0),
        ("public_url", ""),
        ("public_url", "app.example"),
        ("public_url", "ftp://app.example"),
        ("public_url", "https://"),
        ("public_url", "https://app.example:99999"),
        ("public_url", "http://[::1"),
    ],
)
def test_a_wrong_setting_names_its_option(option, value):
    with pytest.raises(ConfigError, match=f"^--{option.replace('_', '-')} "):
        Settings(**{option: value})


@pytest.mark.parametrize("url", ["https://app.example", "http://127.0.0.1:3000/hooks/bird?b=2&a=1", "http://[::1]:80"])
def test_a_public_url_is_kept_verbatim(url):
    assert Settings(public_url=url).public_url == url
