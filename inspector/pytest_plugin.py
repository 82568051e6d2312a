"""The pytest plugin: fixtures, options, marker, and hooks that do no more than hand over.

Loading it imports nothing of ours beside this file: who does not use it must not notice it. What it does when it is
used stands in `inspector.testing`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _socket import socket

    from inspector.server import InspectorServer
    from inspector.settings import Settings
    from inspector.testing.attack import Attack
    from inspector.testing.engine import Engine
    from inspector.testing.inspector import Inspector
    from inspector.testing.publishing import Publisher

DEFAULT_SEED = "0"
MARKER = (
    "inspector(signing_key=None, seed=None, at=None, strict=False): the key that the inspector fixture signs with and "
    "checks against, what its events are made from, when they happen, and whether what nobody looked for fails the test"
)

_ADDRESS: pytest.StashKey[socket] = pytest.StashKey()
_PUBLISHER: pytest.StashKey[Publisher] = pytest.StashKey()
_VIEW: pytest.StashKey[Inspector] = pytest.StashKey()
_LEFT_BEHIND = pytest.StashKey[dict[str, Any]]()

_random_seeds: list[int] = []


def reseed(seed: int) -> None:
    """Take the seed that pytest-randomly gives each test; used where no option or variable names another."""
    _random_seeds[:] = [seed]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("inspector", "webhooks of the Conversations API")
    group.addoption(
        "--inspector-seed", metavar="SEED", help="what events are made from (default: $INSPECTOR_SEED, else 0)"
    )
    group.addoption(
        "--inspector-at", metavar="TIME", help="when they happen, in RFC 3339 (default: $INSPECTOR_AT, else now)"
    )
    group.addoption("--inspector-ui", action="store_true", help="show what tests receive in a dashboard during the run")
    group.addoption("--inspector-ui-hold", action="store_true", help="and keep it open after a run that failed")
    group.addoption("--inspector-journal", metavar="FILE", help="write what tests receive to FILE, as JSON Lines")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; open the journal and the dashboard where they are asked for."""
    config.addinivalue_line("markers", MARKER)
    _spare_rewriting(config)
    if _is_published(config) and not _is_worker(config):
        from inspector.testing.publishing import Publisher

        publisher = config.stash[_PUBLISHER] = Publisher(
            config.option.inspector_journal,
            dashboard=config.option.inspector_ui or config.option.inspector_ui_hold,
            hold=config.option.inspector_ui_hold,
        )
        config.pluginmanager.register(publisher, "inspector-publisher")


def pytest_report_header(config: pytest.Config) -> str:
    """Address and seed."""
    if getattr(config.option, "numprocesses", None):
        address = "an address for each worker"
    else:
        address = f"http://127.0.0.1:{_reserve_port(config)}"
    publisher = config.stash.get(_PUBLISHER, None)
    dashboard = f", dashboard {publisher.url}" if publisher and publisher.url else ""
    return f"inspector: {address}, seed {_seed(config)}{dashboard}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each bad delivery."""
    if "inspector_attack" in metafunc.fixturenames:
        from inspector.testing.attack import ATTACKS

        metafunc.parametrize("inspector_attack", ATTACKS.values(), ids=list(ATTACKS), indirect=True)


@pytest.fixture(scope="session")
def inspector_settings() -> Settings | Mapping[str, Any]:
    """Settings of the session's inspector; override it to return those that differ: `{"signing_keys": ["k"]}`."""
    return {}


@pytest.fixture(scope="session")
def inspector_server(
    inspector_settings: Settings | Mapping[str, Any], pytestconfig: pytest.Config
) -> Iterator[InspectorServer]:
    """The inspector that all tests of the session share, on a free port of 127.0.0.1."""
    from inspector.testing.engine import start_server

    server = start_server(inspector_settings, _reserved_port(pytestconfig))
    _release_port(pytestconfig)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _inspector_engine(inspector_server: InspectorServer) -> Iterator[Engine]:
    from inspector.testing.engine import Engine

    engine = Engine(inspector_server)
    yield engine
    engine.close()


