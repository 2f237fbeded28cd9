"""Ticks on a real database: once, caught up, tried again, parked, given back, taken over."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations import ticks as running
from baobei.operations.actor import Office
from baobei.operations.jobs import SWEEP
from baobei.operations.ticks import Every, Job, Outcome, TickEnd, TickLost, once, plan, run_ticks
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import ticks
from baobei.store.connection import Connection
from baobei.store.ticks import Tick

NOON = datetime.fromisoformat("2026-11-01T12:00:00+08:00")
EFFECTS = """
CREATE TABLE IF NOT EXISTS effect (alliance_id integer, period timestamptz NOT NULL);
GRANT INSERT ON effect TO baobei_worker;
"""
SELECT_TICK = """
SELECT fence, attempts, done_at IS NOT NULL AS done, parked_at IS NOT NULL AS parked,
       lease_until IS NOT NULL AS held, outcome
  FROM job_tick
 WHERE job = 'test'
 ORDER BY period
"""
LEASE_RUNS_OUT = "UPDATE job_tick SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
PAUSE_IS_OVER = "UPDATE job_tick SET retry_at = now() WHERE retry_at IS NOT NULL"

Run = Callable[[Office, Tick], Awaitable[Outcome]]


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance at noon, in a database that has a table for the effects of jobs."""
    made = await new_alliance(fresh_pool)
    await made.travel(NOON)
    await fresh_pool.execute(EFFECTS)
    return made


def job(run: Run, **changes: Any) -> Job:
    return replace(Job(name="test", every=Every.MINUTE, run=run), **changes)


async def leave_a_mark(office: Office, tick: Tick) -> Outcome:
    async def write(connection: Connection) -> Outcome:
        await connection.execute("INSERT INTO effect VALUES ($1, $2)", tick.alliance_id, tick.period)
        return {"marks": 1}

    return await once(office, tick, write)


async def fail(_office: Office, _tick: Tick) -> Outcome:
    raise ValueError("13800138000")


async def tick_rows(alliance: TestAlliance) -> list[dict[str, Any]]:
    return [dict(row) for row in await alliance.office.pool.fetch(SELECT_TICK)]


async def effects(alliance: TestAlliance) -> Counter[datetime]:
    return Counter(row["period"] for row in await alliance.office.pool.fetch("SELECT period FROM effect"))


async def test_a_period_runs_once_however_often_one_looks(alliance: TestAlliance) -> None:
    minutely = job(leave_a_mark)

    ends = [[ran.end for ran in await run_ticks(alliance.office, [minutely])] for _ in range(3)]

    assert ends == [[TickEnd.DONE], [], []]
    assert await effects(alliance) == {NOON: 1}


async def test_two_workers_over_200_ticks_do_each_period_once(alliance: TestAlliance) -> None:
    minutely = job(leave_a_mark, catch_up=200)
    await run_ticks(alliance.office, [minutely])
    await alliance.travel(NOON + timedelta(minutes=200))

    both = await asyncio.gather(*(run_ticks(alliance.office, [minutely]) for _ in range(2)))

    assert await effects(alliance) == {NOON + timedelta(minutes=number): 1 for number in range(201)}
    assert sum(len(ran) for ran in both) == 200
    assert all(len(ran) > 0 for ran in both)
    assert {row["fence"] for row in await tick_rows(alliance)} == {1}


async def test_periods_missed_while_nobody_worked_are_caught_up_within_bounds(alliance: TestAlliance) -> None:
    daily = job(leave_a_mark, every=Every.DAY, of_each_alliance=True, catch_up=3)
    await run_ticks(alliance.office, [daily])
    await alliance.travel(NOON + timedelta(days=10))

    await run_ticks(alliance.office, [daily])

    midnight = NOON.replace(hour=0)
    assert await effects(alliance) == {midnight + timedelta(days=day): 1 for day in (0, 8, 9, 10)}


async def test_each_alliance_has_its_own_midnight(alliance: TestAlliance) -> None:
    await new_alliance(alliance.office.pool, time_zone="America/New_York")
    daily = job(leave_a_mark, every=Every.DAY, of_each_alliance=True)

    await run_ticks(alliance.office, [daily])

    assert await effects(alliance) == {
        NOON.replace(hour=0): 1,
        datetime.fromisoformat("2026-11-01T00:00:00-04:00"): 1,
    }


async def test_what_fails_is_tried_again_after_a_pause_and_parked_in_the_end(alliance: TestAlliance) -> None:
    failing = job(fail, tries=3)
    ends = []
    for _ in range(5):
        ends.append([ran.end for ran in await run_ticks(alliance.office, [failing])])
        ends.append([ran.end for ran in await run_ticks(alliance.office, [failing])])
        await alliance.office.pool.execute(PAUSE_IS_OVER)

    failed, parked = [TickEnd.FAILED], [TickEnd.PARKED]
    assert ends == [failed, [], failed, [], parked, [], [], [], [], []]
    (row,) = await tick_rows(alliance)
    assert (row["parked"], row["done"], row["attempts"]) == (True, False, 3)
    assert '"error": "ValueError"' in row["outcome"]
    assert "13800138000" not in row["outcome"]


async def test_what_failed_once_may_succeed(alliance: TestAlliance) -> None:
    await run_ticks(alliance.office, [job(fail)])
    await alliance.office.pool.execute(PAUSE_IS_OVER)

    (ran,) = await run_ticks(alliance.office, [job(leave_a_mark)])

    assert (ran.end, ran.tick.attempts) == (TickEnd.DONE, 2)
    assert await effects(alliance) == {NOON: 1}


