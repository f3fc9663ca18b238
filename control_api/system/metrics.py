"""What Prometheus scrapes: counts of requests, bots by phase, operations that wait."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector


class Metrics:
    """The metrics of one control API, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "botyard_requests_total",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "botyard_request_seconds", "Time to the first byte.", ["method", "route"], registry=self.registry
        )
        self.bots = Gauge("botyard_bots", "Bots by phase.", ["phase"], registry=self.registry)
        self.waiting = Gauge(
            "botyard_operations_waiting", "Operations that have not ended.", registry=self.registry
        )
