"""The worker itself, as a process: what it does by itself, what it tells, and how it ends."""

import asyncio
import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import orjson
import pytest
from redis.asyncio import Redis

from alliances import ADDRESS, TestAlliance, new_alliance
from running_service import eventually
from worker_process import QUEUE, WorkerProcess, put, worker_process

BEGINS = datetime.fromisoformat("2026-11-01T10:00:00+08:00")
STORED_STATUS = "SELECT stored_status FROM registration WHERE registration_id = $1"
PARKED = "SELECT job, outcome->>'error' AS error FROM job_tick WHERE parked_at IS NOT NULL ORDER BY job"
WITHIN_S = 40.0


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance in a database of this test's own."""
    made = await new_alliance(fresh_pool)
    await made.travel(BEGINS)
    return made


@pytest.fixture
async def worker(
    alliance: TestAlliance, fresh_database_url: str, redis_url: str, tmp_path: Path
) -> Iterator[WorkerProcess]:  # type: ignore[misc]
    """A worker on the same database."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    with worker_process(tmp_path / "log", database_url=fresh_database_url, redis_url=redis_url) as running:
        yield running


async def soon(asked: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(eventually, asked, within_s=WITHIN_S)


async def status_becomes(alliance: TestAlliance, id: object, status: str) -> bool:
    for _ in range(int(WITHIN_S / 0.1)):
        if await alliance.office.pool.fetchval(STORED_STATUS, id) == status:
            return True
        await asyncio.sleep(0.1)
    return False


async def queue_is_empty(redis_url: str) -> bool:
    async with Redis.from_url(redis_url) as redis:
        for _ in range(int(WITHIN_S / 0.1)):
            if not await redis.zcard(QUEUE):
                return True
            await asyncio.sleep(0.1)
    return False


async def test_it_writes_down_what_expired_by_itself_and_ends_with_status_0(
    alliance: TestAlliance, worker: WorkerProcess
) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(3))
    await alliance.travel(BEGINS + timedelta(days=16))

    assert await status_becomes(alliance, id, "EXPIRED")
    assert await soon(
        lambda: worker.metric('baobei_job_did_total{job="sweep_deadlines",what="registrations"}') == 1
    )
    assert await asyncio.to_thread(worker.stop) == 0


async def test_it_tells_how_it_is(alliance: TestAlliance, worker: WorkerProcess) -> None:
    done = 'baobei_ticks_total{end="DONE",job="sweep_deadlines"}'
    assert await soon(lambda: worker.metric(done) >= 1)

    assert await asyncio.to_thread(worker.get, "/healthz") == (200, '{"status":"alive"}')
    status, ready = await asyncio.to_thread(worker.get, "/readyz")
    assert (status, orjson.loads(ready)["status"]) == (200, "ready")
    _, page = await asyncio.to_thread(worker.get, "/metrics")
    for name in (
        "baobei_due_registrations 0.0",
        "baobei_oldest_due_seconds 0.0",
        "baobei_outbox_lag_seconds",
        'baobei_deliveries_waiting{state="PENDING"} 0.0',
        'baobei_ticks_waiting{state="parked"} 0.0',
    ):
        assert name in page
    assert (await asyncio.to_thread(worker.get, "/secret"))[0] == 404


async def test_each_line_of_its_log_is_json_and_a_tick_has_the_id_of_its_job(
    alliance: TestAlliance, worker: WorkerProcess
) -> None:
    assert await soon(lambda: any(line["event"] == "tick" for line in worker.lines()))

    tick = next(line for line in worker.lines() if line["event"] == "tick")
    assert (tick["end"], tick["job_id"].count(".")) == ("DONE", 1)


async def test_jobs_of_another_version_are_parked_seen_and_never_run_again(
    alliance: TestAlliance, worker: WorkerProcess, redis_url: str
) -> None:
    old = {"t": None, "f": "send_reminder", "a": ["13800138000"], "k": {}, "et": 1_793_498_400_000}
    async with Redis.from_url(redis_url) as redis:
        await put(redis, "unknown", orjson.dumps(old))
        await put(redis, "arguments", orjson.dumps({**old, "f": "look"}))
        await put(redis, "unhashable", orjson.dumps({**old, "f": ["look"]}))
        await put(redis, "pickled", pickle.dumps(old))
        await put(redis, "garbage", b"\xff\x00{")

    assert await queue_is_empty(redis_url)
    assert await soon(lambda: worker.metric('baobei_ticks_waiting{state="parked"}') >= 4)
    parked = {(row["job"], row["error"]) for row in await alliance.office.pool.fetch(PARKED)}
    assert parked == {
        ("hint:look", "WRONG_ARGUMENTS"),
        ("hint:send_reminder", "UNKNOWN_JOB"),
        ("hint:unreadable", "UNKNOWN_JOB"),
        ("hint:unreadable", "UNREADABLE"),
    }
    assert worker.process.poll() is None
    assert "13800138000" not in worker.log.read_text()


async def test_a_flushed_redis_costs_nothing(
    alliance: TestAlliance, worker: WorkerProcess, redis_url: str
) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(3))
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    await alliance.travel(BEGINS + timedelta(days=16))

    assert await status_becomes(alliance, id, "EXPIRED")
    assert worker.process.poll() is None


async def test_while_the_database_does_not_let_it_in_it_is_not_ready_and_comes_back(
    alliance: TestAlliance, worker: WorkerProcess, fresh_database_url: str
) -> None:
    end_connections = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'baobei'"
    )
    pool = alliance.office.pool
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(3))
    await pool.execute(end_connections)
    await alliance.travel(BEGINS + timedelta(days=16))

    assert await status_becomes(alliance, id, "EXPIRED")
    assert await soon(lambda: worker.get("/readyz")[0] == 200)
    assert worker.process.poll() is None
