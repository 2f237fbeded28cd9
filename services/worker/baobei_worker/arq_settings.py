"""The wiring of the worker: `arq baobei_worker.arq_settings.WorkerSettings`. The only importer of arq.

Redis says when to run, never what there is to do: every job reads the database again before it decides, so
that twice is once and a queue that was lost loses nothing.
"""

import sys
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson
from arq import cron
from arq.connections import RedisSettings

from baobei.logs import set_up_logging
from baobei.operations.actor import Office
from baobei.operations.office import NEEDED, open_office
from baobei.settings import Settings, SettingsError, load_settings
from baobei_worker.jobs.sweep_deadlines import sweep

OFFICE: Final = "office"
OPENED: Final = "opened"
SWEEP_TIMEOUT_S: Final = 50
MAX_JOBS: Final = 4
MAX_TRIES: Final = 3
HEALTH_CHECK_INTERVAL_S: Final = 15


async def sweep_deadlines(ctx: dict[Any, Any], *_args: Any, **_kwargs: Any) -> int:
    """Run the expiry sweep with the office of this worker."""
    office: Office = ctx[OFFICE]
    return await sweep(office)


def worker_settings(settings: Settings) -> type:
    """Return the class whose attributes arq reads."""

    async def start_up(context: dict[Any, Any]) -> None:
        set_up_logging(settings.log_level)
        opened = AsyncExitStack()
        context[OFFICE] = await opened.enter_async_context(open_office(settings))
        context[OPENED] = opened

    async def shut_down(context: dict[Any, Any]) -> None:
        if OPENED in context:
            await context[OPENED].aclose()

    attributes: dict[str, Any] = {
        "redis_settings": RedisSettings.from_dsn(settings.redis_url),
        "functions": [sweep_deadlines],
        # Each worker's cron asks each minute; of several workers one runs it.
        "cron_jobs": [cron(sweep_deadlines, second=0, timeout=SWEEP_TIMEOUT_S, run_at_startup=True)],
        "on_startup": start_up,
        "on_shutdown": shut_down,
        "job_serializer": orjson.dumps,
        "job_deserializer": orjson.loads,
        "job_timeout": SWEEP_TIMEOUT_S,
        "keep_result": 0,
        "max_jobs": MAX_JOBS,
        "max_tries": MAX_TRIES,
        "health_check_interval": HEALTH_CHECK_INTERVAL_S,
    }
    return type("WorkerSettings", (), attributes)


def __getattr__(name: str) -> Any:
    """Make `WorkerSettings` when arq asks for it: importing this module needs no environment."""
    if name != "WorkerSettings":
        raise AttributeError(name)
    try:
        return worker_settings(load_settings(*NEEDED))
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        raise SystemExit(2) from None
