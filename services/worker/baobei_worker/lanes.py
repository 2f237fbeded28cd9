"""Lanes: each looks in the database for work that is due, does it, and looks again after a while.

The database is what says that there is work. A hint only makes a lane look sooner. A lane outlives every
failure. What is due each minute has a lane, the sweep, which may have a whole midnight before it, one of its own, and
longer periods another: none waits behind the others.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from baobei.clock import monotonic
from baobei.operations.actor import Office
from baobei.operations.failures import describe
from baobei.operations.jobs import JOBS, RELAYS, SWEEP, Work, is_left
from baobei.operations.ticks import Every, Job, run_ticks
from baobei_worker.metrics import Metrics

log = structlog.get_logger("baobei.worker")

TICKS_EVERY_S: Final = 2.0
RARE_TICKS_EVERY_S: Final = 5.0
RELAYS_EVERY_S: Final = 0.5
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
# A lane that has not looked for so long, and is at nothing, is not well.
WELL_WITHIN_S: Final = 30.0

Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One line of work. `look` does what it finds and returns whether something is left to do at once."""

    name: str
    look: Callable[[Stopping], Awaitable[bool]]
    every_s: float


class Lanes:
    """Runs lanes beside one another until they are stopped."""

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self._lanes = tuple(lanes)
        self._hinted = {lane.name: asyncio.Event() for lane in self._lanes}
        self._well_at = {lane.name: monotonic() for lane in self._lanes}
        self._busy: set[str] = set()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look."""
        self._tasks = [asyncio.create_task(self._go(lane), name=f"lane {lane.name}") for lane in self._lanes]

    def hint(self) -> None:
        """Let every lane look now."""
        for event in self._hinted.values():
            event.set()

    async def stop(self, *, within_s: float) -> None:
        """Begin nothing new; what is not done within so many seconds is cancelled and given back."""
        self._stopping = True
        self.hint()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=within_s)
        for task in late:
            log.warning("given_back", lane=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def states(self) -> dict[str, str]:
        """Return of each lane `ok`, or since when it has not been able to look."""
        return {lane.name: self._state(lane) for lane in self._lanes}

    def _state(self, lane: Lane) -> str:
        silent_s = monotonic() - self._well_at[lane.name]
        well = lane.name in self._busy or silent_s < WELL_WITHIN_S
        return "ok" if well else f"silent for {silent_s:.0f} s"

    async def _go(self, lane: Lane) -> None:
        hinted, failures = self._hinted[lane.name], 0
        while not self._stopping:
            hinted.clear()
            try:
                more = await self._look(lane)
                failures = 0
            except Exception as error:
                failures, more = failures + 1, False
                log.warning("lane_failed", lane=lane.name, failures=failures, **describe(error))
            pause_s = min(FIRST_PAUSE_S * 2.0**failures, LONGEST_PAUSE_S) if failures else lane.every_s
            if not more and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(hinted.wait(), pause_s)

    async def _look(self, lane: Lane) -> bool:
        self._busy.add(lane.name)
        try:
            more = await lane.look(lambda: self._stopping)
            self._well_at[lane.name] = monotonic()
            return more
        finally:
            self._busy.discard(lane.name)


@asynccontextmanager
async def opened_lanes(office: Office, metrics: Metrics) -> AsyncIterator[Lanes]:
    """Yield the lanes of a worker: what is due often, what takes long, and what is passed on."""
    minutely = tuple(job for job in JOBS if job.every is Every.MINUTE and job is not SWEEP)
    rare = tuple(job for job in JOBS if job.every is not Every.MINUTE)
    lanes = [
        _ticks("sweep", office, metrics, (SWEEP,), every_s=TICKS_EVERY_S),
        _ticks("minutely_ticks", office, metrics, minutely, every_s=TICKS_EVERY_S),
        _ticks("rare_ticks", office, metrics, rare, every_s=RARE_TICKS_EVERY_S),
    ]
    async with AsyncExitStack() as opened:
        for relay in RELAYS:
            work = await opened.enter_async_context(relay.opened(office))
            lanes.append(_relay(relay.name, metrics, work))
        yield Lanes(lanes)


def _ticks(name: str, office: Office, metrics: Metrics, jobs: tuple[Job, ...], *, every_s: float) -> Lane:
    async def look(stopping: Stopping) -> bool:
        await run_ticks(office, jobs, stopping=stopping, on_ran=metrics.ran)
        return False

    return Lane(name=name, look=look, every_s=every_s)


def _relay(name: str, metrics: Metrics, work: Work) -> Lane:
    async def look(_stopping: Stopping) -> bool:
        outcome = await work()
        metrics.relayed(name, outcome)
        return is_left(outcome)

    return Lane(name=name, look=look, every_s=RELAYS_EVERY_S)
