"""The database that a command works on: that of the settings, or that of a running data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from baobei.clock import Clock, SystemClock, TravelClock, travels
from baobei.operations.actor import Desk
from baobei.settings import load_settings
from baobei_cli.embedded import EmbeddedPostgres
from baobei_cli.errors import CommandError
from baobei_cli.folder import DataFolder

CONNECT_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 60.0


def database_url_of(data: Path | None) -> str:
    """Return the URL of the database in a data folder, or without one that of the settings."""
    if data is None:
        return load_settings().database_url
    if not data.is_dir():
        raise CommandError(f"--data {data}: no such folder; `baobei up --data {data}` makes it")
    return EmbeddedPostgres(folder=DataFolder(data.absolute().resolve()), account=None).url()


@asynccontextmanager
async def opened_desk(database_url: str) -> AsyncIterator[Desk]:
    """Open a database for one command; raises `CommandError` when it cannot be reached."""
    try:
        pool = await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=2,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CommandError(f"the database cannot be reached: {error}", status=1) from None
    async with pool:
        yield Desk(pool=pool, clock=await _clock_of(pool))


async def _clock_of(pool: "asyncpg.Pool[asyncpg.Record]") -> Clock:
    """Return the clock that the service on this database goes by: only one that travels has a row."""
    try:
        async with pool.acquire() as connection:
            return TravelClock() if await travels(connection) else SystemClock()
    except asyncpg.UndefinedTableError:
        raise CommandError("the database is not migrated: run `baobei migrate` first") from None
