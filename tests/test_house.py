"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ADDRESS = re.compile(rb"https?://((?:[a-z0-9-]+\.)+[a-z]{2,})", re.IGNORECASE)
"""A host with a domain; numbers and single words lead nowhere beyond this machine."""

KNOWN_ADDRESSES = re.compile(
    r"""
    ([\w-]+\.)*(example(\.(com|org|net))? | localhost | test | invalid)  # reserved for examples
    | www\.w3\.org | json-schema\.org                                    # names of a namespace and of a dialect
    | ([\w-]+\.)?(bird | messagebird)\.com                               # the service that this is about
    """,
    re.VERBOSE,
)
FOREIGN_FOLDER = re.compile(rb"(?<![\w./:])/(?:home|root|work|Users)/\w")
UNFINISHED = re.compile(rb"\b(?:TO" + rb"DO|FIX" + rb"ME|XX" + rb"X)\b")


def files() -> list[Path]:
    """Every file that is, or could be, committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("only a git checkout knows which files are the project's")
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in told.splitlines() if (ROOT / name).is_file()]


def found(pattern: re.Pattern[bytes]) -> dict[str, set[str]]:
    """What a pattern matches, by file."""
    texts = [path for path in files() if path.suffix != ".png"]
    matches = {str(path.relative_to(ROOT)): set(pattern.findall(path.read_bytes())) for path in texts}
    return {name: {text.decode() for text in found} for name, found in matches.items() if found}


def test_addresses_are_of_this_machine_or_of_examples() -> None:
    """Nothing here calls out: the package asks no other machine for anything, and neither does its tool chain."""
    foreign = {
        name: strange
        for name, hosts in found(ADDRESS).items()
        if (strange := {host for host in hosts if not KNOWN_ADDRESSES.fullmatch(host.lower())})
    }
    assert not foreign


@pytest.mark.parametrize("pattern", [FOREIGN_FOLDER, UNFINISHED], ids=["folders of one machine", "unfinished work"])
def test_no_file_speaks_of(pattern: re.Pattern[bytes]) -> None:
    assert not found(pattern)


def test_programs_can_be_run() -> None:
    programs = [path for path in files() if path.read_bytes()[:2] == b"#!"]
    assert programs
    assert not [path.name for path in programs if not path.stat().st_mode & 0o100]
