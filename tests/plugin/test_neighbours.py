"""Beside the plugins people have: xdist, pytest-asyncio, anyio."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Run = Any

ASYNC_TEST = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})

MARK
async def test_async(inspector):
    delivery = await inspector.aio.fire("created", to=app, url="https://app.example/hook")
    assert delivery.status == 204
    await inspector.aio.fire("created", to=inspector.url)
    assert (await inspector.aio.wait_for("event:created")).event.name == "conversation.created"
    inspector.expect("event:updated", within=0)
"""


def test_pytest_asyncio(run: Run) -> None:
    result = run(ASYNC_TEST.replace("MARK", "@pytest.mark.asyncio"), plugins=["pytest_asyncio.plugin"])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["Expected at least one request matching event:updated; none came."])


def test_anyio_on_both_of_its_loops(run: Run) -> None:
    result = run(ASYNC_TEST.replace("MARK", "@pytest.mark.anyio"), plugins=["anyio"])
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["FAILED *test_async?asyncio? - Failed: Expected*"])
    result.stdout.fnmatch_lines(["FAILED *test_async?trio? - Failed: Expected*"])


XDIST_TEST = """
import os

@pytest.mark.parametrize("number", range(6))
def test_x(inspector, number):
    assert send(inspector, f"/{number}") == 200
    assert [request.path for request in inspector.requests] == [f"/{number}"]
    assert os.environ["PYTEST_XDIST_WORKER"]
    assert number != 5
"""


def test_each_xdist_worker_has_its_own(run: Run, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    result = run(XDIST_TEST, "-n2", "--inspector-ui", f"--inspector-journal={journal}", plugins=["xdist"], apart=True)
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(
        ["inspector: an address for each worker, seed 0, dashboard http://127.0.0.1:*", "*webhooks of this test*"]
    )
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert sorted((line["path"], line["test"]) for line in lines) == [
        (f"/{number}", f"test_it.py::test_x[{number}]") for number in range(6)
    ]
