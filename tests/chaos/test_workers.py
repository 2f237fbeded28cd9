"""Workers as processes, killed and put to sleep in the middle of what they hold."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

import tick_worker
from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.ticks import run_ticks
from baobei_cli.embedded import EmbeddedRedis
from baobei_cli.folder import make_private, open_folder
from baobei_cli.supervisor import Supervisor
from invariants import violations
from worker_process import WorkerProcess, put, worker_process

NOON = datetime.fromisoformat("2026-11-01T12:00:00+08:00")
WITHIN_S = 60.0
REGISTRATIONS = 15
LEASE_RUNS_OUT = "UPDATE job_tick SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
PAUSE_IS_OVER = "UPDATE job_tick SET retry_at = now() WHERE retry_at IS NOT NULL"
HELD = (
    "SELECT count(*) FROM job_tick WHERE job = 'sweep_deadlines' AND lease_until IS NOT NULL AND period = $1"
)
ALL_DONE = "SELECT bool_and(done_at IS NOT NULL) FROM job_tick"
PARKED = "SELECT count(*) FROM job_tick WHERE parked_at IS NOT NULL"
EXPIRED = "SELECT count(*) FROM registration WHERE stored_status = 'EXPIRED'"


@pytest.fixture
async def alliance(fresh_database_url: str) -> AsyncIterator[TestAlliance]:
    """An alliance at noon."""
    async with asyncpg.create_pool(fresh_database_url, min_size=1, max_size=8) as pool:
        made = await new_alliance(pool)
        await made.travel(NOON)
        yield made


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def becomes_true(answer: Callable[[], Awaitable[object]]) -> bool:
    async with asyncio.timeout(WITHIN_S):
        while not await answer():  # noqa: ASYNC110 - other processes set no event here
            await asyncio.sleep(0.05)
    return True


async def test_two_workers_over_200_ticks_killed_and_put_to_sleep_do_each_period_once(
    alliance: TestAlliance, fresh_database_url: str, processes: list[subprocess.Popen[bytes]]
) -> None:
    pool = alliance.office.pool
    await pool.execute(
        "CREATE TABLE effect (period timestamptz NOT NULL); GRANT INSERT ON effect TO baobei_worker"
    )
    await run_ticks(alliance.office, [tick_worker.MINUTELY])
    await alliance.travel(NOON + timedelta(minutes=200))

    def start() -> subprocess.Popen[bytes]:
        paths = os.pathsep.join(sys.path)
        command = [sys.executable, tick_worker.__file__, fresh_database_url]
        processes.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}))
        return processes[-1]

    async def effects_reach(count: int) -> bool:
        return await becomes_true(lambda: pool.fetchval("SELECT count(*) >= $1 FROM effect", count))

    sleeper, killed = start(), start()
    assert await effects_reach(50)
    sleeper.send_signal(signal.SIGSTOP)
    assert await effects_reach(100)
    killed.kill()
    start()

    async def all_done() -> bool:
        await pool.execute(LEASE_RUNS_OUT)
        return bool(await pool.fetchval("SELECT count(*) >= 201 FROM effect"))

    assert await becomes_true(all_done)
    sleeper.send_signal(signal.SIGCONT)

    assert await asyncio.to_thread(sleeper.wait, WITHIN_S) == 0
    effects = Counter(row["period"] for row in await pool.fetch("SELECT period FROM effect"))
    assert effects == {NOON + timedelta(minutes=number): 1 for number in range(201)}


async def test_a_worker_that_was_asleep_over_its_lease_does_no_harm_and_goes_on(
    alliance: TestAlliance, fresh_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    pool, after = alliance.office.pool, NOON + timedelta(days=16)
    for number in range(REGISTRATIONS):
        await alliance.admitted("F01", phone=f"138001380{number:02d}", address=ADDRESS.format(number))
    with ExitStack() as workers:
        sleeper = worker(workers, tmp_path / "sleeper", fresh_database_url, redis_url)
        assert await becomes_true(lambda: pool.fetchval(ALL_DONE))
        async with pool.acquire() as blocker:
            transaction = blocker.transaction()
            await transaction.start()
            await blocker.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
            await alliance.travel(after)
            assert await becomes_true(lambda: pool.fetchval(HELD, after))
            sleeper.process.send_signal(signal.SIGSTOP)
            await transaction.rollback()
        await pool.execute(LEASE_RUNS_OUT)
        other = worker(workers, tmp_path / "other", fresh_database_url, redis_url)

        async def all_expired() -> bool:
            await pool.execute(PAUSE_IS_OVER)
            return await pool.fetchval(EXPIRED) == REGISTRATIONS

        assert await becomes_true(all_expired)
        sleeper.process.send_signal(signal.SIGCONT)
        assert await becomes_true(lambda: asyncio.to_thread(lost_its_tick, sleeper))
        assert (await asyncio.to_thread(sleeper.get, "/readyz"))[0] == 200
        assert await becomes_true(lambda: pool.fetchval(ALL_DONE))
        async with pool.acquire() as connection:
            assert await violations(connection) == {}
        assert [await asyncio.to_thread(each.stop) for each in (sleeper, other)] == [0, 0]


def worker(workers: ExitStack, log: Path, database_url: str, redis_url: str) -> WorkerProcess:
    # Who sleeps in the middle of a transaction loses it after a second.
    short = {"BAOBEI_TRANSACTION_TIMEOUT_MS": "1000"}
    return workers.enter_context(worker_process(log, database_url=database_url, redis_url=redis_url, **short))


def lost_its_tick(process: WorkerProcess) -> bool:
    ends = [line["end"] for line in process.lines() if line["event"] == "tick"]
    return "LOST" in ends


async def test_redis_may_die_and_come_back_empty_and_the_worker_works_on(
    alliance: TestAlliance, fresh_database_url: str, tmp_path: Path
) -> None:
    pool = alliance.office.pool
    await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    with open_folder(tmp_path / "redis") as folder:
        redis, supervisor = EmbeddedRedis(folder=folder), Supervisor(notes=folder.notes)
        make_private(folder.sockets, uid=os.geteuid())
        try:
            supervisor.start(redis.program(), ready_within_s=WITHIN_S)
            with worker_process(
                tmp_path / "log", database_url=fresh_database_url, redis_url=redis.url
            ) as process:
                supervisor.stop()
                await alliance.travel(NOON + timedelta(days=16))

                assert await becomes_true(lambda: pool.fetchval(EXPIRED))

                supervisor.start(redis.program(), ready_within_s=WITHIN_S)
                async with Redis.from_url(redis.url) as client:
                    await client.flushall()
                    await put(client, "old", b'{"f": "of another version"}')
                    assert await becomes_true(lambda: pool.fetchval(PARKED))
                assert process.process.poll() is None
        finally:
            supervisor.stop()
