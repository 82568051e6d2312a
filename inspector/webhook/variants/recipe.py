"""How the recipe of the signature goes wrong apart from URL and body: key, timestamp, separators, digest, algorithm.

Every function takes the right value and the clues around the request, and yields pairs of a wrong value and words for
it, likeliest first.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from inspector.webhook.signature import encode_text

if TYPE_CHECKING:
    from inspector.webhook.mistakes import Clues

MAC_ALGORITHMS = ("sha1", "sha512", "sha384", "md5", "sha224")
TWIN_ALGORITHMS = ("sha3_256", "sha512_256", "blake2s")
"""Algorithms whose result is as long as SHA-256's; available as far as the machine's OpenSSL has them."""

_HEX = re.compile(rb"[0-9a-fA-F]+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_ABSENT_WORDS = ("undefined", "null", "None", "nil", "0", "NaN", "<nil>")


class Separators(NamedTuple):
    """What stands between the three parts of the signed text, and after them."""

    first: bytes = b"\n"
    second: bytes = b"\n"
    end: bytes = b""


Form = Literal["raw", "hex", "HEX", "base64", "base64 of hex", "base64url", "repr", "utf-8", "latin-1", "body", "none"]


def hash_bytes(algorithm: str, data: bytes) -> bytes:
    """The digest of bytes by a hash that is named as `hashlib` does."""
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Digest:
    """How the body enters the signed text: hashed by which algorithm, and in which form."""

    algorithm: str = "sha256"
    form: Form = "raw"

    def of(self, body: bytes, hashed: Callable[[str, bytes], bytes] = hash_bytes) -> bytes:
        """The third part of the signed text. `hashed` takes the name of a hash, and what to hash."""
        if self.form in ("body", "none"):
            return body if self.form == "body" else b""
        return _FORMS[self.form](hashed(self.algorithm, body))


_FORMS: dict[Form, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "hex": lambda digest: digest.hex().encode(),
    "HEX": lambda digest: digest.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base64 of hex": lambda digest: base64.b64encode(digest.hex().encode()),
    "repr": lambda digest: repr(digest).encode(),
    "utf-8": lambda digest: digest.decode("utf-8", "replace").encode(),
    "latin-1": lambda digest: digest.decode("latin-1").encode(),
}


def other_key(key: bytes, clues: Clues) -> Iterator[tuple[bytes, str]]:
    """The keys known elsewhere."""
    owners = dict(clues.owners)
    for other in clues.other_keys:
        label = f"the key {other.label!r}" if other.label else "a key of another subscription"
        yield encode_text(other.key), f"the key of {owners[other.key]}" if other.key in owners else label


def base64_decoded_key(key: bytes, clues: Clues) -> Iterator[tuple[bytes, str]]:
    """The bytes that the key decodes to: leniently, as Node and PHP do, in either alphabet; or read as hex."""
    text = key.removeprefix(b"whsec_").partition(b"=")[0]
    for digits in (text.replace(b"-", b"+").replace(b"_", b"/"), text):
        decoded = _decode_leniently(digits)
        if decoded:
            yield decoded, "base64-decoded"
    if len(key) % 2 == 0 and _HEX.fullmatch(key):
        yield bytes.fromhex(key.decode()), "hex-decoded"


def _decode_leniently(digits: bytes) -> bytes:
    kept = _NOT_BASE64.sub(b"", digits)
    whole = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def key_whitespace(key: bytes, clues: Clues) -> Iterator[tuple[bytes, str]]:
    """Blanks and newlines around the key, too many or too few."""
    yield key.strip(), "without the blanks around it"
    yield key + b"\n", "with a newline at its end"
    yield key + b"\r\n", "with CRLF at its end"
    yield key + b" ", "with a blank at its end"
    yield b" " + key, "with a blank before it"
    yield b" " + key + b" ", "with blanks around it"


def rare_key_whitespace(key: bytes, clues: Clues) -> Iterator[tuple[bytes, str]]:
    """The same with less usual blanks, on one side, or with the quotes of a settings file."""
    bare = key.strip()
    for quote in (b'"', b"'"):
        yield quote + key + quote, f"with {quote.decode()} around it, as in a settings file"
        yield key.removeprefix(quote).removesuffix(quote), f"without the {quote.decode()} around it"
    yield key.rstrip(), "without the blanks at its end"
    yield key.lstrip(), "without the blanks before it"
    yield key.rstrip(b"\r\n"), "without its newline"
    yield b"".join(key.split()), "without any blanks"
    for whole in dict.fromkeys((key, bare)):
        for end in (b"\r\n", b"\n", b" ", b"\r", b"\t", b"  ", b"\n\n", b" \n"):
            yield whole + end, f"with {end.decode()!r} at its end"
        for start in (b" ", b"\n", b"\t", b"\r\n", b"  "):
            yield start + whole, f"with {start.decode()!r} before it"
        yield b" " + whole + b" ", "with blanks around it"


def milliseconds(timestamp: str, clues: Clues) -> Iterator[tuple[str, str]]:
    """Milliseconds in place of the header's seconds, or the reverse."""
    if _is_number(timestamp):
        yield timestamp + "000", "milliseconds"
    if _is_number(timestamp) and len(timestamp) == 13:
        yield timestamp[:-3], "seconds, though the header is in milliseconds"