@pytest.fixture
def inspector(request: pytest.FixtureRequest, _inspector_engine: Engine) -> Iterator[Inspector]:
    """A test's view of the session's inspector: empty before and after."""
    from inspector.testing.inspector import Inspector

    node, given = request.node, _given_by_marker(request.node)
    late = _inspector_engine.recorded()
    view = Inspector(
        signing_key=given.get("signing_key"),
        seed=given.get("seed", f"{_seed(request.config)}:{node.nodeid}"),
        at=given.get("at", _start(request.config)),
        strict=given.get("strict", False),
        test=node.nodeid,
        engine=_inspector_engine,
    )
    node.stash[_VIEW] = view
    yield view
    node.stash[_LEFT_BEHIND] = _inspector_engine.leave(late if _is_published(request.config) else None)
    view.close()


@pytest.fixture
def inspector_attack(request: pytest.FixtureRequest, inspector: Inspector) -> Attack:
    """Each bad delivery in turn, with the answer that a correct consumer gives."""
    attack: Attack = request.param.of(inspector)
    return attack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Settle what the test expected while it is still the test that fails."""
    result = yield
    view = item.stash.get(_VIEW, None)
    unmet = None if view is None else view.unsettled()
    if unmet:
        pytest.fail(unmet, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Give a failed test the timeline of its webhooks, and every report what its test left behind."""
    report: pytest.TestReport = yield
    view = item.stash.get(_VIEW, None)
    if view is not None and call.when != "teardown" and report.failed:
        report.sections.append(("webhooks of this test", view.timeline()))
    if call.when == "teardown" and _LEFT_BEHIND in item.stash:
        report.inspector = item.stash[_LEFT_BEHIND]  # type: ignore[attr-defined]
        del item.stash[_LEFT_BEHIND], item.stash[_VIEW]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the tests whose webhooks came when they had ended."""
    reports = terminalreporter.stats.get("", ())
    late = [report.inspector["late"] for report in reports if getattr(report, "inspector", {}).get("late")]
    if late:
        from inspector.testing.messages import late_summary

        terminalreporter.section("webhooks that came late")
        terminalreporter.write_line(late_summary(late))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the address, if no test asked for the inspector."""
    _release_port(config)


def _given_by_marker(node: pytest.Item) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("inspector"))):
        unknown = sorted(set(marker.kwargs) - {"signing_key", "seed", "at", "strict"})
        if unknown or marker.args:
            raise pytest.UsageError(f"@pytest.mark.inspector does not take {unknown or marker.args}. It is: {MARKER}")
        given |= marker.kwargs
    return given


def _seed(config: pytest.Config) -> str | int:
    chosen: str | None = config.option.inspector_seed or os.environ.get("INSPECTOR_SEED")
    if chosen is not None:
        return chosen
    return _random_seeds[0] if _random_seeds and config.pluginmanager.hasplugin("randomly") else DEFAULT_SEED


def _start(config: pytest.Config) -> str | None:
    start: str | None = config.option.inspector_at or os.environ.get("INSPECTOR_AT")
    return start


def _spare_rewriting(config: pytest.Config) -> None:
    """Our modules have no assertions that a test would want to read; to compile them anew doubles the first use."""
    hook = getattr(config.pluginmanager, "rewrite_hook", None)
    marked: set[str] = getattr(hook, "_must_rewrite", set())
    marked -= {name for name in marked if name.partition(".")[0] == "inspector"}


def _is_published(config: pytest.Config) -> bool:
    option = config.option
    return bool(option.inspector_ui or option.inspector_ui_hold or option.inspector_journal)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _reserve_port(config: pytest.Config) -> int:
    """Hold a free port, so that the header can name it before anything is served there."""
    # The module around this one takes longer to import than all else here.
    from _socket import SO_REUSEADDR, SOL_SOCKET, socket

    held = config.stash[_ADDRESS] = socket()
    held.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # so that the server may bind it too
    held.bind(("127.0.0.1", 0))
    return _reserved_port(config)


def _reserved_port(config: pytest.Config) -> int:
    """The port that is held; 0 if there is none."""
    return int(config.stash[_ADDRESS].getsockname()[1]) if _ADDRESS in config.stash else 0


def _release_port(config: pytest.Config) -> None:
    if _ADDRESS in config.stash:
        config.stash[_ADDRESS].close()
        del config.stash[_ADDRESS]
