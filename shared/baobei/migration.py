"""Brings a database up to the newest revision, from as many hosts at once as there are.

Alembic renders the revisions as SQL text and asyncpg runs it, so a revision may hold several statements, and
no second driver is needed.
"""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import TextIO, cast

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from baobei.clock import monotonic

# An arbitrary number that no other user of advisory locks takes.
MIGRATION_LOCK = 0x62616F626569
LOCK_WAIT_S = 120.0
LOCK_RETRY_S = 0.2
# A migration that waits for a lock makes every later query wait behind it: better to fail and run it again.
STATEMENT_LOCK_TIMEOUT = "5s"
CONNECT_TIMEOUT_S = 10.0

# Polled, as a blocking wait would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
TRY_LOCK = "SELECT pg_try_advisory_lock($1)"

UNLOCK = "SELECT pg_advisory_unlock($1)"

HAS_VERSION_TABLE = "SELECT to_regclass('alembic_version') IS NOT NULL"

SELECT_REVISION = "SELECT version_num FROM alembic_version"


class MigrationError(Exception):
    """A database that cannot be migrated by this program, and what to do about it."""


class UnknownRevisionError(MigrationError):
    """The database was migrated by a newer program than this one."""

    def __init__(self, *, found: str, newest: str) -> None:
        self.found = found
        self.newest = newest
        super().__init__(
            f"the database is at revision {found}, which this version of baobei does not know"
            f" (its newest is {newest}): run the version that wrote it, or a newer one"
        )


class MigrationsBusyError(MigrationError):
    """Another process has been migrating for longer than one should wait."""

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(
            f"another process has been migrating this database for {waited_s:.0f} s: try again later"
        )


class NotPermittedError(MigrationError):
    """The login may not do what a migration needs; the database says what, and what to run."""


class _Statements(list[str]):
    """Collects what alembic prints, one entry an operation."""

    def write(self, text: str) -> None:
        # asyncpg stumbles over a query that is nothing but a comment.
        if any(line.strip() and not line.startswith("--") for line in text.splitlines()):
            self.append(text)

    def flush(self) -> None:
        pass


def migrations_folder() -> Path:
    """Return the folder of revisions: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """Return the revision that this program needs."""
    head = _scripts().get_current_head()
    if head is None:
        raise MigrationError(f"no revisions in {migrations_folder()}")
    return head


async def current_revision(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """Return the revision of the database; None when it was never migrated."""
    if not await connection.fetchval(HAS_VERSION_TABLE):
        return None
    revision: str | None = await connection.fetchval(SELECT_REVISION)
    return revision


async def migrate(database_url: str) -> tuple[str | None, str]:
    """Run every revision that the database does not have, and return its revisions before and after.

    Each revision is one transaction. Twice is once; of several callers one works and the others wait.

    Raises :class:`UnknownRevisionError`, :class:`MigrationsBusyError`, :class:`NotPermittedError`, and what asyncpg
    raises when a statement fails.
    """
    connection = await asyncpg.connect(
        database_url, timeout=CONNECT_TIMEOUT_S, server_settings={"lock_timeout": STATEMENT_LOCK_TIMEOUT}
    )
    try:
        await _take_lock(connection)
        before = await current_revision(connection)
        for statement in statements_after(before):
            await connection.execute(statement)
        await connection.execute(UNLOCK, MIGRATION_LOCK)
        return before, newest_revision()
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotPermittedError(f"the database does not let us migrate it: {error}") from None
    finally:
        await connection.close()


def statements_after(revision: str | None) -> tuple[str, ...]:
    """Return the SQL that leads from a revision (None: an empty database) to the newest one.

    Raises :class:`UnknownRevisionError` when the revision is not among those of this program.
    """
    newest = newest_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise UnknownRevisionError(found=revision, newest=newest)
    if revision == newest:
        return ()
    collected = _Statements()
    config = _config()
    config.output_buffer = cast(TextIO, collected)
    command.upgrade(config, f"{revision or 'base'}:{newest}", sql=True)
    return tuple(collected)


async def _take_lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    give_up_at = monotonic() + LOCK_WAIT_S
    while not await connection.fetchval(TRY_LOCK, MIGRATION_LOCK):
        if monotonic() > give_up_at:
            raise MigrationsBusyError(LOCK_WAIT_S)
        await asyncio.sleep(LOCK_RETRY_S)


def _config() -> Config:
    config = Config()
    # Alembic reads a percent sign as the start of an interpolation.
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
