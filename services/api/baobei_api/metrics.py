"""What Prometheus may know: how many requests of which kind, how long they took, and how they ended.

Labels come from bounded sets: names of the schema and of the routes, never what a client wrote.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "baobei_requests_total",
            "Requests answered, by operation and HTTP status.",
            ["operation", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "baobei_request_seconds",
            "Seconds from the first byte of a request to the last of its answer, by operation.",
            ["operation"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._errors = Counter(
            "baobei_errors_total",
            "GraphQL errors sent, by code.",
            ["code"],
            registry=self.registry,
        )
        self._streams = Gauge(
            "baobei_event_streams", "Streams of events that are open.", registry=self.registry
        )
        self._streamed = Counter(
            "baobei_streamed_events_total", "Events told on streams.", registry=self.registry
        )

        self._limited = Counter(
            "baobei_rate_limited_total",
            "Requests that a rate limit refused, or let pass or not because Redis was away, by rule.",
            ["rule", "outcome"],
            registry=self.registry,
        )
        self._probing = Counter(
            "baobei_probing_suspected_total",
            "Times that somebody was seen to ask about many customers and register few.",
            registry=self.registry,
        )

    def limited(self, rule: str, outcome: str) -> None:
        """Count what a rate limit did: `refused`, or `uncounted` because Redis was away."""
        self._limited.labels(rule=rule, outcome=outcome).inc()

    def probing_suspected(self) -> None:
        """Count that somebody is suspected of looking for customers of others."""
        self._probing.inc()

    def answered(self, *, operation: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(operation=operation, status=str(status)).inc()
        self._seconds.labels(operation=operation).observe(seconds)

    def failed(self, codes: list[str]) -> None:
        """Count the errors of an answer; `codes` are those promised."""
        for code in codes:
            self._errors.labels(code=code).inc()

    def streams(self, count: int) -> None:
        """Note how many streams of events are open."""
        self._streams.set(count)

    def told(self, count: int) -> None:
        """Count events that were told on a stream."""
        self._streamed.inc(count)
