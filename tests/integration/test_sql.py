"""Every SQL constant of the store fits the migrated database, and what must stay stays."""

import importlib
import pkgutil

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

import baobei.store
from alliances import ADDRESS, new_alliance
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.policy.terms import FollowUpKind

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
# Half of a statement: the columns that others go on from.
FRAGMENTS = {"COLUMNS"}

KEPT = (
    "attempt",
    "follow_up",
    "attribution",
    "attribution_credit",
    "attribution_candidate",
    "audit_event",
    "policy_version",
)

TABLES_WITHOUT_ALLIANCE = """
SELECT c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public'
   AND c.relkind = 'r'
   AND NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'alliance_id' AND a.attnum = 1)
 ORDER BY 1
"""


def _statements() -> list[tuple[str, str]]:
    found = []
    for module in pkgutil.iter_modules(baobei.store.__path__):
        loaded = importlib.import_module(f"baobei.store.{module.name}")
        found += [
            (f"{module.name}.{name}", value)
            for name, value in vars(loaded).items()
            if name.isupper() and isinstance(value, str) and value.lstrip().startswith(VERBS)
            if name not in FRAGMENTS
        ]
    return found


def test_the_store_has_statements() -> None:
    assert len(_statements()) > 40


@pytest.mark.parametrize(("name", "statement"), _statements(), ids=[name for name, _ in _statements()])
async def test_a_statement_fits_the_database(
    connection: "PoolConnectionProxy[asyncpg.Record]", name: str, statement: str
) -> None:
    await connection.prepare(statement)


async def test_every_table_leads_with_the_alliance(
    connection: "PoolConnectionProxy[asyncpg.Record]",
) -> None:
    rows = await connection.fetch(TABLES_WITHOUT_ALLIANCE)
    assert [row["relname"] for row in rows] == ["alembic_version", "dev_clock", "vault_key"]


async def test_what_a_dispute_may_need_cannot_be_changed_or_taken_away(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    id = await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(alliance.office, await alliance.actor("G01"), touch)
    order = PlaceOrder(external_ref="A-1", name="王", phone="13800138000")
    await place_order(alliance.office, await alliance.actor("OPS"), order)
    for table in KEPT:
        assert await fresh_pool.fetchval(f"SELECT count(*) FROM {table}") > 0, table
        for change in (
            f"UPDATE {table} SET alliance_id = alliance_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
                await fresh_pool.execute(change)


async def test_two_live_registrations_cannot_claim_one_key_whatever_the_code_does(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.admitted("G02", phone="13900139000", address=ADDRESS.format(2))
    for column, constraint in (
        ("claimed_phone", "registration_first_by_phone"),
        ("claimed_address", "registration_first_by_address"),
    ):
        same = f"UPDATE registration SET {column} = (SELECT min({column}) FROM registration)"
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await fresh_pool.execute(same)
        assert refused.value.constraint_name == constraint
