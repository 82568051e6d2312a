"""Liveness, and counts for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from inspector import __version__
from inspector.recorder.log import RequestLog
from inspector.sender.clock import steady_time
from inspector.web.operations import Answer, JSONResponse, Operation, returns
from inspector.web.schemas import NUMBER, TEXT, record
from inspector.web.stream import Broadcaster

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ALIVE = returns("It is alive.", record(status={"const": "ok"}, version=TEXT, uptime_seconds=NUMBER))
COUNTS = Answer("In the text format of Prometheus.", {"text/plain": TEXT})


class HealthApi:
    """Handlers that say how the inspector itself is. `started` is a `steady_time`."""

    def __init__(self, log: RequestLog, broadcaster: Broadcaster, started: float) -> None:
        self._log = log
        self._broadcaster = broadcaster
        self._started = started

    def operations(self) -> Sequence[Operation]:
        """The calls it offers."""
        return (
            Operation("GET", "/-/health", self.health, "Alive, and which version.", {200: ALIVE}),
            Operation("GET", "/-/metrics", self.metrics, "Counts for Prometheus.", {200: COUNTS}),
        )

    async def health(self, _: Request) -> Response:
        """`GET /-/health`."""
        return JSONResponse(
            {"status": "ok", "version": __version__, "uptime_seconds": round(steady_time() - self._started, 1)}
        )

    async def metrics(self, _: Request) -> Response:
        """`GET /-/metrics`."""
        log = self._log
        lines = [
            *_metric("requests_total", "counter", "Requests recorded since start.", log.recorded),
            *_metric("requests_evicted_total", "counter", "Requests evicted to stay within bounds.", log.evicted),
            *_metric("log_requests", "gauge", "Requests in the log now.", len(log)),
            *_metric("log_bytes", "gauge", "Memory that the log takes, roughly.", log.bytes),
            *_metric("stream_listeners", "gauge", "Open live streams.", self._broadcaster.listeners),
        ]
        return Response("\n".join(lines) + "\n", headers={"content-type": METRICS_TYPE})


def _metric(name: str, kind: str, help_text: str, value: float) -> list[str]:
    name = f"inspector_{name}"
    return [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {value}"]
