"""A handover by workers as processes, one of them killed in the middle."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from alliances import ADDRESS
from baobei.operations.hand_over import HandOver, HandoverBegun, hand_over
from baobei.operations.handover_distribution import HandoverRequest
from baobei.policy.handovers import DistributionMethod
from invariants import violations
from many_registrations import copied
from staffed import staffed_alliance
from worker_process import worker_process

REGISTRATIONS = 700
WITHIN_S = 60.0
BLOCKED = """
SELECT registration_id
  FROM handover_item
 WHERE handover_id = $1
   AND position = 350
"""
HOLD = "SELECT FROM registration WHERE registration_id = $1 FOR UPDATE"
AT_WORK = "SELECT moved > 0 AND lease_until IS NOT NULL FROM handover WHERE handover_id = $1"
LEASE_RUNS_OUT = "UPDATE handover SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
IS_DONE = "SELECT state = 'DONE' FROM handover WHERE handover_id = $1"
COUNTS = "SELECT moved, skipped, total FROM handover WHERE handover_id = $1"
OWNERS = "SELECT s.code, count(*) FROM registration r JOIN staff s ON s.staff_id = r.owner_id GROUP BY s.code"
TRANSFERS = """
SELECT count(*) AS acts, count(DISTINCT subject_id) AS registrations
  FROM audit_event
 WHERE kind = 'registration.transferred'
"""
EVENTS = "SELECT event_type, count(*) FROM outbox_event WHERE event_type = ANY($1) GROUP BY event_type"
# Copies were never attempted nor admitted, so that what holds of those does not hold of them.
OF_HANDOVERS = {
    "a handover counts what became of its registrations",
    "what a handover moved was transferred by it, once",
    "each told act has one event",
    "each event has its act",
}


async def becomes_true(pool: "asyncpg.Pool[asyncpg.Record]", query: str, *arguments: object) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await pool.fetchval(query, *arguments):  # noqa: ASYNC110 - other processes set no event here
            await asyncio.sleep(0.05)


async def test_killed_in_the_middle_two_workers_go_on_and_each_registration_moves_once(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", fresh_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    alliance = await staffed_alliance(fresh_pool)
    id = await alliance.admitted("F01", phone="13800130001", address=ADDRESS.format(1))
    await copied(alliance, id, REGISTRATIONS - 1)
    request = HandoverRequest(
        from_staff_code="F01", method=DistributionMethod.ROUND_ROBIN, to_staff_codes=("F02", "F03")
    )
    head = await alliance.actor("HEAD")
    begun = await hand_over(alliance.office, head, HandOver(request=request, reason="离职"))
    assert isinstance(begun, HandoverBegun), begun
    handover_id = begun.handover.id

    def start(workers: ExitStack, name: str) -> int:
        run = worker_process(tmp_path / name, database_url=fresh_database_url, redis_url=redis_url)
        return workers.enter_context(run).process.pid

    with ExitStack() as workers:
        async with fresh_pool.acquire() as blocker, blocker.transaction():
            # Somebody is at the 350th: the worker waits for it with its second step done by half.
            await blocker.execute(HOLD, await blocker.fetchval(BLOCKED, handover_id))
            running = worker_process(
                tmp_path / "killed", database_url=fresh_database_url, redis_url=redis_url
            )
            killed = workers.enter_context(running)
            await becomes_true(fresh_pool, AT_WORK, handover_id)
            killed.process.kill()
            killed.process.wait()
        assert tuple(await fresh_pool.fetchrow(COUNTS, handover_id)) == (200, 0, REGISTRATIONS)

        start(workers, "first")
        start(workers, "second")
        await fresh_pool.execute(LEASE_RUNS_OUT)
        await becomes_true(fresh_pool, IS_DONE, handover_id)

    assert tuple(await fresh_pool.fetchrow(COUNTS, handover_id)) == (REGISTRATIONS, 0, REGISTRATIONS)
    assert dict(await fresh_pool.fetch(OWNERS)) == {"F02": 350, "F03": 350}
    assert tuple(await fresh_pool.fetchrow(TRANSFERS)) == (REGISTRATIONS, REGISTRATIONS)
    told = dict(await fresh_pool.fetch(EVENTS, ["registration.transferred", "handover.finished"]))
    assert told == {"registration.transferred": REGISTRATIONS, "handover.finished": 1}
    async with fresh_pool.acquire() as connection:
        assert OF_HANDOVERS.isdisjoint(await violations(connection))
