"""pytest-httpserver as a recording webhook receiver: what a Python developer would otherwise take."""

from __future__ import annotations

import logging
import threading

from pytest_httpserver import HTTPServer


def main() -> None:
    """Serve on a free port until ended."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request would only slow it down
    server = HTTPServer(host="127.0.0.1", port=0)
    server.expect_request("/hook", method="POST").respond_with_json({"ok": True})
    server.start()
    print(f"http://127.0.0.1:{server.port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
