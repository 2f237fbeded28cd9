"""The second wall: with every predicate on the alliance taken out, nobody sees or changes another alliance."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from alliances import ADDRESS, new_alliance
from baobei.migration import NotPermittedError, migrate
from baobei.operations.register_customer import RegisterCustomer, register_customer
from baobei.store.walls import ALL_ALLIANCES, APP, NO_ALLIANCE, PooledConnection, Walls, enter, tell_whence
from baobei_cli.embedded import SUPERUSER
from blind_statements import Arguments, answers, blind_statements
from conftest import Servers
from full_alliance import COLUMNS, GUARDED_TABLES, add_twin, full_alliance

ROOT = Path(__file__).parents[2]
UNGUARDED = """
SELECT c.relname
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'alliance_id'
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT (c.relrowsecurity AND EXISTS (
           SELECT FROM pg_policy p
            WHERE p.polrelid = c.oid AND p.polname = 'own_alliance' AND p.polcmd = '*'
              AND p.polroles = ARRAY['baobei_app'::regrole::oid]
              AND pg_get_expr(p.polqual, p.polrelid) LIKE '%baobei.alliance_id%'))
 ORDER BY 1
"""
WORKER_SEES = """
SELECT c.relname
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relkind = 'r'
   AND has_any_column_privilege('baobei_worker', c.oid, 'SELECT')
"""
TOO_MUCH = """
SELECT r.rolname || ' ' || p.privilege || ' ' || c.relname
  FROM pg_class c
 CROSS JOIN (VALUES ('baobei_app'), ('baobei_worker')) AS r (rolname)
 CROSS JOIN (VALUES ('TRUNCATE'), ('TRIGGER'), ('REFERENCES'), ('MAINTAIN')) AS p (privilege)
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relkind = 'r'
   AND has_table_privilege(r.rolname, c.oid, p.privilege)
"""
KEPT = ("attempt", "follow_up", "attribution", "attribution_credit", "attribution_candidate", "audit_event", "policy_version")  # fmt: skip
OF_CUSTOMERS = {
    "contact",
    "attempt",
    "follow_up",
    "customer_order",
    "attribution",
    "attribution_candidate",
    "approval",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Two alliances with the same rows, and who looks at them: walled in, and as a superuser."""

    one: int
    other: int
    tables: tuple[str, ...]
    walled: "PoolConnectionProxy[asyncpg.Record]"
    superuser: "asyncpg.Connection[asyncpg.Record]"

    async def work_for(self, alliance_id: int | None) -> None:
        await enter(self.walled, NO_ALLIANCE if alliance_id is None else Walls(APP, alliance_id))

    async def allowed(self, privilege: str, table: str, *, role: str = APP) -> bool:
        found: bool = await self.superuser.fetchval(
            "SELECT has_table_privilege($1, $2::regclass, $3)", role, table, privilege
        )
        return found


@pytest.fixture(scope="module")
async def twins(database_url: str) -> AsyncIterator[Twins]:
    superuser = await asyncpg.connect(database_url.replace("//baobei@", f"//{SUPERUSER}@"))
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as pool:
        one, other = await full_alliance(pool), await new_alliance(pool)
        ids = [(await each.actor("OPS")).alliance.id for each in (one, other)]
        await add_twin(superuser, *ids)
        tables = tuple(row["relname"] for row in await superuser.fetch(GUARDED_TABLES))
        async with pool.acquire() as walled:
            yield Twins(one=ids[0], other=ids[1], tables=tables, walled=walled, superuser=superuser)
            await walled.execute("RESET ROLE")
    await superuser.close()