async def test_what_is_left_over_is_gone_on_with_after_a_pause(alliance: TestAlliance) -> None:
    left = [2, 1, 0]

    async def one_at_a_time(_office: Office, _tick: Tick) -> Outcome:
        return {"more": left.pop(0) > 0}

    ends = []
    for _ in range(4):
        ends += [ran.end for ran in await run_ticks(alliance.office, [job(one_at_a_time)])]
        await alliance.office.pool.execute(PAUSE_IS_OVER)

    assert ends == [TickEnd.UNFINISHED, TickEnd.UNFINISHED, TickEnd.DONE]


async def test_a_deadline_that_somebody_held_is_written_down_by_the_same_tick(alliance: TestAlliance) -> None:
    pool = alliance.office.pool
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.travel(NOON + timedelta(days=16))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM registration FOR UPDATE")
        (first,) = await run_ticks(alliance.office, [SWEEP])
    await pool.execute(PAUSE_IS_OVER)

    (second,) = await run_ticks(alliance.office, [SWEEP])

    assert (first.end, second.end, second.tick.id) == (TickEnd.UNFINISHED, TickEnd.DONE, first.tick.id)
    status = await pool.fetchval("SELECT stored_status FROM registration WHERE registration_id = $1", id)
    assert status == "EXPIRED"


async def test_a_failing_job_stops_no_other(alliance: TestAlliance) -> None:
    ran = await run_ticks(alliance.office, [job(fail, name="failing"), job(leave_a_mark)])

    assert {each.tick.job: each.end for each in ran} == {"failing": TickEnd.FAILED, "test": TickEnd.DONE}


async def test_what_kills_its_worker_each_time_is_parked(alliance: TestAlliance) -> None:
    deadly = job(leave_a_mark, tries=2)
    await plan(alliance.office, [deadly])
    for _ in range(2):
        await claimed(alliance)
        await alliance.office.pool.execute(LEASE_RUNS_OUT)

    (ran,) = await run_ticks(alliance.office, [deadly])

    assert (ran.end, ran.outcome["error"]) == (TickEnd.PARKED, "Crashed")
    assert await effects(alliance) == {}


async def claimed(alliance: TestAlliance, name: str = "test") -> Tick:
    tick = await in_transaction(
        alliance.office, lambda c: ticks.claim(c, [name], lease_s=60), within=ALL_ALLIANCES
    )
    assert tick is not None
    return tick


async def test_a_worker_that_wakes_after_its_lease_can_write_nothing(alliance: TestAlliance) -> None:
    asleep, awake, seen = asyncio.Event(), asyncio.Event(), []

    async def sleep_in_the_middle(office: Office, tick: Tick) -> Outcome:
        asleep.set()
        await awake.wait()
        try:
            return await leave_a_mark(office, tick)
        except TickLost:
            seen.append("lost")
            raise

    sleeper = asyncio.create_task(run_ticks(alliance.office, [job(sleep_in_the_middle)]))
    await asleep.wait()
    await alliance.office.pool.execute(LEASE_RUNS_OUT)
    (taken,) = await run_ticks(alliance.office, [job(leave_a_mark)])
    awake.set()
    (lost,) = await sleeper

    assert (taken.end, taken.tick.fence, lost.end, lost.tick.fence) == (TickEnd.DONE, 2, TickEnd.LOST, 1)
    assert seen == ["lost"]
    assert await effects(alliance) == {NOON: 1}


async def test_a_lease_is_renewed_while_its_job_runs(
    alliance: TestAlliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RENEW_EVERY_S", 0.02)

    async def run_until_renewed(office: Office, _tick: Tick) -> Outcome:
        await office.pool.execute(LEASE_RUNS_OUT)
        while not await office.pool.fetchval("SELECT lease_until > now() FROM job_tick"):  # noqa: ASYNC110 - another process would tell no event either
            await asyncio.sleep(0.01)
        return {}

    (ran,) = await run_ticks(alliance.office, [job(run_until_renewed)])

    assert (ran.end, ran.tick.fence) == (TickEnd.DONE, 1)


async def test_what_takes_too_long_is_cancelled(
    alliance: TestAlliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RENEW_EVERY_S", 0.02)

    async def for_ever(_office: Office, _tick: Tick) -> Outcome:
        await asyncio.Event().wait()
        return {}

    (ran,) = await run_ticks(alliance.office, [job(for_ever, timeout_s=0.05)])

    assert (ran.end, ran.outcome["error"]) == (TickEnd.FAILED, "TookTooLong")


async def test_a_worker_that_is_stopped_gives_its_tick_back(alliance: TestAlliance) -> None:
    begun = asyncio.Event()

    async def for_ever(_office: Office, _tick: Tick) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return {}

    stopped = asyncio.create_task(run_ticks(alliance.office, [job(for_ever)]))
    await begun.wait()
    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)

    (row,) = await tick_rows(alliance)
    assert (row["held"], row["attempts"], row["fence"]) == (False, 0, 1)
    assert [ran.end for ran in await run_ticks(alliance.office, [job(leave_a_mark)])] == [TickEnd.DONE]


async def test_ticks_after_a_clock_that_was_set_back_have_not_been(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool)
    await fresh_pool.execute(EFFECTS)
    await run_ticks(alliance.office, [job(leave_a_mark)])
    await alliance.travel(NOON)

    assert [ran.tick.period for ran in await run_ticks(alliance.office, [job(leave_a_mark)])] == [NOON]
    assert len(await tick_rows(alliance)) == 1
