"""What a command works with: the database and the keys of the settings, or those of a running data folder."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from baobei.clock import Clock, SystemClock, TravelClock, travels
from baobei.operations.actor import Actor, Desk, Office
from baobei.operations.office import NEEDED, open_office
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.settings import load_settings
from baobei.store import organisation
from baobei.store.models import Alliance
from baobei.vault import VaultError
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
    """Open the office of a running data folder, or of the settings; raises `CommandError` and `SettingsError`.

    The business clock is that of the service on the database.
    """
    async with opened_desk(database_url_of(data)) as desk:
        travelling = isinstance(desk.clock, TravelClock)
    environment = {"BAOBEI_CLOCK": "travel" if travelling else "system"}
    if data is not None:
        environment |= {"BAOBEI_DATABASE_URL": database_url_of(data), **_vault_keys_of(data)}
    settings = load_settings(*NEEDED, environment=environment)
    try:
        async with open_office(settings) as office:
            yield office
    except VaultError as error:
        raise CommandError(str(error)) from None


async def member(office: Office, *, alliance_code: str | None, staff_code: str) -> Actor:
    """Return a staff member to act as; the code of the alliance may be left out when there is one alone."""
    alliance = await alliance_of(office, alliance_code)
    async with lent(office, alliance) as connection:
        staff = await organisation.staff_by_code(connection, alliance.id, staff_code)
    if staff is None or not staff.active:
        raise CommandError(f"--as {staff_code}: nobody who works for {alliance.code} has this code")
    return Actor(alliance=alliance, staff=staff)


async def alliance_of(desk: Desk, code: str | None) -> Alliance:
    """Return the alliance of a code, or without one the only alliance that there is."""
    async with lent(desk, AS_LOGIN) as connection:
        known = await organisation.alliances(connection)
    chosen = [alliance for alliance in known if code in (None, alliance.code)]
    if len(chosen) != 1:
        codes = ", ".join(alliance.code for alliance in known) or "none"
        raise CommandError(f"--alliance: expected one of those that exist: {codes}")
    return chosen[0]


def _vault_keys_of(data: Path) -> dict[str, str]:
    """Return the keys that a data folder keeps, where the environment has none of its own."""
    secrets = DataFolder(data.absolute().resolve()).secrets
    kept = {"BAOBEI_VAULT_KEYS": "vault_keys", "BAOBEI_VAULT_INDEX_KEY": "vault_index_key"}
    try:
        return {
            variable: (secrets / name).read_text().strip()
            for variable, name in kept.items()
            if not os.environ.get(variable)
        }
    except OSError as error:
        raise CommandError(f"--data {data}: {error.filename}: {error.strerror}") from None


async def _clock_of(pool: "asyncpg.Pool[asyncpg.Record]") -> Clock:
    """Return the clock that the service on this database goes by: only one that travels has a row."""
    try:
        async with pool.acquire() as connection:
            return TravelClock() if await travels(connection) else SystemClock()
    except asyncpg.UndefinedTableError:
        raise CommandError("the database is not migrated: run `baobei migrate` first") from None
