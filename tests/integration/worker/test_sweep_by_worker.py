"""The worker itself, as a process: arq, Redis and PostgreSQL, one pass of the sweep."""

import asyncio
import base64
import os
import sys

import asyncpg

from alliances import new_alliance

STORED_STATUS = "SELECT stored_status FROM registration WHERE registration_id = $1"
WITHIN_S = 30


def in_base64(first: int) -> str:
    return base64.b64encode(bytes(range(first, first + 32))).decode()


async def test_a_worker_that_starts_sweeps_what_expired_while_there_was_none(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", fresh_database_url: str, redis_url: str
) -> None:
    alliance = await new_alliance(fresh_pool)
    await alliance.travel("2026-11-01T10:00:00+08:00")
    id = await alliance.admitted("F01", phone="13800138000", address="浦东新区锦绣路100弄3号楼2单元501室")
    await alliance.travel("2026-11-17T00:00:00+08:00")
    environment = {
        **os.environ,
        "BAOBEI_DATABASE_URL": fresh_database_url,
        "BAOBEI_REDIS_URL": redis_url,
        "BAOBEI_CLOCK": "travel",
        "BAOBEI_VAULT_KEYS": f"1:{in_base64(0)}",
        "BAOBEI_VAULT_INDEX_KEY": in_base64(32),
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "arq",
        "--burst",
        "baobei_worker.arq_settings.WorkerSettings",
        env=environment,
    )
    assert await asyncio.wait_for(worker.wait(), WITHIN_S) == 0
    assert await fresh_pool.fetchval(STORED_STATUS, id) == "EXPIRED"