async def test_every_table_of_alliances_is_guarded(connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
    unguarded = [row["relname"] for row in await connection.fetch(UNGUARDED)]
    assert unguarded == [], "the migration that makes a table ends with SELECT guard_table('…', app => '…')"


async def test_both_twins_have_rows_in_every_table(twins: Twins) -> None:
    empty = [
        table
        for table in twins.tables
        if await twins.superuser.fetchval(f"SELECT count(DISTINCT alliance_id) FROM {table}") < 2
    ]
    assert empty == [], "let something happen in tests/full_alliance.py that fills them"


async def test_whoever_works_for_an_alliance_sees_its_rows_and_no_others(twins: Twins) -> None:
    for alliance_id in (twins.one, twins.other):
        await twins.work_for(alliance_id)
        for table in twins.tables:
            if await twins.allowed("SELECT", table):
                rows = await twins.walled.fetch(f"SELECT DISTINCT alliance_id FROM {table}")
                assert [row["alliance_id"] for row in rows] == [alliance_id], table


async def test_whoever_works_for_no_alliance_sees_nothing(twins: Twins) -> None:
    await twins.work_for(None)
    for table in twins.tables:
        if await twins.allowed("SELECT", table):
            assert await twins.walled.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_without_predicates_every_statement_answers_as_if_there_were_no_other_alliance(
    twins: Twins,
) -> None:
    """Each SELECT is run blind: by the owner where only one alliance is left, and within walls beside its twin."""
    arguments = await Arguments.of(twins.superuser, twins.one)
    blind = list(blind_statements())
    beside = {each.name: await answers(twins.superuser, each, arguments) for each in blind}
    alone = {}
    forgotten = twins.superuser.transaction()
    await forgotten.start()
    await twins.superuser.execute("SET LOCAL session_replication_role = replica")
    for table in twins.tables:
        await twins.superuser.execute(f"DELETE FROM {table} WHERE alliance_id IS DISTINCT FROM {twins.one}")
    for each in blind:
        alone[each.name] = await answers(twins.superuser, each, arguments)
    await forgotten.rollback()
    await twins.work_for(twins.one)
    refused, leaked = set(), []
    for each in blind:
        try:
            if await answers(twins.walled, each, arguments) != alone[each.name]:
                leaked.append(each.name)
        except asyncpg.InsufficientPrivilegeError:
            refused.add(each.name.partition(".")[0])

    assert leaked == []
    of_the_worker = {"audit_seals", "backlog", "parked_ticks", "ticks", "outbox", "delivery_claims", "due"}
    of_the_command_line = {"clear_texts", "sealed_values"}
    assert refused <= of_the_worker | of_the_command_line
    # Without the wall most of them do answer with rows of the twin: the test looks where there is something.
    assert len([name for name in alone if alone[name] != beside[name]]) > 40


async def test_nothing_is_written_into_another_alliance(twins: Twins) -> None:
    await twins.work_for(twins.one)
    for table in twins.tables:
        columns = [row["attname"] for row in await twins.superuser.fetch(COLUMNS, table)]
        moved = ", ".join(str(twins.other) if name == "alliance_id" else name for name in columns)
        insert = f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE SELECT {moved} FROM {table} LIMIT 1"
        for statement in (insert, f"UPDATE {table} SET alliance_id = {twins.other}"):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.GeneratedAlwaysError)):
                await twins.walled.execute(statement)
        for verb, statement in (
            ("UPDATE", f"UPDATE {table} SET alliance_id = alliance_id WHERE alliance_id = {twins.other}"),
            ("DELETE", f"DELETE FROM {table} WHERE alliance_id = {twins.other}"),
        ):
            if await twins.allowed(verb, table):
                assert await twins.walled.execute(statement) == f"{verb} 0", table


