"""Sending: made, signed, delivered and logged, beside other clients that send the same to the same sink."""

from __future__ import annotations

import subprocess
import sys

from benchmarks import servers
from benchmarks.harness import Row, Series, interleave

SINK = (sys.executable, "-m", "benchmarks.peers.sink")
COUNTS = {"ours": 20_000, "aiohttp": 10_000, "httpx2": 3_000, "wire": 40_000, "prepared": 60_000, "generated": 30_000}


def rows() -> list[Row]:
    """Measure."""
    with servers.Server(SINK) as sink:
        rates = interleave("send", {kind: lambda kind=kind: _rate(kind, sink.url) for kind in COUNTS}, 5)
    series = {kind: Series(name, rates[kind], "/s") for kind, name in NAMES.items()}
    return [
        Row(series["ours"], series["aiohttp"], 1.5, at_least=True),
        Row(series["ours"], series["httpx2"], 6, at_least=True),
        Row(series["ours"], limit=15_000, at_least=True),
        Row(series["ours"], series["wire"], 0.2, at_least=True),
        Row(series["ours"], series["prepared"]),
        Row(series["generated"], limit=20_000, at_least=True),
    ]


NAMES = {
    "ours": "sent over 16 connections",
    "aiohttp": "aiohttp",
    "httpx2": "httpx2",
    "wire": "prepared bytes, same connections",
    "prepared": "prepared bytes, bare protocol",
    "generated": "events generated",
}


def _rate(kind: str, url: str) -> float:
    command = [sys.executable, "-m", "benchmarks.peers.senders", kind, url, str(COUNTS[kind])]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    return float(told)
