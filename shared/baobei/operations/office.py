"""Opens what operations work with, from the settings of the process."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from baobei.clock import Clock, SystemClock, TravelClock
from baobei.operations.actor import Office
from baobei.operations.check_rules import CheckRules
from baobei.operations.key_proofs import prove_keys
from baobei.settings import Settings
from baobei.store.connection import Connection
from baobei.store.walls import NO_ALLIANCE, PooledConnection, enter
from baobei.vault import Vault
from baobei.webhooks.targets import WebhookRules

# Settings that a process needs to open its office, beside the database.
NEEDED: Final = ("vault_keys", "vault_index_key")
CONNECT_TIMEOUT_S: Final = 10


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """Open the pool, the clock and the vault, and close the pool in the end.

    Every wait is bounded: for a connection, for a lock, for a statement, and for a transaction that idles.
    Raises `SettingsError` upstream when `NEEDED` is not set, `VaultError` when a key cannot be used, is missing, or is
    not the one that sealed what is there.
    """
    vault = opened_vault(settings)
    pool = await asyncpg.create_pool(
        settings.database_url,
        min_size=settings.pool_min_size,
        max_size=settings.pool_max_size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=settings.command_timeout_s,
        connection_class=PooledConnection,
        init=_walled_in,
        server_settings={
            "application_name": "baobei",
            "timezone": "UTC",
            "statement_timeout": str(settings.statement_timeout_ms),
            "lock_timeout": str(settings.lock_timeout_ms),
            "idle_in_transaction_session_timeout": str(settings.idle_in_transaction_timeout_ms),
            # Whoever is stopped in the middle of a message is not idle, and holds its locks all the same.
            "transaction_timeout": str(settings.transaction_timeout_ms),
        },
    )
    try:
        async with pool.acquire(timeout=settings.pool_acquire_timeout_s) as connection:
            await prove_keys(connection, vault)
    except BaseException:
        await pool.close()
        raise
    clock: Clock = TravelClock() if settings.clock == "travel" else SystemClock()
    try:
        yield Office(
            pool=pool,
            clock=clock,
            vault=vault,
            acquire_timeout_s=settings.pool_acquire_timeout_s,
            webhooks=webhook_rules(settings),
            checks=check_rules(settings),
        )
    finally:
        await pool.close()


async def _walled_in(connection: Connection) -> None:
    """Let a new connection see nothing until it is borrowed for somebody.

    A database without the roles is not migrated: nothing can be borrowed there, and readiness says so.
    """
    with contextlib.suppress(asyncpg.InvalidParameterValueError):
        await enter(connection, NO_ALLIANCE)


def webhook_rules(settings: Settings) -> WebhookRules:
    """Return which targets webhooks may have, and how long an attempt may take."""
    return WebhookRules(
        allow_private_targets=settings.webhook_allow_private_targets,
        allow_http=settings.webhook_allow_http,
        timeout_s=settings.webhook_timeout_s,
    )


def check_rules(settings: Settings) -> CheckRules:
    """Return how often one may ask about customers, and when that looks like probing."""
    return CheckRules(
        per_minute=settings.checks_per_minute,
        probing_checks=settings.probing_checks,
        registrations_percent=settings.probing_registrations_percent,
        dry_run_rows=settings.dry_run_checks_per_day,
    )


def opened_vault(settings: Settings) -> Vault:
    """Return the vault of the settings; raises `VaultError` for a key that cannot be used."""
    ring, index_key = settings.vault_keys, settings.vault_index_key
    return Vault.from_text(
        ring="" if ring is None else ring.get_secret_value(),
        index_key="" if index_key is None else index_key.get_secret_value(),
    )
