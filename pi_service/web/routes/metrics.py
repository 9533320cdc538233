"""The service's figures for Prometheus: a handful that tell whether the gallery goes well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from pi_service.studio.machine.status import STATES
from pi_service.web.security import SAFE_METHODS

if TYPE_CHECKING:
    from pi_service.studio.history.history import History
    from pi_service.studio.studio import Studio
    from pi_service.web.refusals import Refusals
    from pi_service.web.streaming import Streams
    from pi_service.web.vitals import Vitals

PREFIX = "catplotter"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds; a command is to be answered within 0.05."""


class Metrics:
    """Counts requests, and tells all figures when it is asked for them."""

    CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(
        self, studio: Studio, streams: Streams, vitals: Vitals, refusals: Refusals
    ) -> None:
        self._refusals = refusals
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Gallery(studio, streams, vitals, refusals))
        built = Gauge(
            "build_info",
            "The service's version; always 1.",
            ["version"],
            namespace=PREFIX,
            registry=self._registry,
        )
        built.labels(version("catplotter")).set(1)
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Seconds until an answer; commands change something, queries do not.",
            ["kind", "status"],
            namespace=PREFIX,
            registry=self._registry,
            buckets=BUCKETS,
        )

    def text(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self._registry)

    def watch(self, app: Flask) -> None:
        """Count what is refused, and take every request's time, except for live streams."""

        @app.before_request
        def begin() -> None:
            g.begun = time.perf_counter()

        @app.after_request
        def end(response: Response) -> Response:
            refused = g.pop("refused", None)
            if refused is not None:
                self._refusals.count(refused)
            begun = g.pop("begun", None)
            if begun is not None and not response.is_streamed:
                kind = "query" if request.method in SAFE_METHODS else "command"
                status = f"{response.status_code // 100}xx"
                self._seconds.labels(kind, status).observe(time.perf_counter() - begun)
            return response


class _Gallery(Collector):
    """Reads the studio's figures at the moment when they are asked for."""

    def __init__(
        self, studio: Studio, streams: Streams, vitals: Vitals, refusals: Refusals
    ) -> None:
        self._studio = studio
        self._refusals = refusals
        self._streams = streams
        self._vitals = vitals

    def describe(self) -> list[Metric]:
        """Nothing: there need be no database yet when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        state = self._studio.snapshot()
        yield _machine(state["machine"]["state"])
        troubles = CounterMetricFamily(
            f"{PREFIX}_machine_troubles",
            "How often the machine was lost, locked or faulted since the start.",
            labels=["state"],
        )
        for name, count in self._vitals.troubles().items():
            troubles.add_metric([name], count)
        yield troubles
        refused = CounterMetricFamily(
            f"{PREFIX}_refusals",
            "What was refused since the start: problems answered, connections let go.",
            labels=["reason"],
        )
        for reason, count in self._refusals.counts().items():
            refused.add_metric([reason], count)
        yield refused
        yield _gauge("queue_jobs", "Drawings that wait.", state["queue_length"])
        yield _gauge("interrupted_jobs", "Drawings that broke off.", len(state["interrupted"]))
        yield _gauge("problems", "Problems that are shown.", len(state["problems"]))
        yield _gauge("live_listeners", "Pages that watch live.", self._streams.open)
        yield from _stocks(state)
        yield from _drawn(self._studio.history)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=value)


def _machine(state: str) -> Metric:
    """One figure a state, which is 1 for the one that it is."""
    found = GaugeMetricFamily(
        f"{PREFIX}_machine_state", "1 for the machine's state, else 0.", labels=["state"]
    )
    for each in STATES:
        found.add_metric([each], float(each == state))
    return found


def _stocks(state: dict[str, Any]) -> Iterator[Metric]:
    """Paper and ink."""
    sheet = state["sheet"]
    if sheet is not None:
        yield _gauge("paper_free_cells", "Cells that are free on the sheet.", sheet["free"])
    left = state["pen"]["left_m"]
    if left is not None:
        yield _gauge("pen_left_metres", "Metres of line that the pen is good for.", left)


def _drawn(history: History) -> Iterator[Metric]:
    """What there was up to now, over all starts of the service."""
    ended = history.ended()
    jobs = CounterMetricFamily(
        f"{PREFIX}_jobs", "Jobs that ended, over all starts.", labels=["outcome"]
    )
    for outcome, count in ended["jobs"].items():
        jobs.add_metric([outcome], count)
    yield jobs
    yield CounterMetricFamily(
        f"{PREFIX}_drawing_seconds",
        "Seconds that the machine drew, over all starts.",
        value=ended["seconds"],
    )
    yield CounterMetricFamily(
        f"{PREFIX}_ink_metres",
        "Metres of line on paper, over all starts.",
        value=ended["ink_m"],
    )
