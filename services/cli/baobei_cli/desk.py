"""The database and the keys that a command works with: those of the settings, or of a running data folder."""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg

from baobei.clock import Clock, SystemClock, TravelClock, travels
from baobei.logs import set_up_logging
from baobei.operations.actor import Actor, Desk, Office
from baobei.operations.office import NEEDED, open_office, opened_vault
from baobei.operations.transaction import AS_LOGIN, lent
from baobei.settings import PREFIX, load_settings
from baobei.store import organisation
from baobei.store.organisation_models import Alliance
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
        yield Desk(pool=pool, clock=await _clock_of(pool), origin=_origin())


@asynccontextmanager
async def opened_office(data: Path | None) -> AsyncIterator[Office]:
    """Open the office of a running data folder, or of the settings; raises `CommandError` and `SettingsError`.

    The business clock is that of the service on the database. A command may take longer than a request.
    """
    async with opened_desk(database_url_of(data)) as desk:
        travelling = isinstance(desk.clock, TravelClock)
    environment = _environment_of(data) | {f"{PREFIX}CLOCK": "travel" if travelling else "system"}
    patience = {"STATEMENT_TIMEOUT_MS": COMMAND_TIMEOUT_S * 1000, "COMMAND_TIMEOUT_S": COMMAND_TIMEOUT_S}
    for name, value in patience.items():
        if not os.environ.get(f"{PREFIX}{name}"):
            environment[f"{PREFIX}{name}"] = f"{value:.0f}"
    settings = load_settings(*NEEDED, environment=environment)
    # What a command says stands on standard output; what it does is logged elsewhere, when something is wrong.
    set_up_logging("warning")
    try:
        async with open_office(settings) as office:
            yield replace(office, origin=_origin())
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


def vault_of(data: Path | None) -> Vault:
    """Return the vault of the settings, for which the keys of a data folder stand in where they are not set."""
    try:
        return opened_vault(load_settings(*NEEDED, environment=_environment_of(data)))
    except VaultError as error:
        raise CommandError(f"{PREFIX}VAULT_KEYS: {error}") from None


def _environment_of(data: Path | None) -> dict[str, str]:
    """Return what a data folder says in place of the environment: its database, and keys that are not set."""
    if data is None:
        return {}
    environment = {f"{PREFIX}DATABASE_URL": database_url_of(data)}
    for field in NEEDED:
        variable = f"{PREFIX}{field.upper()}"
        if not os.environ.get(variable):
            environment[variable] = _secret(data, field)
    return environment


def _secret(data: Path, name: str) -> str:
    try:
        return (DataFolder(data.absolute().resolve()).secrets / name).read_text().strip()
    except OSError:
        raise CommandError(f"--data {data}: no {name} there; run `baobei up --data {data}` once") from None


def _origin() -> str:
    """Return where the acts of this command come from: who has the machine answers for them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return f"cli:{os.getuid()}"


async def _clock_of(pool: "asyncpg.Pool[asyncpg.Record]") -> Clock:
    """Return the clock that the service on this database goes by: only one that travels has a row."""
    try:
        async with pool.acquire() as connection:
            return TravelClock() if await travels(connection) else SystemClock()
    except asyncpg.UndefinedTableError:
        raise CommandError("the database is not migrated: run `baobei migrate` first") from None
