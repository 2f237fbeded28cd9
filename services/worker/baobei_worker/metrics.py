"""What Prometheus may know of a worker: what it did, and what waits for any worker.

Labels come from bounded sets: names of jobs and words for how things end.
"""

from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from baobei.operations.ticks import Ran
from baobei.store.backlog import Backlog

BUCKETS_S: Final = (0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0)


class Metrics:
    """The metrics of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ticks = self._counter(
            "baobei_ticks_total", "Ticks run, by job and how they ended.", "job", "end"
        )
        self._tick_seconds = Histogram(
            "baobei_tick_seconds",
            "Seconds that a tick took, by job.",
            ["job"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._did = self._counter(
            "baobei_job_did_total",
            "What jobs did, by job and what was counted: registrations swept, rows purged.",
            "job",
            "what",
        )
        self._deliveries = self._counter(
            "baobei_relayed_total", "What was passed on, by relay and outcome.", "relay", "outcome"
        )
        self._hints = self._counter(
            "baobei_hints_total", "Hints from Redis, by what became of them.", "outcome"
        )
        self._due = self._gauge(
            "baobei_due_registrations", "Registrations whose deadline nobody wrote down yet."
        )
        self._due_age = self._gauge("baobei_oldest_due_seconds", "Age of the oldest of them, business time.")
        self._open_ticks = self._gauge("baobei_ticks_waiting", "Ticks that are not done, by state.", "state")
        self._outbox = self._gauge("baobei_outbox_events", "Events that have no deliveries yet.")
        self._outbox_age = self._gauge("baobei_outbox_lag_seconds", "Age of the oldest of them, wall time.")
        self._unsealed_age = self._gauge(
            "baobei_audit_unsealed_seconds", "Age of the oldest act that no seal is on yet, wall time."
        )
        self._waiting = self._gauge(
            "baobei_deliveries_waiting", "Deliveries on their way, by state.", "state"
        )

    def ran(self, ran: Ran) -> None:
        """Count a tick that was run, and what it did."""
        self._ticks.labels(job=ran.tick.job, end=ran.end.value).inc()
        self._tick_seconds.labels(job=ran.tick.job).observe(ran.seconds)
        for what, count in _counts(ran.outcome).items():
            self._did.labels(job=ran.tick.job, what=what).inc(count)

    def relayed(self, relay: str, outcome: Mapping[str, Any]) -> None:
        """Count what one look of a relay passed on."""
        for what, count in _counts(outcome).items():
            self._deliveries.labels(relay=relay, outcome=what).inc(count)

    def hinted(self, outcome: str) -> None:
        """Count a hint that came by Redis."""
        self._hints.labels(outcome=outcome).inc()

    def page(self, backlog: Backlog) -> bytes:
        """Return every metric in the text format of Prometheus, with what waits now."""
        self._due.set(backlog.due)
        self._due_age.set(backlog.oldest_due_s)
        self._open_ticks.labels(state="open").set(backlog.ticks_open)
        self._open_ticks.labels(state="held").set(backlog.ticks_held)
        self._open_ticks.labels(state="parked").set(backlog.ticks_parked)
        self._outbox.set(backlog.outbox)
        self._outbox_age.set(backlog.outbox_oldest_s)
        self._unsealed_age.set(backlog.unsealed_oldest_s)
        for state in ("PENDING", "RETRYING"):
            self._waiting.labels(state=state).set(backlog.deliveries.get(state, 0))
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)


def _counts(outcome: Mapping[str, Any]) -> dict[str, int]:
    return {
        what: value
        for what, value in outcome.items()
        if isinstance(value, int) and not isinstance(value, bool) and value > 0
    }
