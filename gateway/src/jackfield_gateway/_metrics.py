"""What the front door counts of itself, for Prometheus; never a word of what was said."""

from __future__ import annotations

from typing import Final

import attrs
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from ._spent import Spent

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


@attrs.define(eq=False, init=False)
class Metrics:
    """The counts of one front door, in a registry of their own.

    What labels them comes from the configuration and from closed lists: no request can make a new one.
    """

    _registry: CollectorRegistry
    _requests: Counter
    _seconds: Histogram
    _tokens: Counter
    _under_way: Gauge

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "jackfield_gateway_requests",
            "Requests that are over, by wire, by the connection that answered, and by how they ended.",
            ["wire", "connection", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "jackfield_gateway_request_seconds",
            "Seconds from a request's head to the last byte of its answer.",
            ["wire"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._tokens = Counter(
            "jackfield_gateway_tokens",
            "Tokens of models that were read and written, by who asked, and by who counted them.",
            ["caller", "source"],
            registry=registry,
        )
        self._under_way = Gauge(
            "jackfield_gateway_requests_under_way", "Requests that are worked on.", registry=registry
        )

    def count(self, wire: str, connection: str, outcome: str, seconds: float) -> None:
        """Count a request that is over."""
        self._requests.labels(wire, connection, outcome).inc()
        self._seconds.labels(wire).observe(seconds)

    def spent(self, caller: str, spent: Spent) -> None:
        """Count what a question took."""
        self._tokens.labels(caller, "reported").inc(spent.tokens - spent.estimated)
        self._tokens.labels(caller, "estimated").inc(spent.estimated)

    def page(self, under_way: int) -> bytes:
        """Return all counts as text; *under_way* is how many requests are worked on."""
        self._under_way.set(under_way)
        return generate_latest(self._registry)