async def test_neither_role_may_change_what_is_append_only_or_do_more_than_its_statements(
    twins: Twins,
) -> None:
    for table in KEPT:
        for role in ("baobei_app", "baobei_worker"):
            for verb in ("UPDATE", "DELETE"):
                assert not await twins.allowed(verb, table, role=role), (role, verb, table)
    assert [row[0] for row in await twins.superuser.fetch(TOO_MUCH)] == []
    await twins.work_for(twins.one)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await twins.walled.execute("CREATE TABLE mine (x integer)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await twins.walled.execute("SELECT guard_table('contact', app => 'DELETE')")


async def test_the_worker_sees_every_alliance_and_no_customer(twins: Twins) -> None:
    seen = {row["relname"] for row in await twins.superuser.fetch(WORKER_SEES)}
    assert seen & OF_CUSTOMERS == set()
    await enter(twins.walled, ALL_ALLIANCES)
    assert await twins.walled.fetchval("SELECT count(DISTINCT alliance_id) FROM registration") == 2


async def test_a_connection_that_goes_on_for_the_same_alliance_sends_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, connection_class=PooledConnection)
    sent: list[str] = []
    connection.add_query_logger(lambda query: sent.append(query.query))
    for walls, told in ((Walls(APP, 1), 1), (Walls(APP, 1), 1), (Walls(APP, 2), 2), (NO_ALLIANCE, 3)):
        await enter(connection, walls)
        await asyncio.sleep(0)  # what was sent is told in the loop's next turn
        assert len(sent) == told
    assert await connection.fetchval("SELECT current_user || current_setting('baobei.alliance_id')") == APP
    await connection.close()


async def test_only_what_may_be_flushed_later_does_not_wait_for_the_disk(database_url: str) -> None:
    connection = await asyncpg.connect(
        database_url, connection_class=PooledConnection, server_settings={"synchronous_commit": "on"}
    )
    for walls, waits in (
        (Walls(APP, 1), "on"),
        (Walls(APP, 1, flushed_later=True), "off"),
        (Walls(APP, 1), "on"),
    ):
        await enter(connection, walls)
        assert await connection.fetchval("SHOW synchronous_commit") == waits
    await connection.close()


async def test_where_acts_come_from_is_said_until_the_transaction_ends(
    connection: "PoolConnectionProxy[asyncpg.Record]",
) -> None:
    asked = (
        "SELECT current_setting('baobei.origin', true) || ' ' || current_setting('baobei.request_id', true)"
    )
    async with connection.transaction():
        await tell_whence(connection, origin="key:17", request_id="0a")
        assert await connection.fetchval(asked) == "key:17 0a"
    assert await connection.fetchval(asked) == " "


def test_nobody_but_the_transaction_borrows_connections() -> None:
    code = [path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")]
    borrowing = [path.relative_to(ROOT).as_posix() for path in code if "pool.acquire(" in path.read_text()]
    # The office proves its keys before there is anybody to work for.
    assert sorted(borrowing) == [
        "services/cli/baobei_cli/desk.py",
        "shared/baobei/operations/office.py",
        "shared/baobei/operations/transaction.py",
    ]


async def test_a_login_that_may_not_join_the_roles_is_told_what_to_run(
    servers: Servers, empty_database_url: str
) -> None:
    await servers.command("REVOKE baobei_app FROM baobei")
    try:
        with pytest.raises(NotPermittedError, match="GRANT baobei_app, baobei_worker TO baobei;"):
            await migrate(empty_database_url)
    finally:
        await servers.command("GRANT baobei_app TO baobei")


async def test_both_ways_of_claiming_say_where_their_acts_come_from(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    whence = "current_setting('baobei.origin', true) || ' ' || current_setting('baobei.request_id', true)"
    await fresh_pool.execute(f"ALTER TABLE audit_event ADD COLUMN whence text DEFAULT {whence}")
    alliance = await new_alliance(fresh_pool)
    guide = await alliance.actor("G01")
    for number in (1, 2):  # the second is of a customer who is known by now, and goes the ordinary way
        request = RegisterCustomer(name="王", phone="13800138000", address=ADDRESS.format(number))
        asking = replace(guide, origin="token", request_id=str(number))
        await register_customer(alliance.office, asking, request)
    rows = await fresh_pool.fetch(
        "SELECT kind, whence FROM audit_event WHERE actor_id IS NOT NULL ORDER BY sequence"
    )
    assert [tuple(row) for row in rows] == [
        ("registration.admitted", "token 1"),
        ("registration.refused", "token 2"),
    ]
