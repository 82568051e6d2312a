"""The OpenAPI description: schemathesis asks by it and checks every answer, with all its checks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from inspector.service.openapi import describe_service
from inspector.service.table import TABLE

LIMIT = 120


def test_every_call_is_described_once_and_the_older_prefix_as_another_server():
    paths = describe_service()["paths"]
    methods = [(path, method) for path, described in paths.items() for method in described if method != "servers"]
    assert sorted(methods) == sorted((call.paths[0], call.method.lower()) for call in TABLE)
    assert {paths[path][method]["operationId"] for path, method in methods} == {call.id for call in TABLE}
    older = {path for path, described in paths.items() if "servers" in described}
    assert older == {call.paths[0] for call in TABLE if len(call.paths) == 2}


def test_the_description_is_served_and_every_reference_in_it_leads_somewhere(client):
    client.prefix = ""
    document = client.get("/-/service/openapi.json").json
    text = json.dumps(document)
    names = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert names
    assert names <= set(document["components"]["schemas"])


@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is part of the test extra")
def test_schemathesis_finds_nothing(mock, tmp_path):
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{mock.url}/-/service/openapi.json"),
        *("--header", "Authorization: AccessKey abcd", "--checks", "all"),
        *("--max-examples", "3", "--max-time", "15", "--seed", "7", "--generation-database", "none", "--no-color"),
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=tmp_path, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    counted = re.search(r"(\d+) generated, (\d+) passed", told.stdout)
    assert counted is not None
    assert int(counted[1]) == int(counted[2]) > 0  # how many depends on the machine
