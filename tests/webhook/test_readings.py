from __future__ import annotations

import base64

import pytest

from inspector.webhook.readings import readings

MAC = bytes(range(200, 232))
STANDARD = base64.b64encode(MAC).decode()


def slugs_of(text: str, mac: bytes = MAC) -> list[tuple[str, ...]]:
    return [reading.slugs for reading in readings(text) if reading.mac == mac]


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        (STANDARD, ()),
        (STANDARD.rstrip("="), ("signature-unpadded",)),
        (base64.urlsafe_b64encode(MAC).decode(), ("signature-base64url",)),
        (base64.urlsafe_b64encode(MAC).decode().rstrip("="), ("signature-base64url", "signature-unpadded")),
        (MAC.hex(), ("signature-hex",)),
        (MAC.hex().upper(), ("signature-hex",)),
        (f"sha256={MAC.hex()}", ("signature-hex",)),
        (base64.b64encode(MAC.hex().encode()).decode(), ("signature-hex",)),
        (base64.b64encode(MAC.hex().encode()).decode().rstrip("="), ("signature-hex", "signature-unpadded")),
    ],
)
def test_each_way_of_writing_is_read(text: str, slugs: tuple[str, ...]) -> None:
    assert slugs_of(text) == [slugs]


def test_hex_may_also_be_the_base64_of_something_longer() -> None:
    assert [len(reading.mac) for reading in readings(MAC.hex())] == [48, 32]


@pytest.mark.parametrize("size", [16, 20, 48, 64])
def test_macs_of_other_hashes_are_read_too(size: int) -> None:
    assert slugs_of(base64.b64encode(bytes(size)).decode(), bytes(size)) == [()]


@pytest.mark.parametrize(
    "text", ["", "=", "====", "é" * 44, STANDARD[:-3], MAC.hex().title(), STANDARD[:-2] + "9=", "\x00", "a b"]
)
def test_garbage_has_no_reading(text: str) -> None:
    assert slugs_of(text) == []


def test_a_reading_tells_its_faults() -> None:
    (reading,) = (reading for reading in readings(MAC.hex().upper()) if reading.slugs)
    assert reading.faults == [("signature-hex", "hex in capitals")]
