"""The wiring of the worker: `arq baobei_worker.arq_settings.WorkerSettings`. The only importer of arq.

Redis carries hints to look, and no work: what is due stands in the database, where the lanes find it by
themselves. Without Redis they begin all the same and look a little later; when it is there, or back, arq goes on
with the same connection.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

import orjson
import structlog
from arq import Retry, cron
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry as RedisRetry
from redis.backoff import AbstractBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from baobei.logs import set_up_logging, take_over
from baobei.operations.actor import Office
from baobei.operations.failures import describe
from baobei.operations.office import NEEDED, open_office
from baobei.operations.park_hint import park_hint
from baobei.settings import Settings, SettingsError, load_settings
from baobei.store.connection import NO_ANSWER
from baobei_worker.hints import instant_of, read_hint
from baobei_worker.station import STOP_WITHIN_S, Station

log = structlog.get_logger("baobei.worker")

STATION: Final = "station"
QUEUE: Final = "baobei:hints"
# A hint is given in no time. After kill -9 arq leaves it blocked for this long and ten seconds.
HINT_TIMEOUT_S: Final = 5
MAX_JOBS: Final = 4
MAX_TRIES: Final = 5
PARK_AGAIN_AFTER_S: Final = 5
HEALTH_CHECK_INTERVAL_S: Final = 15
CONNECT_WITHIN_S: Final = 2.0
ANSWERS_WITHIN_S: Final = 5.0
ENDS_WITHIN_S: Final = 1.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0


class Patience(AbstractBackoff):
    """How long to wait for Redis: for ever, until the worker is asked to stop."""

    FIRST_S: Final = 0.05
    LONGEST_S: Final = 1.0

    def __init__(self) -> None:
        self.over = False

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Patience":
        # Each connection copies its settings; the patience of all of them ends at once.
        return self

    def compute(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        if self.over:
            raise RedisConnectionError("Redis does not answer, and the worker is stopping")
        if failures.bit_count() == 1:  # the first failure, the second, the fourth, the eighth …
            log.warning("no_redis", failures=failures)
        return min(self.FIRST_S * 2.0 ** min(failures, 10), self.LONGEST_S)


class Shift:
    """The station of this process: opened once, whether or not Redis answers, and closed in the end."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience
        self._opened = AsyncExitStack()
        self._opening: asyncio.Task[Station] | None = None
        self._main: asyncio.Task[Any] | None = None
        self._stopping: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to open the station, from the task that arq runs in; twice is once."""
        if self._opening is not None:
            return
        set_up_logging(self._settings.log_level)
        take_over("arq")
        self._main = asyncio.current_task()
        self._opening = asyncio.create_task(self._open(), name="station")
        self._opening.add_done_callback(self._end_without_station)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop)

    async def station(self) -> Station:
        """Return the station once it is open."""
        self.begin()
        if self._opening is None:
            raise RuntimeError("a shift that has begun opens its station")
        return await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Close what was opened; twice is once."""
        await self._opened.aclose()

    async def _open(self) -> Station:
        office = await _office_when_there_is_one(self._opened, self._settings)
        return await self._opened.enter_async_context(Station.opened(office, self._settings))

    def _end_without_station(self, opening: asyncio.Task[Station]) -> None:
        """End the worker when its station cannot be opened: a key that is none will not become one."""
        if opening.cancelled() or (error := opening.exception()) is None:
            return
        log.error("no_station", **describe(error))
        self._patience.over = True
        if self._main is not None:
            self._main.cancel()

    def _asked_to_stop(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop(), name="stop")

    async def _stop(self) -> None:
        """Finish or give back first, then let arq end: it would wait for Redis before it let us do so."""
        if self._opening is not None:
            if self._opening.done():
                await self._opening.result().stop(within_s=STOP_WITHIN_S)
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self.close()
        self._patience.over = True
        if self._main is not None:
            self._main.cancel()


