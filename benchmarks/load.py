"""The load: 32 connections that each send the next webhook as soon as the last is answered.

wrk drives it where it is installed, so that the client costs the machine little; else a small asyncio client does, in a
process of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import webhooks

CONNECTIONS = 32
WRK = shutil.which("wrk")

LUA = """
local body = {body}
local headers = {{ {headers} }}
local number = 0
wrk.method, wrk.path, wrk.body = "POST", "{path}", body
request = function()
  number = number + 1
  headers["{request_id}"] = string.format("00000000-0000-4000-8000-%012d", number)
  return wrk.format(nil, nil, headers, body)
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("\\nRESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What one round of load came to: requests per second and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int


def drive(base_url: str, seconds: int) -> Load:
    """Send webhooks for some whole seconds."""
    return _wrk(base_url, seconds) if WRK else _asyncio(base_url, seconds)


def client() -> str:
    """What drives the load on this machine, in words."""
    return f"wrk, {CONNECTIONS} connections" if WRK else f"asyncio client, {CONNECTIONS} connections"


def _wrk(base_url: str, seconds: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "webhook.lua")
        script.write_text(_lua(base_url), encoding="utf-8")
        command = [str(WRK), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), base_url]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    requests, duration, p50, p99, errors = map(int, told.partition("RESULT ")[2].split())
    return Load(requests / duration * 1e6, p50 / 1000, p99 / 1000, errors)


def _lua(base_url: str) -> str:
    headers = webhooks.signed_headers(base_url + webhooks.PATH)
    return LUA.format(
        body=f"[==[{webhooks.BODY.decode()}]==]",
        headers=", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()),
        path=webhooks.PATH,
        request_id=webhooks.REQUEST_ID_HEADER,
    )


def _asyncio(base_url: str, seconds: int) -> Load:
    command = [sys.executable, "-m", "benchmarks.client", base_url, str(seconds), str(CONNECTIONS)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    return Load(**json.loads(told))