def timestamp_missing(timestamp: str, clues: Clues) -> Iterator[tuple[str | None, str]]:
    """No timestamp: its line left out, or empty."""
    yield None, "no timestamp"
    yield "", "an empty line for the timestamp"


def timestamp_in_words(timestamp: str, clues: Clues) -> Iterator[tuple[str, str]]:
    """What languages write for a header that was not found."""
    for word in _ABSENT_WORDS:
        yield word, f"{word!r} for the timestamp"


def timestamp_form(timestamp: str, clues: Clues) -> Iterator[tuple[str, str]]:
    """The header's time, written in another way."""
    yield timestamp.strip(), "the timestamp without blanks"
    if not _is_number(timestamp) or len(timestamp) > 11:
        return
    moment = datetime.fromtimestamp(int(timestamp), UTC)
    zoned, seconds = moment.isoformat(), moment.strftime("%Y-%m-%dT%H:%M:%S")
    for text in (f"{timestamp}.0", f"{timestamp} ", str(int(timestamp)), zoned, f"{seconds}Z", f"{seconds}.000Z"):
        yield text, f"{text!r} for the timestamp"


def separator(value: Separators, clues: Clues) -> Iterator[tuple[Separators, str]]:
    """Nothing, a dot, CRLF or a literal backslash-n between the parts, or a newline after them."""
    texts = {b"": "nothing", b".": "a dot", b"\r\n": "CRLF", b"\\n": "a backslash and an n", b" ": "a blank"}
    for text, words in texts.items():
        yield Separators(text, text), words
    yield Separators(end=b"\n"), "line feeds, and one more at the end"
    yield Separators(second=b""), "nothing before the digest"
    yield Separators(first=b""), "nothing after the timestamp"


def rare_separator(value: Separators, clues: Clues) -> Iterator[tuple[Separators, str]]:
    """Other characters, or a newline at one place only."""
    for text in (b":", b"|", b",", b"&", b";", b"\t", b"\r", b"\n\n", b"-", b"_", b"/n", b"\\r\\n", b"\0", b"+"):
        yield Separators(text, text), repr(text.decode())
    for text in (b".", b"\r\n", b"\\n", b" ", b":"):
        yield Separators(text, b"\n"), f"{text.decode()!r} after the timestamp"
        yield Separators(b"\n", text), f"{text.decode()!r} before the digest"
    for text in (b"", b".", b"\r\n", b"\\n"):
        yield Separators(text, text, text), f"{text.decode()!r} after every part"
    yield Separators(end=b"\r\n"), "CRLF at the end"


def hex_digest(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """The digest in hex or base64 in place of its raw bytes."""
    yield replace(value, form="hex"), "hex"
    yield replace(value, form="HEX"), "hex in capitals"
    yield replace(value, form="base64"), "base64"


def rare_hex_digest(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """Rarer texts of the digest."""
    yield replace(value, form="base64 of hex"), "base64 of its hex"
    yield replace(value, form="base64url"), "url-safe base64"
    yield replace(value, form="repr"), "the text that Python prints for bytes"


def not_hashed(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """The body itself."""
    yield Digest(form="body"), "the body itself"


def digest_as_text(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """The digest's bytes forced through a text string, as by joining it to text in Node."""
    yield (
        replace(value, form="utf-8"),
        "turned into text together with its digest, with U+FFFD for bytes that are no UTF-8",
    )
    yield (
        replace(value, form="latin-1"),
        "turned into text together with its digest, read as Latin-1 and written as UTF-8",
    )


def digest_left_out(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """Nothing for the body."""
    yield Digest(form="none"), "nothing, not even the digest of nothing,"


def digest_algorithm(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """Another hash of the body."""
    for algorithm in MAC_ALGORITHMS[:4]:
        yield replace(value, algorithm=algorithm), f"{algorithm.upper()} for the body"


def rare_digest_algorithm(value: Digest, clues: Clues) -> Iterator[tuple[Digest, str]]:
    """Hashes of the body that hardly anybody takes."""
    for algorithm in available("sha224", *TWIN_ALGORITHMS):
        yield replace(value, algorithm=algorithm), f"{algorithm.upper()} for the body"


def mac_algorithm(value: str, clues: Clues) -> Iterator[tuple[str, str]]:
    """Another hash under the HMAC."""
    for algorithm in MAC_ALGORITHMS:
        yield algorithm, f"HMAC-{algorithm.upper()}"


def rare_mac_algorithm(value: str, clues: Clues) -> Iterator[tuple[str, str]]:
    """Hashes under the HMAC that are as long as SHA-256."""
    for algorithm in available(*TWIN_ALGORITHMS):
        yield algorithm, f"HMAC-{algorithm.upper()}"


def available(*algorithms: str) -> list[str]:
    """Those of the hashes that this machine has."""
    return [algorithm for algorithm in algorithms if algorithm in hashlib.algorithms_available]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
