"""A worker at work: its lanes, its metrics, and the listener that tells of both."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from baobei.operations.actor import Office
from baobei.settings import Settings
from baobei_worker.http import listening, routes
from baobei_worker.lanes import Lanes, opened_lanes
from baobei_worker.metrics import Metrics

log = structlog.get_logger("baobei.worker")

STOP_WITHIN_S: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What a worker process runs beside its queue."""

    office: Office
    lanes: Lanes
    metrics: Metrics

    @classmethod
    @asynccontextmanager
    async def opened(cls, office: Office, settings: Settings) -> AsyncIterator["Station"]:
        """Start the lanes, and the listener when a port is set; in the end stop what is still running."""
        metrics = Metrics()
        async with AsyncExitStack() as opened:
            lanes = await opened.enter_async_context(opened_lanes(office, metrics))
            station = cls(office=office, lanes=lanes, metrics=metrics)
            if settings.worker_http_port is not None:
                answers = routes(office, lanes, metrics)
                where = listening(answers, host=settings.worker_http_host, port=settings.worker_http_port)
                await opened.enter_async_context(where)
            lanes.start()
            try:
                yield station
            finally:
                await station.stop(within_s=STOP_WITHIN_S)

    def hint(self) -> None:
        """Let the lanes look now."""
        self.metrics.hinted("looked")
        self.lanes.hint()

    async def stop(self, *, within_s: float) -> None:
        """Finish or give back what is held; twice is once."""
        await self.lanes.stop(within_s=within_s)
