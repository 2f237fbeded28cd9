"""The database and the keys that a command works with: those of the settings, or of a running data folder."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from baobei.clock import Clock, SystemClock, TravelClock, travels
from baobei.operations.actor import Desk, Office
from baobei.operations.key_proofs import prove_keys
from baobei.operations.office import NEEDED, opened_vault
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.settings import PREFIX, load_settings
from baobei.vault import Vault, VaultError
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


@asynccontextmanager
async def opened_office(data: Path | None) -> AsyncIterator[Office]:
    """Open a database and the vault for one command; raises `CommandError` when either cannot be used."""
    database_url, vault = database_url_of(data), vault_of(data)
    async with opened_desk(database_url) as desk:
        try:
            async with lent(desk, AS_LOGIN) as connection:
                await prove_keys(connection, vault)
        except VaultError as error:
            raise CommandError(str(error)) from None
        yield Office(pool=desk.pool, clock=desk.clock, vault=vault, acquire_timeout_s=CONNECT_TIMEOUT_S)


def vault_of(data: Path | None) -> Vault:
    """Return the vault of the settings, for which the keys of a data folder stand in where they are not set."""
    environment = {}
    if data is not None:
        environment[f"{PREFIX}DATABASE_URL"] = database_url_of(data)
        for field in NEEDED:
            variable = f"{PREFIX}{field.upper()}"
            if not os.environ.get(variable):
                environment[variable] = _secret(data, field)
    try:
        return opened_vault(load_settings(*NEEDED, environment=environment))
    except VaultError as error:
        raise CommandError(f"{PREFIX}VAULT_KEYS: {error}") from None


def _secret(data: Path, name: str) -> str:
    try:
        return (DataFolder(data.absolute().resolve()).secrets / name).read_text().strip()
    except OSError:
        raise CommandError(f"--data {data}: no {name} there; run `baobei up --data {data}` once") from None


async def _clock_of(pool: "asyncpg.Pool[asyncpg.Record]") -> Clock:
    """Return the clock that the service on this database goes by: only one that travels has a row."""
    try:
        async with pool.acquire() as connection:
            return TravelClock() if await travels(connection) else SystemClock()
    except asyncpg.UndefinedTableError:
        raise CommandError("the database is not migrated: run `baobei migrate` first") from None
