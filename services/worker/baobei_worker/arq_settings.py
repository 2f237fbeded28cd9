"""The wiring of the worker: `arq baobei_worker.arq_settings.WorkerSettings`. The only importer of arq.

Redis carries hints to look, and no work: what is due stands in the database, where the lanes find it by
themselves. Without Redis they look a little later; when it is back, arq goes on with the same connection.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import asyncpg
import orjson
import structlog
from arq import Retry, cron
from arq.connections import RedisSettings
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
REDIS_START_TRIES: Final = 30
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
        return min(self.FIRST_S * 2.0 ** min(failures, 10), self.LONGEST_S)


async def look(ctx: dict[Any, Any]) -> None:
    """Let the lanes look now."""
    station: Station = ctx[STATION]
    station.hint()


async def park(ctx: dict[Any, Any], name: str, reason: str, given_ms: int) -> None:
    """Keep what the queue held and nobody here can run; once more when the database does not answer."""
    station: Station = ctx[STATION]
    try:
        await park_hint(station.office, name=name, reason=reason, given_at=instant_of(given_ms))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raise Retry(defer=PARK_AGAIN_AFTER_S) from None
    station.metrics.hinted("parked")


def worker_settings(settings: Settings) -> type:
    """Return the class whose attributes arq reads."""
    patience = Patience()
    opened = AsyncExitStack()

    async def start_up(context: dict[Any, Any]) -> None:
        set_up_logging(settings.log_level)
        take_over("arq")
        office = await _office_when_there_is_one(opened, settings)
        context[STATION] = station = await opened.enter_async_context(Station.opened(office, settings))
        _stop_on_signals(station, patience)

    async def shut_down(_context: dict[Any, Any]) -> None:
        await opened.aclose()

    attributes: dict[str, Any] = {
        "redis_settings": _redis_settings(settings, patience),
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
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            failures += 1
            log.warning("no_database", failures=failures, **describe(error))
            await asyncio.sleep(min(FIRST_PAUSE_S * 2.0**failures, LONGEST_PAUSE_S))


def _redis_settings(settings: Settings, patience: Patience) -> RedisSettings:
    redis = RedisSettings.from_dsn(settings.redis_url)
    redis.conn_retries = REDIS_START_TRIES
    # A socket that is gone raises an OSError, which redis would not try again by itself.
    supported = (RedisConnectionError, RedisTimeoutError, OSError)
    redis.retry = RedisRetry(patience, retries=-1, supported_errors=supported)  # type: ignore[arg-type]
    redis.retry_on_error = [RedisConnectionError, RedisTimeoutError]
    return redis


def _stop_on_signals(station: Station, patience: Patience) -> None:
    """Finish or give back first, then let arq end: it would wait for Redis before it let us do so."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    stops: set[asyncio.Task[None]] = set()

    async def stop() -> None:
        await station.stop(within_s=STOP_WITHIN_S)
        patience.over = True
        if main is not None:
            main.cancel()

    def asked() -> None:
        if not stops:
            stops.add(loop.create_task(stop()))

    handler: Callable[[], None] = asked
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, handler)


def __getattr__(name: str) -> Any:
    """Make `WorkerSettings` when arq asks for it: importing this module needs no environment."""
    if name != "WorkerSettings":
        raise AttributeError(name)
    try:
        return worker_settings(load_settings(*NEEDED))
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        raise SystemExit(2) from None
