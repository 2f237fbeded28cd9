"""All jobs on a real database: what is due runs to its end, what is old goes."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.actor import Office
from baobei.operations.jobs import run_due
from baobei.operations.ticks import Every, Job, Outcome, plan, run_ticks
from baobei.operations.transaction import ALL_ALLIANCES, in_transaction
from baobei.store import ticks
from baobei.store.ticks import Tick

NOON = datetime.fromisoformat("2026-11-01T12:00:00+08:00")


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance at noon."""
    made = await new_alliance(fresh_pool)
    await made.travel(NOON)
    return made


async def nothing(_office: Office, _tick: Tick) -> Outcome:
    return {}


def job(name: str, **changes: Any) -> Job:
    return Job(name=name, every=Every.MINUTE, run=nothing, **changes)


async def claimed(alliance: TestAlliance, name: str) -> Tick:
    tick = await in_transaction(
        alliance.office, lambda c: ticks.claim(c, [name], lease_s=60), within=ALL_ALLIANCES
    )
    assert tick is not None
    return tick


async def test_all_that_is_due_runs_to_its_end_and_says_what_it_did(alliance: TestAlliance) -> None:
    await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(3))
    await alliance.travel(NOON + timedelta(days=16))

    first, second = await run_due(alliance.office), await run_due(alliance.office)

    assert (first[0]["job"], first[0]["registrations"], first[0]["more"]) == ("sweep_deadlines", 1, False)
    assert (second[0]["job"], second[0]["registrations"]) == ("sweep_deadlines", 0)
    assert {"purge_idempotency_keys", "purge_ticks"} <= {each["job"] for each in first}


async def test_what_another_worker_is_running_is_waited_for(alliance: TestAlliance) -> None:
    await plan(alliance.office, [job("sweep_deadlines")])
    tick = await claimed(alliance, "sweep_deadlines")
    waiting = asyncio.create_task(run_due(alliance.office))
    await asyncio.sleep(0.2)
    waited = not waiting.done()
    await in_transaction(
        alliance.office, lambda connection: ticks.finish(connection, tick, {}), within=ALL_ALLIANCES
    )

    await asyncio.wait_for(waiting, 20)
    assert waited


async def test_keys_of_idempotency_go_after_48_hours_of_wall_time(alliance: TestAlliance) -> None:
    insert = """
        INSERT INTO idempotency_key (alliance_id, caller_id, key, operation, input_digest, written_at)
        SELECT 1, gen_random_uuid(), key, 'x', '', now() - age
          FROM (VALUES ('old', interval '49 hours'), ('young', interval '47 hours')) AS k (key, age)
    """
    await alliance.office.pool.execute(insert)

    did = {each["job"]: each for each in await run_due(alliance.office)}

    assert did["purge_idempotency_keys"]["deleted"] == 1
    assert await alliance.office.pool.fetchval("SELECT key FROM idempotency_key") == "young"


async def test_done_ticks_go_after_a_week_but_the_newest_of_a_job_stays(alliance: TestAlliance) -> None:
    minutely = job("test", catch_up=5)
    await run_ticks(alliance.office, [minutely])
    await alliance.travel(NOON + timedelta(minutes=4))
    await run_ticks(alliance.office, [minutely])
    await alliance.office.pool.execute("UPDATE job_tick SET done_at = now() - interval '8 days'")

    did = {each["job"]: each for each in await run_due(alliance.office)}

    assert did["purge_ticks"]["deleted"] == 4
    (left,) = await alliance.office.pool.fetch("SELECT period FROM job_tick WHERE job = 'test'")
    assert left["period"] == NOON + timedelta(minutes=4)
