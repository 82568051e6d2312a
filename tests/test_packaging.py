"""The package as users get it: built, looked into, installed in a fresh environment and put to its main job."""

from __future__ import annotations

import json
import os
import signal
import site
import subprocess
import sys
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE = 30.0
"""Seconds after which a test gives up on something that should take a second or two."""


def build(kind: str, source: Path, target: Path) -> Path:
    """Build a `wheel` or an `sdist` of `source` with the project's own backend, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=PATIENCE)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution built from this checkout."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment that holds the wheel; its dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=PATIENCE)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, timeout=PATIENCE)
    (libraries,) = say(python, "import site; print(site.getsitepackages()[0])", folder)
    Path(libraries, "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return programs


def say(python: str | Path, program: str, folder: Path) -> list[str]:
    """The words that a program prints when run in a folder."""
    command = [str(python), "-c", program]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return told.stdout.split()


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Start the installed inspector, away from the checkout; gives its address, and expects a clean end."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("INSPECTOR_", "PYTHON"))}
    started: list[subprocess.Popen[str]] = []

    def start() -> str:
        command = [str(environment / "inspector"), "--port", "0"]
        process = subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, text=True)
        started.append(process)
        watchdog = threading.Timer(PATIENCE, process.kill)  # ends the wait below, should the line never come
        watchdog.start()
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        watchdog.cancel()
        return line

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def assets() -> set[str]:
    """Every file of the two asset folders, as it is named in the package."""
    folders = (ROOT / "static", ROOT / "templates")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {f"inspector/{path.relative_to(ROOT).as_posix()}" for path in files}


def test_the_wheel_holds_every_asset_and_module_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("inspector/**/*.py")}
    assert names >= assets() | modules | {"inspector/py.typed"}
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"inspector"}


def test_no_code_hides_among_the_assets() -> None:
    assert not [name for name in assets() if name.endswith(".py")]


def test_the_source_distribution_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build("wheel", source, tmp_path / "again")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_installed_package_is_the_one_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    program = "import inspector, inspector.assets; print(inspector.__file__, inspector.assets.asset_folder('static'))"
    places = say(environment / "python", program, tmp_path)
    assert all(place.startswith(str(environment.parent)) for place in places)


def test_the_installed_inspector_does_its_main_job(installed: Callable[[], str], seed_body: bytes) -> None:
    url = installed()
    assert fetch(url + "/").lstrip().lower().startswith(b"<!doctype html>")
    assert fetch(url + "/-/static/icon.svg").startswith(b"<svg")
    assert json.loads(fetch(url + "/any/path", seed_body)) == {"ok": True}
    (listed,) = json.loads(fetch(url + "/-/api/requests"))["requests"]
    assert (listed["path"], listed["event"]["name"]) == ("/any/path", "conversation.updated")
    assert fetch(f"{url}/-/api/requests/{listed['id']}/body") == seed_body
    assert listed["id"].encode() in fetch(url + "/")


def fetch(url: str, body: bytes | None = None) -> bytes:
    """GET, or POST a body as JSON."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return bytes(response.read())
