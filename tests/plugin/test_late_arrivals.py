"""What arrives when its test has ended is named, and kept from the test that runs then."""

from __future__ import annotations

from typing import Any

Run = Any

RELAY = """
import threading, queue

jobs = queue.Queue()
done = queue.Queue()

def work():
    while (job := jobs.get()) is not None:
        job()
        done.put(None)

threading.Thread(target=work, daemon=True).start()
fired = []

def test_first(inspector):
    fired.append(inspector.sequence()[0].to_bytes())

"""


def test_they_do_not_count_for_the_next_test(run: Run) -> None:
    result = run(
        RELAY
        + """
def test_second(inspector):
    send(inspector, "/late", fired[0])
    send(inspector, "/own")
    assert [request.path for request in inspector.requests] == ["/own"]
    inspector.wait_for("path:/late", timeout=0)
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Left out   1 request of test_it.py::test_first, which had finished",
            "*They came late. Let that test wait for them*",
            "*= webhooks that came late =*",
            "1 request of test_it.py::test_first",
        ]
    )


def test_what_comes_between_two_tests_belongs_to_the_last(run: Run) -> None:
    result = run(
        """
url = []

@pytest.fixture
def afterwards(inspector_server):
    yield
    urllib.request.urlopen(inspector_server.url + "/after", b"{}").close()

def test_first(afterwards, inspector): ...

def test_second(inspector):
    assert inspector.requests == []
"""
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*= webhooks that came late =*", "1 request of test_it.py::test_first"])


def test_nobody_late_nothing_said(run: Run) -> None:
    result = run("def test_x(inspector):\n    send(inspector)\n")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*came late*")
