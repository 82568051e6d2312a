"""`inspector sign` and `inspector verify`, by pieces and by a recorded request's id."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from inspector import Inspector
from inspector.server import InspectorServer

Run = Callable[..., Result]
Words = tuple[str, ...]
knows_k = pytest.mark.inspector(signing_key="k")

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "signatures.json").read_text(encoding="utf-8"))["correct"]
PLAIN = VECTORS[0]


def pieces(vector: dict[str, str], **changes: str) -> list[str]:
    given = {name: vector[name] for name in ("url", "timestamp", "body")} | changes
    return [word for name, text in given.items() for word in (f"--{name.replace('_', '-')}", text)]


@pytest.fixture
def recorded(inspector: Inspector) -> Words:
    """The arguments that name what an inspector recorded: an event signed for another URL."""
    inspector.fire("created", to=f"{inspector.url}/hook", url=f"{inspector.url}/hook/", signing_key="k")
    return inspector.last.id, "--inspector", inspector.url


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_a_signature_is_the_known_one(vector: dict[str, str], run: Run) -> None:
    result = run("sign", *pieces(vector), "--signing-key", vector["key"])
    assert (result.exit_code, result.output) == (0, f"{vector['signature']}\n")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_a_right_signature_ends_with_0(vector: dict[str, str], run: Run) -> None:
    result = run("verify", *pieces(vector, signature=vector["signature"]), "--signing-key", vector["key"])
    assert result.exit_code == 0
    assert result.output.startswith("valid\n")


def test_the_body_comes_from_a_file_or_from_stdin(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(PLAIN["body"])
    key = ("--signing-key", PLAIN["key"])
    by_file = run("sign", *pieces(PLAIN, body=f"@{tmp_path / 'body.json'}"), *key)
    by_stdin = run("sign", *pieces(PLAIN, body="-"), *key, input=PLAIN["body"])
    assert by_file.output == by_stdin.output == f"{PLAIN['signature']}\n"


def test_without_a_timestamp_it_is_now_and_told(run: Run) -> None:
    started = int(time.time())
    result = run("sign", "--url", "https://a.example/", "--body", "", "--signing-key", "k", "--json")
    signed = json.loads(result.stdout)
    assert started <= int(signed["timestamp"]) <= time.time()
    assert result.stderr == f"messagebird-request-timestamp: {signed['timestamp']}\n"


def test_a_wrong_signature_is_explained_part_by_part(run: Run) -> None:
    wrong = pieces(PLAIN, url=f"{PLAIN['url']}/", signature=PLAIN["signature"])
    result = run("verify", *wrong, "--signing-key", PLAIN["key"])
    assert result.exit_code == 1
    assert result.output.startswith("invalid: url-trailing-slash\n")
    assert f"  timestamp   {PLAIN['timestamp']}\n  separator   \\n\n  url         {PLAIN['url']}/\n" in result.output
    assert re.search(r"  body_digest [0-9a-f]{64} \(hex\)\n", result.output)
    assert f"Received  {PLAIN['signature']}\n" in result.output


def test_other_mistakes_that_give_the_same_are_told(run: Run) -> None:
    given = (*pieces(PLAIN, body='{"a":1}\n'), "--signing-key", "k")
    made = run("sign", *pieces(PLAIN, body='{"a":1}'), "--signing-key", "k").output.strip()
    result = run("verify", *given, "--signature", made)
    assert result.output.startswith("invalid: body-reserialised\n")
    assert "These explain it as well: body-newline\n" in result.output


def test_json_prints_the_explanation(run: Run) -> None:
    wrong = pieces(PLAIN, signature=PLAIN["signature"].replace("+", "-").replace("/", "_"))
    result = run("verify", *wrong, "--signing-key", PLAIN["key"], "--json")
    explanation = json.loads(result.output)
    assert (explanation["verdict"], explanation["cause"]) == ("invalid", "signature-base64url")
    assert explanation["expected"] == PLAIN["signature"]


def test_any_of_several_keys_will_do(run: Run) -> None:
    given = pieces(PLAIN, signature=PLAIN["signature"])
    assert run("verify", *given, "--signing-key", "other", "--signing-key", PLAIN["key"]).exit_code == 0


def test_keys_in_the_environment_stand_on_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTOR_SIGNING_KEY", f"other\n{PLAIN['key']}\n")
    assert run("verify", *pieces(PLAIN, signature=PLAIN["signature"])).exit_code == 0


def test_signature_and_timestamp_may_come_as_headers(run: Run) -> None:
    headers = ("--header", f"MessageBird-Signature: {PLAIN['signature']}")
    headers += ("--header", f"MessageBird-Request-Timestamp: {PLAIN['timestamp']}")
    given = ("--url", PLAIN["url"], "--body", PLAIN["body"], "--signing-key", PLAIN["key"])
    assert run("verify", *given, *headers).exit_code == 0


def test_a_missing_signature_ends_with_1(run: Run) -> None:
    result = run("verify", *pieces(PLAIN), "--signing-key", "k")
    assert result.exit_code == 1
    assert result.output.startswith("missing\n")


def test_what_stands_in_a_signature_cannot_steer_the_terminal(run: Run) -> None:
    result = run("verify", *pieces(PLAIN, signature="\x1b[2Jabc"), "--signing-key", "k")
    assert "\x1b" not in result.output
    assert "\\x1b[2Jabc" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sign", "--url", "https://a.example/", "--body", ""), "There is no key to work with"),
        (("sign", "--url", "https://a.example/", "--signing-key", "k"), "Missing: --body"),
        (("sign", "--signing-key", "k"), "Missing: --url and --body"),
        (("sign", "--url", "u", "--body", "@/no/such/file", "--signing-key", "k"), "Cannot read the body"),
        (("verify", "--url", "u", "--body", "", "--signature", "s"), "There is no key to work with"),
        (("verify", "--signing-key", ""), "The key is empty"),
        (("verify", "--signing-key", "@/no/such/file"), "Cannot read the key"),
    ],
)
def test_missing_pieces_end_with_2(arguments: tuple[str, ...], message: str, run: Run) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")


@knows_k
def test_a_recorded_request_is_explained_by_its_inspector(recorded: Words, inspector: Inspector, run: Run) -> None:
    result = run("verify", *recorded)
    assert result.exit_code == 1
    assert result.output.startswith("invalid: url-trailing-slash\n")
    assert f"url         {inspector.url}/hook\n" in result.output


@knows_k
def test_a_recorded_request_is_checked_with_a_key_of_ones_own(recorded: Words, inspector: Inspector, run: Run) -> None:
    assert run("verify", *recorded, "--signing-key", "k", "--url", f"{inspector.url}/hook/").exit_code == 0
    assert run("verify", *recorded, "--signing-key", "other").exit_code == 1


@knows_k
def test_a_signature_of_ones_own_code_is_checked_against_a_recorded_request(recorded: Words, run: Run) -> None:
    right = run("sign", *recorded, "--signing-key", "k").output.strip()
    assert run("verify", *recorded, "--signature", right).exit_code == 0
    unpadded = run("verify", *recorded, "--signature", right.rstrip("="), "--json")
    assert json.loads(unpadded.output)["cause"] == "signature-unpadded"


def test_an_inspector_without_keys_needs_one(recorded: Words, inspector: Inspector, run: Run) -> None:
    result = run("verify", *recorded)
    assert result.exit_code == 2
    assert "There is no key to work with" in result.stderr
    assert run("verify", *recorded, "--signing-key", "k", "--url", f"{inspector.url}/hook/").exit_code == 0


def test_a_truncated_body_has_no_signature(serve: Callable[..., InspectorServer], run: Run) -> None:
    server = serve(max_body=10)
    run("send", "created", "--to", f"{server.url}/hook")
    result = run("verify", server.app.log.snapshot()[-1].id, "--inspector", server.url, "--signing-key", "k")
    assert result.exit_code == 2
    assert "was recorded truncated" in result.stderr


def test_an_unknown_id_ends_with_2(inspector: Inspector, run: Run) -> None:
    result = run("verify", "no-such", "--inspector", inspector.url)
    assert result.exit_code == 2
    assert "No recorded request" in result.stderr


def test_a_binary_body_is_signed_to_the_byte(inspector: Inspector, run: Run, exchange: Any) -> None:
    head = b"POST /hook HTTP/1.1\r\nhost: a.example\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"
    exchange(inspector.url, head + b"\xff\x00\xfe")
    given = ("--signing-key", "k", "--timestamp", "1")
    by_id = run("sign", inspector.last.id, "--inspector", inspector.url, *given)
    by_pieces = run("sign", "--url", "http://a.example/hook", "--body", "-", *given, input=b"\xff\x00\xfe")
    assert by_id.output == by_pieces.output