class HintQueue(ArqRedis):
    """Redis as arq uses it. Its first use begins the shift, before there is any answer."""

    def __init__(self, url: str, patience: Patience, begin: Callable[[], None]) -> None:
        # A socket that is gone raises an OSError, which redis would not try again by itself.
        supported = (RedisConnectionError, RedisTimeoutError, OSError)
        pool = ConnectionPool.from_url(
            url,
            encoding="utf8",
            socket_connect_timeout=CONNECT_WITHIN_S,
            socket_timeout=ANSWERS_WITHIN_S,
            retry=RedisRetry(patience, retries=-1, supported_errors=supported),  # type: ignore[arg-type]
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
        super().__init__(
            pool, job_serializer=orjson.dumps, job_deserializer=read_hint, default_queue_name=QUEUE
        )
        self._begin = begin

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Any:
        """Return what sends several commands: arq's first act is to ask Redis with it who it is."""
        self._begin()
        return super().pipeline(transaction, shard_hint)

    async def delete(self, *names: Any) -> Any:
        """Take keys away: arq's last act, on its sign of life. Without Redis there is none."""
        with suppress(RedisConnectionError, RedisTimeoutError, OSError, TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                return await super().delete(*names)
        return 0


async def look(ctx: dict[Any, Any]) -> None:
    """Let the lanes look now."""
    station: Station = ctx[STATION]
    station.hint()


async def park(ctx: dict[Any, Any], name: str, reason: str, given_ms: int) -> None:
    """Keep what the queue held and nobody here can run; once more when the database does not answer."""
    station: Station = ctx[STATION]
    try:
        await park_hint(station.office, name=name, reason=reason, given_at=instant_of(given_ms))
    except NO_ANSWER:
        raise Retry(defer=PARK_AGAIN_AFTER_S) from None
    station.metrics.hinted("parked")


def worker_settings(settings: Settings) -> type:
    """Return the class whose attributes arq reads."""
    patience = Patience()
    shift = Shift(settings, patience)

    async def start_up(context: dict[Any, Any]) -> None:
        context[STATION] = await shift.station()

    async def shut_down(_context: dict[Any, Any]) -> None:
        await shift.close()

    attributes: dict[str, Any] = {
        "redis_pool": HintQueue(settings.redis_url, patience, shift.begin),
        # For `arq --check`, which is not to wait for ever.
        "redis_settings": RedisSettings.from_dsn(settings.redis_url),
        "queue_name": QUEUE,
        "functions": [look, park],
        # Of several workers one gets the hint; the others find for themselves what is left.
        "cron_jobs": [cron(look, second=0, timeout=HINT_TIMEOUT_S, max_tries=1, run_at_startup=True)],
        "on_startup": start_up,
        "on_shutdown": shut_down,
        "job_serializer": orjson.dumps,
        "job_deserializer": read_hint,
        "job_timeout": HINT_TIMEOUT_S,
        "keep_result": 0,
        "max_jobs": MAX_JOBS,
        "max_tries": MAX_TRIES,
        "health_check_interval": HEALTH_CHECK_INTERVAL_S,
        # What is in the queue was written by nobody knows whom: no arguments in the log.
        "log_results": False,
    }
    return type("WorkerSettings", (), attributes)


async def _office_when_there_is_one(opened: AsyncExitStack, settings: Settings) -> Office:
    """Open the office, as often as it takes: a database that starts again is no reason to end."""
    failures = 0
    while True:
        try:
            return await opened.enter_async_context(open_office(settings))
        except NO_ANSWER as error:
            failures += 1
            log.warning("no_database", failures=failures, **describe(error))
            await asyncio.sleep(min(FIRST_PAUSE_S * 2.0**failures, LONGEST_PAUSE_S))


def __getattr__(name: str) -> Any:
    """Make `WorkerSettings` when arq asks for it: importing this module needs no environment."""
    if name != "WorkerSettings":
        raise AttributeError(name)
    try:
        return worker_settings(load_settings(*NEEDED))
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        raise SystemExit(2) from None
