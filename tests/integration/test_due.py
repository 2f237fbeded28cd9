"""What a sweep writes of a chunk: to each row where it lies, to all or to none."""

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.transaction import ALL_ALLIANCES, lent
from baobei.policy.terms import StandingStatus
from baobei.store import due, organisation
from baobei.store.connection import Connection, RowMissing
from baobei.store.due import BEGINNING, SETTLE, Held, Settlement, Told

MANY = 3_000
LATE = "2026-12-01T10:00:00+08:00"

# Everybody's next registration, and many more like it; what has ended claims nothing.
MORE = """
INSERT INTO registration (alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id, channel,
                          new_need, contact_id, policy_version_id, quota_month, phone_key, address_key,
                          last_touch_at, lapses_at, expires_at, lapse_curable, stored_status, due_at)
SELECT alliance_id, uuidv7(), nextval('recording_sequence'), registered_at, registrant_id, owner_id, channel,
       new_need, contact_id, policy_version_id, quota_month, phone_key, address_key,
       last_touch_at, lapses_at, expires_at, lapse_curable, stored_status, due_at
  FROM registration, generate_series(1, $1)
"""
WRITTEN = """
SELECT (SELECT count(*) FROM audit_event WHERE kind LIKE 'registration.lapsed'),
       (SELECT count(*) FROM outbox_event WHERE event_type LIKE 'registration.lapsed'),
       (SELECT count(*) FROM registration WHERE stored_status = 'LAPSED')
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    await made.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    return made


async def hold(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", alliance: TestAlliance
) -> Held:
    at = await alliance.travel(LATE)
    known = await organisation.alliance_by_code(connection, alliance.code)
    assert known is not None
    return await due.lock_due(connection, {known.id: known}, after=BEGINNING, at=at, limit=2_000)


def lapsed(held: Held) -> Settlement:
    settlement = Settlement()
    settlement.add(
        [each.tid for each in held],
        status=StandingStatus.LAPSED.value,
        next_at=None,
        live=True,
        told=[Told(kind="registration.lapsed", occurred_at=held.end.due_at, detail={"days_left": 0})],
    )
    return settlement


async def test_a_chunk_of_a_large_book_is_found_row_by_row_and_the_book_is_not_read(
    alliance: TestAlliance,
) -> None:
    async with alliance.office.pool.acquire() as connection:
        await connection.execute(MORE, MANY)
    async with lent(alliance.office, ALL_ALLIANCES) as connection, connection.transaction():
        settlement = lapsed(await hold(connection, alliance))
        rows = await connection.fetch(
            f"EXPLAIN {SETTLE}", settlement.held, *settlement.outcomes, *settlement.told
        )
    plan = "\n".join(row[0] for row in rows)
    assert "Tid Scan on registration" in plan
    assert "Seq Scan on registration" not in plan


async def test_a_chunk_is_settled_and_told_once_for_each_row(alliance: TestAlliance) -> None:
    async with alliance.office.pool.acquire() as connection:
        await connection.execute(MORE, 20)
    async with lent(alliance.office, ALL_ALLIANCES) as worker, worker.transaction():
        await due.settle(worker, lapsed(await hold(worker, alliance)))
    async with alliance.office.pool.acquire() as connection:
        assert tuple(await connection.fetchrow(WRITTEN) or ()) == (21, 21, 21)


async def test_when_a_row_is_not_where_it_lay_nothing_of_the_chunk_is_written(alliance: TestAlliance) -> None:
    async def settle_what_moved(connection: Connection) -> None:
        async with connection.transaction():
            settlement = lapsed(await hold(connection, alliance))
            await connection.execute("UPDATE registration SET due_at = due_at")
            await due.settle(connection, settlement)

    async with alliance.office.pool.acquire() as connection:
        with pytest.raises(RowMissing):
            await settle_what_moved(connection)
        assert tuple(await connection.fetchrow(WRITTEN) or ()) == (0, 0, 0)
